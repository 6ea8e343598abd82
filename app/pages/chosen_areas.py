"""Writes many codes of areas short enough for an address, and reads them back; knows no area."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from boundaries.errors import Fault, Invalid

MOST_CHOSEN = 2_000
LONGEST = 12_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CODE = re.compile(r"([A-Z][0-9]{2})([0-9]{6})", re.ASCII)
_GROUP = re.compile(r"([A-Z][0-9]{2})-([0-9a-z]{1,4}(?:\.[0-9a-z]{1,4})*)", re.ASCII)
_NUMBERS = 10**6


def pack(codes: Iterable[str]) -> str:
    """Write codes of nine letters as one short word: by first three letters, each number less the one before, base 36.

    `E01020982`, `E01020983` and `E01020990` are `E01-g6u.1.7`. Raises Invalid for a code of another form.
    """
    groups: dict[str, list[int]] = {}
    for code in sorted(set(codes)):
        match = _CODE.fullmatch(code)
        if match is None:
            raise _refuse("a code of an area here has a letter and eight digits", code)
        groups.setdefault(match[1], []).append(int(match[2]))
    words = []
    for prefix, numbers in groups.items():
        steps = [numbers[0], *(b - a for a, b in pairwise(numbers))]
        words.append(f"{prefix}-{'.'.join(_in_base_36(step) for step in steps)}")
    return "_".join(words)


def unpack(word: str) -> list[str]:
    """Read what `pack` wrote, in order of code. Raises Invalid for anything else, or more than 2,000 codes."""
    if not word:
        return []
    found: list[str] = []
    for part in word.split("_"):
        match = _GROUP.fullmatch(part)
        if match is None:
            raise _refuse("that is no list of areas written by this page", word)
        number = 0
        for at, step in enumerate(match[2].split(".")):
            more = int(step, 36)
            number += more
            if number >= _NUMBERS or (at and not more):
                raise _refuse("that is no list of areas written by this page", word)
            found.append(f"{match[1]}{number:06d}")
    if len(found) > MOST_CHOSEN:
        raise _refuse(f"choose at most {MOST_CHOSEN:,} areas, not {len(found):,}", word)
    return sorted(set(found))


def _in_base_36(number: int) -> str:
    written = ""
    while True:
        number, rest = divmod(number, 36)
        written = _DIGITS[rest] + written
        if not number:
            return written


def _refuse(detail: str, value: str) -> Invalid:
    return Invalid(detail, [Fault(detail, pointer="/chosen", value=value[:80])])
