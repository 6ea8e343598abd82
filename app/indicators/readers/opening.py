"""Opens a file of an index, CSV, CSV.GZ or Parquet, as a table with tidy headings; refuses what is neither."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from boundaries.errors import Fault, Refused

# The published files unpack to 7 MB; a gzip that grows beyond this is not one of them.
MAX_BYTES = 64 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"


class NotThisIndex(Refused):
    """The file is not the index it is said to be: its columns, encoding or packing differ."""

    slug = "not-this-index"
    title = "That is not the index's file"


def open_table(path: Path, header_lines: int = 1) -> tuple[pd.DataFrame, list[Fault]]:
    """Read a file whole: text cells of a CSV, typed columns of a Parquet, headings in lower case.

    With two `header_lines` the first names groups of columns and stands over the first column of each:
    headings are then "group: column".

    Returns
    -------
    The table, and a fault for each row whose cells are more or fewer than the headings.

    Raises
    ------
    NotThisIndex : cut off, damaged, too large, a web page, or no table at all.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise NotThisIndex(f"{path.name} cannot be opened.") from error
    if raw[:4] == _PARQUET or path.suffix == ".parquet":
        return _read_parquet(raw, path.name), []
    return _read_csv(raw, path.name, header_lines)


def _tidy(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").split()).lower()


def _unpack(raw: bytes, name: str) -> bytes:
    if raw[:2] == _GZIP:
        try:
            with gzip.open(io.BytesIO(raw)) as packed:
                raw = packed.read(MAX_BYTES + 1)
        except EOFError as error:
            raise NotThisIndex(
                f"{name} is cut off: its gzip ends before its end; fetch it again."
            ) from error
        except (OSError, zlib.error) as error:
            raise NotThisIndex(f"{name} is a damaged gzip; fetch it again.") from error
    if len(raw) > MAX_BYTES:
        raise NotThisIndex(f"{name} unpacks to more than {MAX_BYTES // 2**20} MB.")
    return raw


def _two_lines(groups: list[str], columns: list[str]) -> list[str]:
    """Put the group that stands over a column, or over one before it, in front of the column's name."""
    headings, group = [], ""
    for over, column in zip_longest(groups, columns, fillvalue=""):
        group = _tidy(over) or group
        headings.append(f"{group}: {_tidy(column)}" if column.strip() else group)
    return headings


def _read_csv(raw: bytes, name: str, header_lines: int) -> tuple[pd.DataFrame, list[Fault]]:
    try:
        written = _unpack(raw, name).decode("utf-8-sig")
        if written.lstrip()[:1] == "<":
            raise NotThisIndex(f"{name} is a web page (HTML or XML), not a CSV.")
        lines = list(csv.reader(io.StringIO(written, newline="")))
    except UnicodeDecodeError as error:
        raise NotThisIndex(f"{name} is not UTF-8 text (byte {error.start}).") from error
    except csv.Error as error:
        raise NotThisIndex(f"{name} is not a CSV: {error}.") from error
    if len(lines) < header_lines:
        raise NotThisIndex(f"{name} is empty.")
    heading = [_tidy(cell) for cell in lines[0]]
    if header_lines == 2:
        heading = _two_lines(lines[0], lines[1])
    below = lines[header_lines:]
    if len(set(heading)) != len(heading):
        raise NotThisIndex(f"{name} has two columns of one name.")
    faults = []
    for row, cells in enumerate(below, start=header_lines + 1):
        if len(cells) != len(heading):
            detail = f"the row has {len(cells)} cells, the heading {len(heading)}"
            faults.append(Fault(detail, file=name, row=row, rule="cells-as-heading"))
            cells[:] = (cells + [""] * len(heading))[: len(heading)]
    return pd.DataFrame(below, columns=heading, dtype=object), faults


def _read_parquet(raw: bytes, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except (OSError, ValueError) as error:
        raise NotThisIndex(f"{name} is not a whole Parquet file.") from error
    frame.columns = [_tidy(str(column)) for column in frame.columns]
    return frame.reset_index(drop=True)
