"""Measures how far a layer's borders lie from those of the districts, by the width of slivers between them.

Source: METHODS.md 1.3, last part. It says how coarsely a layer is drawn, whatever its publisher
states; ground that truly lies in two districts is no sliver and is passed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.coverage import widths_m

# METHODS.md 1.2: over 5 % of an area is a true overlap, below it drawing.
MINORITY = 0.05
# A sliver is long: a piece less than 20 times as long as wide is a corner cut off on purpose.
LENGTHS_PER_WIDTH = 20.0
# The coarsest outlines published (500 m) leave slivers up to 274 m wide; wider ones are ground.
WIDEST_M = 300.0
# METHODS.md 1.3: the tolerance that parts slivers from ground is three times their p99.
P99_TO_TOLERANCE = 3.0
FEWEST = 20
# Where fewer of the minority pieces are slivers, the layer does not follow the districts: built-up areas.
FOLLOWING = 0.6
# A pair is looked at through so many boxes a side before it is cut: two drawings of one district share
# hundreds, and cutting a pair with this many corners costs more than looking.
BOXES_A_SIDE = 12
MANY_CORNERS = 1_000

Shapes = NDArray[np.object_]


class Slivers(NamedTuple):
    """How many slivers of a layer were measured and the 99th percentile of their width in metres."""

    measured: int
    p99_m: float

    def tolerance_m(self, stated_m: float) -> float:
        """Give the layer's own tolerance: max(stated, 3 x p99)."""
        return max(stated_m, P99_TO_TOLERANCE * self.p99_m)


def measure_slivers(areas: Any, districts: Any) -> Slivers | None:
    """Measure the slivers of a layer against districts.

    Parameters
    ----------
    areas, districts : arrays or GeoSeries of valid polygons in metres.

    Returns
    -------
    Slivers, or None where there are fewer than 20, or where under 60 % of the small pieces are such: the
    layer does not follow the districts, and nothing can be told. A sliver is the ground that an
    area and a district share where that is under 5 % of the smaller one, at least 20 times as long as
    wide (4 area / perimeter²) and at most 300 m wide. Its width is twice the area by the perimeter.
    """
    own, other = np.asarray(areas, dtype=object), np.asarray(districts, dtype=object)
    if not len(own) or not len(other):
        return None
    at, of = _meeting(own, other)
    least_m2 = MINORITY * np.minimum(shapely.area(own[at]), shapely.area(other[of]))
    left = ~_surely_share(own[at], other[of], least_m2)
    pieces = shapely.intersection(own[at[left]], other[of[left]])
    common_m2 = shapely.area(pieces)
    pieces = pieces[(common_m2 > 0) & (common_m2 < least_m2[left])]
    width_m, length_m = widths_m(pieces), shapely.length(pieces) / 2
    thin = (width_m <= WIDEST_M) & (width_m * LENGTHS_PER_WIDTH <= length_m) & (width_m > 0)
    if thin.sum() < max(FEWEST, FOLLOWING * len(thin)):
        return None
    return Slivers(int(thin.sum()), float(np.quantile(width_m[thin], 0.99)))


def _meeting(own: Shapes, other: Shapes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the pairs that meet and of which neither is seen at once to lie in the other."""
    few, many = (own, other) if len(own) < len(other) else (other, own)
    shapely.prepare(few)
    of_few, of_many = shapely.STRtree(many).query(few, predicate="intersects")
    cut = ~shapely.covers(few[of_few], many[of_many])
    pair = (of_few[cut], of_many[cut])
    return pair if few is own else pair[::-1]


def _surely_share(a: Shapes, b: Shapes, least_m2: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark pairs of which boxes that lie in both prove that they share at least so much.

    What is not marked may share it all the same: only cutting tells.
    """
    marked = np.zeros(len(a), dtype=bool)
    costly = np.minimum(shapely.get_num_coordinates(a), shapely.get_num_coordinates(b))
    (at,) = np.nonzero(costly > MANY_CORNERS)
    if not len(at):
        return marked
    a, b = a[at], b[at]
    shapely.prepare(a)
    shapely.prepare(b)
    box_a, box_b = shapely.bounds(a), shapely.bounds(b)
    corner = np.maximum(box_a[:, :2], box_b[:, :2])
    step = (np.minimum(box_a[:, 2:], box_b[:, 2:]) - corner) / BOXES_A_SIDE
    east, north = (places.ravel() for places in np.indices((BOXES_A_SIDE, BOXES_A_SIDE)))
    west = corner[:, :1] + step[:, :1] * east
    south = corner[:, 1:] + step[:, 1:] * north
    boxes = shapely.box(west, south, west + step[:, :1], south + step[:, 1:])
    inside = shapely.contains(a[:, None], boxes)
    inside[inside] = shapely.contains(
        np.broadcast_to(b[:, None], boxes.shape)[inside], boxes[inside]
    )
    marked[at] = inside.sum(axis=1) * step.prod(axis=1) >= least_m2[at]
    return marked
