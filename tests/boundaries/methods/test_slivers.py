"""A layer's own tolerance by the slivers it leaves against districts: strips whose width is known."""

from __future__ import annotations

import itertools

import numpy as np
import shapely

from boundaries.methods.slivers import Slivers, measure_slivers


def grid(shift: float = 0.0, n: int = 6) -> np.ndarray:
    """Squares of 1 km; every inner border moved east by `shift`."""
    xs = [0.0, *(1000.0 * k + shift for k in range(1, n)), 1000.0 * n]
    return np.array(
        [shapely.box(west, 1000 * row, east, 1000 * row + 1000)
         for row in range(n) for west, east in itertools.pairwise(xs)],
        dtype=object,
    )  # fmt: skip


def test_borders_that_lie_12_m_off_give_slivers_12_m_wide_and_three_times_that() -> None:
    found = measure_slivers(grid(12.0), grid())
    assert found is not None
    # 12 m by 1,000 m: 2 * 12,000 / 2,024; one for each of the 30 inner borders
    assert (found.measured, round(found.p99_m, 2)) == (30, 11.86)
    assert round(found.tolerance_m(20.0), 1) == 35.6
    assert found.tolerance_m(50.0) == 50.0  # never finer than its publisher says


def test_a_layer_drawn_as_the_districts_are_leaves_nothing_to_measure() -> None:
    assert measure_slivers(grid(), grid()) is None


def test_ground_that_truly_lies_in_two_districts_is_no_sliver() -> None:
    # every border moved by a fifth: pieces of 200 m by 1,000 m are ground, and over 5 %
    assert measure_slivers(grid(200.0), grid()) is None


def test_corners_cut_off_tell_nothing_of_the_drawing() -> None:
    # 45 m is under 5 %, and yet only 22 times as long as wide; 60 m is over 5 %
    assert measure_slivers(grid(45.0), grid()) is not None
    triangles = np.array(
        [shapely.Polygon([(x, 0), (x + 900, 0), (x, 900)]) for x in range(100, 60_000, 1000)],
        dtype=object,
    )
    assert measure_slivers(triangles, grid(n=60)) is None


def test_an_empty_side_tells_nothing() -> None:
    assert measure_slivers(np.array([], dtype=object), grid()) is None
    assert Slivers(30, 70.0).tolerance_m(50.0) == 210.0  # METHODS.md 1.3: LEPs of 2020
