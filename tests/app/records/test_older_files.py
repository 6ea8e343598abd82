"""A file that is older than somebody's change: refused with what changed since, unless it is to go over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from app.access.audit import COMMAND_LINE
from app.access.queries import Actor
from app.partnerships.actions import change_partnership, remove_partnership
from app.partnerships.queries import get_partnership
from app.places.demo import DEMO_SLUG
from app.records.actions import RecordReport, import_record
from app.records.queries import record_of
from app.records.reading import read_record
from app.records.sheets import write_json, write_table
from app.sessions import reading, writing
from app.strategies.actions import change_target, remove_target
from tests.app.records.conftest import DAY
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
JOBS = f"{DEMO_SLUG}-more-jobs"
EDITOR = Actor(7, "editor", DEMO_SLUG)


@pytest.fixture
def engine(filled_template: str, cluster: ClusterForTests) -> Iterator[Engine]:
    """A database of the test's own with something in every table."""
    url = cluster.clone(filled_template)
    yield open_engine(url)
    cluster.drop(url)


def _export(engine: Engine) -> bytes:
    with reading(engine) as session:
        return write_json(record_of(session, DEMO_SLUG, DAY, drafts=True))


def _bring(
    engine: Engine, source: bytes | dict[str, Any], *, table: str | None = None, over: bool = False,
    actor: Actor | str = COMMAND_LINE,
) -> RecordReport:  # fmt: skip
    raw = source if isinstance(source, bytes) else orjson.dumps(source)
    with writing(engine) as session:
        given = read_record(raw, "r.json" if table is None else "t.csv", table)
        return import_record(session, actor, DEMO_SLUG, given, DAY, commit=True, over_changes=over)


def _rules(report: RecordReport) -> set[tuple[str, int | str, str]]:
    return {(each.file.rpartition(", ")[2], each.row or 0, each.rule) for each in report.refused}


def test_what_somebody_changed_since_is_told_and_nothing_is_written_over(engine: Engine) -> None:
    file = orjson.loads(_export(engine))
    with writing(engine) as session:
        change_target(session, "a test", JOBS, {"threshold": 70.0}, DAY)
    here = _export(engine)
    file["actions"][0]["title"] = "Train more"
    report = _bring(engine, file)
    assert not report.stored
    at = next(n for n, row in enumerate(file["targets"], 1) if row["id"] == JOBS)
    assert _rules(report) == {("targets", at, "changed-since")}
    told = report.refused[0].detail
    assert "threshold is 70.0 here and 60.1 in the file" in told
    assert "UTC by somebody whose role is not kept" in told
    assert _export(engine) == here
    assert _bring(engine, file, over=True).stored
    after = orjson.loads(_export(engine))
    assert next(row for row in after["targets"] if row["id"] == JOBS)["threshold"] == 60.1
    assert after["actions"][0]["title"] == "Train more"


def test_a_table_as_csv_carries_it_too(engine: Engine) -> None:
    with reading(engine) as session:
        csv = write_table(record_of(session, DEMO_SLUG, DAY, drafts=True), "targets")
    with writing(engine) as session:
        change_target(session, "a test", JOBS, {"theme": "work"}, DAY)
    report = _bring(engine, csv, table="targets")
    assert {each.rule for each in report.refused} == {"changed-since"}
    said = (
        f"id,title,kind,baseline_period,due_period,theme\n{JOBS},More jobs,level,2024,2030,jobs\n"
    )
    report = _bring(engine, said.encode(), table="targets")
    assert report.stored, "a file without the column is taken as it is"


def test_what_was_removed_since_stays_removed_and_a_copied_row_is_new(engine: Engine) -> None:
    file = orjson.loads(_export(engine))
    row = next(row for row in file["targets"] if row["id"] == JOBS)
    with writing(engine) as session:
        remove_target(session, "a test", JOBS)
    report = _bring(engine, {"format": file["format"], "targets": [row]})
    assert [each.rule for each in report.refused] == ["changed-since"]
    assert "removed here since" in report.refused[0].detail
    edited = row | {"threshold": 65.0}
    assert not _bring(engine, {"format": file["format"], "targets": [edited]}).stored
    copied = row | {"id": f"{DEMO_SLUG}-copied", "title": "Copied"}
    assert _bring(engine, {"format": file["format"], "targets": [copied]}).stored
    assert _bring(engine, {"format": file["format"], "targets": [row]}, over=True).stored


def test_a_change_to_what_the_file_says_anyway_stands_in_nobodys_way(engine: Engine) -> None:
    file = orjson.loads(_export(engine))
    with writing(engine) as session:
        change_target(session, "a test", JOBS, {"threshold": 70.0}, DAY)
    next(row for row in file["targets"] if row["id"] == JOBS)["threshold"] = 70.0
    report = _bring(engine, file)
    assert report.stored
    assert report.tables["targets"]["same"] == len(file["targets"])


def test_a_member_who_joined_since_is_not_put_out_by_an_older_register(engine: Engine) -> None:
    file = orjson.loads(_export(engine))
    with writing(engine) as session:
        members = [
            *get_partnership(session, DEMO_SLUG).members,
            {"name": "Late", "sector": "private"},
        ]
        change_partnership(session, "a test", DEMO_SLUG, {"members": members}, DAY)
    only = {"format": file["format"], "members": file["members"]}
    report = _bring(engine, only)
    assert {each.rule for each in report.refused} == {"changed-since"}
    assert len(report.refused) == len(file["members"])
    assert _bring(engine, only, over=True).stored


def test_a_member_kept_before_sectors_were_asked_for_goes_out_and_comes_in(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(
            text("UPDATE partnerships SET members = members || CAST(:old AS jsonb) WHERE slug = :slug"),
            {"old": '[{"name": "Old guild"}, {"name": "Other", "sector": "guild"}]', "slug": DEMO_SLUG},
        )  # fmt: skip
    written = _export(engine)
    with writing(engine) as session:
        remove_partnership(session, COMMAND_LINE, DEMO_SLUG)
    report = _bring(engine, written)
    assert report.stored, report.refused
    assert [each.rule for each in report.notes if each.rule] == ["member-without-a-sector"] * 2
    assert _export(engine) == written
    # Beside a member who is new they stay as they are here; the new one needs a sector.
    file = orjson.loads(written)
    file["members"].append({"name": "New guild", "sector": None})
    refused = _bring(engine, {"format": file["format"], "members": file["members"]})
    assert [each.rule for each in refused.refused] == ["member-has-a-sector"]
    file["members"][-1]["sector"] = "private"
    assert _bring(engine, {"format": file["format"], "members": file["members"]}).stored


def test_an_assessors_note_is_an_administrators_to_change(engine: Engine) -> None:
    file = orjson.loads(_export(engine))
    notes = {"format": file["format"], "assessor_notes": file["assessor_notes"]}
    assert _bring(engine, notes, actor=EDITOR).stored
    notes["assessor_notes"][0]["words"] = "All is well."
    report = _bring(engine, notes, actor=EDITOR)
    assert [(each.column, each.rule) for each in report.refused] == [
        ("words", "note-of-the-assessor")
    ]
    assert _bring(engine, notes, actor=Actor(1, "administrator", None)).stored


def test_a_paper_that_is_none_of_ours_is_refused_and_stands_in_no_other_s_way(
    engine: Engine,
) -> None:
    before = _export(engine)
    with writing(engine) as session:
        remove_partnership(session, COMMAND_LINE, DEMO_SLUG)
    for table, value, rule in (
        ("designation_results", "[]", "shape-of-a-designation"),
        ("designation_results", '{"index": {}}', "shape-of-a-designation"),
        ("designation_results", "{", "pieces-in-order"),
        ("statement_figures", "{}", "shape-of-a-statement"),
        ("statement_figures", "nul", "pieces-in-order"),
    ):
        file = orjson.loads(before)
        first = file[table][0]
        same = "designation" if table == "designation_results" else "number"
        file[table] = [row for row in file[table] if row[same] != first[same]] + [
            first | {"value": value}
        ]
        report = _bring(engine, file)
        assert not report.stored, value
        assert rule in {each.rule for each in report.refused}, value
    assert _bring(engine, before).stored
    assert _export(engine) == before
