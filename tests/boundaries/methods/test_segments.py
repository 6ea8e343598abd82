"""Pieces of border are matched where two areas draw them alike, and nowhere else."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from boundaries.methods.segments import NOBODY, match_segments


def areas(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def test_a_border_drawn_by_both_in_opposite_directions_is_shared() -> None:
    found = match_segments(areas(box(0, 0, 100, 100), box(100, 0, 200, 100)))
    assert len(found.owner) == 8
    assert found.open.sum() == 6
    a, b, metres = found.shared_borders(2)
    assert (a.tolist(), b.tolist(), metres.tolist()) == ([0], [1], [100.0])
    assert found.open_areas(2).tolist() == [True, True]
    assert sum(line.length for line in found.open_lines()) == 600


def test_an_area_shut_in_on_all_sides_is_not_open() -> None:
    ring = shapely.Polygon(
        [(0, 0), (9, 0), (9, 9), (0, 9)], holes=[[(3, 3), (3, 6), (6, 6), (6, 3)]]
    )
    found = match_segments(areas(ring, box(3, 3, 6, 6)))
    assert found.open_areas(2).tolist() == [True, False]
    assert found.shared_borders(2)[2].tolist() == [12.0]


def test_a_corner_more_on_one_side_leaves_the_border_open() -> None:
    left = shapely.Polygon([(0, 0), (100, 0), (100, 50), (100, 100), (0, 100)])
    found = match_segments(areas(left, box(100, 0, 200, 100)))
    assert found.open.all()


def test_an_area_drawn_twice_matches_nothing_it_cannot_be_sure_of() -> None:
    twice = match_segments(areas(box(0, 0, 9, 9), box(0, 0, 9, 9)))
    assert (twice.beside == NOBODY).all()  # the same direction
    thrice = match_segments(areas(box(0, 0, 9, 9), box(9, 0, 18, 9), box(9, 0, 18, 9)))
    assert (thrice.beside == NOBODY).all()  # nobody can say which of two is meant


def test_parts_holes_points_drawn_twice_and_minus_zero_are_read_as_ground() -> None:
    several = shapely.multipolygons([box(0, 0, 1, 1), box(2, 0, 3, 1)])
    between = shapely.Polygon([(1, -0.0), (2, 0), (2, 0), (2, 1), (1, 1)])
    found = match_segments(areas(several, between))
    assert found.shared_borders(2)[2].tolist() == [2.0]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 10_000))
def test_shared_lengths_are_those_of_the_common_border(columns: int, rows: int, seed: int) -> None:
    """A grid whose corners are moved at random: what matches is what both outlines have in common."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1) * 100.0, np.arange(rows + 1) * 100.0)
    x, y = x + rng.uniform(-30, 30, x.shape), y + rng.uniform(-30, 30, y.shape)
    corner = np.dstack([x, y])
    shapes = areas(*(
        shapely.Polygon([corner[r, c], corner[r, c + 1], corner[r + 1, c + 1], corner[r + 1, c]])
        for r in range(rows) for c in range(columns)
    ))  # fmt: skip
    a, b, metres = match_segments(shapes).shared_borders(len(shapes))
    found = {(int(i), int(j)): m for i, j, m in zip(a, b, metres, strict=True)}
    edges = shapely.boundary(shapes)
    for i in range(len(shapes)):
        for j in range(i + 1, len(shapes)):
            common = shapely.intersection(edges[i], edges[j]).length
            assert abs(found.get((i, j), 0.0) - common) < 1e-6
