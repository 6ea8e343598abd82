"""Says where a ledger's money lies by estimate: lines that it has not located are shared over their own place.

The estimate stands beside the ledger and is in none of its totals: a column that sums to the file as the
buckets do, to the penny. Pure: places, their weights and their bases are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.resources.methods.estimate import (
    BASIS_WORDS,
    EQUAL,
    Spot,
    Whole,
    estimate_lines,
    spread_of,
    whole_weights,
)
from app.resources.methods.ledger import IN_SEVERAL, NOT_PLACED, OUT, REST, SEVERAL_WORDS

# A neighbourhood's number, several numbers where neighbourhoods overlap, or the name of another bucket.
Zone = int | str | tuple[int, ...]
MEANING = (
    "Each line shared out over the small areas of its own place, to the penny; what falls into a "
    "neighbourhood is summed. Beside the ledger, in none of its totals."
)


class Stated(NamedTuple):
    """What the estimate needs of one counted line that the ledger has not located.

    stands : where the ledger has it: the numbers of its neighbourhood and those that overlap there, or its bucket
    place : what `parts` calls its place; None where it states none that can be told
    weighed_by : what `weights` calls the weights of its basis, where that is not the basis itself
    lines : so many lines alike, each of `pence`
    """

    id: str
    pence: int
    stands: tuple[Zone, ...]
    place: str | None
    basis: str
    weighed_by: str = ""
    lines: int = 1


@dataclass(frozen=True)
class EstimatedLedger:
    """Where the money of the lines that are shared out lies by estimate, in pence.

    zones : neighbourhoods' numbers in order, then the other buckets; pence : a row a line, in the order of
    `ids`, and a column a zone, each row summing to its line; bases : by what each line is shared out, "" where
    it lies whole in one zone or cannot be placed; why_not : for each line that cannot be placed, why;
    lines : how many lines alike each row stands for; stands : where the ledger has them.
    """

    zones: tuple[Zone, ...]
    ids: tuple[str, ...]
    pence: Whole
    bases: tuple[str, ...]
    why_not: dict[str, str]
    lines: Whole
    stands: tuple[tuple[Zone, ...], ...]

    def by_zone(self) -> dict[Zone, int]:
        """Give what is estimated to lie in each zone: together all that these lines are, to the penny.

        What lies in several overlapping neighbourhoods is in each of them, and IN_SEVERAL takes it away again.
        """
        return self._sums(np.ones(len(self.ids), dtype=bool))

    def shared_by_zone(self) -> dict[Zone, int]:
        """Give what of that came from lines that lie in several zones, shared out over them."""
        return self._sums(np.array([bool(basis) for basis in self.bases], dtype=bool))

    def _sums(self, rows: NDArray[np.bool_]) -> dict[Zone, int]:
        pence = (self.pence[rows] * self.lines[rows, np.newaxis]).sum(axis=0).tolist()
        return _in_each(
            (zone if isinstance(zone, tuple) else (zone,), own)
            for zone, own in zip(self.zones, pence, strict=True)
        )

    def stood(self) -> dict[Zone, int]:
        """Give what of these lines the ledger has in each row: what an estimate moves from there."""
        pence = (self.pence.sum(axis=1) * self.lines).tolist()
        return _in_each(zip(self.stands, pence, strict=True))

    def of_line(self, row: int) -> dict[Zone, int]:
        """Give one line's money by zone, those with any."""
        return {
            zone: pence
            for zone, pence in zip(self.zones, self.pence[row].tolist(), strict=True)
            if pence
        }

    @property
    def pence_not_placed(self) -> int:
        """What no basis could place."""
        return int((self.pence[:, -1] * self.lines).sum())

    def bases_used(self) -> list[dict[str, Any]]:
        """List the bases by which lines were shared out: how many lines, and how much of them could be placed."""
        own = np.array(self.bases, dtype=object)
        placed = self.pence.sum(axis=1) * self.lines
        return [
            {
                "basis": basis,
                "words": words,
                "lines": int(self.lines[own == basis].sum()),
                "pence": int(placed[own == basis].sum()),
            }
            for basis, words in BASIS_WORDS.items()
            if (own == basis).any()
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
        reasons: Counter[str] = Counter()
        for line_id, lines in zip(self.ids, self.lines.tolist(), strict=True):
            if line_id in self.why_not:
                reasons[self.why_not[line_id]] += lines
        return {
            "words": self.words(),
            "bases": self.bases_used(),
            "lines_not_shared": reasons.total(),
            "pence_not_shared": self.pence_not_placed,
            "why_not_shared": [{"why": why, "lines": reasons[why]} for why in sorted(reasons)],
            "meaning": MEANING,
        }


class RangedRows(NamedTuple):
    """Rows by neighbourhood with their range, the bases it was taken over, and those that place less than they."""

    rows: list[dict[str, Any]]
    compared: tuple[str, ...]
    left_out: tuple[str, ...]


def with_estimates(
    rows: Sequence[dict[str, Any]], estimate: EstimatedLedger | None
) -> list[dict[str, Any]]:
    """Set beside each row by neighbourhood (its key a zone) its estimate; None where none was made.

    `estimate_pence` is what the ledger has there, less what it has there of lines that are shared out, and what
    they come to there; `estimate_shared_pence` what of it was shared. The rows' estimates sum to the file.
    """
    if estimate is None:
        nothing = {"estimate_pence": None, "estimate_shared_pence": None}
        return [row | nothing for row in rows]
    gained, shared, stood = estimate.by_zone(), estimate.shared_by_zone(), estimate.stood()
    rows = list(rows)
    if IN_SEVERAL in gained and not any(row["key"] == IN_SEVERAL for row in rows):
        # Only shared money lies where neighbourhoods overlap: the row that counts it once has nothing else.
        first = next(place for place, row in enumerate(rows) if row["key"] == OUT)
        nought = {key: 0 if isinstance(value, int) else None for key, value in rows[first].items()}
        rows.insert(first, nought | {"key": IN_SEVERAL, "label": SEVERAL_WORDS})
    return [
        row
        | {
            "estimate_pence": row["file_pence"]
            - stood.get(row["key"], 0)
            + gained.get(row["key"], 0),
            "estimate_shared_pence": shared.get(row["key"], 0),
        }
        for row in rows
    ]


def _in_each(held: Iterable[tuple[Sequence[Zone], int]]) -> dict[Zone, int]:
    """Add pence up in each of the zones that hold them, and take away once more what several hold."""
    sums: dict[Zone, int] = {}
    for zones, pence in held:
        for zone in zones:
            sums[zone] = sums.get(zone, 0) + pence
        if len(zones) > 1 and pence:
            sums[IN_SEVERAL] = sums.get(IN_SEVERAL, 0) - (len(zones) - 1) * pence
    return sums


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
    lines : those of the counted lines that the ledger has not located
    parts : of each stated place, by code of its small areas, the part of each (0 to 1) that it holds; NaN where
        not known, and then, as where a place is not here, nothing is shared out
    weights : of each basis (or what lines are weighed by), by code, what each small area weighs: people,
        households, hectares; a small area without one (NaN) is not known, never 0
    zone_of : the small areas of the partnership and the zone of each (its neighbourhood, in order of number those
        that overlap there, or the rest); any other lies outside
    numbers : the neighbourhoods' numbers

    A place that lies in one zone is there whole, whatever it weighs. Otherwise its lines are shared to the
    penny in proportion to weight x part of its small areas, ties to the lower code. Lines that cannot be
    shared out stay in the last zone, "not placed", each with the reason. Conserved: a line's row sums to its
    amount. The order of lines makes no difference. Raises KeyError for a basis without weights.
    """
    several = sorted({zone for zone in zone_of.values() if isinstance(zone, tuple)})
    zones: tuple[Zone, ...] = (*sorted(numbers), *several, REST, OUT, NOT_PLACED)
    column = {zone: number for number, zone in enumerate(zones)}
    columns = pd.Series({code: column[zone] for code, zone in zone_of.items()}, dtype=np.int64)
    spots: list[Spot | None] = []
    number_of: dict[tuple[str, str], int] = {}
    reasons: list[str] = []
    spot_of, bases, why_not = [], [], {}
    for line in lines:
        weighed_by = line.weighed_by or line.basis
        key = (weighed_by, line.place or "")
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
    return EstimatedLedger(
        zones, tuple(line.id for line in lines), found, tuple(bases), why_not,
        np.array([line.lines for line in lines], dtype=np.int64),
        tuple(line.stands for line in lines),
    )  # fmt: skip


def with_range(
    rows: Sequence[dict[str, Any]],
    estimates: Mapping[str, EstimatedLedger],
    ledger_rows: Sequence[dict[str, Any]],
) -> RangedRows:
    """Set beside each row its estimate on every basis, and between what they lie.

    rows : with their estimates; ledger_rows : without; estimates : of the same lines, by basis.
    Only bases that place as much as any other make the range: one by which some lines weigh nothing at all would
    show too little everywhere. Raises ValueError where no basis is given.
    """
    least = min((each.pence_not_placed for each in estimates.values()), default=0)
    compared = [name for name, each in estimates.items() if each.pence_not_placed == least]
    by_basis = {
        name: {row["key"]: row["estimate_pence"] for row in with_estimates(ledger_rows, each)}
        for name, each in estimates.items()
    }
    keys = [row["key"] for row in rows]
    spread = spread_of({name: [by_basis[name].get(key, 0) for key in keys] for name in compared})
    told = [
        row
        | {
            "by_basis": {name: own.get(row["key"], 0) for name, own in by_basis.items()},
            "lowest_pence": lowest,
            "highest_pence": highest,
        }
        for row, (lowest, highest) in zip(rows, spread, strict=True)
    ]
    left_out = tuple(name for name in estimates if name not in compared)
    return RangedRows(told, tuple(compared), left_out)


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
