"""Offers for neighbourhoods that stayed too small: over which one area they would touch another; joins nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.neighbourhoods.methods.bands import Band
from app.neighbourhoods.methods.grow import Grown
from app.neighbourhoods.methods.pieces import Borders


def offers_for(
    grown: Grown, around: Borders, size_of: Mapping[str, float], band: Band
) -> dict[int, dict[str, Any]]:
    """Offer each neighbourhood below the band the smallest area beside it that leads to another or fills it.

    Returns by number: over (the code of an area that was not selected), size (what it would have),
    joins (number of the neighbourhood that it would touch, or None). The area that brings the size
    into the band comes first, then the smallest; ties by code. None where no area would help.
    """
    home = grown.membership.to_dict()
    found: dict[int, dict[str, Any]] = {}
    for number, row in grown.groups[grown.groups["place"] == "below"].iterrows():
        own = int(str(number))
        beside = sorted(
            {other for code in row["codes"] for other in around.get(code, {})} - set(home)
        )
        choices = []
        for code in beside:
            size = size_of.get(code, float("nan"))
            if np.isnan(size):
                continue
            others = sorted({home[o] for o in around[code] if home.get(o, own) != own})
            joined = next(
                (
                    (other, row["size"] + size + float(grown.groups.loc[other, "size"]))
                    for other in others
                    if row["size"] + size + float(grown.groups.loc[other, "size"]) <= band.high
                ),
                None,
            )
            if joined is not None:
                choices.append((not band.holds(joined[1]), size, code, joined[0], joined[1]))
            if row["size"] + size <= band.high:
                total = row["size"] + size
                choices.append((not band.holds(total), size, code, None, total))
        if choices:
            _, _, code, other, total = min(choices, key=lambda one: (*one[:3], one[3] is None))
            found[own] = {"over": code, "joins": other, "size": round(float(total))}
    return found
