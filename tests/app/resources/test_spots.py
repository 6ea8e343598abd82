"""Points against squares: in which small area each lies, on edges, in overlaps and in gaps."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.resources.methods.spots import NOWHERE, areas_of_points

# Two squares of a kilometre that overlap by 10 m, and one beyond a gap of 60 m.
CODES = ["A", "B", "C"]
OUTLINES = [
    shapely.box(0, 0, 1000, 1000),
    shapely.box(990, 0, 2000, 1000),
    shapely.box(2060, 0, 3000, 1000),
]


@pytest.mark.parametrize(
    ("easting", "northing", "code"),
    [
        (500, 500, "A"),
        (995, 500, "A"),  # in both: the lowest code
        (1500, 500, "B"),
        (2000, 500, "B"),  # on the edge
        (2020, 500, "B"),  # in the gap, 20 m from B and 40 m from C
        (2040, 500, "C"),
        (2030, 500, "B"),  # as near to both: the lowest code
        (500, 1100, "A"),  # 100 m off is still near
        (500, 1100.5, NOWHERE),
    ],
)
def test_a_point_lies_in_the_lowest_code_that_holds_it_or_the_nearest(
    easting: float, northing: float, code: str
) -> None:
    assert areas_of_points(CODES, OUTLINES, np.array([[easting, northing]])).tolist() == [code]


def test_many_points_at_once_are_each_told_alone() -> None:
    spots = np.array([[500.0, 500.0], [9000.0, 0.0], [2040.0, 500.0], [995.0, 1.0]])
    alone = [areas_of_points(CODES, OUTLINES, spot[None, :])[0] for spot in spots]
    assert areas_of_points(CODES, OUTLINES, spots).tolist() == alone
    assert areas_of_points([], [], spots).tolist() == [NOWHERE] * 4
    assert areas_of_points(CODES, OUTLINES, np.empty((0, 2))).tolist() == []
