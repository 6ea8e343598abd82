"""Places lines of money by distance from a point, each whole for every radius; reads nothing.

The rules are those of the ledger (docs/decisions/0006) with a circle for a neighbourhood: a place wholly
within is located; one of which at least half of the people live within is estimated; one with less is
beyond; a place whose people's whereabouts are not known is not placed. No line is ever divided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.resources.methods.ledger import LedgerBroken

BEYOND, ESTIMATED, LOCATED, NOT_PLACED = 0, 1, 2, 3
STANDINGS = {LOCATED: "located", ESTIMATED: "estimated", BEYOND: "beyond", NOT_PLACED: "not_placed"}
# Shares are sums of fractions of postcodes: exactly half may come out this much short of it.
HALF = 0.5 - 1e-9
_LOW_BITS = 32


class Reach(NamedTuple):
    """What of each small area lies within each radius of a point.

    codes : the small areas, in order. share : (areas, radii), of the area's people, 0 to 1, NaN where it
    cannot be told. whole, apart : (areas, radii), that all of its ground lies within, or none.
    """

    codes: Sequence[str]
    share: NDArray[np.float64]
    whole: NDArray[np.bool_]
    apart: NDArray[np.bool_]


class PlaceReach(NamedTuple):
    """What of each stated place lies within each radius: as `Reach`, with a row for a place."""

    places: dict[str, int]
    share: NDArray[np.float64]
    whole: NDArray[np.bool_]
    apart: NDArray[np.bool_]


def reach_of_places(pieces: pd.DataFrame, reach: Reach) -> PlaceReach:
    """Sum small areas into the places that are made of them.

    Parameters
    ----------
    pieces : place, code, people, postcodes: the small areas of each place, and how many people and
        postcodes of the place are in each (NaN where not known)
    reach : of the small areas

    Notes
    -----
    share = sum(people x share of the small area) / sum(people); by postcodes where the people of one
    piece are not known; NaN where neither is, or where the share of a piece with people is not known.
    A place one of whose small areas `reach` does not hold is left out: it is not placed.
    """
    order = {code: at for at, code in enumerate(reach.codes)}
    area = pieces["code"].map(order)
    lost = set(pieces.loc[area.isna(), "place"])
    kept = ~pieces["place"].isin(lost)
    pieces, area = pieces[kept], area[kept].to_numpy(dtype=np.intp)
    owner, names = pd.factorize(pieces["place"], sort=True)
    radii = reach.share.shape[1]
    number = len(names)
    share = np.full((number, radii), np.nan)
    for column in ("postcodes", "people"):  # people last: they decide where they are known
        count = pieces[column].to_numpy(dtype=np.float64)
        total = np.bincount(owner, weights=count, minlength=number)
        known = total > 0  # a NaN among the counts makes the sum NaN, and this false
        for at in range(radii):
            # nobody of a piece lives anywhere: whatever is not known of it does not matter
            part = np.where(count == 0, 0.0, count * reach.share[area, at])
            within = np.bincount(owner, weights=part, minlength=number)
            share[known, at] = within[known] / total[known]
    return PlaceReach(
        {str(name): at for at, name in enumerate(names)}, share,
        _for_all(reach.whole[area], owner, number), _for_all(reach.apart[area], owner, number),
    )  # fmt: skip


def _for_all(claim: NDArray[np.bool_], owner: NDArray[np.intp], number: int) -> NDArray[np.bool_]:
    """Say of each owner whether a claim holds of all of its rows."""
    held = np.ones((number, claim.shape[1]), dtype=bool)
    np.logical_and.at(held, owner, claim)
    return held


def standing_of_places(reach: PlaceReach) -> NDArray[np.int8]:
    """Say how each place stands to each radius: BEYOND, ESTIMATED, LOCATED, or NOT_PLACED where it cannot be told."""
    standing = np.where(reach.share >= HALF, ESTIMATED, BEYOND)
    standing = np.where(np.isnan(reach.share), NOT_PLACED, standing)
    standing = np.where(reach.apart, BEYOND, standing)
    return np.where(reach.whole, LOCATED, standing).astype(np.int8)


def standing_of_spots(distance_m: NDArray[np.float64], radii: Sequence[float]) -> NDArray[np.int8]:
    """Say how each point stands to each radius: within where it is at most so far; NaN is not placed."""
    within = distance_m[:, None] <= np.asarray(radii, dtype=np.float64)[None, :]
    standing = np.where(within, LOCATED, BEYOND)
    standing[np.isnan(distance_m)] = NOT_PLACED
    return standing.astype(np.int8)


def sums_by_radius(
    amounts: NDArray[np.int64], standing: NDArray[np.int8], radii: Sequence[float]
) -> list[dict[str, Any]]:
    """Add the pence and lines of each standing for each radius, with the file's own sum beside.

    Each figure is the sum of its own lines and none a remainder:
    located + estimated + beyond + not placed = file. Raises LedgerBroken where it does not balance.
    """
    file_pence = exact_sum(amounts)
    rows = []
    for at, within_m in enumerate(radii):
        row: dict[str, Any] = {"within_m": within_m}
        for code, name in STANDINGS.items():
            mine = standing[:, at] == code
            row[f"{name}_pence"] = exact_sum(amounts[mine])
            row[f"{name}_lines"] = int(mine.sum())
        row["within_pence"] = row["located_pence"] + row["estimated_pence"]
        row["file_pence"], row["file_lines"] = file_pence, len(amounts)
        for unit in ("pence", "lines"):
            together = sum(row[f"{name}_{unit}"] for name in STANDINGS.values())
            if together != row[f"file_{unit}"]:
                raise LedgerBroken(
                    f"within {within_m} m {together} {unit}, the file {row[f'file_{unit}']}"
                )
        rows.append(row)
    return rows


def exact_sum(amounts: NDArray[np.int64]) -> int:
    """Add whole pence without end: the sum of many large amounts does not fit into 64 bits."""
    high = int(np.sum(amounts >> _LOW_BITS))
    return (high << _LOW_BITS) + int(np.sum(amounts & ((1 << _LOW_BITS) - 1)))
