"""Measures where the areas of one layer overlap or leave gaps; moves no border and judges no layer.

Source: METHODS.md 1.4. Only areas with an edge that does not match their neighbours' can overlap, so
only those are intersected; gaps are the holes in the ground of all areas together. A gap that opens
to the sea is no hole and is not seen.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException

# Smaller faults are rounding: a square metre is a drawing's line width at any scale that is printed.
LEAST_FAULT_M2 = 1.0


class Faults(NamedTuple):
    """Where a layer is no coverage: faulty areas, pairs that overlap, and holes between areas.

    is_faulty: for each area, whether an edge does not match; pair_a, pair_b: positions, a < b, with
    the square metres in common; gaps: the holes as polygons, with their square metres.
    """

    is_faulty: NDArray[np.bool_]
    pair_a: NDArray[np.intp]
    pair_b: NDArray[np.intp]
    overlap_m2: NDArray[np.float64]
    gaps: NDArray[np.object_]
    gap_m2: NDArray[np.float64]


def find_faults(areas: Any, *, least_m2: float = LEAST_FAULT_M2, gaps: bool = True) -> Faults:
    """Find the overlaps and the enclosed gaps of one layer.

    Parameters
    ----------
    areas : array or GeoSeries of valid polygons in metres (British National Grid), none missing.
    least_m2 : faults up to this size are passed over.
    gaps : False leaves the holes unmeasured (a layer that does not cover the land).

    Returns
    -------
    Faults; pairs sorted by (a, b). Ground that three areas share counts in each of its pairs.
    """
    shapes = np.asarray(areas, dtype=object)
    faulty = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    a, b, overlap_m2 = _overlapping(shapes, faulty, least_m2)
    holes = holes_between(shapes, faulty) if gaps else np.array([], dtype=object)
    hole_m2 = shapely.area(holes)
    kept = hole_m2 > least_m2
    return Faults(faulty, a, b, overlap_m2, holes[kept], hole_m2[kept])


def _overlapping(
    shapes: NDArray[np.object_], faulty: NDArray[np.bool_], least_m2: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Measure the pairs of which one is faulty: an area within another leaves that one's edges sound."""
    asked = np.flatnonzero(faulty)
    query, found = shapely.STRtree(shapes).query(shapes[asked], predicate="intersects")
    query = asked[query]
    other = query != found
    pairs = np.unique(np.sort(np.column_stack([query, found])[other], axis=1), axis=0)
    common = shapely.area(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    kept = common > least_m2
    return pairs[kept, 0], pairs[kept, 1], common[kept]


def ground_of(shapes: NDArray[np.object_], faulty: NDArray[np.bool_]) -> Any:
    """Unite a layer's areas: the sound ones as a coverage (quick and exact), the faulty ones added to it."""
    sound = shapes[~faulty]
    parts = [*shapes[faulty]]
    if len(sound):
        try:
            parts.append(shapely.coverage_union_all(sound))
        except GEOSException:  # an edge that the search for faults passes and the union does not
            parts += [*sound]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def holes_between(shapes: NDArray[np.object_], faulty: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Give the holes in the ground of all areas together, as polygons."""
    return holes_of(shapely.get_parts(ground_of(shapes, faulty)))


def holes_of(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give the inner rings of polygons as polygons of their own."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    inner = np.r_[False, owner[1:] == owner[:-1]] if len(owner) else np.zeros(0, bool)
    return np.asarray(shapely.polygons(rings[inner]), dtype=object).reshape(-1)


def widths_m(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    """Give the mean width of thin polygons in metres: twice the area by the perimeter (METHODS.md 1.3)."""
    around = shapely.length(polygons)
    return np.divide(
        2 * shapely.area(polygons), around, out=np.zeros(len(polygons)), where=around > 0
    )
