"""Works out which share of an area's people each area that followed it took over; missing people are never 0."""

from __future__ import annotations

import pandas as pd


def shares_passed_on(parts: pd.DataFrame) -> pd.DataFrame:
    """Share each old area out among those that followed it, by the people of its parts.

    Parameters
    ----------
    parts : columns old_code, part, new_code, people: each part of an old area, which new area took it,
        and how many live there (missing where not known)

    Returns
    -------
    old_code, new_code, share (0 to 1), in order of code. The shares of one old area sum to 1. Where
    all its parts went to one area the share is 1, whoever lives there; where they went to several and
    the people of one part are not known, or nobody lives in any, the shares are missing.
    """
    own = parts.drop_duplicates(["old_code", "part", "new_code"])
    taken = own.groupby(["old_code", "new_code"], sort=True)["people"].agg(
        people=lambda told: told.sum(skipna=False)
    )
    whole = taken.groupby(level="old_code")["people"].transform(lambda told: told.sum(skipna=False))
    alone = taken.groupby(level="old_code")["people"].transform("size") == 1
    share = (taken["people"] / whole.where(whole > 0)).where(~alone, 1.0)
    return share.rename("share").reset_index()
