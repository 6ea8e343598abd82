"""Shares neighbourhoods out over the grounds that would follow councils, and holds money before against after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.rehearsals.methods.regroup import FINENESS
from app.resources.methods.landing import ACROSS
from app.resources.methods.ledger import NOT_PLACED, OUT, LedgerBroken
from boundaries.methods.apportion import apportion


def same_before_and_after(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Hold the money after against the money before, to the penny and the line.

    What lies outside, or cannot be placed, is as before; what lies in one or across several is together
    what it was. Raises LedgerBroken naming the figure that is off.
    """
    for unit in ("lines", "pence"):
        for name in (OUT, NOT_PLACED, "file"):
            if before[name][unit] != after[name][unit]:
                told = f"{name}: {before[name][unit]} {unit} before, {after[name][unit]} after"
                raise LedgerBroken(told)
        held = [
            sum(row[unit] for row in side["grounds"]) + side[ACROSS][unit]
            for side in (before, after)
        ]
        if held[0] != held[1]:
            raise LedgerBroken(f"{held[0]} {unit} on this ground before, {held[1]} after")


def share_over_grounds(held: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Share the people and ground of places out over grounds, small area by small area.

    Parameters
    ----------
    held : columns place, code, people, area_m2: what of each small area a place holds (NaN: not known).
    shares : columns code, ground, people_share, area_share: which grounds hold each small area; those of
        one area sum to 1, but where grounds overlap.

    Returns
    -------
    Columns place, ground (-1: none of them), people, area_m2, in order. Of each place the people sum to
    what it holds where grounds do not overlap, and so does the area; one figure not known makes the sum NaN.
    A small area that a place and a ground both cut is taken evenly: nothing else is known of it.
    """
    own = held[["place", "code", "people", "area_m2"]]
    joined = own.merge(shares, on="code", how="left")
    outside = joined["ground"].isna()
    joined.loc[outside, "ground"] = -1
    joined.loc[outside, ["people_share", "area_share"]] = 1.0
    joined["people"] = (joined["people"] * joined["people_share"]).where(
        joined["people_share"] > 0, 0.0
    )
    joined["area_m2"] = (joined["area_m2"] * joined["area_share"]).where(
        joined["area_share"] > 0, 0.0
    )
    joined["ground"] = joined["ground"].astype(int)
    summed = joined.groupby(["place", "ground"], sort=True)[["people", "area_m2"]]
    return summed.agg(lambda column: column.sum(skipna=False)).reset_index()


def whole_people(total: float, parts: Sequence[float]) -> list[int | None]:
    """Write the people of parts as whole people that sum to the whole of all (largest remainder).

    One part that is not known (NaN) leaves each of the others rounded by itself, and itself None.
    """
    if any(pd.isna(part) for part in parts):
        return [None if pd.isna(part) else round(part) for part in parts]
    shared = apportion(round(total), [round(FINENESS * part) for part in parts])
    return [0] * len(parts) if shared is None else list(shared)
