"""Says of each period of an indicator what is held, which rank each area has, and whether it repeats another."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

Direction = Literal["higher-is-worse", "lower-is-worse", "neither"]
DIRECTIONS: tuple[Direction, ...] = ("higher-is-worse", "lower-is-worse", "neither")
# Fewer areas than this may agree by chance.
LEAST_AREAS = 10


def rank_by_direction(values: pd.Series, direction: Direction) -> pd.Series:
    """Rank values, 1 = worst; ties take the lowest rank, as the official indices publish them.

    Returns Int64 ranks with <NA> where there is no value, and everywhere if neither end is worse.
    """
    if direction == "neither":
        return pd.Series(pd.NA, index=values.index, dtype="Int64")
    worst_first = direction == "lower-is-worse"
    return values.rank(method="min", ascending=worst_first).astype("Int64")


def find_repeats(values: pd.DataFrame) -> pd.DataFrame:
    """Find the periods that only repeat an earlier one.

    Parameters
    ----------
    values : index area code; a float column a period, in order of time; NaN where there is no value

    Returns
    -------
    Index period; carried_from (the earliest period whose values it has in every area, None where it has
    none: of a chain the first, so that 2021 which repeats 2020 which repeats 2019 is carried from 2019),
    repeated_share (share of the areas with a value in both this period and the one before whose values
    are equal; NaN for the first period).

    Notes
    -----
    Equal is equal to the last bit, and what is missing in one must be missing in the other. Fewer than
    LEAST_AREAS areas with a value, or one number in all of them, say nothing: neither is called repeated.
    """
    periods = list(values.columns)
    held = values.to_numpy(dtype=np.float64)
    known = ~np.isnan(held)
    found: list[tuple[str | None, float]] = []
    for at in range(len(periods)):
        carried = None
        column = held[:, at][known[:, at]]
        if len(column) >= LEAST_AREAS and column.min() < column.max():
            same = next(
                (at_ for at_ in range(at) if np.array_equal(held[:, at_], held[:, at], equal_nan=True)),
                None,
            )  # fmt: skip
            carried = None if same is None else str(periods[same])
        share = np.nan
        if at:
            both = known[:, at] & known[:, at - 1]
            equal = held[both, at] == held[both, at - 1]
            share = float(equal.mean()) if both.any() else np.nan
        found.append((carried, share))
    return pd.DataFrame(
        {
            # Of objects: as text the None of a period that repeats nothing would become a NaN.
            "carried_from": pd.Series([each for each, _ in found], index=periods, dtype=object),
            "repeated_share": [share for _, share in found],
        },
        index=periods,
    )
