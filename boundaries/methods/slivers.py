"""Measures how far a layer's borders lie from those of the districts, by the width of slivers between them.

Source: METHODS.md 1.3, last part. It says how coarsely a layer is drawn, whatever its publisher
states; ground that truly lies in two districts is no sliver and is passed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from boundaries.methods.coverage import widths_m
from boundaries.methods.overlay import overlap_areas

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
    if len(own) >= len(other):
        found = overlap_areas(own, other)
        at, of, common_m2 = found.a, found.b, found.area_m2
    else:
        found = overlap_areas(other, own)
        at, of, common_m2 = found.b, found.a, found.area_m2
    smaller_m2 = np.minimum(shapely.area(own[at]), shapely.area(other[of]))
    minor = common_m2 < MINORITY * smaller_m2
    pieces = shapely.intersection(own[at[minor]], other[of[minor]])
    width_m, length_m = widths_m(pieces), shapely.length(pieces) / 2
    thin = (width_m <= WIDEST_M) & (width_m * LENGTHS_PER_WIDTH <= length_m) & (width_m > 0)
    if thin.sum() < max(FEWEST, FOLLOWING * len(thin)):
        return None
    return Slivers(int(thin.sum()), float(np.quantile(width_m[thin], 0.99)))
