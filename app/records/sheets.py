"""Writes a record as JSON, as a workbook with a sheet for each table, or one table of it as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.exports.csv import write_csv
from app.exports.sheets import Kind, Sheet
from app.exports.xlsx import MOST_TEXT, write_xlsx
from app.records.methods.cells import as_iso, for_csv, for_workbook, write_cell
from app.records.methods.columns import TABLES, Column, Table
from boundaries.errors import Refused

FORMAT = "bounds-record-1"
Record = Mapping[str, Sequence[Mapping[str, Any]]]
# Days stay text: a workbook's own days begin in 1900.
_KINDS: Mapping[str, Kind] = {"whole": "whole", "number": "number", "truth": "truth"}


class TooLongForAWorkbook(Refused):
    """A cell of the record is longer than a workbook's cell can be."""

    slug = "too-long-for-a-workbook"
    title = "It does not fit a workbook"


def write_json(record: Record) -> bytes:
    """Write a record as JSON, every table and column in order, so that equal records are equal bytes."""
    body = {"format": FORMAT} | {
        name: [
            {column.name: as_plain(row.get(column.name), column) for column in table.columns}
            for row in record[name]
        ]
        for name, table in TABLES.items()
        if name in record
    }  # fmt: skip
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"


def as_plain(value: Any, column: Column) -> Any:
    """Write a value as the JSON holds it; two that mean the same are written the same."""
    if column.kind in ("json", "json-list") and value is not None:
        # Keys in order: the database does not keep the order in which they were written.
        return orjson.loads(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
    if column.kind == "steps":
        return [[period, figure] for period, figure in value or ()]
    if column.kind == "list":
        return list(value or ())
    return as_iso(value) if value is not None and column.kind in ("day", "moment") else value


def write_workbook(record: Record) -> bytes:
    """Write each table as a sheet. Raises TooLongForAWorkbook, naming the table, row and column."""
    return write_xlsx([_sheet(TABLES[name], rows, for_book=True) for name, rows in record.items()])


def write_table(record: Record, name: str) -> bytes:
    """Write one table as CSV."""
    return write_csv(_sheet(TABLES[name], record[name], for_book=False))


def _sheet(table: Table, rows: Sequence[Mapping[str, Any]], *, for_book: bool) -> Sheet:
    dress = for_workbook if for_book else for_csv
    cells = [
        {column.name: dress(write_cell(row.get(column.name), column)) for column in table.columns}
        for row in rows
    ]
    for number, row in enumerate(cells, start=2):
        for name, cell in row.items():
            if for_book and isinstance(cell, str) and len(cell) > MOST_TEXT:
                raise TooLongForAWorkbook(
                    f"sheet {table.name}, row {number}, {name}: {len(cell):,} characters; take the JSON"
                )
    columns = tuple((column.name, _KINDS.get(column.kind, "text")) for column in table.columns)
    return Sheet(table.name, table.title, columns, cells)
