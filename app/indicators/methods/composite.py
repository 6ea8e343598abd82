"""Compose measures into an index by weights, and rank areas by it; checks weights, reads nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.indicators.methods.standardise import METHODS, average_ranks, transform_ranks
from boundaries.errors import Fault, Invalid

Numbers = NDArray[np.float64]

# The weights of 2004 to 2025 add up to 0.999 and are not rescaled: rescaled, every score would be 0.09 off.
_OF_2004 = {
    "income": 0.225, "employment": 0.225, "education": 0.135, "health": 0.135, "crime": 0.093,
    "barriers": 0.093, "living": 0.093,
}  # fmt: skip
_OF_2000 = {
    "income": 0.25, "employment": 0.25, "health": 0.15, "education": 0.15, "housing": 0.10,
    "access": 0.10,
}  # fmt: skip

MAX_WEIGHT = 1e6
MAX_INPUTS = 60


class InvalidWeights(Invalid):
    """Weights that are negative, not finite, all zero, or of no measure; `faults` names each."""

    slug = "invalid-weights"
    title = "These weights make no index"


def published_weights(index_id: str) -> Mapping[str, float]:
    """Give the weights by which an edition's publisher composed its domains."""
    return _OF_2000 if index_id.startswith("imd-2000") else _OF_2004


def check_weights(given: object, pointer: str = "/weights") -> dict[str, float]:
    """Read weights by measure from plain JSON values; zeros are kept out of the result.

    Raises
    ------
    InvalidWeights : not an object of numbers, a weight that is negative, NaN, infinite or above a
        million, more than 60 of them, or none above zero. All faults are listed.
    """
    if not isinstance(given, Mapping) or not given:
        detail = 'weights are an object of numbers by measure, as {"income": 0.5, "crime": 0.5}'
        raise InvalidWeights(detail, [Fault(detail, pointer=pointer)])
    faults = []
    if len(given) > MAX_INPUTS:
        faults.append(Fault(f"an index may have {MAX_INPUTS} measures", pointer=pointer))
    for measure, weight in list(given.items())[: MAX_INPUTS + 1]:
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not is_number or not math.isfinite(weight):
            detail = "a weight is a finite number"
        elif weight < 0:
            detail = "a weight is not negative; to turn a measure round, give it another direction"
        elif weight > MAX_WEIGHT:
            detail = f"a weight is at most {MAX_WEIGHT:,.0f}"
        else:
            continue
        at = str(measure)[:60].replace("~", "~0").replace("/", "~1")
        faults.append(Fault(detail, pointer=f"{pointer}/{at}", value=str(weight)[:80]))
    if not faults and not any(given.values()):
        faults.append(Fault("all weights are zero", pointer=pointer))
    if faults:
        raise InvalidWeights("; ".join(fault.detail for fault in faults[:3]), faults)
    return {str(measure): float(weight) for measure, weight in given.items() if weight > 0}


def standardise_ranks(ranks: pd.DataFrame, areas_total: int) -> pd.DataFrame:
    """Transform published national ranks, one column a measure, as the publisher composes them.

    Ties, published with the lowest rank, are averaged first: exact where all N areas are in the frame.
    """
    return pd.DataFrame(
        {
            measure: transform_ranks(average_ranks(column.to_numpy(np.float64)), areas_total)
            for measure, column in ranks.items()
        },
        index=ranks.index,
    )


def standardise(values: pd.DataFrame, methods: Mapping[str, str]) -> pd.DataFrame:
    """Put each column on its scale by the method named for it; a higher value is more deprived."""
    return pd.DataFrame(
        {
            measure: METHODS[methods[str(measure)]](column.to_numpy(np.float64))
            for measure, column in values.items()
        },
        index=values.index,
    )


def compose(standardised: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """Add the columns up by their weights, which are used as they are given and not rescaled.

    Parameters
    ----------
    standardised : index code; one float column a measure, NaN where missing.

    Returns
    -------
    index code; the score, NaN for an area that lacks any of the measures: a sum without one of its
    parts would be a sum of another thing.
    """
    measures = list(weights)
    columns = standardised[measures].to_numpy(np.float64)
    total = columns @ np.array([weights[measure] for measure in measures])
    return pd.Series(total, index=standardised.index)


def rank_scores(scores: pd.Series) -> pd.Series:
    """Rank areas by score, 1 the highest; ties take the lowest rank, NaN stays NaN."""
    return scores.rank(method="min", ascending=False)
