"""Give both sides of every county border the same vertices, so that counties shut exactly.

Borders are straight lines along the grid: a vertex that only one side has lies on the line, so
the other side takes it over without a change of shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from app.dev.sample_county.shapes import GRID_M

Ints = NDArray[np.int64]
Boxes = Sequence[tuple[float, float, float, float]]


def match_borders(
    counties: Sequence[NDArray[np.object_]], boxes: Boxes
) -> list[NDArray[np.object_]]:
    """Add to each polygon on a border the vertices its neighbours have there.

    counties: per county its polygons, on the 0.1 m grid and inside its box (west, south, east,
    north); the result has the same polygons in the same order.
    """
    on_line: dict[tuple[int, int], list[Ints]] = {}
    for polygons, box in zip(counties, boxes, strict=True):
        points = _steps(shapely.get_coordinates(polygons))
        for axis, place in _sides(box):
            along = points[points[:, axis] == place, 1 - axis]
            on_line.setdefault((axis, place), []).append(along)
    known = {line: np.unique(np.concatenate(parts)) for line, parts in on_line.items()}
    return [_matched(polygons, box, known) for polygons, box in zip(counties, boxes, strict=True)]


def _steps(coordinates: NDArray[np.float64]) -> Ints:
    """Count coordinates in whole steps of the grid, so that equal means equal."""
    return np.round(coordinates / GRID_M).astype(np.int64)


def _sides(box: tuple[float, float, float, float]) -> list[tuple[int, int]]:
    """List the four border lines as axis (0: easting is fixed) and place in grid steps."""
    west, south, east, north = (round(side / GRID_M) for side in box)
    return [(0, west), (1, south), (0, east), (1, north)]


def _matched(
    polygons: NDArray[np.object_],
    box: tuple[float, float, float, float],
    known: dict[tuple[int, int], Ints],
) -> NDArray[np.object_]:
    bounds = shapely.bounds(polygons)
    inner = np.array(box) + np.array([1, 1, -1, -1]) * GRID_M / 2
    at_edge = (bounds[:, :2] < inner[:2]).any(axis=1) | (bounds[:, 2:] > inner[2:]).any(axis=1)
    changed = polygons.copy()
    for row in np.flatnonzero(at_edge).tolist():
        shell = _steps(shapely.get_coordinates(shapely.get_exterior_ring(polygons[row])))
        for line in _sides(box):
            shell = _with_vertices(shell, line[0], line[1], known[line])
        holes = list(polygons[row].interiors)
        whole = shapely.Polygon(np.round(shell * GRID_M, 1), holes)
        changed[row] = shapely.normalize(whole)
    return changed


def _with_vertices(ring: Ints, axis: int, place: int, known: Ints) -> Ints:
    """Insert the known places on one line into the edges of a closed ring that run along it."""
    here = ring[:, axis] == place
    edges = np.flatnonzero(here[:-1] & here[1:])
    if not len(edges):
        return ring
    parts: list[Ints] = []
    last = 0
    for edge in edges.tolist():
        start, end = int(ring[edge, 1 - axis]), int(ring[edge + 1, 1 - axis])
        low, high = sorted((start, end))
        between = known[np.searchsorted(known, low, "right") : np.searchsorted(known, high)]
        if end < start:
            between = between[::-1]
        new = np.empty((len(between), 2), dtype=np.int64)
        new[:, axis], new[:, 1 - axis] = place, between
        parts += [ring[last : edge + 1], new]
        last = edge + 1
    return np.vstack([*parts, ring[last:]])
