"""Answers, without a database, which areas of many layers lie at a point and how far each one's border is.

An atlas holds the outlines of all layers as plain arrays, that may lie in a file and be shared by
processes. Borders are kept as runs of a few stretches with the box around each: a question looks
through boxes first and at the stretches of few runs. The rules are those of CONTRACT.md (codes and
dates): an overlap takes the lowest code, a gap the nearest area within the layer's reach. A point
within a millimetre of a border lies on it, so that no rounding decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

ON_BORDER_M = 0.001
# Gaps of at most this width are seen in the same look as the areas that hold the point.
NARROW_GAP_M = 25.0
RUN_STRETCHES = 16
# The arrays of an atlas, each with its kind and width: a row a corner (x, y), a run of border or an area.
# Boxes are west, south, east, north.
ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    "corner": (np.float64, 2), "run_first": (np.int64, 1), "run_length": (np.int16, 1),
    "run_box": (np.float64, 4), "area_runs": (np.int64, 1), "area_box": (np.float64, 4),
    "area_layer": (np.int16, 1),
}  # fmt: skip
_STEPS = np.arange(RUN_STRETCHES + 1)[:, None]
_INWARD = np.array([-1.0, -1.0, 1.0, 1.0])
# Less than the square of any stretch: a divisor for stretches of no length.
_NO_LENGTH = 1e-30

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Charted = Mapping[str, NDArray[Any]]


class Hit(NamedTuple):
    """What one layer holds at a point.

    area: its position in the atlas. metres: to its border. is_inside: False where the layer has a
    gap there and this is its nearest area.
    """

    layer: int
    area: int
    metres: float
    is_inside: bool


def chart(
    shapes: NDArray[np.object_], layer: int, corners_before: int = 0, runs_before: int = 0
) -> Charted:
    """Write outlines (valid polygons of one layer, metres, in order of code) as the arrays of an atlas.

    corners_before, runs_before : how many an atlas holds already, behind which these are put.
    `area_runs` names the first run of each area.
    """
    polygons, of_area = shapely.get_parts(shapes, return_index=True)
    rings, of_polygon = shapely.get_rings(polygons, return_index=True)
    corners, of_ring = shapely.get_coordinates(rings, return_index=True)
    counts = np.bincount(of_ring, minlength=len(rings)) - 1  # stretches of each ring
    firsts = np.cumsum(counts + 1) - counts - 1
    runs = -(-counts // RUN_STRETCHES)
    within = ragged(np.zeros(len(rings), dtype=np.int64), runs)
    ring = np.repeat(np.arange(len(rings)), runs)
    first = firsts[ring] + within * RUN_STRETCHES
    length = np.minimum(counts[ring] - within * RUN_STRETCHES, RUN_STRETCHES)
    reach = first + np.minimum(_STEPS, length)
    x, y = corners[reach, 0], corners[reach, 1]
    area = of_area[of_polygon[ring]]
    return {
        "corner": corners, "run_first": first + corners_before, "run_length": length.astype(np.int16),
        "run_box": np.column_stack([x.min(axis=0), y.min(axis=0), x.max(axis=0), y.max(axis=0)]),
        "area_runs": np.searchsorted(area, np.arange(len(shapes))) + runs_before,
        "area_box": shapely.bounds(shapes).reshape(-1, 4),
        "area_layer": np.full(len(shapes), layer, dtype=np.int16),
    }  # fmt: skip


class _Seen(NamedTuple):
    """Areas near a point, by layer and code: which, of which layer, metres to the border, and whether it is in."""

    x: float
    y: float
    day: int
    area: Places
    layer: NDArray[np.int16]
    metres: Numbers
    is_in: NDArray[np.bool_]


class Atlas:
    """The outlines of many layers, ready to be asked.

    arrays: what `chart` gives, layer behind layer. valid_from, valid_to: each area's life as days
    since 1970, half-open.
    """

    def __init__(self, arrays: Charted, valid_from: Places, valid_to: Places) -> None:
        self.corner: Numbers = arrays["corner"]
        self.run_first: Places = arrays["run_first"]
        self.run_length: NDArray[np.int16] = arrays["run_length"]
        self.run_box: Numbers = arrays["run_box"]
        self.area_runs = np.append(np.asarray(arrays["area_runs"]), len(self.run_first))
        self.area_layer: NDArray[np.int16] = np.asarray(arrays["area_layer"])
        # Where each layer's areas begin: they stand together, in order of code.
        layers = int(self.area_layer.max(initial=-1)) + 2
        self.layer_starts = np.searchsorted(self.area_layer, np.arange(layers, dtype=np.int16))
        self.valid_from, self.valid_to = valid_from, valid_to
        # Only boxes are asked of the tree, and a line from corner to corner has the box of its area at a
        # third of the memory.
        self._area_box: Numbers = arrays["area_box"]
        every = np.arange(len(self.area_layer))
        self.tree = shapely.STRtree(shapely.linestrings(self.corners_of(every)))

    def __len__(self) -> int:
        return len(self.area_layer)

    def corners_of(self, areas: Places) -> Numbers:
        """Give the south-west and the north-east corner of each area's box."""
        return self._area_box[areas].reshape(-1, 2, 2)

    def stretches_of(self, run: Places) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Give the stretches of runs, one behind the other: x and y of where each begins and ends."""
        at = ragged(self.run_first[run], self.run_length[run].astype(np.int64))
        (ax, ay), (bx, by) = self.corner.take(at, axis=0).T, self.corner.take(at + 1, axis=0).T
        return ax, ay, bx, by

    def first_y(self, run: Places) -> Numbers:
        """Give the northing at which each run begins."""
        return self.corner[self.run_first[run], 1]

    def last_y(self, run: Places) -> Numbers:
        """Give the northing at which each run ends."""
        return self.corner[self.run_first[run] + self.run_length[run], 1]

    def at(self, x: float, y: float, day: int, reach_of: Numbers) -> list[Hit]:
        """List what each wanted layer holds at a point, in order of layer.

        reach_of: for each layer of the atlas how far a point in a gap may lie from the area it is
        given, metres; NaN leaves the layer out.
        """
        return self._hits(self._seen(x, y, day, reach_of, NARROW_GAP_M), reach_of)

    def at_and_beside(
        self, x: float, y: float, day: int, reach_of: Numbers, near_of: Numbers
    ) -> tuple[list[Hit], list[Hit]]:
        """Do the same, and for each hit give the nearest other area of its layer just beyond its border.

        near_of: for each layer how near the border must be for the other side to be told, metres. Just
        beyond: no farther than that border and a narrow gap. One look finds both.
        """
        seen = self._seen(x, y, day, reach_of, NARROW_GAP_M + float(near_of.max()))
        hits = self._hits(seen, reach_of)
        beyond = np.zeros(len(near_of))
        for hit in hits:
            if hit.metres <= near_of[hit.layer]:
                beyond[hit.layer] = hit.metres + NARROW_GAP_M
        # Layers may overlap: the other side may be here as well.
        metres = np.where(seen.is_in, 0.0, seen.metres)
        beyond = beyond[seen.layer]
        other = np.flatnonzero((metres <= beyond) & (beyond > 0))
        taken = {hit.area for hit in hits}
        other = other[[area not in taken for area in seen.area[other].tolist()]]
        return hits, self._nearest_of_each(seen, other, metres)

    def _seen(self, x: float, y: float, day: int, reach_of: Numbers, reach_m: float) -> _Seen:
        near = self._near(x, y, reach_m, day, ~np.isnan(reach_of))
        metres, is_in = self.measure(near, x, y)
        return _Seen(x, y, day, near, self.area_layer[near], metres, is_in)

    def _hits(self, seen: _Seen, reach_of: Numbers) -> list[Hit]:
        area, layer, metres = seen.area, seen.layer, seen.metres
        held = np.flatnonzero(seen.is_in | (metres < ON_BORDER_M))
        # Areas stand in order of layer and code: the first that holds the point is the lowest.
        held = held[_first_of_layer(layer[held])]
        hits = _as_hits(layer[held], area[held], metres[held], is_inside=True)
        is_open = ~np.isnan(reach_of)
        is_open[layer[held]] = False
        if not is_open.any():
            return hits
        narrow = np.where(is_open, np.minimum(reach_of, NARROW_GAP_M), -1.0)
        close = np.flatnonzero(metres <= narrow[layer])
        if len(close):
            found = self._nearest_of_each(seen, close, metres)
            is_open[[hit.layer for hit in found]] = False
            hits += found
        wide = np.where(is_open & (reach_of > NARROW_GAP_M), reach_of, 0.0)
        if wide.any():
            far = np.where(wide > 0, wide, np.nan)
            seen = self._seen(seen.x, seen.y, seen.day, far, float(wide.max()))
            within = np.flatnonzero(seen.metres <= wide[seen.layer])
            hits += self._nearest_of_each(seen, within, seen.metres)
        return sorted(hits)

    @staticmethod
    def _nearest_of_each(seen: _Seen, among: Places, metres: Numbers) -> list[Hit]:
        """Of the areas at some positions give the nearest of each layer; of equals the lowest code."""
        area, layer, metres = seen.area[among], seen.layer[among], metres[among]
        order = np.lexsort((area, _in_mm(metres), layer))
        order = order[_first_of_layer(layer[order])]
        return _as_hits(layer[order], area[order], metres[order], is_inside=False)

    def _near(
        self, x: float, y: float, reach_m: float, day: int, wanted: NDArray[np.bool_]
    ) -> Places:
        """Positions of the areas alive whose box is within reach, in order: by layer, then by code."""
        box = shapely.box(x - reach_m, y - reach_m, x + reach_m, y + reach_m)
        near = np.sort(self.tree.query(box))
        kept = wanted[self.area_layer[near]]
        kept &= (self.valid_from[near] <= day) & (day < self.valid_to[near])
        return near[kept]

    def measure(self, areas: Places, x: float, y: float) -> tuple[Numbers, NDArray[np.bool_]]:
        """Metres from a point to the border of each area, and whether the area holds the point."""
        if not len(areas):
            return np.zeros(0), np.zeros(0, dtype=bool)
        # Few and large steps: for so few numbers each call of numpy costs more than what it computes.
        first = self.area_runs[areas]
        counts = self.area_runs[areas + 1] - first
        ends = counts.cumsum()
        starts = ends - counts
        run = np.arange(ends[-1]) - (starts - first).repeat(counts)
        # Metres by which the point lies inside the western, southern, eastern and northern side.
        inside = np.subtract(self.run_box.take(run, axis=0).T, [[x], [y], [x], [y]], order="C")
        np.negative(inside[:2], out=inside[:2])
        least = np.minimum(np.minimum(inside[:2], inside[2:]), 0.0)
        most = np.maximum(inside[:2], inside[2:])
        least, most = least * least, most * most
        within = np.minimum.reduceat(most[0] + most[1], starts)
        looked = least[0] + least[1] <= within.repeat(counts)
        # A line from the point eastwards crosses nothing of a run that lies beside or behind it, and a
        # run that lies east as a whole oddly where its ends lie on both sides of the line.
        strip = np.minimum(np.minimum(inside[1], inside[2]), inside[3]) >= 0
        is_east = inside[0] < 0
        (east,) = (strip & is_east & ~looked).nonzero()
        looked |= strip & ~is_east
        (kept,) = looked.nonzero()
        owner = starts.searchsorted(kept, side="right") - 1
        squared, crossings = self.look(run[kept], x, y)
        of_area = owner.searchsorted(np.arange(len(areas)))
        crossed = np.add.reduceat(crossings, of_area)
        if len(east):
            odd = (self.first_y(run[east]) <= y) != (self.last_y(run[east]) <= y)
            owner = starts.searchsorted(east[odd], side="right") - 1
            crossed += np.bincount(owner, minlength=len(areas))
        return np.sqrt(np.minimum.reduceat(squared, of_area)), crossed % 2 == 1

    def look(self, run: Places, x: float | Numbers, y: float | Numbers) -> tuple[Numbers, Places]:
        """For each run the squared distance to its nearest stretch, and how often a line eastward crosses it.

        x, y : one point, or one for each run.
        """
        # A column a run, so that its stretches stand on end in memory. A short run repeats its last corner:
        # a stretch of no length, which nothing crosses.
        at = self.run_first[run] + np.minimum(_STEPS, self.run_length[run])
        corner = self.corner.take(at, axis=0)
        corner_x, corner_y = corner[:, :, 0] - x, corner[:, :, 1] - y
        ax, ay = corner_x[:-1], corner_y[:-1]
        dx, dy = corner_x[1:] - ax, corner_y[1:] - ay
        size = np.maximum(dx * dx + dy * dy, _NO_LENGTH)
        share = np.minimum(np.maximum((ax * dx + ay * dy) / -size, 0.0), 1.0)
        ox, oy = ax + share * dx, ay + share * dy
        squared = (ox * ox + oy * oy).min(axis=0)
        is_below = corner_y <= 0
        # The side of the stretch on which the point lies, made independent of its direction.
        lies = ax * dy - ay * dx
        is_east = np.where(is_below[:-1], lies, -lies) > 0
        crossings = ((is_below[:-1] != is_below[1:]) & is_east).sum(axis=0)
        return squared, crossings


def _as_hits(
    layers: NDArray[np.int16], areas: Places, metres: Numbers, *, is_inside: bool
) -> list[Hit]:
    return [
        Hit(layer, area, far, is_inside)
        for layer, area, far in zip(layers.tolist(), areas.tolist(), metres.tolist(), strict=True)
    ]


def _in_mm(metres: Numbers) -> Numbers:
    """Whole millimetres: two areas that share the nearest corner are equally near."""
    rounded: Numbers = np.rint(metres * 1000)
    return rounded


def _first_of_layer(layers: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark the first of each layer among sorted layers."""
    marked = np.ones(len(layers), dtype=bool)
    marked[1:] = layers[1:] != layers[:-1]
    return marked


def ragged(starts: Places, counts: Places) -> Places:
    """Write out `start, start + 1, …` of each row behind one another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts - starts, counts)
