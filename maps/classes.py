"""Into which class a value falls: deprivation bands, quantiles, natural breaks; missing has none.

Classes are half-open towards the larger value: with breaks [a, b], class 0 is value <= a,
class 1 is a < value <= b, class 2 is value > b.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maps.palettes import PLUM

#: key, words, first and last national decile (1 = most deprived), fill. Fine where it matters.
DEPRIVATION_BANDS: tuple[tuple[str, str, int, int, str], ...] = (
    ("d1", "Most deprived 10%", 1, 1, PLUM[0]),
    ("d2", "10\u201320%", 2, 2, PLUM[1]),
    ("d3", "20\u201330%", 3, 3, PLUM[2]),
    ("d4-5", "30\u201350%", 4, 5, PLUM[3]),
    ("d6-10", "Less deprived half", 6, 10, PLUM[4]),
)

_MOST_DISTINCT_FOR_NATURAL_BREAKS = 2_000


def deprivation_bands(deciles: pd.Series) -> pd.Series:
    """Name the band of each national decile.

    `deciles`: whole numbers 1 (most deprived) to 10, missing allowed. Returns an object Series on
    the same index holding a key of DEPRIVATION_BANDS, None where the decile is missing: a missing
    decile is drawn as "no data", never as a band. Raises ValueError for any other number.
    """
    numbers = pd.to_numeric(deciles, errors="raise").astype("Float64")
    known = numbers.dropna()
    strange = known[(known < 1) | (known > 10) | (known % 1 != 0)]
    if len(strange):
        raise ValueError(f"deciles are whole numbers 1 to 10, not {strange.iloc[0]}")
    keys = pd.Series([None] * len(deciles), index=deciles.index, dtype=object)
    for key, _words, first, last, _fill in DEPRIVATION_BANDS:
        keys[((numbers >= first) & (numbers <= last)).fillna(False).to_numpy(dtype=bool)] = key
    return keys


def quantile_breaks(values: Iterable[float | None], classes: int) -> list[float]:
    """Find the inner breaks that put equal numbers of values in each of `classes` classes.

    A break is the smallest value with at least k/classes of the values at or below it (inverted
    distribution function, so a break is always a value that occurs). Ties may make two breaks
    equal; they are given once, so fewer classes can come back. Missing values are left out; no
    values at all give no breaks. Raises ValueError for fewer than 2 classes.
    """
    if classes < 2:
        raise ValueError("there are at least 2 classes")
    known = _known(values)
    if not len(known):
        return []
    shares = np.arange(1, classes) / classes
    found = np.unique(np.quantile(known, shares, method="inverted_cdf"))
    return [float(b) for b in found if b < known.max()]


def natural_breaks(values: Iterable[float | None], classes: int) -> list[float]:
    """Find the inner breaks with least squared deviation within classes (Fisher's exact method).

    Each break is the largest value of its class. Missing values are left out; fewer distinct values
    than classes give one class each. Raises ValueError for fewer than 2 classes or for more than
    2,000 distinct values (the method's time grows with their square).
    Source: W. D. Fisher, "On grouping for maximum homogeneity", JASA 53 (1958).
    """
    if classes < 2:
        raise ValueError("there are at least 2 classes")
    distinct, weight = np.unique(_known(values), return_counts=True)
    n = len(distinct)
    if n > _MOST_DISTINCT_FOR_NATURAL_BREAKS:
        raise ValueError(f"natural breaks take at most 2,000 distinct values, not {n}")
    if n <= classes:
        return [float(v) for v in distinct[:-1]]
    count = np.concatenate([[0.0], np.cumsum(weight)])
    total = np.concatenate([[0.0], np.cumsum(weight * distinct)])
    square = np.concatenate([[0.0], np.cumsum(weight * distinct**2)])

    def deviation(start: NDArray[np.intp], stop: int) -> NDArray[np.float64]:
        """Squared deviation of distinct[start:stop] from its own mean, for many starts."""
        inside = total[stop] - total[start]
        return np.asarray(square[stop] - square[start] - inside**2 / (count[stop] - count[start]))

    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    cut = np.zeros((classes + 1, n + 1), dtype=np.intp)
    for k in range(1, classes + 1):
        nxt = np.full(n + 1, np.inf)
        for stop in range(k, n + 1):
            starts = np.arange(k - 1, stop)
            costs = best[starts] + deviation(starts, stop)
            chosen = int(np.argmin(costs))
            nxt[stop], cut[k, stop] = costs[chosen], starts[chosen]
        best = nxt
    stops, stop = [], n
    for k in range(classes, 1, -1):
        stop = int(cut[k, stop])
        stops.append(stop)
    return [float(distinct[s - 1]) for s in reversed(stops)]


def classify(values: Iterable[float | None], breaks: Sequence[float]) -> list[int | None]:
    """Number the class (0 = smallest) of each value; None where the value is missing.

    A value equal to a break belongs to the class below it. Raises ValueError if breaks do not rise.
    """
    if any(later <= earlier for earlier, later in pairwise(breaks)):
        raise ValueError("breaks must rise")
    numbers = np.asarray(pd.to_numeric(pd.Series(values), errors="raise"), dtype=float)
    found = np.searchsorted(np.asarray(breaks, dtype=float), numbers, side="left")
    return [None if np.isnan(v) else int(c) for v, c in zip(numbers, found, strict=True)]


def _known(values: Iterable[float | None]) -> NDArray[np.float64]:
    numbers = np.asarray(pd.to_numeric(pd.Series(values), errors="raise"), dtype=float)
    return np.asarray(np.sort(numbers[~np.isnan(numbers)]))
