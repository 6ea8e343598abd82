"""Makes the figures of an area out of those of the areas it was made of; a rate by people, a count by sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

SUM, MEAN = "sum", "mean by people"


class Made(NamedTuple):
    """The figures of one area (index period), of which areas they were made, and how."""

    values: pd.Series
    parts: tuple[str, ...]
    method: str


def gather(
    frame: pd.DataFrame, parts: Mapping[str, Sequence[str]], people: pd.Series, nature: str
) -> dict[str, Made]:
    """Make figures of areas that a series does not list.

    Parameters
    ----------
    frame : index code, one float column a period, NaN where there is no value.
    parts : area -> the areas of the frame it was made of, each whole.
    people : index code. nature : extensive (counts) or intensive (rates).

    Returns
    -------
    Of each area its figures. A period of which one part has no figure has none: the others' sum would pass
    for the whole. A rate of parts without people cannot be made and is left out. A rate of a single part,
    only re-coded, is that part's own.
    """
    made = {}
    for code, own in parts.items():
        values = frame.loc[list(own)]
        if nature == "extensive" or len(own) == 1:
            made[code] = Made(values.sum(skipna=False), tuple(own), SUM)
            continue
        weights = people.reindex(list(own))
        if weights.isna().any() or not weights.sum() > 0:
            continue
        mean = values.mul(weights, axis=0).sum(skipna=False) / weights.sum()
        made[code] = Made(mean, tuple(own), MEAN)
    return made
