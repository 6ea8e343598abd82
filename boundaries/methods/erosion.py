"""Tells ground from the slivers that two drawings of one border leave: what survives eroding by half a tolerance.

Takes valid outlines in metres only; says nothing of which drawing is right. Source: METHODS.md 1.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def core_area(geometry: BaseGeometry, tolerance_m: float) -> float:
    """Give the area of what remains after eroding by half the tolerance: `core` of METHODS.md."""
    thick = thick_parts(geometry, tolerance_m)
    return float(shapely.area(shapely.buffer(thick, -tolerance_m / 2, quad_segs=4)).sum())


def thick_parts(geometry: BaseGeometry, tolerance_m: float) -> NDArray[np.object_]:
    """Give the polygons of a geometry that a disc as wide as the tolerance could lie in.

    Two drawings of one coast leave thousands of slivers, and eroding them took most of the time.
    """
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[shapely.area(parts) > 0]
    west, south, east, north = shapely.bounds(parts).reshape(-1, 4).T
    wide = np.minimum(east - west, north - south) >= tolerance_m
    return np.asarray(parts[wide & (shapely.area(parts) >= np.pi * (tolerance_m / 2) ** 2)])


def core_exceeds(geometry: BaseGeometry, limit_m2: float, tolerance_m: float) -> bool:
    """Say whether the core is larger than a limit, eroding only where cheaper bounds leave doubt.

    The core is at most the area, and at least the area less a strip half a tolerance wide along
    all edges and a disc of that radius for each ring (a hole grows round its corners).
    """
    area = float(shapely.area(geometry))
    if area <= limit_m2:
        return False
    radius = tolerance_m / 2
    rings = shapely.get_num_interior_rings(shapely.get_parts(geometry))
    strip = float(shapely.length(geometry)) * radius
    if area - strip - (int(rings.sum()) + len(rings)) * np.pi * radius**2 > limit_m2:
        return True
    return core_area(geometry, tolerance_m) > limit_m2


def pieces_width_m(geometry: BaseGeometry) -> float:
    """Give the mean width of the widest polygon among the pieces of a geometry; 0 for none."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    lengths = shapely.length(parts)
    real = (shapely.area(parts) > 0) & (lengths > 0)
    return float((2 * shapely.area(parts)[real] / lengths[real]).max(initial=0.0))


def unite(neighbours: Sequence[BaseGeometry]) -> BaseGeometry:
    """Unite areas of one layer: as a coverage where their borders match vertex for vertex, which is quick."""
    try:
        whole = shapely.coverage_union_all(np.asarray(neighbours, dtype=object))
    except shapely.errors.GEOSException:
        return shapely.union_all(neighbours)
    return whole if whole.is_valid else shapely.union_all(neighbours)
