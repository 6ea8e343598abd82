"""Put values of an indicator on a scale on which several can be added; knows no weights.

Each method takes values of which a higher one is more deprived and gives numbers of which a higher one
is more deprived. Missing stays missing and is not counted among the areas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# 23 gives about 10 % cancellation between domains, and puts the worst tenth above 50 of 100 (Technical
# Report of the Indices of 2019, Appendix E).
STEEPNESS = 23.0
_REACH = 1.0 - float(np.exp(-100.0 / STEEPNESS))


def average_ranks(ranks: Numbers) -> Numbers:
    """Give tied areas the average of the ranks that they share, from ranks in which ties have the lowest.

    Publishers print the lowest rank and transform the average: of k areas at rank r it is r + (k - 1) / 2.
    NaN stays NaN.
    """
    tied = pd.Series(ranks).groupby(ranks).transform("size").to_numpy()
    return np.asarray(ranks + (tied - 1) / 2, dtype=np.float64)


def transform_ranks(ranks: Numbers, areas_total: int) -> Numbers:
    """Transform ranks (1 = most deprived, ties averaged) exponentially, to a number above 0 and at most 100.

    X = -23 ln(1 - R (1 - exp(-100 / 23))), R = (N + 1 - r) / N. NaN stays NaN. Rank 1 has exactly 100.

    Source: English Indices of Deprivation 2019, Technical Report, section 3.7 and Appendix E.
    """
    share = (areas_total + 1 - ranks) / areas_total
    return np.asarray(-STEEPNESS * np.log1p(-share * _REACH), dtype=np.float64)


def by_exponential(values: Numbers) -> Numbers:
    """Rank the values among themselves, ties averaged, and transform the ranks as the IMD does: (0, 100]."""
    ranks = pd.Series(-values).rank(method="average").to_numpy()
    return transform_ranks(ranks, int(np.count_nonzero(~np.isnan(values))))


def by_rank(values: Numbers) -> Numbers:
    """Give the share of areas that are at most as deprived: 100 (N + 1 - rank) / N, ties averaged."""
    ranks = pd.Series(-values).rank(method="average").to_numpy()
    total = np.count_nonzero(~np.isnan(values))
    return np.asarray(100.0 * (total + 1 - ranks) / max(total, 1), dtype=np.float64)


def by_z_score(values: Numbers) -> Numbers:
    """Give distances from the mean in population standard deviations; all 0 where all values are alike."""
    known = values[~np.isnan(values)]
    spread = known.std() if len(known) else 0.0
    centred = values - (known.mean() if len(known) else 0.0)
    return np.asarray(centred / spread if spread > 0 else centred * 0.0, dtype=np.float64)


def by_min_max(values: Numbers) -> Numbers:
    """Stretch the values over 0 to 100, the least and the most deprived; all 0 where all are alike."""
    known = values[~np.isnan(values)]
    lowest = known.min() if len(known) else 0.0
    reach = known.max() - lowest if len(known) else 0.0
    moved = values - lowest
    return np.asarray(100.0 * moved / reach if reach > 0 else moved * 0.0, dtype=np.float64)


METHODS: Mapping[str, Callable[[Numbers], Numbers]] = {
    "exponential": by_exponential,
    "rank": by_rank,
    "z-score": by_z_score,
    "min-max": by_min_max,
}
