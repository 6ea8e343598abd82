"""Find where high scores cluster, with false discoveries controlled; needs no map, only pairs.

Getis and Ord's Gi* with binary weights that include the area itself, then Benjamini and Hochberg.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Fewer areas than this give no spread to judge a cluster against.
FEWEST_AREAS = 3


def adjust_for_discoveries(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values by Benjamini and Hochberg, so that `<= x` keeps false discoveries at x.

    NaN stays NaN and is not counted among the tests.
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    if len(known) == 0:
        return adjusted
    order = known[np.argsort(p_values[known], kind="stable")]
    count = len(order)
    scaled = p_values[order] * count / np.arange(1, count + 1)
    # From the largest down: an adjusted value is never above that of a larger p.
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def find_hot_spots(scores: pd.Series, pairs: pd.DataFrame) -> pd.DataFrame:
    """Measure for each area whether it and its neighbours score higher than the areas as a whole.

    Parameters
    ----------
    scores : index code (unique), float, high = deprived, NaN where missing.
    pairs : columns a, b: areas that touch, each pair once; both must be among `scores` to count.

    Returns
    -------
    index code; z (Gi*, standard deviations), p (two-sided, adjusted over all areas tested; 1 for
    cold spots, so that a small p is always a hot one). Both NaN for areas without a score or
    without a neighbour that has one, and for all of them where fewer than three have a score or
    all scores are alike.

    Notes
    -----
    Gi* = (sum_j w_ij x_j - m W_i) / (s sqrt((n sum_j w_ij^2 - W_i^2) / (n - 1))), w binary with the
    area itself, m and s the mean and population standard deviation of the scores (Getis and Ord
    1992; Ord and Getis 1995). An area whose neighbourhood is all areas has no z (0/0): NaN.
    """
    known = scores[scores.notna()]
    result = pd.DataFrame(np.nan, index=scores.index, columns=["z", "p"])
    count = len(known)
    x = known.to_numpy(dtype=np.float64)
    if count < FEWEST_AREAS or not x.std() > 0:
        return result
    a = known.index.get_indexer(pd.Index(pairs["a"]))
    b = known.index.get_indexer(pd.Index(pairs["b"]))
    inside = (a >= 0) & (b >= 0) & (a != b)
    a, b = a[inside], b[inside]
    self_ = np.arange(count)
    rows, columns = np.concatenate([a, b, self_]), np.concatenate([b, a, self_])
    from scipy import sparse  # at first use: it would slow every start
    from scipy.special import ndtr

    weights = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    weights.data[:] = 1.0  # a pair given twice counts once
    neighbours = np.asarray(weights.sum(axis=1)).ravel()
    spread = (count * neighbours - neighbours**2) / (count - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (weights @ x - x.mean() * neighbours) / (x.std() * np.sqrt(spread))
    z[(neighbours <= 1) | (spread <= 0)] = np.nan
    p = adjust_for_discoveries(2 * ndtr(-np.abs(z)))
    p[z <= 0] = 1.0
    result.loc[known.index, "z"] = z
    result.loc[known.index, "p"] = p
    return result
