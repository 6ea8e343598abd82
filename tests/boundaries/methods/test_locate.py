"""Which area a point lies in: the lowest code of several, the nearest where it lies in none."""

from __future__ import annotations

import numpy as np
import shapely

from boundaries.methods.locate import areas_of_points

CODES = np.array(["B", "A", "C"], dtype=object)
# Two squares that overlap in a strip, and one 500 m to the east of them.
SHAPES = np.array(
    [shapely.box(0, 0, 110, 100), shapely.box(100, 0, 200, 100), shapely.box(700, 0, 800, 100)],
    dtype=object,
)


def test_a_point_in_an_overlap_takes_the_lowest_code_whatever_the_order_of_rows() -> None:
    point = np.array([shapely.Point(105, 50)], dtype=object)
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        named, metres = areas_of_points(CODES[order], SHAPES[order], point)
        assert named.tolist() == ["A"]
        assert metres.tolist() == [0.0]


def test_a_point_on_the_edge_is_inside() -> None:
    named, metres = areas_of_points(CODES, SHAPES, np.array([shapely.Point(0, 0)], dtype=object))
    assert (named[0], metres[0]) == ("B", 0.0)


def test_a_point_in_a_gap_takes_the_nearest_with_its_distance_and_none_beyond_reach() -> None:
    points = np.array([shapely.Point(230, 50), shapely.Point(900, 50)], dtype=object)
    named, metres = areas_of_points(CODES, SHAPES, points, reach_m=50)
    assert named.tolist() == ["A", None]
    assert metres[0] == 30.0
    assert np.isnan(metres[1])
