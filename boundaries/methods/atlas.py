"""Answers, without a database, which areas of many layers lie at a point and how far each one's border is.

An atlas holds the outlines of all layers as plain arrays, that may lie in a file and be shared by
processes. Borders are kept as runs of a few stretches with the box around each, and runs that follow each
other in chains: a question looks through the boxes of chains, then of few runs, and at the stretches of
fewer. The rules are those of CONTRACT.md (codes and
dates): an overlap takes the lowest code, a gap the nearest area within the layer's reach. A point
within a millimetre of a border lies on it, so that no rounding decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.box_tree import BoxTree

ON_BORDER_M = 0.001
# Gaps of at most this width are seen in the same look as the areas that hold the point.
NARROW_GAP_M = 25.0
RUN_STRETCHES = 16
# A chain of them reaches along a border about as far as an area of the smallest kind is wide.
CHAIN_RUNS = 16
# Of a layer of no more areas each is looked at sooner than a tree is asked.
FEW_AREAS = 400
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


class Atlas:
    """The outlines of many layers, ready to be asked.

    arrays: what `chart` gives, layer behind layer. valid_from, valid_to: each area's life as days
    since 1970, half-open. often: which layers most questions are about, None: all; of the others only a small
    tree is held, which is slower to ask.
    """

    def __init__(
        self, arrays: Charted, valid_from: Places, valid_to: Places,
        often: NDArray[np.bool_] | None = None,
    ) -> None:  # fmt: skip
        self.corner: Numbers = arrays["corner"]
        self.run_first: Places = arrays["run_first"]
        self.run_length: NDArray[np.int16] = arrays["run_length"]
        self.run_box: Numbers = arrays["run_box"]
        self.area_runs = np.append(np.asarray(arrays["area_runs"]), len(self.run_first))
        self._chain = _chains(self.run_first, self.run_length, self.area_runs)
        firsts = self._chain[:-1]
        self._area_chain = self._chain.searchsorted(self.area_runs)
        self._chain_box = _boxes_around(self.run_box, firsts)
        self._chain_first_y, self._chain_last_y = (
            self.first_y(firsts), self.last_y(self._chain[1:] - 1)
        )  # fmt: skip
        self.area_layer: NDArray[np.int16] = np.asarray(arrays["area_layer"])
        # Where each layer's areas begin: they stand together, in order of code.
        layers = int(self.area_layer.max(initial=-1)) + 2
        self.layer_starts = np.searchsorted(self.area_layer, np.arange(layers, dtype=np.int16))
        self.valid_from, self.valid_to = valid_from, valid_to
        self._area_box: Numbers = arrays["area_box"]
        # The last layers may hold no area: an atlas does not know of them.
        drawn = layers - 1
        self._often = np.ones(drawn, dtype=bool) if often is None else often[:drawn]
        (self._asked_often,) = self._often[self.area_layer].nonzero()
        # Only boxes are asked of the trees, and a line from corner to corner has the box of its area at a
        # third of the memory: 300 bytes an area even so.
        self._tree = shapely.STRtree(shapely.linestrings(self.corners_of(self._asked_often)))
        self._groups = BoxTree(self._area_box, self.area_layer)

    def __len__(self) -> int:
        return len(self.area_layer)

    def near(
        self, x: Numbers, y: Numbers, within: Numbers, wanted: NDArray[np.bool_], *, is_wide: bool
    ) -> tuple[Places, Places]:
        """Pair points with all areas whose boxes are within reach of them, and some others, by their places.

        wanted : a row a point, which layers it asks about. is_wide : there may be many areas within reach, so
        that only those of wanted layers are given
        """
        boxes = np.column_stack([x - within, y - within, x + within, y + within])
        wanted = wanted[:, : len(self._often)]
        if not (is_wide or wanted[:, ~self._often].any()):
            point, at = self._tree.query(shapely.box(*boxes.T))
            return point, self._asked_often[at]
        sizes = np.diff(self.layer_starts)
        point, layer = (wanted & (sizes <= FEW_AREAS)).nonzero()
        near = point.repeat(sizes[layer]), ragged(self.layer_starts[layer], sizes[layer])
        of_many = wanted & (sizes > FEW_AREAS)
        if not of_many.any():
            return near
        also = self._groups.query(boxes, of_many)
        return np.concatenate([near[0], also[0]]), np.concatenate([near[1], also[1]])

    def is_near(self, areas: Places, x: Numbers, y: Numbers, within: Numbers) -> NDArray[np.bool_]:
        """Say whether each area's box is within reach of its point, a reach for each, in metres along the grid."""
        west, south, east, north = self._area_box.take(areas, axis=0).T
        return (
            (west - within <= x) & (x <= east + within) & (south - within <= y) & (y <= north + within)
        )  # fmt: skip

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

    def measure(
        self, areas: Places, x: float | Numbers, y: float | Numbers
    ) -> tuple[Numbers, NDArray[np.bool_]]:
        """Metres from a point to the border of each area, and whether the area holds the point.

        x, y : one point, or one for each area.
        """
        if not len(areas):
            return np.zeros(0), np.zeros(0, dtype=bool)
        # Few and large steps: for so few numbers each call of numpy costs more than what it computes.
        x, y = np.broadcast_to(x, len(areas)), np.broadcast_to(y, len(areas))
        chain, owner, starts = _of_each(self._area_chain, areas)
        boxes = self._chain_box.take(chain, axis=0)
        looked, odd = _sift(boxes, x[owner], y[owner], owner, starts)
        crossed = np.zeros(len(areas), dtype=np.int64)
        if len(odd):
            at, py = chain[odd], y[owner[odd]]
            is_odd = (self._chain_first_y[at] <= py) != (self._chain_last_y[at] <= py)
            crossed += np.bincount(owner[odd[is_odd]], minlength=len(areas))
        run, of_chain, _ = _of_each(self._chain, chain[looked])
        # Of each area the chain that is nearest was looked at, so that all of them have runs.
        owner = owner[looked][of_chain]
        starts = owner.searchsorted(np.arange(len(areas)))
        px, py = x[owner], y[owner]
        kept, odd = _sift(self.run_box.take(run, axis=0), px, py, owner, starts)
        squared, crossings = self.look(run[kept], px[kept], py[kept])
        of_area = owner[kept].searchsorted(np.arange(len(areas)))
        crossed += np.add.reduceat(crossings, of_area)
        if len(odd):
            east = run[odd]
            is_odd = (self.first_y(east) <= py[odd]) != (self.last_y(east) <= py[odd])
            crossed += np.bincount(owner[odd[is_odd]], minlength=len(areas))
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


def _chains(run_first: Places, run_length: NDArray[np.int16], area_runs: Places) -> Places:
    """Give the first run of each chain, and the number of runs: a chain is up to CHAIN_RUNS runs of one ring."""
    if not len(run_first):
        return np.zeros(1, dtype=np.int64)
    is_first = np.ones(len(run_first), dtype=bool)
    # A run of the same ring begins at the corner where the one before it ends.
    is_first[1:] = run_first[1:] != run_first[:-1] + run_length[:-1]
    is_first[area_runs[:-1]] = True
    (rings,) = is_first.nonzero()
    within = np.arange(len(run_first)) - rings.repeat(np.diff(np.append(rings, len(run_first))))
    return np.append((within % CHAIN_RUNS == 0).nonzero()[0], len(run_first))


def _boxes_around(boxes: Numbers, firsts: Places) -> Numbers:
    """Give the box around the boxes from each of some places to the next."""
    if not len(firsts):
        return np.zeros((0, 4))
    sides = (np.minimum, np.minimum, np.maximum, np.maximum)
    around = [side.reduceat(boxes[:, n], firsts) for n, side in enumerate(sides)]
    return np.column_stack(around)


def _of_each(bounds: Places, owners: Places) -> tuple[Places, Places, Places]:
    """Write out what `bounds` gives each owner: the items, the place of their owner, where each owner's begin."""
    first = bounds[owners]
    counts = bounds[owners + 1] - first
    ends = counts.cumsum()
    starts = ends - counts
    owner = np.arange(len(owners)).repeat(counts)
    return np.arange(ends[-1]) - (starts - first)[owner], owner, starts


def _sift(
    boxes: Numbers, px: Numbers, py: Numbers, owner: Places, starts: Places
) -> tuple[Places, Places]:
    """Of boxes around pieces of border choose what has to be looked at to measure and to count crossings.

    boxes : a row a piece, those of an owner together. Gives the pieces to look at, and those beside them
    that a line eastward from the point may cross: oddly often where their ends lie on both sides of it.
    """
    # Metres by which the point lies inside the western, southern, eastern and northern side.
    inside = np.subtract(boxes.T, (px, py, px, py), order="C")
    np.negative(inside[:2], out=inside[:2])
    near, far = np.minimum(inside[:2], inside[2:]), np.maximum(inside[:2], inside[2:])
    least = np.minimum(near, 0.0)
    near, far, least = near * near, far * far, least * least
    # The border touches each side of a box that is around a piece of it: no farther away than the far end of the
    # nearest side (Roussopoulos and others 1995, MINMAXDIST).
    within = np.minimum.reduceat(np.minimum(near[0] + far[1], near[1] + far[0]), starts)
    looked = least[0] + least[1] <= within[owner]
    # A line from the point eastwards crosses nothing of a piece that lies beside or behind it, and a
    # piece that lies east as a whole oddly where its ends lie on both sides of the line.
    strip = np.minimum(np.minimum(inside[1], inside[2]), inside[3]) >= 0
    is_east = inside[0] < 0
    odd = (strip & is_east & ~looked).nonzero()[0]
    return (looked | (strip & ~is_east)).nonzero()[0], odd


def ragged(starts: Places, counts: Places) -> Places:
    """Write out `start, start + 1, …` of each row behind one another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts - starts, counts)
