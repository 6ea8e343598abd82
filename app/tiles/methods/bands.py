"""Which of five classes a small area or a council is drawn in, 1 the most deprived; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd


class Band(NamedTuple):
    """One class: its number in the tiles and the words of the key."""

    number: int
    words: str


#: by national percentile: fine where it matters (deciles 1, 2, 3, 4-5, 6-10); tile.sql ranks by the same tenths
SMALL_AREA_BANDS = (
    Band(1, "most deprived 10%"), Band(2, "10–20%"), Band(3, "20–30%"), Band(4, "30–50%"),
    Band(5, "less deprived half"),
)  # fmt: skip
# A council's share of small areas in the most deprived tenth, in per cent: the least of each class.
_LEAST_PERCENT = (30, 20, 10, 5)
COUNCIL_BANDS = (
    Band(1, "30% or more"), Band(2, "20–30%"), Band(3, "10–20%"), Band(4, "5–10%"), Band(5, "under 5%"),
)  # fmt: skip


def council_band(worst: int, areas: int) -> int:
    """Class a council by how many of its small areas are in the most deprived tenth; equality is in.

    In whole numbers, so that 3 of 30 is ten per cent exactly. Raises ValueError for a council without areas.
    """
    if areas <= 0:
        raise ValueError("a council without small areas has no share")
    for number, least in enumerate(_LEAST_PERCENT, start=1):
        if 100 * worst >= least * areas:
            return number
    return len(COUNCIL_BANDS)


class Fifth(NamedTuple):
    """One class of an indicator: its number in the tiles, how many areas it holds, the least and most of them."""

    number: int
    areas: int
    least: float
    most: float


def fifths(frame: pd.DataFrame) -> pd.Series:
    """Class areas by fifths, 1 the worst: class = ceil(5 place / N), by place among the N that are ranked here.

    frame : value and rank (1 the worst; NaN where there is none), by code. Where nothing is ranked, because
    neither end is the worse, fifths go by value, 1 the highest; equal ones share the class of the first.
    What is not known is in no class. Gives whole numbers by code, in the order of the frame.
    """
    by = frame["rank"] if frame["rank"].notna().any() else -frame["value"]
    place = by.dropna().rank(method="min")
    return np.ceil(5 * place / len(place)).astype(int) if len(place) else place.astype(int)


def told_fifths(values: pd.Series, classes: Mapping[str, int]) -> list[Fifth]:
    """Tell each class that holds an area: how many, and between which values they lie."""
    held = values[list(classes)].groupby(pd.Series(dict(classes), dtype=int))
    return [
        Fifth(int(number), len(part), float(part.min()), float(part.max())) for number, part in held
    ]
