"""Shares each line of money out over the small areas of its own place, to the penny: a column beside, never a total.

A line that states a district is apportioned over that district's small areas and over no others; what falls
into a neighbourhood is summed. It refuses to guess: a place without weights leaves its lines unplaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from boundaries.methods.apportion import apportion

Whole = NDArray[np.int64]
POPULATION, HOUSEHOLDS, WORST_FIFTH, EQUAL, AREA, RASTER, GIVEN = (
    "population", "households", "worst-fifth", "equal", "area", "raster-population", "given",
)  # fmt: skip
BASIS_WORDS = {
    POPULATION: "by people",
    HOUSEHOLDS: "by households",
    WORST_FIFTH: "by people in the most deprived fifth of England's small areas",
    EQUAL: "in equal shares of the small areas",
    AREA: "by area of ground",
    RASTER: "by people of the population grid",
    GIVEN: "by the weights given",
}
BASES = tuple(BASIS_WORDS)

# Weights are kept to a thousandth of a person, household or hectare: whole numbers share out exactly.
THOUSANDTHS = 1000
# Products and sort keys below this fit the machine's whole numbers with room for a sum.
_FITS = 2**62
# Shares worked on at once: a few arrays of this many whole numbers stay in the processor's cache.
_AT_ONCE = 1 << 16
# A place that fewer lines than this state is shared in one table with others, each line a row.
_FEW = 16


class Spot(NamedTuple):
    """The ground that some lines state: its small areas in order of code.

    weights : whole, none negative, one a small area; all 0, or none at all, places nothing
    zones : number from 0 of the zone that each small area lies in
    """

    weights: Whole
    zones: Whole


def whole_weights(values: NDArray[np.float64]) -> Whole:
    """Write weights as whole thousandths, half to even. Raises ValueError for one below 0, infinite or not known."""
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("a weight is negative, infinite or not known")
    return np.rint(values * THOUSANDTHS).astype(np.int64)


def apportion_to_zones(pence: Whole, spot: Spot, zone_count: int) -> Whole:
    """Share amounts out over the small areas of one place and add the shares up by zone.

    Parameters
    ----------
    pence : one amount a line; below 0 is shared as its absolute value and negated
    spot : the place; the sum of its weights is above 0
    zone_count : how many zones there are

    Returns
    -------
    One row a line, one column a zone; a row sums to its amount exactly, as if every small area had been
    given its share to the penny first (`shares_to_the_penny`) and the shares had been added.

    Raises ValueError where the place has no weight, or one below 0.
    """
    amounts, back = np.unique(np.abs(pence), return_inverse=True)
    order = np.argsort(spot.zones, kind="stable")
    zones, starts = np.unique(spot.zones[order], return_index=True)
    found = np.zeros((len(amounts), zone_count), dtype=np.int64)
    rows = max(1, _AT_ONCE // max(1, len(spot.weights)))
    for begin in range(0, len(amounts), rows):
        shares = _shares(amounts[begin : begin + rows], spot.weights[order], order)
        found[begin : begin + rows, zones] = np.add.reduceat(shares, starts, axis=1)
    return found[back] * np.sign(pence)[:, np.newaxis]


def shares_to_the_penny(pence: Whole, weights: Whole) -> Whole:
    """Share each amount out in proportion to whole weights: one row an amount, one column a weight.

    `q_i = T w_i // W`; the pennies left go to the largest remainders `T w_i mod W`, ties to the earlier
    weight. A row sums to its amount exactly; a weight of 0 gets 0; no share differs from `T w_i / W` by a
    penny or more; a larger weight never gets less. Raises ValueError where no weight is above 0.
    Source: METHODS.md 2, "Pence".
    """
    shares = _shares(np.abs(pence), weights, np.arange(len(weights)))
    return shares * np.sign(pence)[:, np.newaxis]


def _shares(amounts: Whole, weights: Whole, rank: Whole) -> Whole:
    """Share amounts of 0 or more; of equal remainders the one of the lowest rank comes first."""
    if not len(weights) or weights.min() < 0 or not weights.any():
        raise ValueError("a place has no weight, or one below 0")
    whole, count = int(weights.sum()), len(weights)
    if whole * max(int(weights.max()), count) >= _FITS:
        return _shares_of_any_size(amounts, weights, rank)
    # T = a W + b: a W is shared without remainder, so only b, below W, is multiplied and fits.
    times, rest = np.divmod(amounts, whole)
    products = rest[:, np.newaxis] * weights
    shares = products // whole
    products -= shares * whole
    left = rest - shares.sum(axis=1)
    if left.any():
        products *= count
        products += count - 1 - rank
        last = np.sort(products, axis=1)[np.arange(len(amounts)), count - np.maximum(left, 1)]
        shares += (products >= last[:, np.newaxis]) & (left > 0)[:, np.newaxis]
    shares += times[:, np.newaxis] * weights
    return shares


def _shares_of_any_size(amounts: Whole, weights: Whole, rank: Whole) -> Whole:
    order = np.argsort(rank)
    shares = np.zeros((len(amounts), len(weights)), dtype=np.int64)
    for row, amount in enumerate(amounts.tolist()):
        shares[row, order] = np.array(apportion(amount, weights[order].tolist()))
    return shares


def estimate_lines(
    pence: Whole, spot_of: Whole, spots: Sequence[Spot | None], zone_count: int
) -> Whole:
    """Estimate where the money of many lines lies.

    Parameters
    ----------
    pence : one amount a line
    spot_of : the number of each line's place among `spots`; -1 for a line without one
    spots : the places; None, or weights that are all 0, place nothing
    zone_count : how many zones the places' small areas are put in

    Returns
    -------
    One row a line, one column a zone and a last one for what is not placed; each row sums to its line's
    amount to the penny. The order of lines makes no difference to a line.
    """
    found = np.zeros((len(pence), zone_count + 1), dtype=np.int64)
    found[:, zone_count] = pence
    if not len(pence):
        return found
    order = np.argsort(spot_of, kind="stable")
    numbers, starts = np.unique(spot_of[order], return_index=True)
    lone: list[tuple[int, Spot]] = []
    for number, own in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        spot = spots[number] if number >= 0 else None
        if spot is None or not spot.weights.any():
            continue
        found[own, zone_count] = 0
        if len(own) < _FEW and _is_small(spot):
            lone += [(row, spot) for row in own.tolist()]
        else:
            found[own, :zone_count] = apportion_to_zones(pence[own], spot, zone_count)
    lone.sort(key=lambda each: len(each[1].weights))
    for chunk in _chunks(lone):
        rows = [row for row, _ in chunk]
        found[rows, :zone_count] = _each_over_its_own(
            pence[rows], [spot for _, spot in chunk], zone_count
        )
    return found


def _is_small(spot: Spot) -> bool:
    whole = int(spot.weights.sum())
    return (
        len(spot.weights) <= _AT_ONCE
        and whole * max(int(spot.weights.max()), _AT_ONCE) < _FITS
        and spot.weights.min() >= 0
    )


def _chunks(lone: Sequence[tuple[int, Spot]]) -> Iterator[Sequence[tuple[int, Spot]]]:
    """Cut lines, the smaller places first, into runs that make a table of about as many cells as fit the cache."""
    begin = 0
    while begin < len(lone):
        end = begin + 1
        while end < len(lone) and (end + 1 - begin) * len(lone[end][1].weights) <= _AT_ONCE:
            end += 1
        yield lone[begin:end]
        begin = end


def _each_over_its_own(pence: Whole, spots: Sequence[Spot], zone_count: int) -> Whole:
    """Share each amount over a place of its own: one table, a row a line, filled up with areas that weigh nothing.

    What weighs nothing has no remainder, and there are always more remainders than pennies left over: so a
    cell that only fills the table gets nothing.
    """
    lengths = np.array([len(spot.weights) for spot in spots])
    count, lines = int(lengths.max()), len(spots)
    row = np.repeat(np.arange(lines), lengths)
    column = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    weights = np.zeros((lines, count), dtype=np.int64)
    weights[row, column] = np.concatenate([spot.weights for spot in spots])
    zones = row * zone_count + np.concatenate([spot.zones for spot in spots])
    whole = weights.sum(axis=1)
    times, rest = np.divmod(np.abs(pence), whole)
    products = rest[:, np.newaxis] * weights
    shares = products // whole[:, np.newaxis]
    products -= shares * whole[:, np.newaxis]
    left = rest - shares.sum(axis=1)
    products *= count
    products += np.arange(count - 1, -1, -1)
    last = np.sort(products, axis=1)[np.arange(lines), count - np.maximum(left, 1)]
    shares += (products >= last[:, np.newaxis]) & (left > 0)[:, np.newaxis]
    # Sums of shares are below the weights' sum, far below where floating point stops being exact.
    found = np.bincount(zones, weights=shares[row, column], minlength=lines * zone_count)
    held = np.bincount(zones, weights=weights[row, column], minlength=lines * zone_count)
    together = found.astype(np.int64).reshape(lines, zone_count)
    together += held.astype(np.int64).reshape(lines, zone_count) * times[:, np.newaxis]
    return together * np.sign(pence)[:, np.newaxis]


def spread_of(by_basis: Mapping[str, Sequence[int]]) -> list[tuple[int, int]]:
    """Give each zone's lowest and highest estimate over the bases that could be used: the range of what is not known.

    Raises ValueError where no basis is given.
    """
    if not by_basis:
        raise ValueError("no basis could be used")
    return [(min(each), max(each)) for each in zip(*by_basis.values(), strict=True)]
