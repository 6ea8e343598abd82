"""Reads from File 7 of the Indices what it says of small areas beside the ranks: their district, their people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from boundaries.errors import Fault
from boundaries.sources.files import FileUnreadable

# The headings as both editions write them, in small letters: the years differ.
_CODE = re.compile(r"lsoa code \((\d{4})\)")
_DISTRICT = re.compile(r"local authority district code \((\d{4})\)")
_PEOPLE = re.compile(r"total population: mid[ -](\d{4})(?: \((.+)\))?")


@dataclass(frozen=True)
class File7:
    """The small areas of one edition.

    frame: code, lad_code (of the file's own year), people (Int64; missing stays missing).
    area_set: `lsoa-2011` or `lsoa-2021`. period: of the people as the heading says it, None where the
    file has no such column.
    """

    frame: pd.DataFrame
    area_set: str
    period: str | None


def read_file7(path: Path) -> File7:
    """Read the districts and people of a File 7, as CSV or packed with gzip. Raises FileUnreadable."""
    try:
        headings = list(pd.read_csv(path, dtype=str, nrows=0, encoding="utf-8-sig").columns)
        code, district = _find(headings, _CODE), _find(headings, _DISTRICT)
        people = _find(headings, _PEOPLE)
        if code is None or district is None:
            lacking = "codes of small areas" if code is None else "codes of districts"
            raise FileUnreadable(
                f"{path.name} has no column of {lacking}, so it is no File 7",
                [Fault("missing column", file=path.name, column=lacking)],
            )
        wanted = [code[0], district[0], *([people[0]] if people else [])]
        table = pd.read_csv(path, dtype=str, usecols=wanted, encoding="utf-8-sig")
    except (
        OSError,
        ValueError,
    ) as error:  # pandas' own errors and undecodable text are ValueErrors
        detail = " ".join(str(error).split())[:200]
        raise FileUnreadable(
            f"{path.name} cannot be read as a table: {detail}", [Fault(detail, file=path.name)]
        ) from error
    frame = pd.DataFrame(
        {"code": table[code[0]].str.strip(), "lad_code": table[district[0]].str.strip()}
    )
    frame["people"] = (
        _counts(table[people[0]]) if people else pd.Series(pd.NA, frame.index, "Int64")
    )
    return File7(frame, f"lsoa-{code[1][1]}", _period(people[1]) if people else None)


def _find(headings: list[str], wanted: re.Pattern[str]) -> tuple[str, re.Match[str]] | None:
    for heading in headings:
        if found := wanted.fullmatch(" ".join(heading.split()).lower()):
            return heading, found
    return None


def _counts(written: pd.Series) -> pd.Series:
    """Read whole numbers; anything else is missing."""
    numbers = pd.to_numeric(written.str.replace(",", "").str.strip(), errors="coerce")
    return numbers.where(numbers.ge(0) & numbers.mod(1).eq(0)).astype("Int64")


def _period(heading: re.Match[str]) -> str:
    year, left_out = heading.groups()
    return f"mid-{year}" + (f", {left_out}" if left_out else "")
