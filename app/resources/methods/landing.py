"""Says where money lands when one ground is told as several, whole lines only, and sums it; reads nothing.

A line lands in the one ground that holds its place as finely as its source says; a place that lies over
several, none of which has at least half of its people, lands across them and is never divided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from app.resources.methods.ledger import (
    CERTAINTIES,
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PAID_ELSEWHERE,
    PAID_HERE,
    PARTNERSHIP_WIDE,
    REST,
    LedgerBroken,
)
from app.resources.methods.sums import Stands

IN_ONE, ACROSS = "in_one", "across"
HERE = (NEIGHBOURHOODS, REST)
LANDINGS = (IN_ONE, ACROSS, OUT, NOT_PLACED)
_SUREST_FIRST = (LOCATED, PARTNERSHIP_WIDE, ESTIMATED)


class Landing(NamedTuple):
    """Where the lines of a place land: in_one (of the grounds, by position, and how surely), or one of the others."""

    where: str
    ground: int | None = None
    certainty: str | None = None


class Counted(NamedTuple):
    """So many lines of one landing and financial year (None: not stated), with their pence."""

    landing: Landing
    year: str | None
    lines: int
    pence: int


def land(in_each: Sequence[Stands], in_all: Stands) -> Landing:
    """Say in which of some grounds the lines of a place land.

    Parameters
    ----------
    in_each : how the place stands to each ground. in_all : to all of them taken as one.

    Returns
    -------
    Of several that hold it the surest (located, then stated for the whole of it, then estimated), and of
    equals the first: two halves of a place go to the first. Where none holds it and all together
    do, it lies across them.
    """
    if in_all.bucket in (PAID_HERE, PAID_ELSEWHERE):
        return Landing(in_all.bucket)
    held = [
        (_SUREST_FIRST.index(each.certainty or ESTIMATED), number)
        for number, each in enumerate(in_each)
        if each.bucket in HERE
    ]
    if held:
        sure, number = min(held)
        return Landing(IN_ONE, number, _SUREST_FIRST[sure])
    return Landing(ACROSS if in_all.bucket in HERE else in_all.bucket)


def sum_landings(counted: Iterable[Counted], grounds: int) -> dict[str, Any]:
    """Sum counted lines by ground and certainty, and by financial year.

    Each figure is summed from its own lines and none is a remainder. Returns grounds (one row each: lines,
    pence and pence by certainty), across, outside, not_placed and file (lines and pence), and
    years: the same by financial year, None last. Raises LedgerBroken where the parts are not the file.
    """
    rows = [row for row in counted if row.landing.where in LANDINGS]
    years = sorted({row.year for row in rows}, key=lambda year: (year is None, year or ""))
    by_year: dict[str | None, list[Counted]] = defaultdict(list)
    for row in rows:
        by_year[row.year].append(row)
    total = _sum(rows, grounds)
    told = [{"year": year, **_sum(by_year[year], grounds)} for year in years]
    if sum(each["file"]["pence"] for each in told) != total["file"]["pence"]:
        raise LedgerBroken("the years do not make up the file")
    return total | {"years": told}


def _sum(rows: Sequence[Counted], grounds: int) -> dict[str, Any]:
    in_one: list[dict[str, int]] = [
        {"lines": 0, "pence": 0, **{f"{name}_pence": 0 for name in CERTAINTIES}}
        for _ in range(grounds)
    ]
    others = {name: {"lines": 0, "pence": 0} for name in (ACROSS, OUT, NOT_PLACED)}
    for row in rows:
        where, number, certainty = row.landing
        own = others[where] if number is None else in_one[number]
        own["lines"] += row.lines
        own["pence"] += row.pence
        if number is not None:
            own[f"{certainty}_pence"] += row.pence
    file = {"lines": sum(row.lines for row in rows), "pence": sum(row.pence for row in rows)}
    for unit in ("lines", "pence"):
        held = sum(each[unit] for each in [*in_one, *others.values()])
        if held != file[unit]:
            raise LedgerBroken(f"the grounds hold {held} {unit}, the file {file[unit]}")
    return {"grounds": in_one, **others, "file": file}
