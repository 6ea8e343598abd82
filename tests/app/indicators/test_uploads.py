"""A user's own table: each row checked, each fault named, nothing of another release joined."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.tables import AuditEvent
from app.indicators.methods.upload_checks import find_mixed_percentages, is_percentage, is_text
from app.indicators.readers.uploads import UploadMapping, read_upload
from app.indicators.storing import Publication
from app.indicators.uploading import (
    IndicatorTaken,
    InvalidMapping,
    OtherReleaseGiven,
    UploadReport,
    import_indicators,
    upload_mapping,
)
from app.indicators.value_tables import Indicator, IndicatorValue
from app.indicators.values import UPLOAD, get_indicator, indicator_frame
from app.row_counts import listening
from app.vintages.readers.cells import FileRefused
from boundaries import database
from boundaries.errors import Fault
from boundaries.storing import store_areas

NAN = float("nan")
CODES = [f"E010000{place:02}" for place in range(1, 13)]


def mapping(*values: str, unit: str = "people", **told: object) -> UploadMapping:
    given = {
        "period": "2023", "period_column": None, "unit": unit, "direction": "higher-is-worse",
        "nature": "extensive", **told,
    }  # fmt: skip
    return upload_mapping("jobless", values or ("v",), "code", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        ([0.12, 12.0], [True, False]),
        ([0.12, 0.3, 0.05, 20.0, NAN], [False, False, False, True, False]),
        ([12.0, 30.0, 25.0, 0.2, 0.0], [False, False, False, True, False]),
        # Rates about 1 per cent are one kind, however they fall beside it.
        ([0.2, 0.5, 0.8, 1.4, 2.0, 4.7], [False] * 6),
        ([0.1, 0.2, 0.9], [False] * 3),
        ([3.0, 20.0, 99.0], [False] * 3),
        ([0.0, 0.0, 12.0], [False] * 3),
        ([NAN, NAN], [False, False]),
    ],
)
def test_shares_among_per_cent_are_found_and_rates_about_one_are_not(
    values: list[float], odd: list[bool]
) -> None:
    assert find_mixed_percentages(np.array(values)).tolist() == odd


def test_which_units_are_parts_of_a_whole_and_which_columns_are_text() -> None:
    assert [is_percentage(unit) for unit in ("per cent", "%", "Share of people", "people")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert (is_text(2, 4), is_text(3, 4), is_text(0, 0)) == (False, True, False)


def read(text: str, **told: object) -> list[tuple[object, str, float, str]]:
    frame = read_upload(text.encode(), "f.csv", mapping(**told)).frame  # type: ignore[arg-type]
    return list(
        frame[["code", "period", "value jobless", "state jobless"]].itertuples(
            index=False, name=None
        )
    )


def test_suppressed_missing_and_nought_are_three_things() -> None:
    text = 'code,v\nE01000001,0\nE01000002,\nE01000003,*\nE01000004,[c]\nE01000005,n/a\nE01000006,"1,296"\n'
    assert [(state, value) for _, _, value, state in read(text) if state == "value"] == [
        ("value", 0.0), ("value", 1296.0),
    ]  # fmt: skip
    assert [state for _, _, _, state in read(text)] == [
        "value", "missing", "suppressed", "suppressed", "missing", "value",
    ]  # fmt: skip


def test_codes_with_blanks_or_small_letters_are_mended_and_noted() -> None:
    reading = read_upload(b"code,v\n e01000001 ,1\nE01000002,2\n", "f.csv", mapping())
    assert reading.frame["code"].to_list() == ["E01000001", "E01000002"]
    assert [(note.row, note.rule, note.value) for note in reading.notes] == [
        (2, "code-tidied", " e01000001 ")
    ]
    assert reading.faults == ()


def test_duplicate_rows_are_refused_all_where_they_differ_and_once_where_not() -> None:
    text = b"code,v\nE01000001,1\nE01000001,1\nE01000002,1\nE01000002,2\nE01000003,\nE01000003,\n"
    faults = read_upload(text, "f.csv", mapping()).faults
    assert [(fault.row, fault.rule) for fault in faults] == [
        (3, "area-once"), (4, "area-once"), (5, "area-once"), (7, "area-once"),
    ]  # fmt: skip


def test_one_area_may_stand_once_a_period() -> None:
    text = "code,year,v\nE01000001,2022,1\nE01000001,2023,2\n"
    rows = read(text, period=None, period_column="year")
    assert [(period, value) for _, period, value, _ in rows] == [("2022", 1.0), ("2023", 2.0)]


def test_a_column_of_text_is_refused_by_its_first_cell_and_a_word_by_its_row() -> None:
    with pytest.raises(FileRefused, match="holds text, not numbers; the first is 'lots' in row 2"):
        read_upload(b"code,v\nE01000001,lots\nE01000002,many\nE01000003,3\n", "f.csv", mapping())
    reading = read_upload(b"code,v\nE01000001,1\nE01000002,2\nE01000003,x9\n", "f.csv", mapping())
    assert [(fault.row, fault.column, fault.value) for fault in reading.faults] == [(4, "v", "x9")]


def test_percentages_written_two_ways_are_refused_with_their_rows() -> None:
    text = b"code,v\nE01000001,0.12\nE01000002,12\nE01000003,30\n"
    with pytest.raises(
        FileRefused, match="mixes shares of 1 among per cent: 1 rows, the first is row 2"
    ) as refused:
        read_upload(text, "f.csv", mapping(unit="per cent"))
    assert [fault.row for fault in refused.value.faults] == [2]
    assert len(read_upload(text, "f.csv", mapping(unit="per cent", as_written=True)).frame) == 3
    assert len(read_upload(text, "f.csv", mapping(unit="days")).frame) == 3
    signs = read_upload(
        b"code,v\nE01000001,12%\nE01000002,9 %\n", "f.csv", mapping(unit="per cent")
    )
    assert signs.frame["value jobless"].to_list() == [12.0, 9.0]


def test_a_workbook_reads_as_its_csv() -> None:
    book = openpyxl.Workbook()
    for row in (["Code", "V"], ["E01000001", 12.5], ["E01000002", None], ["E01000003", "*"]):
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    reading = read_upload(written.getvalue(), "f.xlsx", mapping())
    assert reading.frame["state jobless"].to_list() == ["value", "missing", "suppressed"]
    assert reading.frame["value jobless"].to_list()[0] == 12.5


@pytest.mark.parametrize(
    ("told", "detail"),
    [
        ({"direction": "up"}, "the direction is one of higher-is-worse"),
        ({"nature": "count"}, "the nature is one of extensive"),
        ({"unit": " "}, "a unit has 1 to 200 letters"),
        ({"period": None}, "give either a period or a column of periods"),
        ({"period_column": "year"}, "give either a period or a column of periods"),
    ],
)
def test_a_mapping_that_says_too_little_is_refused(told: dict[str, object], detail: str) -> None:
    with pytest.raises(InvalidMapping, match=detail):
        mapping(**told)  # type: ignore[arg-type]


def test_several_columns_need_an_id_each() -> None:
    assert [one.id for one in mapping("v", "w=women").columns.values()] == ["jobless", "women"]
    with pytest.raises(InvalidMapping, match="HEADING=ID"):
        mapping("v", "w")
    with pytest.raises(InvalidMapping, match="small letters and figures"):
        mapping("v", "w=Women of <b>")
    with pytest.raises(InvalidMapping, match="given twice"):
        mapping("v", "w=jobless")


@pytest.fixture
def areas(db: Session) -> Session:
    """Eleven areas of both sets; the twelfth of 2011 was split into two of 2021."""
    rows = [(code, "lsoa", code, date(2011, 3, 27), None) for code in CODES[:11]]
    rows += [(CODES[11], "lsoa", "Old", date(2011, 3, 27), date(2021, 3, 20))]
    rows += [(f"E0100009{part}", "lsoa", "New", date(2021, 3, 20), None) for part in "12"]
    rows += [("E07000062", "lad", "Barchester", None, None)]
    columns = ["code", "type", "name", "valid_from", "valid_to"]
    store_areas(db, pd.DataFrame(rows, columns=columns))
    return db


def bring(session: Session, text: str, release: str = "lsoa-2011", **told: object) -> UploadReport:
    commit = bool(told.pop("commit", True))
    publication = Publication(UPLOAD, "Barchester", "OGL", "Barchester", **told)  # type: ignore[arg-type]
    return import_indicators(
        session, "a test", text.encode(), "f.csv", mapping(), release, publication, commit=commit
    )


def table(codes: list[str]) -> str:
    return "code,v\n" + "".join(f"{code},{place}\n" for place, code in enumerate(codes))


def test_rows_in_are_rows_stored_refused_and_elsewhere(areas: Session) -> None:
    text = table(CODES[:3]) + "W01000001,1\nE07000062,9\nE01099999,1\n,1\nE01000001,7\n"
    report = bring(areas, text)
    assert (report.rows_in, report.rows_stored, report.rows_refused, report.rows_elsewhere) == (
        8,
        2,
        4,
        2,
    )
    assert [(fault.row, fault.rule) for fault in report.faults] == [
        (2, "area-once"), (5, "other-nation"), (6, "wider-area"), (7, "unknown-code"), (8, "code-present"),
        (9, "area-once"),
    ]  # fmt: skip
    assert (report.areas, report.areas_total) == (2, 12)
    row = get_indicator(areas, "jobless")
    assert row.full_title == "v (2 of 12 small areas (LSOAs))"
    assert (row.rows_in, row.rows_stored, row.rows_refused, row.rows_elsewhere) == (8, 2, 4, 2)
    assert indicator_frame(areas, "jobless")["value"].to_dict() == {CODES[1]: 1.0, CODES[2]: 2.0}


def test_how_many_rows_are_checked_is_told_and_never_fewer_than_before(areas: Session) -> None:
    heard: list[tuple[int, int | None]] = []

    class Hearing:
        def rows(self, step: str, done: int, total: int | None) -> None:
            if step == "checking":
                heard.append((done, total))

        def refused(self, faults: Sequence[Fault]) -> None:
            pass

    with listening(Hearing()):
        bring(areas, table([*CODES[:9], "E01099999", "W01000001", ""]))
    # Codes read, then the one column of values, then whether each code is an area: three checks of twelve rows.
    assert heard == [(0, 12), (4, 12), (8, 12), (8, 12), (12, 12)]


def test_how_many_values_are_stored_is_told_as_they_go(
    areas: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ROWS_TOLD", 5)
    heard: list[tuple[str, int, int | None]] = []

    class Hearing:
        def rows(self, step: str, done: int, total: int | None) -> None:
            heard.append((step, done, total))

        def refused(self, faults: Sequence[Fault]) -> None:
            pytest.fail(f"none is refused: {faults}")

    text = "code,v,w\n" + "".join(f"{code},{place},1\n" for place, code in enumerate(CODES))
    two = mapping("v", "w=others")
    publication = Publication(UPLOAD, "Barchester", "OGL", "Barchester")
    with listening(Hearing()):
        import_indicators(
            areas, "a test", text.encode(), "f.csv", two, "lsoa-2011", publication, commit=True
        )
    stored = [each[1:] for each in heard if each[0] == "storing"]
    # two columns of twelve values, five at a time
    assert stored == [
        (0, 24), (5, 24), (10, 24), (12, 24), (12, 24), (17, 24), (22, 24), (24, 24),
    ]  # fmt: skip


def test_a_file_of_another_release_is_refused_and_carrying_is_offered(areas: Session) -> None:
    with pytest.raises(OtherReleaseGiven) as refused:
        bring(areas, table(CODES), "lsoa-2021")
    assert "its codes are those of lsoa-2011, not of lsoa-2021" in refused.value.detail
    assert "bounds rebase f.csv" in refused.value.detail
    assert [fault.value for fault in refused.value.faults] == [CODES[11]]
    assert areas.scalar(select(func.count()).select_from(Indicator)) == 0
    assert bring(areas, table(CODES)).rows_stored == 12


def test_a_row_of_another_release_in_a_mixed_file_is_refused_alone(areas: Session) -> None:
    report = bring(areas, table([*CODES, "E01000091"]), "lsoa-2021")
    assert (report.rows_stored, report.rows_refused) == (12, 1)
    assert [(fault.value, fault.rule) for fault in report.faults] == [
        (CODES[11], "another-release")
    ]


def test_a_rehearsal_stores_nothing_and_says_the_same(areas: Session) -> None:
    rehearsed = bring(areas, table(CODES), commit=False)
    assert not rehearsed.stored
    assert areas.scalar(select(func.count()).select_from(Indicator)) == 0
    stored = bring(areas, table(CODES))
    assert (rehearsed.rows_stored, rehearsed.indicators) == (stored.rows_stored, stored.indicators)
    event = areas.scalars(select(AuditEvent)).one()
    assert (event.verb, event.subject) == ("import", "indicator:jobless")


def test_an_upload_replaces_its_own_and_nobody_elses(areas: Session) -> None:
    bring(areas, table(CODES))
    bring(areas, table(CODES[:3]))
    assert areas.scalar(select(func.count()).select_from(IndicatorValue)) == 3
    areas.get_one(Indicator, "jobless").dataset_id = "cni-2023"
    areas.flush()
    with pytest.raises(IndicatorTaken, match="is an indicator of Barchester"):
        bring(areas, table(CODES))


def test_a_missing_column_or_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="has no column 'v'; it has code, count"):
        read_upload(b"code,count\nE01000001,1\n", "f.csv", mapping())
    with pytest.raises(FileRefused, match="a header and no rows"):
        read_upload(b"code,v\n", "f.csv", mapping())
    with pytest.raises(FileRefused, match="cannot be opened"):
        read_upload(tmp_path / "none.csv", "none.csv", mapping())
