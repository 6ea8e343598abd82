"""Reads a CSV of any size as records, one pass at a time, within stated bounds; knows nothing of codes."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from boundaries.errors import Fault, Refused

MAX_COLUMNS = 1_000
# A cell may have 131,072 characters: the csv module's own bound.
MAX_ROWS = 10_000_000
MAX_BYTES = 4_000_000_000  # of text: what a gzip may grow to
_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"


class TableRefused(Refused):
    """A table cannot be read at all, or a value in it cannot be used."""

    slug = "table-refused"
    title = "The table was refused"


@dataclass(frozen=True)
class Records:
    """A CSV that was looked through once: its header and how it must be read.

    notes : how the file had to be read (its encoding, its delimiter).
    """

    source: Path | bytes
    name: str
    header: tuple[str, ...]
    encoding: str
    delimiter: str
    notes: tuple[Fault, ...]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give each record below the header with its number, the header's being 1; a blank line is a record.

        Raises TableRefused where quotes are not closed or a cell or the file is beyond the bounds.
        """
        with _opened(self.source, self.name) as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            for number, record in enumerate(_parsed(text, self.delimiter, self.name), start=1):
                if number > MAX_ROWS + 1:
                    raise refuse(
                        self.name, f"the file has more than {MAX_ROWS:,} rows", "file-bounded"
                    )
                if number > 1:
                    yield number, record


def open_records(source: Path | bytes, name: str, most_bytes: int = MAX_BYTES) -> Records:
    """Look through a CSV (plain or gzip) and read its header.

    Raises TableRefused for a file that is empty, no text, a web page, a workbook, cut off, or without a
    header.
    """
    encoding, note, head = _look_through(source, name, most_bytes)
    notes = [note] if note else []
    first_line = head.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)  # the comma where none stands more often
    if delimiter != ",":
        told = f"Cells are parted by {delimiter!r}, not by a comma."
        notes.append(Fault(told, file=name, rule="file-delimiter"))
    with _opened(source, name) as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        header = next(_parsed(text, delimiter, name), [])
    if not any(cell.strip() for cell in header):
        raise refuse(
            name, "the first row is blank: it must hold the column titles", "file-has-a-header"
        )
    if len(header) > MAX_COLUMNS:
        raise refuse(name, f"the file has more than {MAX_COLUMNS:,} columns", "file-bounded")
    return Records(
        source, name, tuple(cell.strip() for cell in header), encoding, delimiter, tuple(notes)
    )


def _parsed(text: io.TextIOWrapper, delimiter: str, name: str) -> Iterator[list[str]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    try:
        for record in reader:
            number += 1
            yield record
    except csv.Error as fault:
        told = str(fault)
        if "unexpected end of data" in told:
            raise refuse(
                name, f"the file is cut off: record {number + 1} ends inside quotes", "file-whole",
                row=number + 1,
            ) from fault  # fmt: skip
        raise refuse(
            name, f"record {number + 1} is not CSV: {told}", "file-readable", row=number + 1
        ) from fault
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise _bad_gzip(name) from fault


def _look_through(
    source: Path | bytes, name: str, most_bytes: int
) -> tuple[str, Fault | None, str]:
    """Read the whole file once: is it text, in which encoding, of what size; give the first block as text."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, size, is_utf8 = b"", 0, True
    with _opened(source, name) as raw:
        try:
            while block := raw.read(_BLOCK):
                head = head or block
                size += len(block)
                if size > most_bytes:
                    raise refuse(
                        name, f"the file is larger than {most_bytes:,} bytes", "file-bounded"
                    )
                _refuse_other_kinds(head, block, name)
                if is_utf8:
                    try:
                        decoder.decode(block)
                    except UnicodeDecodeError:
                        is_utf8 = False
            if is_utf8:
                try:
                    decoder.decode(b"", final=True)
                except UnicodeDecodeError:
                    is_utf8 = False
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise _bad_gzip(name) from fault
    if not head.strip():
        raise refuse(name, "the file is empty", "file-has-a-header")
    if is_utf8:
        return "utf-8-sig", None, head.decode("utf-8-sig", errors="ignore")
    try:
        text = head.decode("cp1252")
    except UnicodeDecodeError as fault:
        told = "the file is neither UTF-8 nor Windows-1252"
        raise refuse(name, told, "file-encoding") from fault
    told = "The file is not UTF-8 and was read as Windows-1252."
    return "cp1252", Fault(told, file=name, rule="file-encoding"), text


def _refuse_other_kinds(head: bytes, block: bytes, name: str) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse(name, "the file is UTF-16; save it as UTF-8", "file-encoding")
    if head.startswith(b"PK\x03\x04"):
        raise refuse(name, "the file is a workbook or a zip; save it as CSV", "file-readable")
    if head.startswith(b"PAR1") or b"\x00" in block:
        raise refuse(name, "the file holds NUL characters: it is not text", "file-encoding")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise refuse(name, "the file is a web page (HTML or XML), not a CSV", "file-readable")


@contextmanager
def _opened(source: Path | bytes, name: str) -> Iterator[IO[bytes]]:
    try:
        raw = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as fault:
        raise refuse(
            name, f"the file cannot be opened ({fault.strerror})", "file-readable"
        ) from fault
    with raw:
        start = raw.read(2)
        raw.seek(0)
        if start == _GZIP:
            with gzip.GzipFile(fileobj=raw) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield raw


def _bad_gzip(name: str) -> TableRefused:
    return refuse(name, "the gzip file is damaged or ends too early", "file-whole")


def refuse(
    name: str, detail: str, rule: str, *, row: int | None = None, column: str = "", value: str = ""
) -> TableRefused:
    """Make the refusal of a whole table, with its one fault."""
    said = detail[0].upper() + detail[1:] + "."
    fault = Fault(said, file=name, row=row, column=column, value=value[:80], rule=rule)
    return TableRefused(f"{name}: {detail}.", [fault])
