"""Finds the areas whose domains are most alike; the same areas in the same order each time."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

NEAREST = 10
# Distances that agree to so many places are one: rounding must not put areas in order.
PLACES = 9


def nearest_areas(
    values: pd.DataFrame, target: pd.Series, left_out: Collection[str], most: int = NEAREST
) -> pd.DataFrame:
    """List the areas statistically nearest to a target.

    Parameters
    ----------
    values : index code (unique), one column a domain; NaN where missing.
    target : index of the same domains: the values sought.
    left_out : codes that are no answer (the target's own ground).
    most : how many are wanted.

    Returns
    -------
    index code, column distance, the nearest first (ties by code); empty where the target lacks a domain.

    Notes
    -----
    Each domain is standardised over all areas that have every domain, z = (x - mean) / SD (population), and
    the distance is Euclid's: sqrt(sum (z_area - z_target)^2), every domain counting the same. A domain in
    which all areas agree tells nothing and is left out. An area that lacks a domain is never near.
    """
    columns = list(target.index)
    whole = values[columns].dropna()
    wanted = target.to_numpy(dtype=np.float64)
    if np.isnan(wanted).any() or whole.empty:
        return pd.DataFrame({"distance": []}, index=pd.Index([], name="code"))
    table = whole.to_numpy(dtype=np.float64)
    spread = table.std(axis=0)
    telling = spread > 0
    apart = (table[:, telling] - wanted[telling]) / spread[telling]
    distance = np.round(np.sqrt((apart**2).sum(axis=1)), PLACES)
    found = pd.DataFrame({"distance": distance}, index=pd.Index(whole.index, name="code"))
    found = found[~found.index.isin(list(left_out))]
    order = np.lexsort((found.index.to_numpy(dtype=str), found["distance"].to_numpy()))
    return found.iloc[order[:most]]
