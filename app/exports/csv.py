"""Writes a sheet as CSV that a spreadsheet opens and does not run; shapes are left out."""

from __future__ import annotations

import csv
import io

from app.exports.sheets import Sheet

MEDIA_TYPE = "text/csv; charset=utf-8"
# A spreadsheet runs a cell that begins so; a quote before it keeps it text (OWASP, CSV injection).
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(sheet: Sheet) -> bytes:
    """Write the columns and rows as UTF-8 CSV: missing is empty, truth is true or false, days are ISO.

    Text that a spreadsheet would run is given a quote in front; numbers stay numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([name for name, _ in sheet.columns])
    for row in sheet.rows:
        writer.writerow([safe_cell(row.get(name)) for name, _ in sheet.columns])
    return out.getvalue().encode()


def safe_cell(value: object) -> object:
    """Give a cell's value: text that would run is quoted, None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_RUNS):
        return f"'{value}"
    return value
