"""Carries counts from the small areas of one census to those of the next; conserves every person, guesses no rank."""

from __future__ import annotations

import pandas as pd

from boundaries.methods.apportion import apportion


def rebase_counts(links: pd.DataFrame, counts: pd.Series, postcodes: pd.DataFrame) -> pd.DataFrame:
    """Re-base counts from LSOA 2011 to LSOA 2021 through the official links.

    Parameters
    ----------
    links : columns lsoa11_code, lsoa21_code (every pair once or more often)
    counts : index lsoa11_code, whole numbers; an area without a count is absent
    postcodes : columns lsoa11_code, lsoa21_code, postcodes: how many lie in each pair, by their points

    Returns
    -------
    index lsoa21_code, in order of code; columns value (int), estimated (bool: true where part of it
    was shared out by postcodes). The sum of value is the sum of the counts that have a link, but for
    those linked to an area left out.

    Notes
    -----
    An area with one link passes its whole count on; one with several shares it by the postcodes that
    lie in each linked pair, by largest remainder, and equally where none does (METHODS section 2). A
    2021 area one of whose sources has no count is left out: missing stays missing.
    """
    pairs = links[["lsoa11_code", "lsoa21_code"]].drop_duplicates()
    pairs = pairs.sort_values(["lsoa11_code", "lsoa21_code"], ignore_index=True)
    pairs["value"] = pairs["lsoa11_code"].map(counts)
    unknown = set(pairs.loc[pairs["value"].isna(), "lsoa21_code"])
    pairs = pairs[pairs["value"].notna()].astype({"value": "int64"})
    pairs["estimated"] = pairs["lsoa11_code"].duplicated(keep=False)
    held = postcodes.set_index(["lsoa11_code", "lsoa21_code"])["postcodes"].to_dict()
    shared = pairs[pairs["estimated"]]
    for old, group in shared.groupby("lsoa11_code", sort=True):
        weights = [int(held.get((old, new), 0)) for new in group["lsoa21_code"]]
        whole = int(group["value"].iloc[0])
        pairs.loc[group.index, "value"] = apportion(
            whole, weights if any(weights) else [1] * len(weights)
        )
    summed = pairs.groupby("lsoa21_code", sort=True).agg({"value": "sum", "estimated": "any"})
    return summed[~summed.index.isin(unknown)]
