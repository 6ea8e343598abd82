"""Three estimates of a count on any ground, with their spread and a range; makes up none that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WAYS = ("best_fit", "people_share", "postcode_share")
# METHODS.md 2: a spread of more than a tenth of the value is said.
WIDE_SPREAD = 0.10
# Squared relative error of the people share of k of an area's n postcodes, (1 - k/n)(A + B/k): fitted
# to 1,900 LSOAs as parts of their MSOAs (2026-11-27, docs/methods/neighbourhoods.md).
ERROR_OF_PLACE, ERROR_OF_POSTCODE = 0.06, 0.50
# Nine in ten of a normal distribution lie within so many standard deviations.
NINE_IN_TEN = 1.645


@dataclass(frozen=True)
class Estimate:
    """One count on some ground, three ways.

    value : the people share, or where it is not known the postcode share, or the best fit; None
        where a count of an area is not known. lowest, highest : nine in ten true values lie between.
    spread : the largest of the three less the smallest, as a share of the value; None without one.
    missing : areas without a count.
    """

    value: int | None
    best_fit: int | None
    people_share: int | None
    postcode_share: int | None
    lowest: int | None
    highest: int | None
    spread: float | None
    missing: tuple[str, ...] = ()

    @property
    def is_wide(self) -> bool:
        """Say whether the three differ by more than a tenth, so that the value is uncertain."""
        return self.spread is not None and self.spread > WIDE_SPREAD

    @property
    def warning(self) -> str | None:
        """Say in words that the value is uncertain, or that it is not known; None where it is sure."""
        if self.missing:
            return f"not known for {len(self.missing)} of its areas, so not for the whole"
        if not self.is_wide:
            return None
        ways = [
            way
            for way in (self.best_fit, self.people_share, self.postcode_share)
            if way is not None
        ]
        return f"uncertain: from {min(ways):,} to {max(ways):,} by the way it is estimated"

    def as_plain(self) -> dict[str, Any]:
        """Give the estimate as plain values for JSON."""
        return {
            "value": self.value,
            "estimates": {
                "best_fit": self.best_fit, "population_share": self.people_share,
                "postcode_share": self.postcode_share,
            },
            "spread": None if self.spread is None else round(self.spread, 4),
            "range": {"low": self.lowest, "high": self.highest},
            "warning": self.warning,
            "missing": list(self.missing),
        }  # fmt: skip


def estimate(counts: pd.Series, weights: pd.DataFrame) -> Estimate:
    """Estimate a count on some ground from the counts of small areas.

    Parameters
    ----------
    counts : index code, whole numbers, missing where not known.
    weights : index code (areas with something in the ground); columns best_fit (0 or 1),
        people_share, postcode_share (0 to 1, NaN where not known), postcodes (current ones of the
        whole area).

    Returns
    -------
    Estimate: sums of count x weight, rounded once at the end. An area wholly in adds its count and
    no error, so that the three agree and the range is one number for ground made of whole areas.

    Notes
    -----
    The range is the value -/+ 1.645 standard errors, areas independent, and wide enough to hold the
    people share and the postcode share; never below 0 nor above all the people of the areas. With
    one postcode of forty it is 0 to about twice the value: small estates have wide ranges.
    """
    here = counts.reindex(weights.index).astype("Float64")
    number = here.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = tuple(str(code) for code in weights.index[np.isnan(number)])
    sums: Mapping[str, float] = {
        way: _weighted(number, weights[way].to_numpy(dtype=np.float64)) for way in WAYS
    }
    three = (
        _whole(sums["best_fit"]), _whole(sums["people_share"]), _whole(sums["postcode_share"]),
    )  # fmt: skip
    known = [sums[way] for way in ("people_share", "postcode_share") if not np.isnan(sums[way])]
    value = known[0] if known else sums["best_fit"]
    if missing or np.isnan(value):
        return Estimate(None, *three, None, None, None, missing)
    all_known = [total for total in sums.values() if not np.isnan(total)]
    spread = (max(all_known) - min(all_known)) / value if value > 0 else None
    error = NINE_IN_TEN * float(np.sqrt(np.nansum(_variance(number, weights))))
    every = float(np.nansum(number))
    lowest = min([max(value - error, 0.0), *known])
    highest = max([min(value + error, every), *known])
    return Estimate(_whole(value), *three, _whole(lowest), _whole(highest), spread, missing)


def _weighted(number: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Sum count x weight; NaN where either is not known of an area that counts."""
    counted = weight != 0
    return float((number[counted] * weight[counted]).sum())


def _whole(total: float) -> int | None:
    return None if np.isnan(total) else int(np.floor(total + 0.5))


def _variance(number: NDArray[np.float64], weights: pd.DataFrame) -> NDArray[np.float64]:
    """Give the squared error of each area's part, people squared; 0 for an area wholly in."""
    share = weights["people_share"].fillna(weights["postcode_share"]).to_numpy(dtype=np.float64)
    # What is in is all less what is out: the smaller of the two is estimated.
    small = np.clip(np.minimum(share, 1.0 - share), 0.0, 0.5)
    counted = np.maximum(small * weights["postcodes"].to_numpy(dtype=np.float64), 1.0)
    relative = (1.0 - small) * (ERROR_OF_PLACE + ERROR_OF_POSTCODE / counted)
    squared: NDArray[np.float64] = (number * small) ** 2 * relative
    return squared
