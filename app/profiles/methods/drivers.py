"""Says which domains lift a place's index above England's: each one's part of the difference, adding up to it.

Source: METHODS.md 3.1 (exponential transformation and weights of the Indices of Deprivation).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from app.indicators.methods.standardise import transform_ranks


def rank_of_transformed(level: float, of: int) -> int:
    """Give the rank at which a mean of transformed ranks stands: 1 + how many of the ranks 1 to N lie above.

    Ties are not seen, so that the rank may differ by those of the areas tied there.
    """
    above = int((transform_ranks(np.arange(1, of + 1, dtype=np.float64), of) > level).sum())
    return min(above + 1, of)


def mean_transformed(of: int) -> float:
    """Give the mean over all N areas of what the ranks 1 to N become: England's level in every domain."""
    return float(transform_ranks(np.arange(1, of + 1, dtype=np.float64), of).mean())


def find_drivers(
    here: Mapping[str, float], weights: Mapping[str, float], england: float
) -> pd.DataFrame:
    """Say what each domain adds to the composite against England's mean.

    Parameters
    ----------
    here : domain -> mean of its transformed ranks over the place, 0 to 100.
    weights : domain -> its weight in the index; the composite is sum(weight * here).
    england : the mean of a transformed domain over England, the same in every domain.

    Returns
    -------
    index domain; columns weight, here, england, adds (weight * (here - england)), the largest first
    (ties by name). The sum of adds is the place's composite less England's mean composite.

    Raises ValueError where a domain has no weight or a weighted domain is not given.
    """
    if set(here) != set(weights):
        raise ValueError("every domain of the index is needed, and none beside them")
    domains = sorted(weights)
    frame = pd.DataFrame(
        {
            "weight": [weights[domain] for domain in domains],
            "here": [here[domain] for domain in domains],
            "england": england,
        },
        index=pd.Index(domains, name="domain"),
    )
    frame["adds"] = frame["weight"] * (frame["here"] - frame["england"])
    return frame.sort_values("adds", ascending=False, kind="stable")
