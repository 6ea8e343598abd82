"""Finds which area each of many points lies in; a point in none takes the nearest, and says so."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def areas_of_points(
    codes: NDArray[np.object_],
    shapes: NDArray[np.object_],
    points: NDArray[np.object_],
    *,
    reach_m: float = 2000.0,
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Name the area of every point: the lowest code of those that hold it, else the nearest within reach.

    Parameters
    ----------
    codes, shapes : the areas (BNG), in the same order
    points : shapely points in BNG
    reach_m : how far a point outside every area may lie from the one it is given

    Returns
    -------
    code per point (None beyond reach) and the distance to that area in metres (0 inside, NaN for
    none). CONTRACT: an overlap takes the lowest code, a gap the nearest area.
    """
    order = np.argsort(codes)
    codes, shapes = codes[order], shapes[order]
    found = np.full(len(points), -1, dtype=np.int64)
    distance = np.full(len(points), np.nan)
    if not len(shapes) or not len(points):
        return np.full(len(points), None, dtype=object), distance
    tree = shapely.STRtree(points)
    shapely.prepare(shapes)
    areas, inside = tree.query(shapes, predicate="covers")
    # Written from the highest code down, so that the lowest code stays.
    back = np.argsort(-areas, kind="stable")
    found[inside[back]] = areas[back]
    distance[found >= 0] = 0.0
    lost = np.flatnonzero(found < 0)
    if len(lost):
        nearest = shapely.STRtree(shapes).nearest(points[lost])
        gap = shapely.distance(shapes[nearest], points[lost])
        near = gap <= reach_m
        found[lost[near]] = nearest[near]
        distance[lost[near]] = gap[near]
    named = np.full(len(points), None, dtype=object)
    named[found >= 0] = codes[found[found >= 0]]
    return named, distance
