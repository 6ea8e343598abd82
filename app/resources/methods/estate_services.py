"""Sums the services in and around an estate by kind; reads nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.resources.methods.access import mean_distance, people_beyond, rounded


def services_by_kind(
    services: pd.DataFrame, spots: NDArray[np.float64], people: NDArray[np.float64],
    kinds: Mapping[str, bool], *, distance_m: float, around_m: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """Say for each kind how many services are in an estate, which is nearest, and who lives beyond a distance.

    Parameters
    ----------
    services : id, kind, name, postcode, easting, northing (metres), is_inside; those at most `around_m` away,
        and perhaps a few more
    spots, people : where its people are (n, 2), and how many (NaN where not known)
    kinds : every kind that any source holds, and whether a source tells of this estate

    Notes
    -----
    The nearest is measured from each spot: `distance_m` is the least, the mean is by people. A service inside
    is at 0 m only where it stands on a spot. Of a kind that no source tells of here, what is known is shown and
    nothing is said of how far people are or how many live beyond; `nearest` None: none within `around_m`.
    """
    rows = []
    for kind in sorted(kinds):
        own = services[services["kind"] == kind]
        points = own[["easting", "northing"]].to_numpy(dtype=np.float64)
        away = np.hypot(*np.moveaxis(spots[:, None, :] - points[None, :, :], 2, 0))
        away[away > around_m] = np.nan
        least = _least(away)
        beyond = people_beyond(least, people, distance_m)
        best = _nearest(own, away)
        rows.append(
            {
                "kind": kind, "covered": kinds[kind], "inside": int(own["is_inside"].sum()),
                "within": int((away <= distance_m).any(axis=0).sum()), "nearest": best,
                "mean_distance_m": rounded(mean_distance(least, people)) if kinds[kind] else None,
                "share_beyond": None if beyond.share is None or not kinds[kind] else round(beyond.share, 6),
            }
        )  # fmt: skip
    return rows


def _least(away: NDArray[np.float64]) -> NDArray[np.float64]:
    filled = np.where(np.isnan(away), np.inf, away)
    least = filled.min(axis=1, initial=np.inf)
    return np.where(np.isinf(least), np.nan, least)


def _nearest(own: pd.DataFrame, away: NDArray[np.float64]) -> dict[str, Any] | None:
    if not away.size or np.isnan(away).all():
        return None
    least = np.where(np.isnan(away), np.inf, away).min(axis=0)
    at = int(least.argmin())
    row = own.iloc[at]
    return {
        "id": row["id"], "name": row["name"], "postcode": row["postcode"], "distance_m": rounded(least[at]),
        "inside": bool(row["is_inside"]),
    }  # fmt: skip


def kinds_not_told(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """List the kinds of which no source tells here; one that tells of a part, and names a service, does tell."""
    return sorted(row["kind"] for row in rows if not row["covered"] and row["nearest"] is None)


def years_without_lines(years: Collection[str | None]) -> list[str]:
    """List the financial years between the first and the last of some lines that have none."""
    starts = sorted({int(year[:4]) for year in years if year})
    if not starts:
        return []
    return [
        f"{start}-{(start + 1) % 100:02}"
        for start in range(starts[0], starts[-1])
        if start not in starts
    ]
