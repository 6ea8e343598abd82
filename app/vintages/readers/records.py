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
from itertools import islice
from pathlib import Path
from typing import IO, cast

from boundaries import deadlines
from boundaries.errors import Fault, Refused

ROWS_A_BLOCK = 10_000
MAX_COLUMNS = 1_000
# A cell may have 131,072 characters: the csv module's own bound.
MAX_ROWS = 10_000_000
MAX_BYTES = 4_000_000_000  # of text: what a gzip may grow to
# As in a zip: a table packs 5 to 50 times, and what packs better is made to keep others waiting.
MAX_RATIO, RATIO_COUNTS_FROM_BYTES = 100, 1 << 20
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

    def blocks(self, size: int = ROWS_A_BLOCK) -> Iterator[tuple[int, list[list[str]]]]:
        """Give the records below the header in blocks, with the number of each block's first.

        The header is record 1; a blank line is a record, an empty one. Raises TableRefused where quotes are
        not closed or the file is beyond the bounds.
        """
        with _opened(self.source, self.name) as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            number = 1
            with self._faults_told():
                next(reader)
                # Whole blocks at once: a million rows one by one take three times as long.
                while block := list(islice(reader, size)):
                    deadlines.check(f"{number - 1:,} rows were worked on; send fewer at once")
                    yield number + 1, block
                    number += len(block)
                    if number > MAX_ROWS:
                        told = f"the file has more than {MAX_ROWS:,} rows"
                        raise refuse(self.name, told, "file-bounded")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give each record below the header with its number; as `blocks`."""
        for first, block in self.blocks():
            yield from enumerate(block, first)

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except csv.Error as fault:
            raise _not_csv(self.name, str(fault), self._record_that_fails()) from fault
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise _bad_gzip(self.name) from fault

    def _record_that_fails(self) -> int:
        """Count to the record that is no CSV: only now one by one."""
        number = 0
        with _opened(self.source, self.name) as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            while True:
                number += 1
                try:
                    next(reader)
                except (csv.Error, StopIteration):
                    return number


def open_records(
    source: Path | bytes, name: str, most_bytes: int = MAX_BYTES, most_lines: int | None = None
) -> Records:
    """Look through a CSV (plain or gzip) and read its header.

    Raises TableRefused for a file that is empty, no text, a web page, a workbook, cut off, without a
    header, or longer than it may be.
    """
    encoding, note, head = _look_through(source, name, most_bytes, most_lines)
    notes = [note] if note else []
    first_line = head.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)  # the comma where none stands more often
    if delimiter != ",":
        told = f"Cells are parted by {delimiter!r}, not by a comma."
        notes.append(Fault(told, file=name, rule="file-delimiter"))
    with _opened(source, name) as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        try:
            header = next(csv.reader(text, delimiter=delimiter, strict=True), [])
        except csv.Error as fault:
            raise _not_csv(name, str(fault), 1) from fault
    if not any(cell.strip() for cell in header):
        raise refuse(
            name, "the first row is blank: it must hold the column titles", "file-has-a-header"
        )
    if len(header) > MAX_COLUMNS:
        raise refuse(name, f"the file has more than {MAX_COLUMNS:,} columns", "file-bounded")
    return Records(
        source, name, tuple(cell.strip() for cell in header), encoding, delimiter, tuple(notes)
    )


def _not_csv(name: str, told: str, number: int) -> TableRefused:
    if "unexpected end of data" in told:
        cut = f"the file is cut off: record {number} ends inside quotes"
        return refuse(name, cut, "file-whole", row=number)
    return refuse(name, f"record {number} is not CSV: {told}", "file-readable", row=number)


def _look_through(
    source: Path | bytes, name: str, most_bytes: int, most_lines: int | None
) -> tuple[str, Fault | None, str]:
    """Read the whole file once: is it text, in which encoding, of what size; give the first block as text."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, size, is_utf8 = b"", 0, True
    lines = _Lines(name, most_lines)
    sent = len(source) if isinstance(source, bytes) else _size_of(source)
    with _opened(source, name) as raw:
        try:
            while block := raw.read(_BLOCK):
                deadlines.check("0 rows were worked on; send fewer at once")
                head = head or block
                size += len(block)
                lines.count(block)
                if size > most_bytes:
                    raise refuse(
                        name, f"the file is larger than {most_bytes:,} bytes", "file-bounded"
                    )
                if size > max(RATIO_COUNTS_FROM_BYTES, MAX_RATIO * sent):
                    told = f"the gzip file grows to more than {MAX_RATIO} times its size"
                    raise refuse(name, told, "file-bounded")
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


class _Lines:
    """Counts the ends of lines, also those in quotes, and refuses more than there may be."""

    def __init__(self, name: str, most: int | None) -> None:
        self.name, self.most = name, most
        self.feeds, self.returns = 0, 0

    def count(self, block: bytes) -> None:
        if self.most is None:
            return
        self.feeds += block.count(b"\n")
        self.returns += block.count(b"\r")  # all that an old Macintosh ends a line with
        if max(self.feeds, self.returns) > self.most:
            told = f"the file has more than {self.most:,} lines; send it in parts"
            raise refuse(self.name, told, "file-bounded")


def _size_of(source: Path) -> int:
    try:
        return source.stat().st_size
    except OSError:
        return 0  # opening it will say what is wrong


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
