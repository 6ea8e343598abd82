"""What is kept of a region's page: never older than any write that it follows from, and warm after every other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.dependencies import today
from app.indicators.storing import Publication
from app.indicators.uploading import import_indicators, upload_mapping
from app.partnerships.actions import change_partnership, create_partnership
from app.places.demo import DEMO_SLUG
from app.readying import Readying
from app.regions import grounds, rows
from app.regions import region as page
from app.regions.region import partnerships_of_region
from app.request_counts import RequestCounts
from app.resources import partnerships_together as together
from app.sessions import reading, writing
from app.settings import Settings
from app.strategies.accreditation import write_note
from app.strategies.actions import make_target
from app.strategies.plan import make_action
from app.strategies.schemas import NewTarget
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
DAY = date(2026, 6, 1)


class Region(NamedTuple):
    """A region of the invented county, read by one engine and written by another, as by another process."""

    code: str
    reader: Engine
    writer: Engine

    def ask(self, day: date = DAY) -> dict[str, Any]:
        with reading(self.reader) as session:
            return partnerships_of_region(session, self.code, day)

    def afresh(self, day: date = DAY) -> dict[str, Any]:
        _begin_anew()
        return self.ask(day)


@pytest.fixture
def region(cluster: ClusterForTests, demo_template: str) -> Iterator[Region]:
    url = cluster.clone(demo_template)
    reader, writer = open_engine(url), open_engine(url)
    with writing(writer) as session:
        code = session.scalar(text("SELECT code FROM areas WHERE type = 'rgn' AND demo"))
    yield Region(str(code), reader, writer)
    cluster.drop(url)


def _target(session: Session) -> None:
    said = NewTarget.model_validate(
        {"partnership": DEMO_SLUG, "title": "Fewer fires", "kind": "level", "measure": "fires", "unit": "fires",
         "higher_is_worse": True, "threshold": 3, "baseline_period": "2024", "baseline_value": 9,
         "due_period": "2030"}
    )  # fmt: skip
    make_target(session, "a test", DEMO_SLUG, said.said(), DAY)


def _run(statement: str) -> Callable[[Session], object]:
    return lambda session: session.execute(text(statement))


_MATTERS: dict[str, Callable[[Session], object]] = {
    "a target": _target,
    "a note": lambda s: write_note(s, "a test", DEMO_SLUG, "effective", "Seen.", "assessor", DAY),
    "a lead": lambda s: change_partnership(s, "a test", DEMO_SLUG, {"lead": "The council"}, DAY),
    "other ground": lambda s: change_partnership(
        s, "a test", DEMO_SLUG, {"authorities": ["X07000002"]}, DAY
    ),
    "a new partnership": lambda s: create_partnership(
        s, "a test", name="Twin", kind="csp", authorities=["X07000002"], day=DAY
    ),
    "money": _run(
        "UPDATE resource_lines SET amount_pence = amount_pence + 1 WHERE stage = 'awarded'"
    ),
    "money taken out": _run("DELETE FROM resource_lines WHERE stage = 'awarded'"),
    "ranks": _run(
        "WITH loaded AS (UPDATE indices SET loaded_at = now()) UPDATE index_values SET rank = 1000 - rank"
        " WHERE measure = 'imd'"
    ),
    "people": _run("UPDATE weights SET value = value + 1 WHERE measure = 'people'"),
    "a lookup": _run(
        "DELETE FROM memberships WHERE parent_type = 'lad' AND child_code = ("
        "SELECT min(child_code) FROM memberships WHERE parent_code = 'X07000002')"
    ),
    "a name": _run("UPDATE areas SET name = 'Elsewhere' WHERE type = 'rgn' AND demo"),
}


@pytest.mark.parametrize("what", _MATTERS)
def test_a_write_that_matters_is_told_at_once(region: Region, what: str) -> None:
    before = region.ask()
    assert region.ask() is before, "nothing was written, so the answer is the one that was kept"
    with writing(region.writer) as session:
        _MATTERS[what](session)
    after = region.ask()
    assert after != before
    assert after == region.afresh()


_ELSEWHERE = {
    "the trail": "INSERT INTO audit_events (actor, verb, subject, detail) VALUES ('x', 'x', 'x:y', '{}')",
    "another's target": "INSERT INTO targets SELECT (jsonb_populate_record(t, CAST(:other AS jsonb))).*"
    " FROM targets AS t WHERE t.partnership_slug = :slug LIMIT 1",
    "real partnerships": "UPDATE partnerships SET lead = 'Somebody' WHERE slug = 'elsewhere'",
}


@pytest.mark.parametrize("what", _ELSEWHERE)
def test_a_write_elsewhere_leaves_it_warm(region: Region, what: str) -> None:
    with writing(region.writer) as session:
        _target(session)
        session.execute(
            text(
                "INSERT INTO partnerships (slug, name, kind, authorities, members)"
                " VALUES ('elsewhere', 'Elsewhere', 'lsp', '{E07000062}', '[]')"
            )
        )
    before = region.ask()
    asked = {"other": '{"id": "elsewhere-t", "partnership_slug": "elsewhere"}', "slug": DEMO_SLUG}
    with writing(region.writer) as session:
        assert session.execute(text(_ELSEWHERE[what]), asked).rowcount == 1  # type: ignore[attr-defined]
    assert region.ask() is before


def test_a_change_of_one_ground_leaves_money_and_the_rest_to_be_read_again(region: Region) -> None:
    region.ask()
    with writing(region.writer) as session:
        _target(session)
    grounds = dict(page._grounds._kept)
    moneys = dict(page._moneys._kept)
    region.ask()
    assert dict(page._grounds._kept) == grounds
    assert dict(page._moneys._kept) == moneys


def test_after_a_word_of_one_partnership_no_ground_and_no_money_is_read_and_one_row_told(
    region: Region,
) -> None:
    region.ask()
    kept = (grounds._kept, page._moneys, rows._kept)
    before = [set(one._kept) for one in kept]
    with writing(region.writer) as session:
        change_partnership(session, "a test", DEMO_SLUG, {"lead": "The college"}, DAY)
    region.ask()
    assert [len(set(one._kept) - was) for one, was in zip(kept, before, strict=True)] == [0, 0, 1]


def test_a_partnership_that_lost_its_council_is_told_with_the_reason(region: Region) -> None:
    with writing(region.writer) as session:
        create_partnership(
            session,
            "a test",
            name="Twin",
            kind="csp",
            authorities=["X07000002", "X07000001"],
            day=DAY,
        )
        session.execute(text("UPDATE areas SET valid_to = '2025-04-01' WHERE code = 'X07000001'"))
    (twin,) = (row for row in region.ask()["items"] if row["slug"] == "twin")
    assert (twin["verdict"], twin["priorities"]) == (None, None)
    assert "ended on 2025-04-01" in twin["reason"]


def test_what_a_transaction_wrote_itself_is_told_and_not_kept(region: Region) -> None:
    before = region.ask()
    with Session(region.writer) as session:
        _target(session)
        inside = partnerships_of_region(session, region.code, DAY)
        assert inside["roll_up"]["targets"] != before["roll_up"]["targets"]
        session.rollback()
    assert region.ask() is before


def test_two_writers_at_once_both_count_whichever_commits_first(region: Region) -> None:
    first, second = region.writer.connect(), region.writer.connect()
    add = text("UPDATE resource_lines SET amount_pence = amount_pence + :more WHERE id = :id")
    with writing(region.writer) as session:
        a, b = session.execute(
            text("SELECT id FROM resource_lines WHERE stage = 'awarded' ORDER BY id LIMIT 2")
        ).scalars()
    first.execute(add, {"more": 1, "id": a})
    second.execute(add, {"more": 2, "id": b})
    second.commit()
    between = region.ask()
    first.commit()
    assert region.ask() is not between
    assert region.ask() == region.afresh()
    first.close()
    second.close()


def test_a_process_that_has_just_begun_is_told_what_another_worked_out_today(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "today", lambda: DAY)
    told = region.ask()
    _begin_anew()
    again = region.ask()
    assert (again, again is told) == (told, False)
    assert not grounds._kept._kept, "nothing was worked out"
    with writing(region.writer) as session:
        _target(session)
    _begin_anew()
    after = region.ask()
    assert after["roll_up"]["targets"] != told["roll_up"]["targets"]
    assert grounds._kept._kept


def _begin_anew() -> None:
    regions = (page._found, page._kept, page._grounds, page._moneys, rows._kept, grounds._kept)
    for kept in (*regions, together._designated, together._grounds):
        kept._kept.clear()


def test_each_day_is_told_its_own_and_days_between_the_same_turns_are_told_what_was_kept(
    region: Region, tmp_path: Path
) -> None:
    """A day after another something turns; each answer is that of a process that begins on that day."""
    june = [date(2026, 6, day) for day in range(1, 13)]
    with writing(region.writer) as session:
        members = [
            {"name": "One body", "sector": "private", "joined": "2026-06-02"},
            {"name": "Another body", "sector": "voluntary", "left": "2026-06-03"},
        ]
        change_partnership(session, "a test", DEMO_SLUG, {"members": members}, DAY)
        said = {"title": "Plant trees", "owner": "One body", "due_on": june[2]}
        make_action(session, "a test", DEMO_SLUG, said)  # late on the 4th
        for name, days in (("Begins", {"valid_from": june[4]}), ("Ends", {"valid_to": june[6]})):
            create_partnership(
                session, "a test", name=name, kind="csp", authorities=["X07000002"], day=DAY, **days
            )
        ended = "UPDATE areas SET valid_to = '2026-06-09' WHERE code = 'X07000003'"
        assert session.execute(text(ended)).rowcount == 1  # type: ignore[attr-defined]
    turning = [june[at] for at in (1, 2, 3, 4, 6, 8)]
    told = {day: region.ask(day) for day in june}
    for before, day in pairwise(june):
        same = told[before] | {"as_at": day} == told[day]
        assert same != (day in turning), day
        if same:
            assert told[day]["items"] is told[before]["items"], "nothing was worked out again"
    for day in (june[0], *turning):
        assert region.afresh(day) == told[day], day


def test_a_period_of_a_target_s_series_is_told_from_the_day_on_which_it_begins(
    region: Region, tmp_path: Path
) -> None:
    table = tmp_path / "jobs.csv"
    with writing(region.writer) as session:
        councils = session.scalars(text("SELECT code FROM areas WHERE type = 'lad' AND demo")).all()
    table.write_text(
        "code,period,v\n" + "".join(f"{code},2025-08,50\n{code},2026-08,60\n" for code in councils)
    )
    mapping = upload_mapping(
        "jobs", ["v"], "code", period=None, period_column="period", unit="per cent",
        direction="lower-is-worse", nature="intensive",
    )  # fmt: skip
    with writing(region.writer) as session:
        whose = Publication("upload", "A test", "OGL", "A test", demo=True)
        import_indicators(
            session, "a test", table, table.name, mapping, "lad-2023-05", whose, commit=True
        )
        said = NewTarget.model_validate(
            {"partnership": DEMO_SLUG, "title": "Jobs", "kind": "floor", "indicator": "jobs", "threshold": 55,
             "baseline_period": "2025-08", "due_period": "2030"}
        )  # fmt: skip
        make_target(session, "a test", DEMO_SLUG, said.said(), DAY)
    told = [region.ask(date(2026, 8, day))["roll_up"]["targets"] for day in (1, 3, 4)]
    assert told[0] != told[-1]
    assert [region.afresh(date(2026, 8, day))["roll_up"]["targets"] for day in (1, 3, 4)] == told


def test_a_service_makes_ready_the_regions_that_somebody_asked_for(
    region: Region, tmp_path: Path
) -> None:
    state = SimpleNamespace(
        engine=region.reader, settings=Settings(data_dir=tmp_path), counts=RequestCounts()
    )
    _begin_anew()
    Readying(state)._tell_regions()
    assert not page._found._kept, "nobody asked for any"
    region.ask(today())
    with writing(region.writer) as session:
        _target(session)
    _begin_anew()
    Readying(state)._tell_regions()
    assert page._found._kept
    held = set(page._found._kept)
    region.ask(today())
    assert set(page._found._kept) == held
