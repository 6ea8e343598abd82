"""Members of several joined, and their words set side by side: the same promise, or one to be settled."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.partnerships.methods.members import register
from app.rehearsals.methods.merging import CLASH, SAME, compare_words, join_members

DAY = date(2026, 11, 28)


def target(**said: Any) -> dict[str, Any]:
    return {
        "id": "t", "title": "More in work", "indicator": "jobs", "measure": "in work", "scope": "districts",
        "kind": "floor", "threshold": 60.0, "reduction_share": None, "tail_share": None, "baseline_period": "2023",
        "baseline_value": 50.0, "due_period": "2028", "path": "linear", "milestones": [],
    } | said  # fmt: skip


def action(**said: Any) -> dict[str, Any]:
    return {
        "id": "a", "title": "Open a centre", "owner": "The council", "due_on": DAY, "lines": [], "programmes": [],
    } | said  # fmt: skip


def words(**said: Any) -> dict[str, Any]:
    return {"vision": "", "objectives": [], "plans": []} | said


def test_one_member_of_two_partnerships_is_joined_under_its_first_sector() -> None:
    council = {"name": "Exe Council", "sector": "public"}
    one = register([council, {"name": "Trust", "sector": "voluntary"}], None, DAY)
    two = register([{"name": "exe  COUNCIL", "sector": "private"}], None, DAY)
    joined = join_members([("one", one), ("two", two)])
    assert (joined["total"], joined["named_before"], joined["in_several"]) == (2, 3, ["Exe Council"])  # fmt: skip
    by_sector = {row["sector"]: row["members"] for row in joined["sectors"]}
    assert by_sector["public"] == [
        {"name": "Exe Council", "in": ["one", "two"], "sectors": ["public", "private"]}
    ]
    assert by_sector["private"] == []


@pytest.mark.parametrize(
    ("said", "state"),
    [({}, SAME), ({"threshold": 65.0}, CLASH), ({"due_period": "2030"}, CLASH), ({"title": "Jobs"}, SAME)],
)  # fmt: skip
def test_two_targets_of_one_series_are_the_same_or_clash(said: dict[str, Any], state: str) -> None:
    (row,) = compare_words([("one", target()), ("two", target(**said))], [], [], [])
    assert (row["part"], row["state"]) == ("targets", state)
    assert [each["partnership"] for each in row["of"]] == ["one", "two"]


def test_targets_of_one_partnership_or_of_another_scope_are_no_pair() -> None:
    both = [("one", target()), ("one", target(threshold=1.0)), ("two", target(scope="whole"))]
    assert compare_words(both, [], [], []) == []


def test_actions_lines_strategies_and_leads_are_set_side_by_side() -> None:
    rows = compare_words(
        [],
        [("one", action(lines=["l1"])), ("two", action(title="open  a Centre", owner="A firm", lines=["l1"]))],
        [("one", words(vision="Safe", objectives=[{"title": "Less crime", "theme": "Crime"}],
                       plans=[{"title": "Old plan", "status": "kept"}])),
         ("two", words(vision="Rich", objectives=[{"title": "Fewer thefts", "theme": "crime"}],
                       plans=[{"title": "old plan", "status": "ended"}]))],
        [("one", "Exe Council"), ("two", "Wye Council")],
    )  # fmt: skip
    assert [(row["part"], row["state"]) for row in rows] == [
        ("lead", CLASH), ("actions", CLASH), ("actions", CLASH), ("vision", CLASH), ("objectives", CLASH),
        ("plans", CLASH),
    ]  # fmt: skip
    leads = [("one", "Exe Council"), ("two", "EXE council")]
    alike = compare_words([], [("one", action()), ("two", action())], [], leads)
    assert [(row["part"], row["state"]) for row in alike] == [("actions", SAME)]
