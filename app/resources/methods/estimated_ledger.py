"""Says where a ledger's money lies by estimate: each line whole in its own zone, or shared over its own place.

The estimate stands beside the ledger and is in none of its totals: a column that sums to the file as the
buckets do, to the penny. Pure: places, their weights and their bases are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from app.resources.methods.estimate import (
    BASIS_WORDS,
    EQUAL,
    Spot,
    Whole,
    estimate_lines,
    whole_weights,
)
from app.resources.methods.ledger import NOT_PLACED, OUT, REST

Zone = int | str
MEANING = (
    "Each line shared out over the small areas of its own place, to the penny; what falls into a "
    "neighbourhood is summed. Beside the ledger, in none of its totals."
)


class Stated(NamedTuple):
    """What the estimate needs of one counted line.

    zone : the neighbourhood's number or the bucket that holds it whole; None: shared over `place`
    place : what `parts` calls its place; None where it states none that can be told
    weighed_by : what `weights` calls the weights of its basis, where that is not the basis itself
    """

    id: str
    pence: int
    zone: Zone | None
    place: str | None
    basis: str
    weighed_by: str = ""


@dataclass(frozen=True)
class EstimatedLedger:
    """Where each line's money lies by estimate, in pence.

    zones : neighbourhoods' numbers in order, then the other buckets; pence : a row a line, in the order of
    `ids`, and a column a zone, each row summing to its line; bases : by what each line is shared out, "" where
    it lies whole in one zone or cannot be placed; why_not : for each line that cannot be placed, why.
    """

    zones: tuple[Zone, ...]
    ids: tuple[str, ...]
    pence: Whole
    bases: tuple[str, ...]
    why_not: dict[str, str] = field(default_factory=dict)

    def by_zone(self) -> dict[Zone, int]:
        """Give the estimate of each zone: all lines together make the file, to the penny."""
        sums = self.pence.sum(axis=0).tolist()
        return dict(zip(self.zones, sums, strict=True))

    def shared_by_zone(self) -> dict[Zone, int]:
        """Give what of each zone's estimate came from lines of wider places, shared out over them."""
        shared = np.array([bool(basis) for basis in self.bases], dtype=bool)
        sums = self.pence[shared].sum(axis=0).tolist()
        return dict(zip(self.zones, sums, strict=True))

    def of_line(self, row: int) -> dict[Zone, int]:
        """Give one line's money by zone, those with any."""
        return {
            zone: pence
            for zone, pence in zip(self.zones, self.pence[row].tolist(), strict=True)
            if pence
        }

    def bases_used(self) -> list[dict[str, Any]]:
        """List the bases by which lines were shared out: how many lines, and how much of them could be placed."""
        lines = Counter(basis for basis in self.bases if basis)
        placed = self.pence[:, :-1].sum(axis=1)
        return [
            {
                "basis": basis,
                "words": BASIS_WORDS[basis],
                "lines": lines[basis],
                "pence": int(
                    placed[[row for row, own in enumerate(self.bases) if own == basis]].sum()
                ),
            }
            for basis in BASIS_WORDS
            if lines[basis]
        ]

    def words(self) -> str:
        """Say by what the money of wider places is shared out: "by people", or each basis with its lines."""
        used = [each for each in self.bases_used() if each["lines"]]
        if not used:
            return "no line had to be shared out"
        if len(used) == 1:
            return str(used[0]["words"])
        return ", ".join(
            f"{each['words']} ({each['lines']} {'line' if each['lines'] == 1 else 'lines'})"
            for each in used
        )

    def summary(self) -> dict[str, Any]:
        """Give the estimate as plain values: by what money was shared out, and why some of it was not."""
        reasons = Counter(self.why_not.values())
        return {
            "words": self.words(),
            "bases": self.bases_used(),
            "lines_not_placed": len(self.why_not),
            "pence_not_placed": int(self.pence[:, -1].sum()),
            "why_not_placed": [{"why": why, "lines": reasons[why]} for why in sorted(reasons)],
            "meaning": MEANING,
        }


def with_estimates(
    rows: Sequence[dict[str, Any]], estimate: EstimatedLedger | None
) -> list[dict[str, Any]]:
    """Set beside each row by neighbourhood (its key a zone) the estimate of its zone; None where there is none."""
    whole = estimate.by_zone() if estimate is not None else {}
    shared = estimate.shared_by_zone() if estimate is not None else {}
    return [
        row
        | {
            "estimate_pence": whole.get(row["key"]),
            "estimate_shared_pence": shared.get(row["key"]),
        }
        for row in rows
    ]


def estimate_stated(
    lines: Sequence[Stated],
    parts: Mapping[str, pd.Series],
    weights: Mapping[str, pd.Series],
    zone_of: Mapping[str, Zone],
    numbers: Sequence[int],
) -> EstimatedLedger:
    """Estimate where the lines of a ledger lie.

    Parameters
    ----------
    lines : the counted lines
    parts : of each stated place, by code of its small areas, the part of each (0 to 1) that it holds; NaN where
        not known, and then, as where a place is not here, nothing is shared out
    weights : of each basis (or what lines are weighed by), by code, what each small area weighs: people,
        households, hectares; a small area without one (NaN) is not known, never 0
    zone_of : the small areas of the partnership and the zone of each; any other lies outside
    numbers : the neighbourhoods' numbers

    A place that lies in one zone is there whole, whatever it weighs. Otherwise its lines are shared to the
    penny in proportion to weight x part of its small areas, ties to the lower code. Lines that cannot be
    shared out stay in the last zone, "not placed", each with the reason. Conserved: a line's row sums to its
    amount. The order of lines makes no difference. Raises KeyError for a basis without weights.
    """
    zones: tuple[Zone, ...] = (*sorted(numbers), REST, OUT, NOT_PLACED)
    column = {zone: number for number, zone in enumerate(zones)}
    columns = pd.Series({code: column[zone] for code, zone in zone_of.items()}, dtype=np.int64)
    spots: list[Spot | None] = []
    number_of: dict[tuple[str, str], int] = {}
    reasons: list[str] = []
    spot_of, bases, why_not = [], [], {}
    for line in lines:
        weighed_by = line.weighed_by or line.basis
        key = (weighed_by, line.place or "") if line.zone is None else ("", str(line.zone))
        if key not in number_of:
            number_of[key] = len(spots)
            try:
                spots.append(_spot(line, parts, weights.get(weighed_by), column, columns))
                reasons.append("")
            except _CannotShareError as error:
                spots.append(None)
                reasons.append(str(error))
        number = number_of[key]
        spot = spots[number]
        spot_of.append(number)
        bases.append("" if spot is None or len(spot.zones) == 1 else line.basis)
        if spot is None:
            why_not[line.id] = reasons[number]
    pence = np.array([line.pence for line in lines], dtype=np.int64)
    found = estimate_lines(pence, np.array(spot_of, dtype=np.int64), spots, len(zones) - 1)
    return EstimatedLedger(zones, tuple(line.id for line in lines), found, tuple(bases), why_not)


class _CannotShareError(Exception):
    """A line's money cannot be shared out, for the reason that its words say."""


def _spot(
    line: Stated,
    stated: Mapping[str, pd.Series],
    weights: pd.Series | None,
    column: Mapping[Zone, int],
    columns: pd.Series,
) -> Spot:
    """Make the ground of a line as its estimate weighs it; raises _CannotShareError where that cannot be."""
    if line.zone == NOT_PLACED:
        raise _CannotShareError("Its source states no place.")
    if line.zone is not None:
        return _whole_in(column[line.zone])
    if line.place is None:
        raise _CannotShareError("Its place cannot be told.")
    if line.place not in stated or weights is None:
        raise _CannotShareError("No loaded file says of which small areas its place is made.")
    parts = stated[line.place].sort_index()
    if parts.isna().any():
        raise _CannotShareError("Not all small areas of its place are known.")
    zones = columns.reindex(parts.index, fill_value=column[OUT]).to_numpy()
    if (zones == zones[0]).all():
        return _whole_in(int(zones[0]))
    # In equal shares a small area counts once, also where only a part of it is the place's.
    held = weights.reindex(parts.index).to_numpy() * (
        1.0 if line.basis == EQUAL else parts.to_numpy()
    )
    words, missing = BASIS_WORDS[line.basis], int(np.isnan(held).sum())
    if missing:
        raise _CannotShareError(
            f"Of {missing:,} of its {len(parts):,} small areas no weight is known to share it out {words}."
        )
    whole = whole_weights(held)
    if not whole.any():
        raise _CannotShareError(f"Nothing in its place weighs anything {words}.")
    return Spot(whole, zones)


def _whole_in(zone: int) -> Spot:
    return Spot(np.ones(1, dtype=np.int64), np.array([zone], dtype=np.int64))
