"""A layer's own tolerance by the slivers it leaves against districts: strips whose width is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from boundaries.methods import slivers
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


def blob(random: np.random.Generator, corners: int) -> shapely.Polygon:
    """A ragged outline of so many corners around the middle of a kilometre square, holes and all."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = 300 + np.cumsum(random.normal(0, 3, corners))
    x, y = 500 + reach * np.cos(turn), 500 + reach * np.sin(turn)
    ragged = shapely.make_valid(shapely.polygons(np.column_stack([x, y])))
    return shapely.difference(
        ragged, shapely.Point(500, 500).buffer(float(random.uniform(20, 200)))
    )


def test_a_pair_passed_over_without_being_cut_shares_as_much_as_was_claimed() -> None:
    random = np.random.default_rng(4)
    one, two = (np.array([blob(random, 1_500) for _ in range(30)]) for _ in range(2))
    two = np.array(
        [shapely.affinity.translate(each, *random.uniform(-500, 500, 2)) for each in two]
    )
    common_m2 = shapely.area(shapely.intersection(one, two))
    seen = False
    for share in (0.5, 0.9, 1.0, 1.1):
        marked = slivers._surely_share(one, two, share * common_m2)
        assert not marked[common_m2 < share * common_m2].any()
        seen |= bool(marked.any())
    assert seen


def test_looking_through_boxes_first_changes_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    waves = np.linspace(0, 1, 1_200)
    wavy = [
        shapely.polygons([
            *np.column_stack([off + 1000 * k + 10 * np.sin(90 * waves), 6000 * waves]),
            *np.column_stack([off + 1000 * (k + 1) + 10 * np.sin(90 * waves), 6000 * waves])[::-1],
        ])
        for off in (0.0, 9.0) for k in range(40)
    ]  # fmt: skip
    areas, districts = np.array(wavy[:40]), np.array(wavy[40:])
    looked = measure_slivers(areas, districts)
    assert looked is not None
    monkeypatch.setattr(slivers, "MANY_CORNERS", 1_000_000)
    assert measure_slivers(areas, districts) == looked
