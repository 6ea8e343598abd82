"""Reads a record, or one table of it, out of JSON, a workbook or CSV; every cell that is not of its kind is listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from app.records.methods.cells import CellWrong, from_csv, from_workbook, read_cell
from app.records.methods.columns import AS_EXPORTED, TABLES, Table
from app.records.sheets import FORMAT
from app.vintages.readers.cells import Sheet, read_bytes, read_sheet, read_sheets
from boundaries.errors import Fault, Invalid
from boundaries.untrusted import read_json_body

MOST_BYTES, MOST_ROWS = 64 * 1024 * 1024, 50_000
_ZIP = b"PK\x03\x04"


class RecordInvalid(Invalid):
    """A file is no record, or no table of one."""

    slug = "record-invalid"
    title = "That is not a record"


class Row(NamedTuple):
    """A row as a file says it: its number there, and a value for each column that the file has.

    as_exported : the digest that it carries, None where it carries none.
    """

    number: int
    values: dict[str, Any]
    as_exported: str | None = None


class Given(NamedTuple):
    """What a file says.

    notes say how it had to be read. rows_in = rows that could be read + rows that a fault names.
    places : how each table's place in the file is called.
    """

    name: str
    tables: dict[str, list[Row]]
    places: dict[str, str]
    faults: list[Fault]
    rows_in: int
    notes: list[Fault]


def read_record(source: bytes, name: str, table: str | None = None) -> Given:
    """Read a file; `table` says which one a CSV, a JSON list or a workbook's first sheet is.

    Raises RecordInvalid, FileRefused, Malformed.
    """
    if table is not None and table not in TABLES:
        _refuse(name, f"there is no table {table[:40]!r}; there are {', '.join(TABLES)}", "table-is-known")  # fmt: skip
    raw = read_bytes(source, name)
    if len(raw) > MOST_BYTES:
        _refuse(name, f"a record has at most {MOST_BYTES:,} bytes", "file-bounded")
    if raw.startswith(_ZIP):
        given = _from_workbook(raw, name, table)
    elif raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        given = _from_json(raw.removeprefix(b"\xef\xbb\xbf"), name, table)
    elif table is None:
        _refuse(name, "say which table a CSV is; the whole record is JSON or a workbook", "table-said")  # fmt: skip
    else:
        given = _from_sheets({table: read_sheet(raw, name)}, name)
    if given.rows_in > MOST_ROWS:
        _refuse(name, f"a record has at most {MOST_ROWS:,} rows", "file-bounded")
    return given


def _from_workbook(raw: bytes, name: str, table: str | None) -> Given:
    sheets = read_sheets(raw, name)
    if table is not None and table not in sheets and len(sheets) == 1:
        sheets = {table: next(iter(sheets.values()))}
    if table is not None:
        sheets = {title: sheet for title, sheet in sheets.items() if title == table}
    unknown = [title for title in sheets if title not in TABLES]
    if unknown or not sheets:
        said = (
            f"sheet {unknown[0][:40]!r} is no table of a record"
            if unknown
            else "no sheet of it is such a table"
        )
        _refuse(name, f"{said}; there are {', '.join(TABLES)}", "table-is-known")  # fmt: skip
    return _from_sheets(sheets, name)


def _from_sheets(sheets: Mapping[str, Sheet], name: str) -> Given:
    rows_in = sum(len(each.rows) + _missed(each) for each in sheets.values())
    given = Given(
        name, {}, {}, [], rows_in, [note for each in sheets.values() for note in each.notes]
    )
    for title, sheet in sheets.items():
        table = TABLES[title]
        given.places[title] = f"{name}, sheet {title}" if sheet.from_binary else name
        _check_columns(table, sheet.columns, given.places[title])
        place = given.places[title]
        given.faults.extend(each._replace(file=place) for each in sheet.faults)
        undress = from_workbook if sheet.from_binary else from_csv
        # A row may end before its last columns do: their cells are empty, and say so.
        given.tables[title] = [
            row
            for number, cells in sheet.rows
            if (
                row := _read_row(
                    given, table, number, {k: undress(cells.get(k)) for k in sheet.columns}
                )
            )
            is not None
        ]
    return given


def _missed(sheet: Sheet) -> int:
    return len({fault.row for fault in sheet.faults})


def _from_json(raw: bytes, name: str, table: str | None) -> Given:
    body = read_json_body(raw, max_bytes=MOST_BYTES)
    if isinstance(body, list) and table is not None:
        body = {table: body}
    elif isinstance(body, dict) and body.pop("format", None) != FORMAT:
        _refuse(name, f"the format is not {FORMAT!r}", "format-is-known")
    if not isinstance(body, dict) or not body:
        _refuse(name, "it is no record: an object with a list for each table", "format-is-known")
    if table is not None:
        body = {title: rows for title, rows in body.items() if title == table}
    given = Given(name, {}, {}, [], 0, [])
    for title, rows in body.items():
        if title not in TABLES or not isinstance(rows, list):
            said = f"{title[:40]!r} is no table with a list of rows"
            _refuse(name, f"{said}; there are {', '.join(TABLES)}", "table-is-known")
        given.places[title] = f"{name}, {title}"
        given.tables[title] = [
            row
            for number, cells in enumerate(rows, start=1)
            if (row := _read_row(given, TABLES[title], number, cells)) is not None
        ]
    return given._replace(rows_in=sum(len(rows) for rows in body.values()))


def _check_columns(table: Table, columns: Sequence[str], place: str) -> None:
    """Refuse a sheet with a column that the table has not, or without one that each row must say."""
    for column in columns:
        if column not in table.names:
            said = f"there is no column {column[:40]!r} in {table.name}; there are {', '.join(table.names)}"
            _refuse(place, said, "column-is-known", column=column[:80])
    for needed in table.columns:
        if needed.is_needed and needed.name not in columns:
            said = f"the column {needed.name!r} of {table.name} is not there"
            _refuse(place, said, "column-is-there", column=needed.name)


def _read_row(given: Given, table: Table, number: int, cells: Any) -> Row | None:
    """Read a row's cells; None where a fault of it was added to those of the file."""
    faults = list(_row_faults(table, cells))
    values: dict[str, Any] = {}
    if not faults:
        for column in table.columns:
            if column.name not in cells and not column.is_needed:
                continue
            try:
                values[column.name] = read_cell(cells.get(column.name), column)
            except CellWrong as wrong:
                shown = str("" if (cell := cells.get(column.name)) is None else cell)[:80]
                faults.append(Fault(wrong.detail, column=column.name, value=shown, rule=wrong.rule))
    given.faults.extend(each._replace(file=given.places[table.name], row=number) for each in faults)
    digest = values.pop(AS_EXPORTED, None)
    return None if faults else Row(number, values, digest)


def _row_faults(table: Table, cells: Any) -> Iterator[Fault]:
    if not isinstance(cells, dict):
        yield Fault(
            "a row is an object with a value for each column", value=str(cells)[:80], rule="row-is-an-object"
        )  # fmt: skip
        return
    for name in cells:
        if name not in table.names:
            detail = f"{table.name} have no such column; there are {', '.join(table.names)}"
            yield Fault(detail, column=str(name)[:80], rule="column-is-known")


def _refuse(place: str, detail: str, rule: str, *, column: str = "") -> NoReturn:
    raise RecordInvalid(f"{place}: {detail}", [Fault(detail, file=place, column=column, rule=rule)])
