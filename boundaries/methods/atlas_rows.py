"""Asks an atlas about many points at once, by the same rules as about one; measures no distance it need not.

Most ground is far from any border: a square that no border of a layer crosses lies in one area of it as a
whole, and is asked about once. Only points in squares with a border are measured against outlines.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import NARROW_GAP_M, ON_BORDER_M, Atlas, Numbers, Places, ragged
from boundaries.methods.atlas_points import NOWHERE, Flags, Question, answer

# Runs of border looked at together: some tens of megabytes.
RUNS_A_LOOK = 1_000_000
# Half a kilometre holds most borders of large areas off, and England in 1.7 million squares.
SQUARE_M = 500.0
MOST_SQUARES = 4_000_000
# What is known of a square in one layer, where it is no area.
_UNSEEN, _ASK = -2, -3


class DayRows:
    """The areas of some layers on one day, ready to be asked about many points.

    reach_of: for each layer of the atlas how far a point in a gap may lie from the area it is given,
    metres; NaN leaves the layer out. Remembers which squares lie in one area as a whole: asking block
    after block of one instance grows quicker. Two threads may ask: both learn the same of a square.
    """

    def __init__(self, atlas: Atlas, day: int, reach_of: Numbers) -> None:
        self.atlas, self.day, self.reach_of = atlas, day, reach_of
        self.wanted = ~np.isnan(reach_of)
        layer = atlas.area_layer
        alive = self.wanted[layer] & (atlas.valid_from <= day) & (day < atlas.valid_to)
        self.areas: Places = np.flatnonzero(alive)
        self.tree = shapely.STRtree(shapely.linestrings(atlas.corners_of(self.areas)))
        self._squares = _Squares(atlas, self.areas, np.flatnonzero(self.wanted))

    def find(self, x: Numbers, y: Numbers) -> tuple[Places, Flags]:
        """Name the area of each wanted layer at each point.

        Returns
        -------
        Positions of areas in the atlas (points by layers of the atlas; NOWHERE where a layer holds nothing
        there or is not wanted), and which of them only lie nearest, in a gap.
        """
        found = np.full((len(x), len(self.reach_of)), NOWHERE, dtype=np.int64)
        is_gap = np.zeros(found.shape, dtype=bool)
        if not len(self.areas) or not len(x):
            return found, is_gap
        squares = self._squares
        at = squares.of(x, y)
        first = squares.first_unseen(at)
        if len(first):
            squares.learn(at[first], *self._measure(x[first], y[first], None))
        known = squares.holds[:, np.maximum(at, 0)].T
        found[:, squares.layers] = np.where((at[:, None] >= 0) & (known >= 0), known, NOWHERE)
        asked = np.zeros(found.shape, dtype=bool)
        asked[:, squares.layers] = (at[:, None] < 0) | (known < 0)
        left = np.flatnonzero(asked.any(axis=1))
        if len(left):
            areas, gaps = self._measure(x[left], y[left], asked[left])
            found[left] = np.where(asked[left], areas, found[left])
            is_gap[left] = gaps
        return found, is_gap

    def _measure(self, x: Numbers, y: Numbers, asked: Flags | None) -> tuple[Places, Flags]:
        """Answer by outlines; `asked` are the layers wanted of each point, all where it is None."""
        atlas, reach_of = self.atlas, self.reach_of
        found = np.full((len(x), len(reach_of)), NOWHERE, dtype=np.int64)
        is_gap = np.zeros(found.shape, dtype=bool)
        if asked is None:
            asked = np.broadcast_to(self.wanted, found.shape)
        point, area = self._pairs(x, y, ON_BORDER_M, asked)
        metres, is_in = _look(atlas, point, area, x, y, ON_BORDER_M)
        holds = is_in | (metres < ON_BORDER_M)
        point, area = point[holds], area[holds]
        # The highest first: what is written last stays, and that is the lowest code.
        order = np.argsort(-area, kind="stable")
        point, area = point[order], area[order]
        found[point, atlas.area_layer[area]] = area
        empty = (found == NOWHERE) & asked & (reach_of > 0)
        if empty.any():
            self._bridge_narrow(x, y, found, is_gap, empty)
        wide = np.where(reach_of > NARROW_GAP_M, reach_of, np.nan)
        open_yet = (found == NOWHERE) & asked & ~np.isnan(wide)
        lost = np.flatnonzero(open_yet.any(axis=1))
        questions = [
            Question(x[k], y[k], self.day, np.where(open_yet[k], wide, np.nan)) for k in lost
        ]
        for k, told in zip(lost, answer(atlas, questions), strict=True):
            for hit in told.hits:
                found[k, hit.layer], is_gap[k, hit.layer] = hit.area, True
        return found, is_gap

    def _bridge_narrow(
        self, x: Numbers, y: Numbers, found: Places, is_gap: Flags, empty: Flags
    ) -> None:
        """Give points in narrow gaps the nearest area, written into `found` and `is_gap`."""
        atlas = self.atlas
        lost = np.flatnonzero(empty.any(axis=1))
        row, area = self._pairs(x[lost], y[lost], NARROW_GAP_M, empty[lost])
        point = lost[row]
        metres, _ = _look(atlas, point, area, x, y, NARROW_GAP_M)
        kept = metres <= np.minimum(self.reach_of, NARROW_GAP_M)[atlas.area_layer[area]]
        point, area, metres = point[kept], area[kept], metres[kept]
        # The farthest first, and of equals the highest code: what is written last stays.
        order = np.lexsort((-area, -np.rint(metres * 1000)))
        found[point[order], atlas.area_layer[area[order]]] = area[order]
        is_gap[point, atlas.area_layer[area]] = True

    def _pairs(self, x: Numbers, y: Numbers, reach_m: float, asked: Flags) -> tuple[Places, Places]:
        """List which points lie in or near the box of which area of a layer asked."""
        boxes = shapely.box(x - reach_m, y - reach_m, x + reach_m, y + reach_m)
        point, at = self.tree.query(boxes)
        area = self.areas[at]
        kept = asked[point, self.atlas.area_layer[area]]
        return point[kept], area[kept]


class _Squares:
    """A grid over some areas, and for each of their layers what each square lies in as a whole.

    holds: layers by squares: an area's position, _ASK where a border crosses or nothing holds the square,
    _UNSEEN where nobody asked yet.
    """

    def __init__(self, atlas: Atlas, areas: Places, layers: Places) -> None:
        self.layers = layers
        corners = atlas.corners_of(areas).reshape(-1, 2)
        if not len(corners):
            corners = np.zeros((1, 2))
        self.west, self.south = corners.min(axis=0).tolist()
        width, height = np.ptp(corners, axis=0).tolist()
        side = SQUARE_M
        while (width // side + 1) * (height // side + 1) > MOST_SQUARES:
            side *= 2
        self.side_m = side
        self.columns, self.rows = int(width // side) + 1, int(height // side) + 1
        self.holds = np.full((len(layers), self.columns * self.rows), _UNSEEN, dtype=np.int32)
        for k, layer in enumerate(layers):
            self._mark_borders(atlas, areas[atlas.area_layer[areas] == layer], self.holds[k])

    def of(self, x: Numbers, y: Numbers) -> Places:
        """Number the square of each point; -1 outside the grid."""
        column = np.floor((x - self.west) / self.side_m)
        row = np.floor((y - self.south) / self.side_m)
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        return np.where(inside, row * self.columns + column, -1).astype(np.int64)

    def first_unseen(self, at: Places) -> Places:
        """List one point in each square that nobody asked about in some layer."""
        square, first = np.unique(at, return_index=True)
        unseen = (square >= 0) & (self.holds[:, square] == _UNSEEN).any(axis=0)
        return first[unseen]

    def learn(self, square: Places, areas: Places, is_gap: Flags) -> None:
        """Remember what one point of each square was answered, where no border crosses the square."""
        for k, layer in enumerate(self.layers):
            # What lies nearest, or nothing, may be another thing a step further on.
            whole = (areas[:, layer] != NOWHERE) & ~is_gap[:, layer]
            now = self.holds[k, square]
            answer = np.where(whole, areas[:, layer], _ASK)
            self.holds[k, square] = np.where(now == _UNSEEN, answer, now)

    def _mark_borders(self, atlas: Atlas, areas: Places, holds: NDArray[np.int32]) -> None:
        """Mark every square that a border comes to: by the boxes of runs, of long runs by their stretches'."""
        first = atlas.area_runs[areas]
        run = ragged(first, atlas.area_runs[areas + 1] - first)
        west, south, east, north = atlas.run_box.take(run, axis=0).T
        is_long = np.maximum(east - west, north - south) > self.side_m
        self._mark(west[~is_long], south[~is_long], east[~is_long], north[~is_long], holds)
        ax, ay, bx, by = atlas.stretches_of(run[is_long])
        self._mark(
            np.minimum(ax, bx), np.minimum(ay, by), np.maximum(ax, bx), np.maximum(ay, by), holds
        )

    def _mark(
        self, west: Numbers, south: Numbers, east: Numbers, north: Numbers, holds: NDArray[np.int32]
    ) -> None:
        def spans(low: Numbers, high: Numbers, origin: float, most: int) -> tuple[Places, Places]:
            # A millimetre more: who stands that near a border stands on it.
            first = np.floor((low - ON_BORDER_M - origin) / self.side_m).astype(np.int64)
            last = np.floor((high + ON_BORDER_M - origin) / self.side_m).astype(np.int64)
            return np.clip(first, 0, most - 1), np.clip(last, 0, most - 1)

        column, last_column = spans(west, east, self.west, self.columns)
        row, last_row = spans(south, north, self.south, self.rows)
        across, up = last_column - column + 1, last_row - row + 1
        step = ragged(np.zeros(len(across), dtype=np.int64), across * up)
        box = np.repeat(np.arange(len(across)), across * up)
        rows, columns = row[box] + step // across[box], column[box] + step % across[box]
        holds[rows * self.columns + columns] = _ASK


def _look(
    atlas: Atlas, point: Places, area: Places, x: Numbers, y: Numbers, within_m: float
) -> tuple[Numbers, Flags]:
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
        west, south, east, north = atlas.run_box.take(run, axis=0).T
        # Whatever crosses a line eastwards, or lies near, has its box in this strip.
        strip = (south <= py + within_m) & (py - within_m <= north) & (px - within_m <= east)
        run, pair, px, py = run[strip], pair[strip], px[strip], py[strip]
        # A run that lies east as a whole is crossed oddly where its ends lie on both sides of the line.
        is_east = west[strip] > px + within_m
        odd = (atlas.first_y(run[is_east]) <= py[is_east]) != (
            atlas.last_y(run[is_east]) <= py[is_east]
        )
        crossed = np.bincount(pair[is_east][odd], minlength=len(point))
        here = ~is_east
        squared, crossings = atlas.look(run[here], px[here], py[here])
        np.minimum.at(metres, pair[here], np.sqrt(squared))
        crossed += np.bincount(pair[here], weights=crossings, minlength=len(point)).astype(np.int64)
        is_in |= crossed % 2 == 1
        start = stop
    metres[metres > within_m] = np.inf
    return metres, is_in
