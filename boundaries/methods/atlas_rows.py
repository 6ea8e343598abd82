"""Asks an atlas about many points at once, by the same rules as about one; measures no distance it need not."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import NARROW_GAP_M, ON_BORDER_M, Atlas, Numbers, Places, ragged

# Runs of border looked at together: some tens of megabytes.
RUNS_A_LOOK = 1_000_000
NOWHERE = -1


def areas_of_points(
    atlas: Atlas, x: Numbers, y: Numbers, day: int, reach_of: Numbers
) -> tuple[Places, NDArray[np.bool_]]:
    """Name the area of each wanted layer at each point.

    Returns
    -------
    Positions of areas in the atlas (points by layers of the atlas; NOWHERE where a layer holds nothing
    there or is not wanted), and which of them only lie nearest, in a gap.
    """
    found = np.full((len(x), len(reach_of)), NOWHERE, dtype=np.int64)
    is_gap = np.zeros(found.shape, dtype=bool)
    points = shapely.points(x, y)
    wanted = ~np.isnan(reach_of)
    point, area = _pairs(atlas, points, ON_BORDER_M, day, wanted)
    metres, is_in = _look(atlas, point, area, x, y, ON_BORDER_M)
    holds = is_in | (metres < ON_BORDER_M)
    # Written from the last backwards, so that the lowest code stays.
    point, area = point[holds][::-1], area[holds][::-1]
    found[point, atlas.area_layer[area]] = area
    empty = (found == NOWHERE) & wanted & (reach_of > 0)
    if empty.any():
        _bridge_narrow(atlas, x, y, points, day, reach_of, found, is_gap, empty)
    wide = np.where(reach_of > NARROW_GAP_M, reach_of, np.nan)
    lost = np.flatnonzero(((found == NOWHERE) & ~np.isnan(wide)).any(axis=1))
    for k in lost:
        left = np.where(found[k] == NOWHERE, wide, np.nan)
        for hit in atlas.at(float(x[k]), float(y[k]), day, left):
            found[k, hit.layer], is_gap[k, hit.layer] = hit.area, True
    return found, is_gap


def _bridge_narrow(
    atlas: Atlas, x: Numbers, y: Numbers, points: NDArray[np.object_], day: int, reach_of: Numbers,
    found: Places, is_gap: NDArray[np.bool_], empty: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Give points in narrow gaps the nearest area, written into `found` and `is_gap`."""
    lost = np.flatnonzero(empty.any(axis=1))
    row, area = _pairs(atlas, points[lost], NARROW_GAP_M, day, np.asarray(empty.any(axis=0)))
    point = lost[row]
    open_here = empty[point, atlas.area_layer[area]]
    point, area = point[open_here], area[open_here]
    metres, _ = _look(atlas, point, area, x, y, NARROW_GAP_M)
    kept = metres <= np.minimum(reach_of, NARROW_GAP_M)[atlas.area_layer[area]]
    point, area, metres = point[kept], area[kept], metres[kept]
    # The farthest first, and of equals the highest code: what is written last stays.
    order = np.lexsort((-area, -np.rint(metres * 1000)))
    found[point[order], atlas.area_layer[area[order]]] = area[order]
    is_gap[point, atlas.area_layer[area]] = True


def _pairs(
    atlas: Atlas, points: NDArray[np.object_], reach_m: float, day: int, wanted: NDArray[np.bool_]
) -> tuple[Places, Places]:
    """List which points lie in or near the box of which living area: by point, then by area."""
    spots = shapely.get_coordinates(points)
    boxes = shapely.box(*(spots - reach_m).T, *(spots + reach_m).T)
    point, area = atlas.tree.query(boxes)
    kept = wanted[atlas.area_layer[area]]
    kept &= (atlas.valid_from[area] <= day) & (day < atlas.valid_to[area])
    point, area = point[kept], area[kept]
    order = np.lexsort((area, point))
    return point[order], area[order]


def _look(
    atlas: Atlas, point: Places, area: Places, x: Numbers, y: Numbers, within_m: float
) -> tuple[Numbers, NDArray[np.bool_]]:
    """For each pair the metres to the border, infinite beyond reach, and whether the area holds the point."""
    metres, is_in = np.full(len(point), np.inf), np.zeros(len(point), dtype=bool)
    counts = atlas.area_runs[area + 1] - atlas.area_runs[area]
    ends = np.cumsum(counts)
    start = 0
    while start < len(point):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + RUNS_A_LOOK, side="right")))
        part = slice(start, stop)
        run = ragged(atlas.area_runs[area[part]], counts[part])
        pair = np.repeat(np.arange(start, stop), counts[part])
        px, py = x[point[pair]], y[point[pair]]
        _, south, east, north = atlas.run_box
        # Whatever crosses a line eastwards, or lies near, has its box in this strip.
        looked = (south[run] <= py + within_m) & (py - within_m <= north[run])
        looked &= px - within_m <= east[run]
        run, pair = run[looked], pair[looked]
        squared, crossings = atlas.look(run, px[looked][:, None], py[looked][:, None])
        np.minimum.at(metres, pair, np.sqrt(squared))
        crossed = np.bincount(pair, weights=crossings, minlength=len(point))
        is_in |= crossed % 2 == 1
        start = stop
    metres[metres > within_m] = np.inf
    return metres, is_in
