"""Measures what of each area lies in some ground, plainly and without slivers; takes valid outlines in metres only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.verdict import threshold_for

# A difference of two drawings of one border leaves rounding: under 1 mm² it is no ground.
NO_GROUND_M2 = 1e-6


class GroundShares(NamedTuple):
    """Areas with ground in common with some outline: positions, square metres, shares of the area 0 to 1."""

    area: NDArray[np.intp]
    overlap_m2: NDArray[np.float64]
    area_share: NDArray[np.float64]
    core_share: NDArray[np.float64]


# Overlays an outline with areas, given how far their borders may be off.
Measure = Callable[[Any, Any, float], GroundShares]


def ground_shares(outline: Any, areas: Any, tolerance_m: float) -> GroundShares:
    """Measure the share of each area that lies in an outline.

    Parameters
    ----------
    outline : valid polygon or multipolygon, British National Grid.
    areas : array of valid polygons in the same grid; they may overlap each other.
    tolerance_m : how far two drawings of one border may lie apart, both errors added.

    Returns
    -------
    GroundShares in the order of `areas`; an area with nothing in common has no row. The shares of
    one area over a partition of the ground sum to 1 (each is its exact m² by the area's own).
    core_share passes over what is thinner than the tolerance (METHODS.md 1.3): of an area that is
    in but for slivers, 1 less the core of what is out; of any other, the core of what is in.
    """
    shapes = np.asarray(areas, dtype=object)
    shapely.prepare(outline)
    meeting = np.flatnonzero(shapely.intersects(outline, shapes))
    near = shapes[meeting]
    full_m2 = shapely.area(near)
    covered = shapely.covers(outline, near)
    inside = np.full(len(near), None, dtype=object)
    inside[~covered] = shapely.intersection(outline, near[~covered])
    overlap_m2 = np.where(covered, full_m2, shapely.area(inside))
    core_share = np.ones(len(near))
    cut = ~covered & (overlap_m2 > NO_GROUND_M2)
    core_share[cut] = _core_shares(
        outline, near[cut], inside[cut], full_m2[cut], overlap_m2[cut], tolerance_m
    )
    kept = covered | cut
    return GroundShares(
        meeting[kept], overlap_m2[kept], np.minimum(overlap_m2[kept] / full_m2[kept], 1.0),
        core_share[kept],
    )  # fmt: skip


def _core_shares(
    outline: Any,
    areas: NDArray[Any],
    inside: NDArray[Any],
    full_m2: NDArray[np.float64],
    overlap_m2: NDArray[np.float64],
    tolerance_m: float,
) -> NDArray[np.float64]:
    """Give the core share of areas that an outline cuts."""
    limit_m2 = threshold_for(tolerance_m) * full_m2
    mostly = 2 * overlap_m2 > full_m2
    left_core_m2 = np.full(len(areas), np.inf)
    left_core_m2[mostly] = core_areas(shapely.difference(areas[mostly], outline), tolerance_m)
    whole = left_core_m2 <= limit_m2
    share = np.where(whole, 1 - np.where(whole, left_core_m2, 0.0) / full_m2, 0.0)
    share[~whole] = core_areas(inside[~whole], tolerance_m) / full_m2[~whole]
    return np.clip(share, 0.0, 1.0)


def core_areas(pieces: Any, tolerance_m: float) -> NDArray[np.float64]:
    """Give the square metres of pieces that remain when each is eroded by half the tolerance."""
    eroded = shapely.buffer(np.asarray(pieces, dtype=object), -tolerance_m / 2, quad_segs=4)
    return np.asarray(shapely.area(eroded), dtype=np.float64)
