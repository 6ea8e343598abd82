"""Gives larger areas the values of the areas in them: counts are added, rates averaged by people."""

from __future__ import annotations

import numpy as np
import pandas as pd


def gather_values(
    frame: pd.DataFrame, parents: pd.Series, weights: pd.Series | None = None
) -> pd.DataFrame:
    """Gather the values of areas into those that they belong to.

    Parameters
    ----------
    frame : index area code; value (NaN where there is none), state (value, suppressed, missing)
    parents : index area code, every area that belongs to a parent, whether it has a value or not
    weights : people by area code, for rates; None adds counts

    Returns
    -------
    Index parent code, in order: value, state, areas (how many belong to it), areas_without (how many
    of them have no value, or nobody to weigh it by), known (what those with one add up to, or average).

    Notes
    -----
    A parent one of whose areas has no value has none: suppressed where one of them is, else missing. An
    area that the frame does not list counts as missing. Rates: `sum(v_i p_i) / sum(p_i)`.
    """
    value = frame["value"].reindex(parents.index).to_numpy(dtype=np.float64, copy=True)
    state = frame["state"].reindex(parents.index)
    people = np.ones(len(parents))
    if weights is not None:
        people = weights.reindex(parents.index).to_numpy(dtype=np.float64, na_value=np.nan)
        value[np.isnan(people)] = np.nan
    known = ~np.isnan(value)
    parts = pd.DataFrame(
        {
            "parent": parents.to_numpy(), "areas": 1, "areas_without": ~known,
            "suppressed": (state == "suppressed").to_numpy(),
            "sum": np.where(known, value * people, 0.0), "people": np.where(known, people, 0.0),
        }
    )  # fmt: skip
    of = parts.groupby("parent").sum().sort_index()
    total = of["sum"] if weights is None else of["sum"] / of["people"].replace(0.0, np.nan)
    whole = of["areas_without"] == 0
    states = np.select(
        [whole & total.notna(), of["suppressed"] > 0], ["value", "suppressed"], "missing"
    )
    some = of["areas_without"] < of["areas"]
    return pd.DataFrame(
        {
            "value": total.where(whole), "state": states.astype(object),
            "areas": of["areas"].astype(int), "areas_without": of["areas_without"].astype(int),
            "known": total.where(some),
        },
        index=pd.Index(of.index, dtype=object, name="code"),
    )  # fmt: skip
