"""A record out of one database and into another of the same county: equal to the byte, and all of it or none."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import orjson
import pytest

from app.places.demo import DEMO_SLUG
from app.records.methods.columns import TABLES
from app.records.queries import record_of
from app.records.reading import RecordInvalid, Row, read_record
from app.records.sheets import write_json, write_table, write_workbook
from app.sessions import reading
from app.vintages.readers.cells import FileRefused
from boundaries.errors import BoundsError
from tests.app.records.conftest import DAY, NASTY, Worlds

pytestmark = pytest.mark.slow


def test_every_table_holds_rows_and_a_record_brought_in_elsewhere_is_the_same_to_the_byte(
    worlds: Worlds,
) -> None:
    written = worlds.export()
    told = {name: len(rows) for name, rows in orjson.loads(written).items() if name != "format"}
    assert list(told) == list(TABLES)
    assert min(told.values()) > 0
    report = worlds.bring(written, engine=worlds.bare, commit=True)
    assert (report.stored, report.rows_ready) == (True, report.rows_in)
    assert {name: each["new"] for name, each in report.tables.items()} == told
    assert worlds.export(worlds.bare) == written
    again = worlds.bring(written, engine=worlds.bare, commit=True)
    assert {name: each["same"] for name, each in again.tables.items()} == told
    assert worlds.export(worlds.bare) == written


def test_a_workbook_and_the_csv_of_each_table_read_back_as_the_same_record(worlds: Worlds) -> None:
    with reading(worlds.full) as session:
        record = record_of(session, DEMO_SLUG, DAY, drafts=True)
    book = write_workbook(record)
    given = read_record(book, "r.xlsx")
    assert given.faults == []
    back = {name: [_whole(row) for row in rows] for name, rows in given.tables.items()}
    assert write_json(back) == write_json(record)
    for name in TABLES:
        given = read_record(write_table(record, name), "t.csv", name)
        rows = {name: [_whole(row) for row in given.tables[name]]}
        assert write_json(rows) == write_json({name: record[name]})
    cells = [
        cell for sheet in openpyxl.load_workbook(io.BytesIO(book)).worksheets
        for row in sheet.iter_rows() for cell in row
    ]  # fmt: skip
    assert {cell.data_type for cell in cells} == {"s", "n", "b"}
    assert any(str(cell.value).startswith("=") for cell in cells)


def _whole(row: Row) -> dict[str, Any]:
    return row.values | {"as_exported": row.as_exported}


def test_a_draft_is_told_only_to_whoever_may_write_it(worlds: Worlds) -> None:
    seen = orjson.loads(worlds.export(drafts=False))
    assert [row["version"] for row in seen["strategies"]] == [1, 2]
    assert {row["version"] for name in ("objectives", "plans") for row in seen[name]} == {1, 2}
    assert [row["version"] for row in orjson.loads(worlds.export())["strategies"]] == [1, 2, 3]


# Table, the row that is copied, what is changed in the copy, and the column and rule that it is refused by.
ADDED: tuple[tuple[str, int, dict[str, Any], str, str], ...] = (
    ("members", 0, {"name": "A", "sector": "guild"}, "sector", "member-has-a-sector"),
    ("members", 0, {"name": "hogglestock  borough council"}, "name", "member-once"),
    ("members", 1, {"name": "B", "role": "ring 01632 960 000"}, "role", "no-personal-contact"),
    ("targets", 0, {"title": "C", "baseline_value": None}, "baseline_value", "baseline-required"),
    ("targets", 0, {"title": "D", "due_period": "2025", "is_record": None}, "due_period", "due-not-past"),
    ("targets", 0, {"title": "E", "threshold": 100.1}, "threshold", "within-the-unit"),
    ("targets", 0, {"title": "F", "threshold": -1}, "threshold", "within-the-unit"),
    ("targets", 0, {"title": "G", "threshold": "many"}, "threshold", "number"),
    ("targets", 0, {"title": "H", "indicator": "no-series"}, "indicator", "indicator-is-held"),
    ("targets", 0, {"id": "other-pact-jobs"}, "id", "id-of-the-partnership"),
    ("targets", 2, {"title": "More jobs"}, "id", "row-once"),
    ("actions", 0, {"title": "I", "neighbourhoods": ["ore"]}, "neighbourhoods", "neighbourhood-of-the-partnership"),
    ("actions", 0, {"title": "J", "due_on": "2025-01-01"}, "due_on", "due-after-start"),
    ("actions", 0, {"title": "K", "colour": "red"}, "colour", "column-is-known"),
    ("managers", 0, {"neighbourhood": "ore"}, "neighbourhood", "neighbourhood-of-the-partnership"),
    ("budgets", 0, {"year": "2026-28"}, "year", "financial-year"),
    ("neighbourhoods", 0, {"slug": "l", "kind": "ward"}, "slug", "version-required"),
    ("neighbourhood_versions", 0, {"neighbourhood": "m"}, "neighbourhood", "hangs-on-a-row"),
    ("programmes", 0, {"id": "other.chest"}, "id", "id-of-the-partnership"),
    ("allocations", 0, {"programme": "no"}, "programme", "hangs-on-a-row"),
    ("plans", 1, {"version": 9}, "version", "hangs-on-a-row"),
    ("assessor_notes", 0, {"words": "Twice"}, "criterion", "row-once"),
    ("designations", 0, {"id": "other-12"}, "id", "id-of-the-partnership"),
    ("designation_results", 0, {"designation": "no"}, "value", "hangs-on-a-row"),
    ("statements", 0, {"number": 9}, "number", "numbers-in-order"),
    ("statement_figures", 0, {"number": 8}, "value", "hangs-on-a-row"),
    ("money_lines", 0, {"file": "no"}, "file", "hangs-on-a-row"),
    ("money_lines", 0, {"identifier": "more"}, "file", "file-never-changes"),
)  # fmt: skip
# The same of a row that is changed where it stands.
CHANGED: tuple[tuple[str, int, dict[str, Any], str, str], ...] = (
    ("strategies", 0, {"vision": "Other"}, "version", "published-never-changes"),
    ("programme_areas", 0, {"place": "X01999999"}, "place", "place-known"),
    ("plans", 4, {"part_of": "Part"}, "part_of", "no-circle"),
    ("ground", 0, {"value": "X01000001"}, "neighbourhood", "hangs-on-a-row"),
    ("neighbourhood_versions", 1, {"reason": "Else"}, "version", "version-never-changes"),
    ("designations", 1, {"name": "Else"}, "id", "paper-never-changes"),
    ("statements", 0, {"words": {}}, "programme", "paper-never-changes"),
    ("money_lines", 0, {"amount_pence": 1}, "file", "file-never-changes"),
    ("money_refusals", 0, {"detail": "Else"}, "file", "file-never-changes"),
)


def test_each_row_that_cannot_be_kept_is_named_and_keeps_all_from_being_stored(
    worlds: Worlds,
) -> None:
    before = worlds.export()
    body = orjson.loads(before)
    awaited = []
    for table, at, changes, column, rule in ADDED:
        body[table].append(
            {**body[table][at], **({"id": None} if "id" in body[table][at] else {}), **changes}
        )
        awaited.append((f"r.json, {table}", len(body[table]), column, rule))
    for table, at, changes, column, rule in CHANGED:
        body[table][at] |= changes
        awaited.append((f"r.json, {table}", at + 1, column, rule))
    report = worlds.bring(orjson.dumps(body), commit=True)
    found = {(each.file, each.row, each.column, each.rule) for each in report.refused}
    assert set(awaited) - found == set()
    assert report.rows_in == report.rows_ready + len({each[:2] for each in found})
    assert report.rows_in == sum(len(rows) for name, rows in body.items() if name != "format")
    assert not report.stored
    assert worlds.export() == before


# What is changed in the first line of a file that is not here, and the column and rule that it is refused by.
FORGED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"grade": "C"}, "grade", "grade-of-the-place"), ({"stage": "given"}, "stage", "stage-is-known"),
    ({"place_kind": "moon"}, "place_kind", "grade-of-the-place"),
    ({"currency": "gbp"}, "currency", "currency-is-a-code"),
    ({"amount_pence": -1}, "amount_pence", "refund-below-nought"),
    ({"financial_year": "2018-20"}, "financial_year", "financial-year"),
    ({"place_postcode": None}, "place_postcode", "place-is-said"),
)  # fmt: skip


@pytest.mark.parametrize(("changes", "column", "rule"), FORGED)
def test_a_line_of_money_that_no_file_can_have_keeps_all_from_being_stored(
    worlds: Worlds, changes: dict[str, Any], column: str, rule: str
) -> None:
    body = orjson.loads(worlds.export())
    kept = {
        name: body[name] for name in ("format", *TABLES) if name.startswith(("format", "money"))
    }
    (at,) = (n for n, line in enumerate(kept["money_lines"]) if "Wardens" in line["title"])
    file = kept["money_files"][0] | {"id": "plain-else", "sha256": "1" * 64}
    kept["money_files"] = [file]
    for name in TABLES:
        for row in kept.get(name, ()):
            row["as_exported"] = None
            if "file" in row:
                row["file"] = "plain-else"
            if "identifier" in row:
                row["identifier"] = f"else {row['identifier']}"
    assert worlds.bring(orjson.dumps(kept)).refused == ()
    kept["money_lines"][at] |= changes
    report = worlds.bring(orjson.dumps(kept), commit=True)
    found = {(each.file, each.row, each.column, each.rule) for each in report.refused}
    assert ("r.json, money_lines", at + 1, column, rule) in found
    assert (report.stored, report.rows_refused) == (False, report.rows_in)


def test_a_file_without_its_lines_is_only_named(worlds: Worlds) -> None:
    body = orjson.loads(worlds.export())
    file = body["money_files"][0] | {"id": "plain-else", "sha256": "1" * 64, "as_exported": None}
    report = worlds.bring(
        orjson.dumps({"format": "bounds-record-1", "money_files": [file]}), commit=True
    )
    assert (report.stored, report.tables["money_files"]["apart"]) == (True, 1)
    assert [each.rule for each in report.notes] == ["money-apart"]


def test_a_changed_figure_of_another_unit_than_its_series_is_refused(worlds: Worlds) -> None:
    body = orjson.loads(worlds.export())
    body["targets"][0] |= {"indicator": "claimants-demo", "unit": "hats"}
    report = worlds.bring(orjson.dumps(body["targets"][:1]), "t.json", "targets")
    assert ("unit", "unit-is-the-series") in {(each.column, each.rule) for each in report.refused}


def test_a_table_alone_is_changed_by_id_and_what_it_leaves_out_stays(worlds: Worlds) -> None:
    csv = f"id,title,due_on,owner\n{DEMO_SLUG}-train,Train,01/02/2027,'=The college\n,Paint,2027-03-01,Tenants\n"
    report = worlds.bring(csv.encode(), "a.csv", "actions", commit=True)
    assert dict(report.tables["actions"]) == {"new": 1, "changed": 1, "same": 0, "refused": 0}
    told = {each.column: each.detail for each in report.notes}
    assert told["due_on"] == "it is '2027-01-01' here and becomes '2027-02-01'"
    rows = {row["id"]: row for row in orjson.loads(worlds.export())["actions"]}
    changed = rows[f"{DEMO_SLUG}-train"]
    assert (changed["due_on"], changed["owner"], changed["note"]) == (
        "2027-02-01",
        "=The college",
        NASTY,
    )
    assert rows[f"{DEMO_SLUG}-paint"]["status"] == "planned"


def test_the_register_of_a_file_takes_the_place_of_the_one_that_is_here(worlds: Worlds) -> None:
    csv = b"name,sector,joined\nBarset Constabulary,Public sector,2020-01-01\nNew club,community,\n"
    before = worlds.export()
    rehearsed = worlds.bring(csv, "m.csv", "members")
    assert (rehearsed.refused, rehearsed.stored, rehearsed.rows_ready) == ((), False, 2)
    assert worlds.export() == before
    report = worlds.bring(csv, "m.csv", "members", commit=True)
    assert dict(report.tables["members"]) == {"new": 1, "changed": 1, "same": 0, "refused": 0}
    rows = orjson.loads(worlds.export())["members"]
    assert [(row["name"], row["sector"]) for row in rows] == [
        ("Barset Constabulary", "public"), ("New club", "community"),
    ]  # fmt: skip


FILES: dict[str, tuple[bytes, str | None, str]] = {
    "no table": (b"name,sector\nA,public\n", None, "table-said"),
    "unknown table": (b"name\nA\n", "people", "table-is-known"),
    "unknown column": (b"name,sector,telephone\nA,public,1\n", "members", "column-is-known"),
    "column lacks": (b"sector\npublic\n", "members", "column-is-there"),
    "other format": (b'{"format": "x", "members": []}', None, "format-is-known"),
    "no list": (b'{"format": "bounds-record-1", "members": 3}', None, "table-is-known"),
    "no workbook": (b"PK\x03\x04rest", None, "file-readable"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_record_is_refused_whole(case: str) -> None:
    source, table, rule = FILES[case]
    with pytest.raises((RecordInvalid, FileRefused)) as refused:
        read_record(source, "f", table)
    assert refused.value.faults[0].rule == rule
    assert isinstance(refused.value, BoundsError)
