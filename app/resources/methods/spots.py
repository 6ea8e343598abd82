"""Says in which small area each point lies, by outlines alone; knows no database and no partnership."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

# A generalised coast leaves points in a gap of this many metres at most.
NEAR_M = 100.0
NOWHERE = ""


def areas_of_points(
    codes: Sequence[str], outlines: Sequence[shapely.Geometry], points: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Name the small area of each point.

    Parameters
    ----------
    codes, outlines : small areas in order of code; metres, British National Grid
    points : shape (n, 2), easting and northing in metres

    Returns
    -------
    One code a point. In an overlap of outlines the lowest code; in a gap the nearest area within
    NEAR_M, of equally near ones the lowest code; NOWHERE where none is so near.
    """
    named = np.array([*codes, NOWHERE], dtype=object)
    found = np.full(len(points), len(codes), dtype=np.int64)
    if len(points) and len(codes):
        spots = shapely.points(points)
        # The outlines ask the tree of points, so that each is prepared once for all of them.
        areas, held = shapely.STRtree(spots).query(outlines, predicate="covers")
        np.minimum.at(found, held, areas)
        left = np.flatnonzero(found == len(codes))
        if left.size:
            found[left] = _nearest(outlines, spots[left])
    return named[found]


def _nearest(outlines: Sequence[shapely.Geometry], spots: NDArray[Any]) -> NDArray[np.int64]:
    """Give the place of the nearest outline of each point in the list, its length where none is near."""
    near = np.full(len(spots), len(outlines), dtype=np.int64)
    shapes = np.asarray(outlines, dtype=object)
    held, areas = shapely.STRtree(shapes).query(spots, predicate="dwithin", distance=NEAR_M)
    away = shapely.distance(spots[held], shapes[areas])
    order = np.lexsort((areas, away, held))
    first = np.unique(held[order], return_index=True)
    near[first[0]] = areas[order][first[1]]
    return near
