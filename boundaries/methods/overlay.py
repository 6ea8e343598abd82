"""Measures how much of one set of areas lies in another; takes valid outlines in metres only.

Source: METHODS.md 1.5 (an index over the many, the few prepared and as query, `covers` before
`intersection`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray


class Overlaps(NamedTuple):
    """Pairs of areas that share ground: positions in both sets and square metres in common."""

    a: NDArray[np.intp]
    b: NDArray[np.intp]
    area_m2: NDArray[np.float64]


def overlap_areas(a: Any, b: Any) -> Overlaps:
    """Measure the ground that areas of two sets have in common.

    Parameters
    ----------
    a, b : arrays or GeoSeries of valid polygons in one metric system (British National Grid).
        Faster where `b` is the set of the fewer and larger areas.

    Returns
    -------
    Overlaps sorted by (a, b): each pair whose common area is above 0, areas in square metres. An
    area of `a` that meets none of `b` has no row: compare totals (METHODS.md 2 and 8). A pair
    that only shares a border has none either. None and empty geometries meet nothing.
    """
    small = np.asarray(a, dtype=object)
    big = np.asarray(b, dtype=object)
    shapely.prepare(big)
    query, found = shapely.STRtree(small).query(big, predicate="intersects")
    covered = shapely.covers(big[query], small[found])
    area = np.zeros(len(query))
    area[covered] = shapely.area(small[found[covered]])
    border = ~covered
    pieces = shapely.intersection(big[query[border]], small[found[border]])
    area[border] = shapely.area(pieces)
    kept = area > 0
    order = np.lexsort((query[kept], found[kept]))
    return Overlaps(found[kept][order], query[kept][order], area[kept][order])


def edge_distances(outline: Any, areas: Any, *, points: int = 400) -> NDArray[np.float64]:
    """Measure how far the edge of one outline lies from the edges of areas, at points along it.

    Parameters
    ----------
    outline : polygon or multipolygon; areas : array of polygons, in the same metric system.
    points : about how many, evenly spaced; rings too short for one are passed over.

    Returns
    -------
    Metres, in the order of the edge; empty where there are no areas. METHODS.md 1.3 keeps the mean
    boundary distance as a report: it tells a coarse drawing from another piece of ground.
    """
    borders = shapely.get_parts(shapely.boundary(np.asarray(areas, dtype=object)))
    if not len(borders):
        return np.zeros(0)
    rings = shapely.get_parts(shapely.boundary(outline))
    lengths = shapely.length(rings)
    counts = np.round(points * lengths / lengths.sum()).astype(int)
    counts[np.argmax(lengths)] = max(counts.max(), 1)
    ring = np.repeat(np.arange(len(rings)), counts)
    nth = np.arange(len(ring)) - np.repeat(np.cumsum(counts) - counts, counts)
    places = shapely.line_interpolate_point(
        rings[ring], (nth + 0.5) / counts[ring], normalized=True
    )
    _, distances = shapely.STRtree(borders).query_nearest(
        places, return_distance=True, all_matches=False
    )
    return np.asarray(distances, dtype=np.float64)
