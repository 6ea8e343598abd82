"""Carries counts from the small areas of one census to those of the next; conserves every person, guesses no rank."""

from __future__ import annotations

import pandas as pd

from boundaries.methods.apportion import apportion


def rebase_counts(links: pd.DataFrame, counts: pd.Series, postcodes: pd.DataFrame) -> pd.DataFrame:
    """Re-base counts from LSOA 2011 to LSOA 2021 through the official links.

    Parameters
    ----------
    links : columns lsoa11_code, lsoa21_code, change_code (U unchanged, S split, M merged, X complex)
    counts : index lsoa11_code, whole numbers; an area without a count is absent
    postcodes : columns lsoa11_code, lsoa21_code: one row a postcode, both sides by its point

    Returns
    -------
    index lsoa21_code; columns value (int), estimated (bool: true where a split or complex link was
    shared out by postcodes). The sum of value is the sum of the counts that have a link.

    Notes
    -----
    U and M pass the whole count on; S and X share it by the postcodes that lie in each linked
    pair, by largest remainder, and equally where a pair set holds none (METHODS section 2). A 2021
    area one of whose sources has no count is left out: missing stays missing.
    """
    links = links[["lsoa11_code", "lsoa21_code", "change_code"]].drop_duplicates()
    pair_counts = postcodes.groupby(["lsoa11_code", "lsoa21_code"]).size()
    values: dict[str, int] = {}
    estimated: set[str] = set()
    unknown: set[str] = set()
    for old, group in links.groupby("lsoa11_code", sort=True):
        targets = sorted(group["lsoa21_code"])
        if old not in counts.index:
            unknown.update(targets)
            continue
        total = int(counts.loc[old])
        if len(targets) == 1:
            parts = [total]
        else:
            weights = [int(pair_counts.get((old, new), 0)) for new in targets]
            parts = apportion(total, weights if any(weights) else [1] * len(targets)) or []
            estimated.update(targets)
        for new, part in zip(targets, parts, strict=True):
            values[new] = values.get(new, 0) + part
    kept = sorted(code for code in values if code not in unknown)
    return pd.DataFrame(
        {
            "value": [values[code] for code in kept],
            "estimated": [code in estimated for code in kept],
        },
        index=pd.Index(kept, name="lsoa21_code"),
    )
