"""What a record shows of the six criteria, and how a strategy's plans may hang together; worked by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.strategies.methods.criteria import (
    CRITERIA,
    MISSING,
    PARTLY,
    SHOWN,
    Record,
    gather_evidence,
)
from app.strategies.methods.strategy_words import NO_WORDS, check_words

SECTORS = ("public", "private", "voluntary", "community", "local people")
STRATEGY = {
    "version": 1, "sentence": "It is written.", "missing": [], "signed": 2, "members": 2,
    "plans": [{"title": "Crime plan", "status": "merged"}],
    "learning": [{"title": "Tenants", "status": "done"}],
}  # fmt: skip
TARGET = {"id": "t1", "title": "Jobs", "has_baseline": True, "milestones": [], "indicator": "jobs"}
DEED = {
    "title": "Wardens", "owner": "the council", "targets": ["t1"], "status": "planned", "overdue": False,
}  # fmt: skip
MEMBERS = {
    "total": 2, "missing_sectors": [], "lead": "The Council", "lead_is_member": True, "to_look_at": [],
    "sentence": "2 members.",
    "sectors": [
        {"sector": s, "members": [{"name": "The Council"}] if s == "public" else []} for s in SECTORS
    ],
}  # fmt: skip
RECORD = Record(
    slug="pact", alignment={"verdict": "same", "sentence": "It is the same as Exe."}, members=MEMBERS,
    overlaps=(), targets=(TARGET,), actions=(DEED,), strategy=STRATEGY, priorities=1, neighbourhoods=0,
)  # fmt: skip


def states(record: Record, criterion: str) -> list[str]:
    (found,) = [each for each in gather_evidence(record) if each.id == criterion]
    return [piece.state for piece in found.evidence]


def words(record: Record, criterion: str) -> str:
    (found,) = [each for each in gather_evidence(record) if each.id == criterion]
    return " ".join(piece.words for piece in found.evidence)


def test_each_criterion_stands_in_the_order_of_the_guidance_with_a_link_for_each_piece() -> None:
    found = gather_evidence(RECORD)
    assert [each.id for each in found] == list(CRITERIA)
    for each in found:
        assert each.evidence
        for piece in each.evidence:
            assert piece.link.removeprefix("/api/v1").startswith("/partnerships/pact")


def test_a_record_that_holds_all_is_shown_and_an_empty_sector_is_missing() -> None:
    assert set(states(RECORD, "effective")) == {SHOWN}
    assert states(RECORD, "players") == [SHOWN, MISSING, MISSING, MISSING, MISSING]
    for criterion in ("priorities", "performance", "bureaucracy", "practice"):
        assert set(states(RECORD, criterion)) == {SHOWN}, criterion


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        ("same", SHOWN), ("union-of", SHOWN), ("straddles", PARTLY), ("part-of", PARTLY),
        ("cannot-tell", MISSING),
    ],
)  # fmt: skip
def test_only_whole_authorities_show_alignment(verdict: str, state: str) -> None:
    aligned = replace(RECORD, alignment={"verdict": verdict, "sentence": "S."})
    assert states(aligned, "effective")[0] == state


def test_a_target_that_no_living_action_serves_is_named() -> None:
    dropped = replace(RECORD, actions=(DEED, DEED | {"status": "dropped", "targets": ["t2"]}),
                      targets=(TARGET, TARGET | {"id": "t2", "title": "Burglary"}))  # fmt: skip
    assert "none serves Burglary" in words(dropped, "priorities")
    assert states(dropped, "priorities") == [SHOWN, SHOWN, PARTLY]


def test_a_target_without_a_baseline_is_counted_out() -> None:
    bare = replace(RECORD, targets=(TARGET, TARGET | {"id": "t2", "has_baseline": False}),
                   actions=(DEED | {"targets": ["t1", "t2"]},))  # fmt: skip
    assert "1 of 2 targets with a figure for the baseline" in words(bare, "priorities")
    assert states(bare, "priorities")[1] == PARTLY


def test_an_owner_outside_the_register_is_named_and_a_member_without_an_action_too() -> None:
    outside = replace(RECORD, actions=(DEED | {"owner": "Somebody Ltd"},))
    assert states(outside, "performance")[:2] == [MISSING, MISSING]
    assert "Somebody Ltd" in words(outside, "performance")
    assert "The Council" in words(outside, "performance")


def test_a_strategy_that_all_members_signed_is_shown_and_one_that_some_did_partly() -> None:
    some = replace(RECORD, strategy=STRATEGY | {"signed": 1})
    nobody = replace(RECORD, strategy=STRATEGY | {"signed": 0, "members": 0})
    assert [states(each, "performance")[-1] for each in (RECORD, some, nobody)] == [
        SHOWN, PARTLY, MISSING,
    ]  # fmt: skip


def test_a_plan_that_is_only_named_lessens_nothing() -> None:
    kept = replace(RECORD, strategy=STRATEGY | {"plans": [{"title": "Crime", "status": "kept"}]})
    assert states(kept, "bureaucracy") == [SHOWN, PARTLY]
    shared = replace(RECORD, overlaps=({"name": "Twin", "same_ground": True},))
    assert (states(shared, "bureaucracy")[0], "Twin" in words(shared, "bureaucracy")) == (PARTLY, True)  # fmt: skip


def rules(**said: Any) -> list[tuple[str, str]]:
    whole = {**NO_WORDS, **said}
    return [(f.pointer or "", f.rule or "") for f in check_words(whole, {"t1"}, {"a1"})]


def plan(title: str, part_of: str | None = None) -> dict[str, Any]:
    return {"title": title, "part_of": part_of, "status": "kept"}


def test_plans_in_a_circle_are_refused_however_long_the_way() -> None:
    assert rules(plans=[plan("A"), plan("B", "A"), plan("C", "b")]) == []
    assert rules(plans=[plan("A", "a")]) == [("/plans/0/part_of", "no-circle")]
    ring = [plan("A", "C"), plan("B", "A"), plan("C", "B")]
    assert rules(plans=ring) == [(f"/plans/{n}/part_of", "no-circle") for n in range(3)]
    # D hangs from the circle and is in none: the circle's own are refused.
    assert rules(plans=[*ring, plan("D", "A")]) == rules(plans=ring)
    assert rules(plans=[plan("A", "Nowhere")]) == [("/plans/0/part_of", "plan-is-listed")]


def test_a_strategy_names_only_what_is_the_partnerships_own_and_no_persons_address() -> None:
    objective = {"title": "Homes", "targets": ["t1", "t2"], "actions": ["a1", "a2"]}
    assert rules(objectives=[objective]) == [
        ("/objectives/0/targets/1", "target-of-the-partnership"),
        ("/objectives/0/actions/1", "action-of-the-partnership"),
    ]
    assert rules(objectives=[{"title": "Homes"}, {"title": " homes"}]) == [
        ("/objectives/1/title", "title-once")
    ]
    assert rules(learning=[{"title": "L", "by": "jo@example.org", "status": "hoped"}]) == [
        ("/learning/0/by", "no-personal-contact"), ("/learning/0/status", "status-is-known"),
    ]  # fmt: skip
