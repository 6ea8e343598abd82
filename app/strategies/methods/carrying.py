"""Reads other areas' values on one set of small areas by the official links, in two ways; reads nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from boundaries.methods.rebase import Step

BY_POSTCODES, BEST_FIT = "by postcodes", "best fit"
WAYS = (BY_POSTCODES, BEST_FIT)


def share_out(codes: pd.Index, steps: Sequence[Step]) -> pd.DataFrame:
    """Say which areas of the last release each area's ground became, and what part of it went there.

    Returns
    -------
    Columns code, target, share (above 0 to 1; those of a code sum to 1). A source passes its ground on by
    current postcodes in each part; where these are not counted, alike to each. A code without a link is absent.
    """
    shares = pd.DataFrame({"code": codes, "target": codes, "share": 1.0})
    for step in steps:
        links = step.links[["source", "target", "postcodes"]].copy()
        links["postcodes"] = links["postcodes"].astype("float64")
        by = links.groupby("source")["postcodes"]
        counted = by.transform("count") == by.transform("size")
        total = by.transform("sum")
        alike = 1.0 / by.transform("size")
        usable = counted & (total > 0)
        links["part"] = np.where(usable, links["postcodes"] / total.where(total > 0, 1.0), alike)
        joined = shares.merge(
            links.rename(columns={"source": "target", "target": "next"}), on="target"
        )
        joined["share"] *= joined["part"]
        joined = joined[joined["share"] > 0]
        shares = joined.groupby(["code", "next"], as_index=False)["share"].sum()
        shares = shares.rename(columns={"next": "target"})
    return shares


def read_on(codes: pd.Index, shares: pd.DataFrame, values: pd.Series, way: str) -> pd.Series:
    """Give each area the mean of the values that lie on its ground, by share, or (best fit) that of its largest part.

    An area of which any part has no value has none.
    """
    parts = shares
    if way == BEST_FIT:
        ordered = shares.sort_values(["code", "share", "target"], ascending=[True, False, True])
        parts = ordered.drop_duplicates("code").assign(share=1.0)
    held = values.reindex(parts["target"]).to_numpy(dtype=np.float64) * parts["share"].to_numpy()
    at, missing = codes.get_indexer(parts["code"]), np.isnan(held)
    here = at >= 0
    at, held, missing = at[here], held[here], missing[here]
    sums = np.bincount(at, np.where(missing, 0.0, held), len(codes))
    known = np.bincount(at, ~missing, len(codes))
    parts_of = np.bincount(at, minlength=len(codes))
    return pd.Series(np.where((parts_of > 0) & (known == parts_of), sums, np.nan), index=codes)
