"""Levels of a layer: borders stay shut, small areas keep their shape, levels that save nothing are left out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from boundaries.methods.levels import (
    AREA_TO_TOLERANCE,
    LARGEST_CHANGE,
    Level,
    is_sound,
    new_faults,
    simplify_to_levels,
)
from boundaries.methods.mending import mend


def wavy(x: float, *, length: float, seed: int) -> np.ndarray:
    """A border from south to north near x, wavering by up to 40 m every 20 m."""
    ys = np.arange(0.0, length + 1, 20.0)
    xs = x + np.random.default_rng(seed).uniform(-40, 40, len(ys))
    return np.column_stack([xs, ys])


def strips(edges: list[np.ndarray]) -> np.ndarray:
    """Areas between borders that lie side by side, each border drawn once and used twice."""
    return np.array(
        [shapely.Polygon([*left, *right[::-1]]) for left, right in itertools.pairwise(edges)],
        dtype=object,
    )  # fmt: skip


@pytest.fixture(scope="module")
def layer() -> np.ndarray:
    """Four strips 2 km wide and 10 km high, and one only 100 m wide among them."""
    places = (0, 2_000, 2_100, 4_100, 6_100, 8_100)
    return strips([wavy(x, length=10_000, seed=n) for n, x in enumerate(places)])


def levels_of(areas: np.ndarray, **choices: float) -> list[Level]:
    return list(simplify_to_levels(mend(areas, thinner_than_m=1), **choices))


def test_each_level_has_fewer_corners_and_no_new_gap_or_overlap(layer: np.ndarray) -> None:
    made = levels_of(layer)
    assert [level.tolerance_m for level in made] == sorted(level.tolerance_m for level in made)
    assert len(made) >= 3
    corners = [int(shapely.get_num_coordinates(layer).sum()), *(level.corners for level in made)]
    assert corners == sorted(corners, reverse=True)
    for level in made:
        assert is_sound(level.areas)
        assert shapely.coverage_is_valid(level.areas)
        assert new_faults(layer, level.areas) == (0, 0)


def test_an_area_smaller_than_the_tolerance_squared_keeps_its_shape(layer: np.ndarray) -> None:
    inner = shapely.box(900, 5_000, 930, 5_030)  # 30 m: its area is below 50², and below 100²
    with_hole = layer.copy()
    with_hole[0] = layer[0].difference(inner)
    areas = np.append(with_hole, inner)
    for level in levels_of(areas):
        assert level.areas[-1].equals(inner)
        assert level.held >= 1
        assert new_faults(areas, level.areas) == (0, 0)


def test_no_area_changes_by_more_than_a_fifth(layer: np.ndarray) -> None:
    for level in levels_of(layer):
        change = np.abs(shapely.area(level.areas) / shapely.area(layer) - 1)
        assert change.max() <= LARGEST_CHANGE
    assert AREA_TO_TOLERANCE == 5  # METHODS.md 1.4: a fifth of the square root of the area


def test_the_coast_is_simplified_as_well(layer: np.ndarray) -> None:
    coarsest = levels_of(layer)[-1].areas
    west = shapely.union_all(coarsest).boundary.length
    assert west < 0.8 * shapely.union_all(layer).boundary.length


def test_levels_as_fine_as_the_publication_are_left_out(layer: np.ndarray) -> None:
    assert min(level.tolerance_m for level in levels_of(layer, finer_than_m=100)) > 100


def test_a_level_that_would_drop_no_corner_is_left_out() -> None:
    squares = np.array([shapely.box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000)], dtype=object)
    assert levels_of(squares) == []


def test_one_area_alone_has_levels_too(layer: np.ndarray) -> None:
    made = levels_of(layer[:1])
    assert made
    assert all(is_sound(level.areas) and len(level.areas) == 1 for level in made)


def test_areas_that_overlap_on_purpose_still_share_the_ground_they_shared(
    layer: np.ndarray,
) -> None:
    both = np.append(layer, shapely.coverage_union_all(layer[2:4]))
    for level in levels_of(both):
        assert is_sound(level.areas)
        assert new_faults(both, level.areas) == (0, 0)
        united = shapely.union_all(level.areas[2:4])
        assert shapely.area(shapely.symmetric_difference(united, level.areas[-1])) < 1e-6


def test_simplifying_one_by_one_would_have_opened_the_borders(layer: np.ndarray) -> None:
    torn = shapely.simplify(layer, 20)
    assert new_faults(layer, torn) != (0, 0)
