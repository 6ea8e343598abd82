"""Shares and weights that a source states: read exactly, and an amount parted by them to the penny."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from app.resources.methods.amounts import RuleBroken
from boundaries.gss import is_gss_code, normalise_code
from boundaries.methods.apportion import apportion

MOST_PLACES = 50
MOST_WEIGHTS = 5_000
_SHARE = re.compile(r"^([0-9]{1,9}(?:\.[0-9]{1,12})?)(?:/([0-9]{1,9})|\s?(%))?$", re.ASCII)
_WEIGHT = re.compile(r"^[0-9]{1,15}(?:\.[0-9]{1,12})?$", re.ASCII)


def read_share(written: str) -> Fraction:
    """Read one share: "0.4", "1/3" or "40%". Raises RuleBroken `share-is-a-part`."""
    found = _SHARE.match(written.strip())
    if found is None or (found[2] is not None and int(found[2]) == 0):
        raise RuleBroken("share-is-a-part", "A share is not written as 0.4, 1/3 or 40%.")
    share = Fraction(found[1]) / int(found[2] or 1) / (100 if found[3] else 1)
    if not 0 < share <= 1:
        raise RuleBroken("share-is-a-part", "A share is not above 0 and at most 1.")
    return share


def read_shares(written: Sequence[str], places: int) -> tuple[str, ...]:
    """Check the shares stated for a number of places: as many as places, summing to exactly 1.

    Returns them as written. Raises RuleBroken share-is-a-part, share-for-each-place, shares-sum-to-one.
    """
    if len(written) != places:
        raise RuleBroken(
            "share-for-each-place", f"There are {len(written)} shares for {places} places."
        )
    total = sum((read_share(each) for each in written), Fraction(0))
    if total != 1:
        raise RuleBroken(
            "shares-sum-to-one", f"The shares sum to {float(total):.6g}, not to exactly 1."
        )
    return tuple(each.strip() for each in written)


def part_amount(pence: int, shares: Sequence[str]) -> list[int]:
    """Part an amount (pence, also below 0) by shares that sum to 1, by largest remainder, ties to the earlier.

    The parts sum to the amount exactly. Source: METHODS.md 2.
    """
    read = [read_share(each) for each in shares]
    whole = lcm(*(share.denominator for share in read))
    parts = apportion(pence, [int(share * whole) for share in read])
    assert parts is not None, "every share is above 0"
    return parts


def read_weights(written: str) -> tuple[tuple[str, str], ...]:
    """Read weights given for areas: "E01000001=3; E01000002=1.5"; codes once each, not all 0.

    Returns (code, weight as text) in the order of codes. Raises RuleBroken `weights-are-given`.
    """
    found: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in written.split(";"))):
        words, _, weight = (part.strip() for part in each.partition("="))
        code = normalise_code(words)
        if not is_gss_code(code) or not _WEIGHT.match(weight) or code in found:
            raise RuleBroken(
                "weights-are-given",
                f'"{each[:40]}" is not the code of an area, once, with its weight: E01000001=3.',
            )
        found[code] = weight
    if len(found) > MOST_WEIGHTS or not any(Fraction(weight) for weight in found.values()):
        raise RuleBroken(
            "weights-are-given", f"There is no weight above 0, or more than {MOST_WEIGHTS:,}."
        )
    return tuple(sorted(found.items()))
