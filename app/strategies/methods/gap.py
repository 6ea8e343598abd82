"""The gap between some ground and what it is compared with, over time, and whether it moved; reads nothing.

Source: docs/methods/gap.md. Small areas stand as those of many like them: how far their changes differ among
themselves says how sure the change of their mean is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLOSING, WIDENING, NOT_TOLD, CANNOT_TELL = (
    "closing", "widening", "not told apart from no change", "cannot tell",
)  # fmt: skip
VERDICTS = (CLOSING, WIDENING, NOT_TOLD, CANNOT_TELL)
# Below this share of its people on areas with a value a place has no figure.
LEAST_KNOWN = 0.95
_CONFIDENCE = 0.975


class Gaps(NamedTuple):
    """One ground against one comparator, a figure a period, NaN where there is none.

    gap : above 0 where the ground stands worse. ratio : here over other, NaN where other is not above 0.
    change : of the gap since the first period told. margin : half of its 95 % interval; NaN where fewer than
        two areas on a side say nothing of how much areas differ.
    first : place of the first period told, -1 where there is none.
    """

    here: Floats
    other: Floats
    gap: Floats
    ratio: Floats
    change: Floats
    margin: Floats
    first: int


class Told(NamedTuple):
    """Whether a gap moved: of VERDICTS; change between low and high over every estimate and its interval."""

    verdict: str
    change: float
    low: float
    high: float


def standing(ranks: Floats, of: int) -> Floats:
    """Place ranks (1 = worst) from 0 to 100, 100 the worst: 100 (1 - (rank - 1/2) / of); NaN stays NaN."""
    placed: Floats = 100.0 * (1.0 - (ranks - 0.5) / of)
    return placed


def level(values: Floats, weights: Floats) -> Floats:
    """Average each period (column) over areas (rows) by their weights.

    NaN where less than LEAST_KNOWN of the weight stands on areas with a value: a missing one is never 0.
    """
    known = ~np.isnan(values)
    whole = weights.sum()
    held = weights @ known
    sums = weights @ np.where(known, values, 0.0)
    told = (held > 0) & (held >= LEAST_KNOWN * whole)
    return np.where(told, sums / np.where(held > 0, held, 1.0), np.nan)


def gaps_over_time(
    values: Floats, here: Floats, other: Floats, *, higher_is_worse: bool = True
) -> Gaps:
    """Compare some ground with another in every period, and its change since the first with what is sure of it.

    Parameters
    ----------
    values : areas by periods, the oldest first; NaN where missing.
    here, other : people of each area in the ground and in the comparator, which may hold the ground.

    Notes
    -----
    The change of the gap is sum a d, a = here / sum(here) - other / sum(other), d an area's own change. Its
    variance is sum (a r)^2 n / (n - 1), r how far d lies from the mean of its side, n that side's areas; its
    margin takes Student's t of the smaller side. What both sides hold cancels in a.
    """
    worse = 1.0 if higher_is_worse else -1.0
    ours, theirs = level(values, here), level(values, other)
    gap = worse * (ours - theirs)
    ratio = np.where(theirs > 0, ours / np.where(theirs > 0, theirs, 1.0), np.nan)
    told = np.flatnonzero(~np.isnan(gap))
    first = int(told[0]) if len(told) else -1
    change, margin = np.full(len(gap), np.nan), np.full(len(gap), np.nan)
    for period in told.tolist():
        change[period] = gap[period] - gap[first]
        if period != first:
            margin[period] = _margin(values[:, period] - values[:, first], here, other)
    return Gaps(ours, theirs, gap, ratio, change, margin, first)


def _margin(moved: Floats, here: Floats, other: Floats) -> float:
    known = ~np.isnan(moved)
    moved, here, other = moved[known], here[known], other[known]
    if not (here.sum() > 0 and other.sum() > 0):
        return float("nan")
    shares = here / here.sum() - other / other.sum()
    variance, least = 0.0, np.inf
    for side, weights in ((here > 0, here), ((here <= 0) & (other > 0), other)):
        count = int(side.sum())
        if count < 2:
            return float("nan")
        apart = moved[side] - np.average(moved[side], weights=weights[side])
        variance += float(((shares[side] * apart) ** 2).sum()) * count / (count - 1)
        least = min(least, count - 1)
    return students_t(int(least)) * float(np.sqrt(variance))


def students_t(freedom: int) -> float:
    """Give the 97.5 % point of Student's t."""
    # Late: it is asked of a gap alone, and the service starts sooner without.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, _CONFIDENCE))


def tell(estimates: Sequence[Gaps], period: int) -> Told:
    """Say whether a gap moved between the first period and another, by every estimate of the ground together.

    Closing or widening only where each estimate's whole interval lies on that side of nothing. The change is
    the first estimate's.
    """
    changes = np.array([one.change[period] for one in estimates])
    margins = np.array([one.margin[period] for one in estimates])
    low, high = float((changes - margins).min()), float((changes + margins).max())
    change = float(changes[0])
    if np.isnan(changes).any() or np.isnan(margins).any():
        return Told(CANNOT_TELL, change, float("nan"), float("nan"))
    if high < 0:
        return Told(CLOSING, change, low, high)
    return Told(WIDENING if low > 0 else NOT_TOLD, change, low, high)
