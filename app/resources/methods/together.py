"""Sums the money of several partnerships so that each pound is counted once, and says what was counted more than once.

Each partnership's own figures are those of its own ledger; nothing here moves a line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    NEIGHBOURHOODS,
    REST,
    LedgerBroken,
)

HERE = (NEIGHBOURHOODS, REST)


class InOne(NamedTuple):
    """Where a line stands in one ledger: bucket, and how surely inside the partnership."""

    bucket: str
    certainty: str | None


class CountedTogether(NamedTuple):
    """So many lines of one financial year (None: not stated) that stand alike in every ledger.

    in_each : in each partnership's, None where its ledger does not read their file. in_all : in that of the
    ground of all of them.
    """

    in_each: tuple[InOne | None, ...]
    in_all: InOne
    year: str | None
    lines: int
    pence: int


def sum_together(cells: Iterable[CountedTogether], many: int) -> dict[str, Any]:
    """Sum lines in each of `many` ledgers, in all of them once, and in the ledger of all their ground.

    Returns
    -------
    each : for each ledger its buckets and certainties in pence, lines and years (of what is here).
    once : what is here in at least one, `sum_of_each` and `counted_again`, with the sets of ledgers that count
    the same lines (`in_several`). all : the ledger of all the ground; `only_in_all`: here in it and in none;
    `in_none_of_all`: the reverse.

    Conserved: sum_of_each - counted_again = once, and once + only_in_all - in_none_of_all = what is here in
    all; raises LedgerBroken otherwise. Each figure is summed from its own lines.
    """
    rows = list(cells)
    each = [_ledger((row, row.in_each[at]) for row in rows) for at in range(many)]
    in_all = _ledger((row, row.in_all) for row in rows)
    held: dict[tuple[int, ...], dict[str, int]] = defaultdict(lambda: {"lines": 0, "pence": 0})
    only_in_all, in_none = {"lines": 0, "pence": 0}, {"lines": 0, "pence": 0}
    for row in rows:
        here = tuple(at for at, stands in enumerate(row.in_each) if _is_here(stands))
        if here:
            _add(held[here], row)
        if not here and _is_here(row.in_all):
            _add(only_in_all, row)
        if here and not _is_here(row.in_all):
            _add(in_none, row)
    once = _total(held.values())
    again = {
        unit: sum((len(here) - 1) * own[unit] for here, own in held.items())
        for unit in ("lines", "pence")
    }
    sum_of_each = {unit: sum(own[f"here_{unit}"] for own in each) for unit in ("lines", "pence")}
    for unit in ("lines", "pence"):
        if sum_of_each[unit] - again[unit] != once[unit]:
            raise LedgerBroken(
                f"{sum_of_each[unit]} {unit} less {again[unit]} are not {once[unit]}"
            )
        if once[unit] + only_in_all[unit] - in_none[unit] != in_all[f"here_{unit}"]:
            raise LedgerBroken(f"{once[unit]} {unit} counted once do not lead to all of them")
    several = [
        {"of": list(here), **own} for here, own in sorted(held.items()) if len(here) > 1 and own["lines"]
    ]  # fmt: skip
    return {
        "each": each, "all": in_all,
        "once": once | {"sum_of_each": sum_of_each, "counted_again": again, "in_several": several},
        "only_in_all": only_in_all, "in_none_of_all": in_none,
    }  # fmt: skip


def _is_here(stands: InOne | None) -> bool:
    return stands is not None and stands.bucket in HERE


def _add(own: dict[str, int], row: CountedTogether) -> None:
    own["lines"] += row.lines
    own["pence"] += row.pence


def _total(of: Iterable[dict[str, int]]) -> dict[str, int]:
    rows = list(of)
    return {unit: sum(row[unit] for row in rows) for unit in ("lines", "pence")}


def _ledger(rows: Iterable[tuple[CountedTogether, InOne | None]]) -> dict[str, Any]:
    """Sum one ledger: pence of its four buckets, of the certainties inside, lines, and what is here by year."""
    told: dict[str, Any] = {f"{name}_pence": 0 for name in (*BUCKETS, *CERTAINTIES, "here", "file")}
    told |= {"here_lines": 0, "file_lines": 0}
    years: dict[str | None, dict[str, int]] = defaultdict(lambda: {"lines": 0, "pence": 0})
    for row, stands in rows:
        if stands is None or stands.bucket not in BUCKETS:
            continue
        names = [stands.bucket, "file"]
        told["file_lines"] += row.lines
        if stands.bucket in HERE:
            names += ["here", *([stands.certainty] if stands.certainty else [])]
            told["here_lines"] += row.lines
            _add(years[row.year], row)
        for name in names:
            told[f"{name}_pence"] += row.pence
    order: Sequence[str | None] = sorted(years, key=lambda year: (year is None, year or ""))
    return told | {"years": [{"year": year, **years[year]} for year in order]}
