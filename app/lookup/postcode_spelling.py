"""Reads postcodes as people write them, and what they may have meant; looks none up."""

from __future__ import annotations

import re
from itertools import product

from boundaries.errors import Fault, NotFound
from boundaries.sources.postcodes import tidy_postcode

_WHOLE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}")
_PART = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?( [0-9]([A-Z]{1,2})?)?|[A-Z]{1,2}")
# What is written for what was meant, both ways, by the kind that the place in a postcode takes.
_AS_DIGIT = {"O": "0", "I": "1", "L": "1", "S": "5", "Z": "2", "B": "8"}
_AS_LETTER = {"0": "O", "1": "I", "5": "S", "2": "Z", "8": "B"}
MOST_CANDIDATES = 12


class UnknownPostcode(NotFound):
    """The postcode is in neither list that is loaded; where it is misspelt, what was meant may be named."""

    slug = "unknown-postcode"
    title = "No such postcode here"


def is_whole(tidy: str) -> bool:
    """Say whether a tidy text has the shape of a whole postcode."""
    return bool(_WHOLE.fullmatch(tidy))


def part_of_postcode(written: str) -> str:
    """Write the beginning of a postcode as those here are written. Raises UnknownPostcode for no such thing."""
    stem = " ".join(written.upper().split())
    if not _PART.fullmatch(stem):
        raise UnknownPostcode(
            f"{written[:20]!r} is not a postcode", [Fault("not a postcode", value=written[:20])]
        )
    return stem


def span_of_part(stem: str) -> tuple[str, str, str]:
    """Give the first and last text that a postcode beginning so may be, and the pattern it fits."""
    if " " in stem:
        return stem, f"{stem}ZZ", f"{stem}%"
    if any(letter.isdigit() for letter in stem):
        return f"{stem} 0", f"{stem} 9ZZ", f"{stem} %"
    return f"{stem}0", f"{stem}9Z 9ZZ", f"{stem}_%"


def candidates(written: str) -> list[str]:
    """List the postcodes that may have been meant: a letter for a digit or a digit for a letter.

    `N1 OAA` gives `N1 0AA`. Whether any of them exists is for the caller to ask; none is ever taken
    in place of what was written.
    """
    tidy = tidy_postcode(written)
    head, _, tail = tidy.partition(" ")
    if (
        not 2 <= len(head) <= 4
        or len(tail) != 3
        or not (head + tail).isalnum()
        or not tidy.isascii()
    ):
        return []
    places = [_either(letter) for letter in head]
    places += [
        [_AS_DIGIT.get(tail[0], tail[0])],
        *[[_AS_LETTER.get(letter, letter)] for letter in tail[1:]],
    ]
    found = []
    for letters in product(*places):
        one = tidy_postcode("".join(letters))
        if one != tidy and is_whole(one) and one not in found:
            found.append(one)
    return found[:MOST_CANDIDATES]


def _either(letter: str) -> list[str]:
    other = _AS_DIGIT.get(letter) or _AS_LETTER.get(letter)
    return [letter] if other is None else [letter, other]
