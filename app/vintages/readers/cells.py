"""Opens CSV, gzipped CSV and XLSX as rows of cells within stated bounds; knows nothing of what they mean."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from app.row_counts import READING, counted
from boundaries.errors import Fault, Refused

MAX_BYTES = 200_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 300
MAX_CELL = 100_000
MAX_ZIP_MEMBERS = 2_000
# A spreadsheet's XML is ten to twenty times its zip; a hundred times is a bomb.
MAX_ZIP_RATIO = 200
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


class FileRefused(Refused):
    """A table of a user's own cannot be read at all, or not as what it is said to be."""

    slug = "file-refused"
    title = "The file was refused"


@dataclass(frozen=True)
class Sheet:
    """The cells of one table.

    `rows` holds (row number as a spreadsheet counts records, the header being 1; cells by the
    header's own words). Wholly blank rows are no rows. `faults` are rows that could not be laid
    under the header, `notes` say how the file had to be read.
    """

    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, object]]]
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    from_binary: bool = False


def read_bytes(source: Path | bytes, name: str) -> bytes:
    """Read a file, gunzipped if it is gzip, never more than MAX_BYTES. Raises FileRefused beyond that."""
    raw = source if isinstance(source, bytes) else _read_path(source, name)
    if len(raw) > MAX_BYTES:
        raise _refuse(name, f"the file is larger than {MAX_BYTES:,} bytes", "file-bounded")
    return _gunzip(raw, name) if raw.startswith(_GZIP) else raw


def read_columns(source: bytes, name: str, *, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Read only the column titles of the table that `read_sheet` would read. Raises FileRefused as it does."""
    return read_sheet(source, name, wanted=wanted, rows=0).columns


def read_sheet(
    source: Path | bytes, name: str, *, wanted: Sequence[str] = (), rows: int | None = None
) -> Sheet:
    """Read the table of a CSV (plain or gzip) or an XLSX.

    Parameters
    ----------
    source : a path or the bytes themselves; the kind is told from the bytes, not from the name
    name : the file's name as the sender knows it, for messages
    wanted : column words in lower case; of a workbook, the first sheet whose header holds them all
    rows : how many rows below the header to read; None for all

    Raises
    ------
    FileRefused : too large, too many rows or columns, no header, not text, not a workbook.
    """
    raw = read_bytes(source, name)
    if not raw.strip():
        raise _refuse(name, "the file is empty", "file-has-a-header")
    if raw.startswith(_ZIP):
        return _read_workbook(raw, name, wanted, rows)
    return _read_csv(raw, name, rows)


def _read_path(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refuse(name, f"the file is larger than {MAX_BYTES:,} bytes", "file-bounded")
        return path.read_bytes()
    except OSError as fault:
        raise _refuse(
            name, f"the file cannot be opened ({fault.strerror})", "file-readable"
        ) from fault


def _gunzip(raw: bytes, name: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(raw, MAX_BYTES + 1)
    except zlib.error as fault:
        raise _refuse(name, "the gzip file is damaged", "file-readable") from fault
    if len(unpacked) > MAX_BYTES or unpacker.unconsumed_tail:
        raise _refuse(
            name, f"unpacked, the file is larger than {MAX_BYTES:,} bytes", "file-bounded"
        )
    if not unpacker.eof:
        raise _refuse(name, "the gzip file ends too early", "file-readable")
    return unpacked


def decode(raw: bytes, name: str) -> tuple[str, list[Fault]]:
    """Decode text as UTF-8 (with or without its mark), UTF-16 with its mark, else Windows-1252; noted if not UTF-8.

    Raises FileRefused for NUL characters and for bytes that are none of these.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" as spreadsheets save it
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError as fault:
            raise _refuse(name, "the file is UTF-16 that breaks off", "file-encoding") from fault
        if "\x00" in text:
            raise _refuse(name, "the file holds NUL characters: it is not text", "file-encoding")
        told = "The file is UTF-16 and was read as that."
        return text, [Fault(told, file=name, rule="file-encoding")]
    if b"\x00" in raw:
        raise _refuse(name, "the file holds NUL characters: it is not text", "file-encoding")
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError as fault:
            raise _refuse(
                name, "the file is neither UTF-8 nor Windows-1252", "file-encoding"
            ) from fault
    note = Fault(
        "The file is not UTF-8 and was read as Windows-1252.", file=name, rule="file-encoding"
    )
    return text, [note]


def _read_csv(raw: bytes, name: str, rows: int | None) -> Sheet:
    text, notes = decode(raw, name)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t¬", key=first_line.count)  # the comma where none stands more often
    if delimiter != ",":
        notes.append(
            Fault(
                f"Cells are parted by {delimiter!r}, not by a comma.",
                file=name,
                rule="file-delimiter",
            )
        )
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = _first(_bounded_csv(records, name), rows)
    return _lay_out(first, name, notes, from_binary=False, total=text.count("\n"))


def _first(records: Iterator[list[object]], rows: int | None) -> Iterator[list[object]]:
    return records if rows is None else islice(records, rows + 1)


def _bounded_csv(records: Iterator[list[str]], name: str) -> Iterator[list[object]]:
    try:
        for record in records:
            if any(len(cell) > MAX_CELL for cell in record):
                raise _refuse(
                    name, f"a cell is longer than {MAX_CELL:,} characters", "file-bounded"
                )
            yield list(record)
    except csv.Error as fault:
        raise _refuse(name, f"the file is not CSV: {fault}", "file-readable") from fault


def _read_workbook(raw: bytes, name: str, wanted: Sequence[str], rows: int | None) -> Sheet:
    from openpyxl import load_workbook  # at first use: it would slow every start

    _refuse_zip_bomb(raw, name)
    with _refusing_what_is_no_workbook(name):
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        # What its keeper sees goes before what is hidden; a hidden sheet is often last year's.
        sheets = sorted(book.worksheets, key=lambda each: each.sheet_state != "visible")
        chosen = next((each for each in sheets[:20] if _header_holds(each, wanted)), None)
        if chosen is not None:
            return _lay_out(
                _first(_sheet_rows(chosen, name), rows),
                f"{name}, sheet {chosen.title}",
                _said_of_sheets(name, chosen, sheets),
                from_binary=True,
                total=chosen.max_row,
            )
        if sheets:  # nothing fits: the first sheet's own header is what the message must name
            return _lay_out(_first(_sheet_rows(sheets[0], name), rows), name, [], from_binary=True)
    raise _refuse(name, "the workbook has no sheet", "file-has-a-header")


def read_sheets(source: bytes, name: str) -> dict[str, Sheet]:
    """Read every sheet of a workbook, by its title in lower case; one without a header is left out.

    Raises FileRefused as `read_sheet` does.
    """
    from openpyxl import load_workbook  # at first use: it would slow every start

    _refuse_zip_bomb(source, name)
    found: dict[str, Sheet] = {}
    with _refusing_what_is_no_workbook(name):
        book = load_workbook(io.BytesIO(source), read_only=True, data_only=True, keep_links=False)
        for each in book.worksheets:
            filled = next(
                (
                    True
                    for row in each.iter_rows(max_row=1, values_only=True)
                    for cell in row
                    if _is_filled(cell)
                ),
                False,
            )
            if filled:
                where = f"{name}, sheet {each.title}"
                rows = _lay_out(_sheet_rows(each, name), where, [], from_binary=True)
                found[column_key(str(each.title))] = rows
    return found


@contextmanager
def _refusing_what_is_no_workbook(name: str) -> Iterator[None]:
    """Say in words that a zip is no workbook, whatever the library trips over."""
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield
    except (
        KeyError,
        ValueError,
        InvalidFileException,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ParseError,
        TypeError,
    ) as fault:
        raise _refuse(
            name, "the file is a zip but not a workbook that can be read", "file-readable"
        ) from fault


def _said_of_sheets(name: str, chosen: Any, sheets: Sequence[Any]) -> list[Fault]:
    if len(sheets) == 1:
        return []
    hidden = ", which is hidden," if chosen.sheet_state != "visible" else ""
    told = f"Sheet {chosen.title!r}{hidden} was read; the workbook's others were left."
    return [Fault(told, file=name, value=str(chosen.title)[:80], rule="one-sheet")]


def _header_holds(sheet: Any, wanted: Sequence[str]) -> bool:
    for row in sheet.iter_rows(min_row=1, max_row=1, max_col=MAX_COLUMNS, values_only=True):
        words = {column_key(str(cell)) for cell in row if cell is not None}
        return all(word in words for word in wanted)
    return False


def _sheet_rows(sheet: Any, name: str) -> Iterator[list[object]]:
    rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
    for count, row in enumerate(rows, start=1):
        if (
            count > 5 * MAX_ROWS
        ):  # a lone cell far down would otherwise be reached through a million blank rows
            raise _refuse(
                name,
                f"the sheet has more than {5 * MAX_ROWS:,} rows, blank ones counted",
                "file-bounded",
            )
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        yield cells


def _refuse_zip_bomb(raw: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as members:
            listed = members.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
        raise _refuse(name, "the zip file is damaged", "file-readable") from fault
    unpacked = sum(member.file_size for member in listed)
    if len(listed) > MAX_ZIP_MEMBERS or unpacked > min(MAX_BYTES, MAX_ZIP_RATIO * len(raw)):
        raise _refuse(name, "the workbook unpacks to more than is allowed", "file-bounded")


def column_key(word: str) -> str:
    """The form in which column titles are compared: lower case, single blanks, none beside a colon."""
    return ":".join(" ".join(part.split()) for part in word.strip().lower().split(":"))


def _lay_out(
    records: Iterator[list[object]], name: str, notes: list[Fault], *, from_binary: bool,
    total: int | None = None,
) -> Sheet:  # fmt: skip
    header = next(records, None)
    if header is None or not any(_is_filled(cell) for cell in header):
        raise _refuse(
            name, "the first row is blank: it must hold the column titles", "file-has-a-header"
        )
    columns = tuple(column_key(str(cell)) if _is_filled(cell) else "" for cell in header)
    if len(columns) > MAX_COLUMNS:
        raise _refuse(name, f"the file has more than {MAX_COLUMNS} columns", "file-bounded")
    doubled = sorted({word for word in columns if word and columns.count(word) > 1})
    if doubled:
        raise _refuse(
            name,
            f"the column {doubled[0]!r} stands twice in the header",
            "column-once",
            column=doubled[0],
        )
    rows: list[tuple[int, dict[str, object]]] = []
    faults: list[Fault] = []
    for number, record in enumerate(counted(records, READING, total), start=2):
        if not any(_is_filled(cell) for cell in record):
            continue
        if len(rows) + len(faults) >= MAX_ROWS:
            raise _refuse(name, f"the file has more than {MAX_ROWS:,} rows", "file-bounded")
        beyond = [cell for cell in record[len(columns) :] if _is_filled(cell)]
        if beyond:
            faults.append(
                Fault(
                    "The row has more cells than the header: perhaps a comma stands in a cell without quotes.",
                    file=name,
                    row=number,
                    column="",
                    value=str(beyond[0])[:80],
                    rule="row-fits-header",
                )
            )
            continue
        rows.append(
            (number, {word: cell for word, cell in zip(columns, record, strict=False) if word})
        )
    return Sheet(tuple(word for word in columns if word), rows, faults, notes, from_binary)


def _is_filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _refuse(name: str, detail: str, rule: str, *, column: str = "") -> FileRefused:
    fault = Fault(detail[0].upper() + detail[1:] + ".", file=name, column=column, rule=rule)
    return FileRefused(f"{name}: {detail}.", [fault])
