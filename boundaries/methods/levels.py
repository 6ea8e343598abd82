"""Simplifies a layer on shared arcs to several levels; no area vanishes and no border opens.

Source: METHODS.md 1.4. GEOS moves both sides of a border together, but only within one call and by
one tolerance. So small areas are kept from coarse levels by leaving them out of the call: the others
are simplified with the outer border of the call held still, and the sea stands in as an area of its
own, so that the coast is an inner border like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.coverage import Faults, find_faults, is_covered, open_faces
from boundaries.methods.mending import Cover
from boundaries.methods.segments import match_segments

TOLERANCES_M = (20.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
# METHODS.md 1.4: the tolerance stays below a fifth of the square root of the smallest area shown.
AREA_TO_TOLERANCE = 5.0
# An area that would still gain or lose more than this share of itself keeps the finer border.
LARGEST_CHANGE = 0.2
# A level is kept where it has at most this share of the corners of the finer one.
WORTH_KEEPING = 0.85
_TURNS = 4
_SEA_M = 10_000.0


class Level(NamedTuple):
    """One level of a layer: its areas in the layer's order, and what it took.

    held: how many areas have a finer border than the tolerance asks for, because they are small.
    """

    tolerance_m: float
    areas: NDArray[np.object_]
    corners: int
    held: int


def simplify_to_levels(
    cover: Cover, *, finer_than_m: float = 0.0, tolerances_m: Sequence[float] = TOLERANCES_M
) -> Iterator[Level]:
    """Simplify a mended layer to ever coarser levels, each made from the one before.

    Parameters
    ----------
    cover : what `mend` gives: pieces that match edge for edge.
    finer_than_m : how coarse the layer was published; tolerances up to that are passed over.
    tolerances_m : ascending; the square root of the area of the corners (triangles) to be dropped.

    Yields
    ------
    Level, areas in metres, valid and none empty. A piece is simplified while the tolerance is at most
    a fifth of the square root of its area and it keeps its area within LARGEST_CHANGE; its borders are
    as fine as its smaller neighbour needs. Levels that drop few corners are left out.
    """
    sea = _around(cover.pieces)
    published = np.concatenate([cover.pieces, sea])
    own_m2 = shapely.area(published)
    is_piece = np.arange(len(published)) < len(cover.pieces)
    now = published
    corners = int(shapely.get_num_coordinates(cover.pieces).sum())
    for tolerance_m in tolerances_m:
        if tolerance_m <= finer_than_m:
            continue
        free = np.sqrt(own_m2) >= AREA_TO_TOLERANCE * tolerance_m
        within = shapely.get_num_coordinates(now[free & is_piece]).sum()
        if within < (1 - WORTH_KEEPING) * corners:
            return  # even if these lost all their corners
        made, free = _simplify(now, free, own_m2, is_piece, tolerance_m)
        left = int(shapely.get_num_coordinates(made[is_piece]).sum())
        now = made
        if left > WORTH_KEEPING * corners:
            continue
        corners = left
        held = np.unique(cover.area[~free[cover.piece]])
        areas = cover.put_together(made[is_piece])
        yield Level(tolerance_m, areas, int(shapely.get_num_coordinates(areas).sum()), len(held))


def _around(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give what no piece covers, out to a frame: the sea, and holes between the areas."""
    west, south, east, north = shapely.total_bounds(pieces).tolist()
    frame = shapely.box(west - _SEA_M, south - _SEA_M, east + _SEA_M, north + _SEA_M)
    lines = np.append(match_segments(pieces).open_lines(), shapely.boundary(frame))
    faces = open_faces(lines, noded=True)
    return faces[~is_covered(faces, pieces)]


def _simplify(
    now: NDArray[np.object_],
    free: NDArray[np.bool_],
    own_m2: NDArray[np.float64],
    is_piece: NDArray[np.bool_],
    tolerance_m: float,
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Simplify the free pieces together; those that come out wrong are held, and the rest done again."""
    for _turn in range(_TURNS):
        made = now.copy()
        made[free] = shapely.coverage_simplify(now[free], tolerance_m, simplify_boundary=False)
        change = np.abs(shapely.area(made) / own_m2 - 1)
        wrong = free & (
            shapely.is_empty(made)
            | ~shapely.is_valid(made)
            | (is_piece & (change > LARGEST_CHANGE))
        )
        if not wrong.any():
            return made, free
        free = free & ~wrong
    return now, np.zeros_like(free)


def new_faults(
    before: NDArray[np.object_], after: NDArray[np.object_], found: Faults | None = None
) -> tuple[int, int]:
    """Count the gaps and overlaps over 1 m² that a simplified layer has and its source had not.

    A gap is old where it lies on a gap of the source, an overlap where the same two areas overlap
    there. `found` are the source's faults where they are known. Gives gaps, overlaps.
    """
    source = found or find_faults(before, least_m2=0.0)
    made = find_faults(after)
    old = shapely.STRtree(source.gaps).query(made.gaps, predicate="intersects")[0]
    pairs = set(zip(source.pair_a.tolist(), source.pair_b.tolist(), strict=True))
    fresh = [
        pair for pair in zip(made.pair_a.tolist(), made.pair_b.tolist(), strict=True)
        if pair not in pairs
    ]  # fmt: skip
    return len(made.gaps) - len(np.unique(old)), len(fresh)


def is_sound(areas: NDArray[np.object_]) -> bool:
    """Say whether every area of a level is there and valid."""
    return bool(
        (~shapely.is_missing(areas) & ~shapely.is_empty(areas) & shapely.is_valid(areas)).all()
    )
