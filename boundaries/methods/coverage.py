"""Measures where the areas of one layer overlap or leave gaps; moves no border and judges no layer.

Source: METHODS.md 1.4. Only areas with an edge that does not match their neighbours' can overlap, so
only those are intersected; gaps are the ground of no area that areas shut in. A gap that opens to the
sea is not seen.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.segments import Segments, match_segments

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
    segments = match_segments(shapes)
    faulty = _with_faulty_edges(shapes, segments)
    a, b, overlap_m2 = _overlapping(shapes, faulty, least_m2)
    holes = np.array([], dtype=object)
    if gaps:
        faces = open_faces(segments.open_lines(), noded=not faulty.any())
        holes = faces[~is_covered(faces, shapes)]
    hole_m2 = shapely.area(holes)
    kept = hole_m2 > least_m2
    return Faults(faulty, a, b, overlap_m2, holes[kept], hole_m2[kept])


def _with_faulty_edges(shapes: NDArray[np.object_], segments: Segments) -> NDArray[np.bool_]:
    """Find the areas with an edge that is not their neighbour's: none whose every piece has its match."""
    faulty = np.zeros(len(shapes), dtype=bool)
    asked = segments.open_areas(len(shapes))
    # beside them stand those that they touch, for an open piece may run through a closed area
    near = np.unique(shapely.STRtree(shapes).query(shapes[asked], predicate="intersects")[1])
    faulty[near] = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes[near]))
    return faulty


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


def open_faces(lines: NDArray[np.object_], *, noded: bool) -> NDArray[np.object_]:
    """Give the faces that open pieces of border (`Segments.open_lines`) shut in, as polygons.

    noded : the lines meet at their ends alone; else they are cut where they cross.
    """
    if not noded:
        lines = shapely.get_parts(shapely.union_all(lines))
    return np.asarray(shapely.get_parts(shapely.polygonize(lines)), dtype=object)


def is_covered(faces: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say of faces that no border crosses whether they lie in any of the shapes."""
    covered = np.zeros(len(faces), dtype=bool)
    with np.errstate(
        over="ignore"
    ):  # of edges nearly level GEOS divides by almost nothing, and drops it
        inside = shapely.point_on_surface(faces)
    # a face may hold several areas, and the point lie on the border between two
    covered[shapely.STRtree(shapes).query(inside, predicate="intersects")[0]] = True
    return covered


def widths_m(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    """Give the mean width of thin polygons in metres: twice the area by the perimeter (METHODS.md 1.3)."""
    around = shapely.length(polygons)
    return np.divide(
        2 * shapely.area(polygons), around, out=np.zeros(len(polygons)), where=around > 0
    )
