"""Levels of a measure over some ground, and where they stand among others; reads nothing.

Source: METHODS.md 3.1 (percentile) and 3.2 (average score, the published summary of districts).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Level(NamedTuple):
    """A measure's mean over some ground.

    value : NaN where no area has a value and a weight. coverage : 0 to 1, the share of the weight that
        stands on areas with a value; NaN where there is no weight.
    """

    value: float
    coverage: float


class Standing(NamedTuple):
    """A rank among others: 1 is the worst, ties take the lowest; percentile is ceil(100 rank / of)."""

    rank: int
    of: int
    percentile: int


def mean_level(values: Numbers, weights: Numbers) -> Level:
    """Average a measure over areas, each by its weight: sum(w v) / sum(w).

    Parameters
    ----------
    values : one an area, NaN where missing.
    weights : people of each area that live on the ground, 0 or more; NaN where not known.

    Notes
    -----
    A missing value is left out of both sums and told by the coverage; it never counts as 0. An area whose
    weight is not known makes the coverage, and so the level, unknown. Source: METHODS.md 3.2 (average score).
    """
    if np.isnan(weights).any():
        return Level(np.nan, np.nan)
    total = float(weights.sum())
    if total <= 0:
        return Level(np.nan, np.nan)
    known = ~np.isnan(values)
    held = float(weights[known].sum())
    if held <= 0:
        return Level(np.nan, 0.0)
    return Level(float((weights[known] * values[known]).sum()) / held, held / total)


def percentile_of(rank: int, of: int) -> int:
    """Give ceil(100 rank / of) in whole numbers: 1 is the worst hundredth."""
    return -(-100 * rank // of)


def decile_of(rank: int, of: int) -> int:
    """Give ceil(10 rank / of) in whole numbers: 1 is the worst tenth."""
    return -(-10 * rank // of)


def stand_among(value: float, others: Numbers, *, higher_is_worse: bool = True) -> Standing | None:
    """Rank a value among others: 1 + how many are worse; equals take the lowest rank.

    None where the value is missing or nothing is known of the others. `others` with the value's own
    area among them give its own rank there.
    """
    known = others[~np.isnan(others)]
    if np.isnan(value) or not len(known):
        return None
    worse = int((known > value).sum() if higher_is_worse else (known < value).sum())
    # A mean of some areas lies between them; one of none of these may lie beyond the last.
    rank = min(worse + 1, len(known))
    return Standing(rank, len(known), percentile_of(rank, len(known)))


def middle_rank(ranks: Numbers, weights: Numbers) -> float:
    """Give the median of the national ranks of the areas that have people on the ground; NaN without any."""
    known = ranks[~np.isnan(ranks) & (weights > 0)]
    return float(np.median(known)) if len(known) else float("nan")


def share_in_worst_tenth(ranks: Numbers, weights: Numbers, of: int) -> float:
    """Give the share of the weight on areas of decile 1, ceil(10 rank / of) = 1; NaN where a rank is missing."""
    here = weights > 0
    if not here.any() or np.isnan(ranks[here]).any():
        return float("nan")
    worst = 10 * ranks[here] <= of
    return float(weights[here][worst].sum() / weights[here].sum())
