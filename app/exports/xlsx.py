"""Writes sheets as one Excel workbook that runs nothing and is the same to the byte each time; shapes are left out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from app.exports.sheets import Sheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What Excel takes at most: of a sheet's name, of a cell, of rows.
MOST_NAME, MOST_TEXT, MOST_ROWS = 31, 32_767, 1_048_576
# Control characters that XML 1.0 has no way to write.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Whatever the namespace is called: that depends on which library registered it first in the process.
_STAMPS = re.compile(rb"(<\w+:(?:created|modified)[^>]*>)[^<]*(</)")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
# Whole numbers beyond this lose digits in a spreadsheet's floats, so they are written as text.
_LARGEST_WHOLE = 10**15


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Write each sheet as a worksheet of its name: missing is an empty cell, codes stay text.

    Text is always text, so that a value that begins with = is shown and not run. Raises ValueError for two
    sheets of one name, and for more rows than a worksheet holds.
    """
    import openpyxl  # at first use: it would slow every start
    from openpyxl.cell import WriteOnlyCell

    names = [sheet.name[:MOST_NAME] for sheet in sheets]
    if len(set(names)) < len(names) or any(len(sheet.rows) >= MOST_ROWS for sheet in sheets):
        raise ValueError(f"{', '.join(names)}: a name is taken twice, or one has too many rows")
    book = openpyxl.Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.name[:MOST_NAME])
        page.append([column for column, _ in sheet.columns])
        for row in sheet.rows:
            cells = []
            for column, _ in sheet.columns:
                value = _cell_value(row.get(column))
                cell = WriteOnlyCell(page, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # else what begins with = would be a formula
                cells.append(cell)
            page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue())


def write_xlsx_file(
    path: Path, name: str, columns: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]]
) -> None:
    """Write rows that come some at a time as one worksheet, by the rules of `write_xlsx`; memory stays flat.

    Raises ValueError for more rows than a worksheet holds.
    """
    import openpyxl  # at first use: it would slow every start
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(name[:MOST_NAME])
    page.append(list(columns))
    written = 1
    for rows in batches:
        written += len(rows)
        if written > MOST_ROWS:
            raise ValueError(f"{name}: more rows than a worksheet holds")
        for row in rows:
            cells = []
            for each in row:
                value = _cell_value(each)
                if isinstance(value, str):
                    value = WriteOnlyCell(page, value)
                    value.data_type = "s"  # else what begins with = would be a formula
                cells.append(value)
            page.append(cells)
    book.save(path)


def _cell_value(value: object) -> Any:
    """Give what a cell can hold: numbers, truth, days and text; anything longer is cut at Excel's bound."""
    if value is None or isinstance(value, bool | float | date):
        return value
    if isinstance(value, int) and abs(value) < _LARGEST_WHOLE:
        return value
    return _UNWRITABLE.sub("\ufffd", str(value))[:MOST_TEXT]


def _without_clock(book: bytes) -> bytes:
    """Take the time of writing out of a workbook, so that equal rows make equal files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as made, zipfile.ZipFile(out, "w") as fixed:
        for entry in made.infolist():
            held = made.read(entry)
            if entry.filename == "docProps/core.xml":
                held = _STAMPS.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", held)
            info = zipfile.ZipInfo(entry.filename, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(info, held)
    return out.getvalue()
