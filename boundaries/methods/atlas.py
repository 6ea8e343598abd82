"""Answers, without a database, which areas of many layers lie at a point and how far each one's border is.

An atlas holds the outlines of all layers as plain arrays, that may lie in a file and be shared by
processes. Borders are kept as runs of a few stretches with the box around each: a question looks
through boxes first and at the stretches of few runs. The rules are those of CONTRACT.md (codes and
dates): an overlap takes the lowest code, a gap the nearest area within the layer's reach. A point
within a millimetre of a border lies on it, so that no rounding decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

ON_BORDER_M = 0.001
# Gaps of at most this width are seen in the same look as the areas that hold the point.
NARROW_GAP_M = 25.0
RUN_STRETCHES = 16
# The arrays of an atlas: those of one number an area, a corner or a run of border.
ARRAYS: dict[str, type[np.generic]] = {
    "corner_x": np.float64, "corner_y": np.float64, "run_first": np.int64, "run_length": np.int16,
    "run_west": np.float64, "run_south": np.float64, "run_east": np.float64, "run_north": np.float64,
    "area_runs": np.int64, "area_west": np.float64, "area_south": np.float64,
    "area_east": np.float64, "area_north": np.float64, "area_layer": np.int16,
}  # fmt: skip
_STEPS = np.arange(RUN_STRETCHES + 1)

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
    reach = first[:, None] + np.minimum(_STEPS, length[:, None])
    x, y = corners[reach, 0], corners[reach, 1]
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    area = of_area[of_polygon[ring]]
    return {
        "corner_x": corners[:, 0], "corner_y": corners[:, 1],
        "run_first": first + corners_before, "run_length": length.astype(np.int16),
        "run_west": x.min(axis=1), "run_south": y.min(axis=1),
        "run_east": x.max(axis=1), "run_north": y.max(axis=1),
        "area_runs": np.searchsorted(area, np.arange(len(shapes))) + runs_before,
        "area_west": bounds[:, 0], "area_south": bounds[:, 1],
        "area_east": bounds[:, 2], "area_north": bounds[:, 3],
        "area_layer": np.full(len(shapes), layer, dtype=np.int16),
    }  # fmt: skip


class Atlas:
    """The outlines of many layers, ready to be asked.

    arrays: what `chart` gives, layer behind layer. valid_from, valid_to: each area's life as days
    since 1970, half-open.
    """

    def __init__(self, arrays: Charted, valid_from: Places, valid_to: Places) -> None:
        self.corner_x: Numbers = arrays["corner_x"]
        self.corner_y: Numbers = arrays["corner_y"]
        self.run_first: Places = arrays["run_first"]
        self.run_length: NDArray[np.int16] = arrays["run_length"]
        self.run_box = [arrays[f"run_{side}"] for side in ("west", "south", "east", "north")]
        self.area_runs = np.append(np.asarray(arrays["area_runs"]), len(self.run_first))
        self.area_layer: NDArray[np.int16] = np.asarray(arrays["area_layer"])
        # Where each layer's areas begin: they stand together, in order of code.
        layers = int(self.area_layer.max(initial=-1)) + 2
        self.layer_starts = np.searchsorted(self.area_layer, np.arange(layers, dtype=np.int16))
        self.valid_from, self.valid_to = valid_from, valid_to
        # Only boxes are asked of the tree, and a line from corner to corner has the box of its area at a
        # third of the memory.
        self._area_box = [arrays[f"area_{side}"] for side in ("west", "south", "east", "north")]
        every = np.arange(len(self.area_layer))
        self.tree = shapely.STRtree(shapely.linestrings(self.corners_of(every)))

    def __len__(self) -> int:
        return len(self.area_layer)

    def corners_of(self, areas: Places) -> Numbers:
        """Give the south-west and the north-east corner of each area's box."""
        return np.column_stack([side[areas] for side in self._area_box]).reshape(-1, 2, 2)

    def stretches_of(self, run: Places) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Give the stretches of runs, one behind the other: x and y of where each begins and ends."""
        at = ragged(self.run_first[run], self.run_length[run].astype(np.int64))
        return self.corner_x[at], self.corner_y[at], self.corner_x[at + 1], self.corner_y[at + 1]

    def first_y(self, run: Places) -> Numbers:
        """Give the northing at which each run begins."""
        return self.corner_y[self.run_first[run]]

    def last_y(self, run: Places) -> Numbers:
        """Give the northing at which each run ends."""
        return self.corner_y[self.run_first[run] + self.run_length[run]]

    def at(self, x: float, y: float, day: int, reach_of: Numbers) -> list[Hit]:
        """List what each wanted layer holds at a point, in order of layer.

        reach_of: for each layer of the atlas how far a point in a gap may lie from the area it is
        given, metres; NaN leaves the layer out.
        """
        near = self._near(x, y, NARROW_GAP_M, day, ~np.isnan(reach_of))
        metres, is_in = self.measure(near, x, y, with_parity=True)
        layer = self.area_layer[near]
        holds = is_in | (metres < ON_BORDER_M)
        # In each layer first what holds the point, by code; then what is near, by metres.
        order = np.lexsort((near, np.where(holds, 0.0, _in_mm(metres)), ~holds, layer))
        best = order[_first_of_layer(layer[order])]
        allowed = np.minimum(reach_of, NARROW_GAP_M)
        best = best[holds[best] | (metres[best] <= allowed[layer[best]])]
        hits = [Hit(int(layer[k]), int(near[k]), float(metres[k]), bool(holds[k])) for k in best]
        wide = np.where(reach_of > NARROW_GAP_M, reach_of, 0.0)
        wide[layer[best]] = 0.0
        if wide.any():
            hits = sorted(hits + self._nearest(x, y, day, wide))
        return hits

    def beside(self, x: float, y: float, day: int, hits: Sequence[Hit]) -> list[Hit]:
        """For each hit give the nearest other area of its layer, if it lies just beyond the hit's border.

        Just beyond: no farther than that border and a narrow gap.
        """
        if not hits:
            return []
        reach_of = np.zeros(len(self.layer_starts))
        for hit in hits:
            reach_of[hit.layer] = hit.metres + NARROW_GAP_M
        return self._nearest(x, y, day, reach_of, but={hit.area for hit in hits})

    def _nearest(
        self, x: float, y: float, day: int, reach_of: Numbers, but: set[int] | None = None
    ) -> list[Hit]:
        near = self._near(x, y, float(reach_of.max()), day, reach_of > 0)
        if but:
            near = near[[area not in but for area in near.tolist()]]
        metres, is_in = self.measure(near, x, y, with_parity=bool(but))
        if but:  # layers may overlap: the other side may be here as well
            metres = np.where(is_in, 0.0, metres)
        kept = metres <= reach_of[self.area_layer[near]]
        near, metres = near[kept], metres[kept]
        order = np.lexsort((near, _in_mm(metres), self.area_layer[near]))
        order = order[_first_of_layer(self.area_layer[near][order])]
        return [
            Hit(int(self.area_layer[near[k]]), int(near[k]), float(metres[k]), False) for k in order
        ]

    def _near(
        self, x: float, y: float, reach_m: float, day: int, wanted: NDArray[np.bool_]
    ) -> Places:
        """Positions of the areas alive whose box is within reach, in order: by layer, then by code."""
        box = shapely.box(x - reach_m, y - reach_m, x + reach_m, y + reach_m)
        near = np.sort(self.tree.query(box))
        kept = wanted[self.area_layer[near]]
        kept &= (self.valid_from[near] <= day) & (day < self.valid_to[near])
        return near[kept]

    def measure(
        self, areas: Places, x: float, y: float, *, with_parity: bool
    ) -> tuple[Numbers, NDArray[np.bool_]]:
        """Metres from a point to the border of each area, and whether the area holds the point.

        Without parity the second is not to be used.
        """
        if not len(areas):
            return np.zeros(0), np.zeros(0, dtype=bool)
        first, last = self.area_runs[areas], self.area_runs[areas + 1]
        counts = last - first
        run = ragged(first, counts)
        owner = np.repeat(np.arange(len(areas)), counts)
        starts = np.cumsum(counts) - counts
        west, south, east, north = (side[run] for side in self.run_box)
        gap_x = np.maximum(np.maximum(west - x, x - east), 0.0)
        gap_y = np.maximum(np.maximum(south - y, y - north), 0.0)
        least = gap_x * gap_x + gap_y * gap_y
        far_x = np.maximum(x - west, east - x)
        far_y = np.maximum(y - south, north - y)
        within = np.minimum.reduceat(far_x * far_x + far_y * far_y, starts)
        looked = least <= within[owner]
        if with_parity:
            # A line from the point eastwards crosses nothing of a run that lies beside or behind it.
            looked |= (south <= y) & (y < north) & (x <= east)
        run, owner = run[looked], owner[looked]
        squared, crossings = self.look(run, x, y)
        starts = np.searchsorted(owner, np.arange(len(areas)))
        metres = np.sqrt(np.minimum.reduceat(squared, starts))
        is_in = np.add.reduceat(crossings, starts) % 2 == 1
        return metres, is_in

    def look(self, run: Places, x: float | Numbers, y: float | Numbers) -> tuple[Numbers, Places]:
        """For each run the squared distance to its nearest stretch, and how often a line eastward crosses it.

        x, y : one point, or a column of one for each run.
        """
        # A short run repeats its last corner: a stretch of no length, which nothing crosses.
        at = self.run_first[run][:, None] + np.minimum(_STEPS, self.run_length[run][:, None])
        corner_x, corner_y = self.corner_x[at], self.corner_y[at]
        ax, ay, by = corner_x[:, :-1], corner_y[:, :-1], corner_y[:, 1:]
        dx, dy, px, py = corner_x[:, 1:] - ax, by - ay, x - ax, y - ay
        size = dx * dx + dy * dy
        share = (px * dx + py * dy) / np.where(size > 0, size, 1.0)
        share = np.minimum(np.maximum(share, 0.0), 1.0)
        squared = ((px - share * dx) ** 2 + (py - share * dy) ** 2).min(axis=1)
        passes = (ay <= y) != (by <= y)
        # The side of the stretch on which the point lies, made independent of its direction.
        east = (px * dy - py * dx) * np.where(dy > 0, 1.0, -1.0) < 0
        crossings = (passes & east).sum(axis=1)
        return squared, crossings


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
