"""Workbooks: read again as written, nothing runs, equal rows make equal bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest

from app.exports.sheets import Sheet
from app.exports.xlsx import write_xlsx


def sheet(rows: list[dict[str, Any]], name: str = "areas") -> Sheet:
    columns = (
        ("code", "text"),
        ("people", "whole"),
        ("share", "number"),
        ("chosen", "truth"),
        ("day", "day"),
    )
    return Sheet(name, "Areas", columns, rows)  # type: ignore[arg-type]


def read(book: bytes, name: str = "areas") -> Any:
    return openpyxl.load_workbook(io.BytesIO(book))[name]


def test_a_workbook_is_read_again_as_it_was_written() -> None:
    row = {"code": "01", "people": 5, "share": 0.25, "chosen": True, "day": date(2026, 1, 2)}
    page = read(write_xlsx([sheet([row])]))
    values = [cell.value for cell in page[2]]
    assert values[:4] == ["01", 5, 0.25, True]
    assert values[4].date() == date(2026, 1, 2)


def test_missing_is_an_empty_cell_and_never_0() -> None:
    page = read(write_xlsx([sheet([{"code": "a", "people": None}])]))
    assert [cell.value for cell in page[2]][1:] == [None, None, None, None]


@pytest.mark.parametrize("hostile", ["=1+1", "=HYPERLINK(1)", "+1", "@a", "-1"])
def test_text_that_a_spreadsheet_would_run_stays_text(hostile: str) -> None:
    page = read(write_xlsx([sheet([{"code": hostile}])]))
    assert page["A2"].value == hostile
    assert page["A2"].data_type == "s"


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    page = read(write_xlsx([sheet([{"code": "a\x00b\x1fc"}])]))
    assert page["A2"].value == "a\ufffdb\ufffdc"


def test_a_whole_number_too_large_for_a_spreadsheet_keeps_its_digits() -> None:
    page = read(write_xlsx([sheet([{"code": "a", "people": 12_345_678_901_234_567}])]))
    assert page["B2"].value == "12345678901234567"


def test_equal_rows_make_equal_files_whenever_they_are_written() -> None:
    book = write_xlsx([sheet([{"code": "a"}])])
    assert write_xlsx([sheet([{"code": "a"}])]) == book
    with zipfile.ZipFile(io.BytesIO(book)) as held:
        assert {entry.date_time[0] for entry in held.infolist()} == {1980}
        core = held.read("docProps/core.xml").decode()
    assert core.count("1980-01-01T00:00:00Z") == core.count("</dcterms:") == 2


def test_two_sheets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="taken twice"):
        write_xlsx([sheet([]), sheet([])])
