"""Takes a pasted or listed text apart into codes or postcodes; looks none up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from boundaries.errors import Fault, Invalid
from boundaries.sources.postcodes import tidy_postcode

# What separates entries: a blank stands inside postcodes, so several on a line are found by their shape.
_ENTRIES = re.compile(r"[\r\n,;\t|]+")
_POSTCODE = r"[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}"
_SEVERAL = re.compile(rf"\s*({_POSTCODE}(\s+|$))+")
_ONE = re.compile(_POSTCODE)
_HEADINGS = {"postcode", "postcodes", "pcd", "pcds", "code", "codes", "area_code", "lsoa"}
MOST_BLOCKS = 10_000
MOST_SHOWN = 100


class Entry(NamedTuple):
    """One thing listed: its place from 1, as written (shortened), and tidied."""

    row: int
    written: str
    tidy: str


class Pasted(NamedTuple):
    """What a text lists: each thing once, in order of first mention; and rows that are none or said twice."""

    entries: list[Entry]
    faults: list[Fault]
    rows: int


class TooManyBlocks(Invalid):
    """A list is longer than one neighbourhood may be."""

    slug = "too-many-blocks"
    title = "The list is too long"


def split_postcodes(given: str | Sequence[str]) -> Pasted:
    """Find the postcodes in a pasted text or list, each once. Raises TooManyBlocks.

    Entries are parted by lines, commas, semicolons or tabs, and by blanks between whole postcodes;
    letters may be small. A heading is passed over. Rows in = entries + faults (said again, or no
    postcode).
    """
    parts: list[str] = []
    for part in _parts(given):
        upper = part.upper()
        parts += _ONE.findall(upper) if _SEVERAL.fullmatch(upper) else [part]
    return _once(
        parts, "postcodes", tidy_postcode, lambda tidy: bool(_ONE.fullmatch(tidy)), "not a postcode"
    )


def split_codes(given: str | Sequence[str]) -> Pasted:
    """Find the codes of areas in a pasted text or list, each once; blanks part them too. Raises TooManyBlocks."""
    parts = [code for part in _parts(given) for code in part.split()]
    return _once(
        parts, "codes", lambda code: code.upper() if code[:1].isalpha() and "-" not in code else code,
        lambda tidy: tidy.isascii() and tidy.replace("-", "").isalnum(), "not a code",
    )  # fmt: skip


def _parts(given: str | Sequence[str]) -> list[str]:
    whole = _ENTRIES.split(given.lstrip("\ufeff")) if isinstance(given, str) else list(given)
    parts = [part.strip().strip("\"'").strip() for part in whole]
    return [part for part in parts if part and part.lower() not in _HEADINGS]


def _once(
    parts: list[str],
    of: str,
    tidy_one: Callable[[str], str],
    is_one: Callable[[str], bool],
    none: str,
) -> Pasted:
    if len(parts) > MOST_BLOCKS:
        detail = (
            f"the list has {len(parts):,} entries; at most {MOST_BLOCKS:,} make a neighbourhood"
        )
        raise TooManyBlocks(detail, [Fault(detail, pointer=f"/{of}")])
    entries: list[Entry] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for row, part in enumerate(parts, start=1):
        tidy = tidy_one(part)
        place = f"/{of}/{row - 1}"
        if not is_one(tidy):
            faults.append(Fault(none, place, row=row, value=part[:40], rule="form"))
        elif tidy in first:
            said = f"said before, at {first[tidy]}"
            faults.append(Fault(said, place, row=row, value=tidy, rule="once"))
        else:
            first[tidy] = row
            entries.append(Entry(row, part[:40], tidy))
    return Pasted(entries, faults, len(parts))
