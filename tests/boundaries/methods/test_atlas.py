"""The atlas says what shapely says of the whole outlines: inside or not, and metres; it holds every stretch once."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import CHAIN_RUNS, RUN_STRETCHES, chart
from tests.support.atlases import bound, ragged_shapes


@pytest.fixture(scope="module")
def ragged() -> NDArray[np.object_]:
    return ragged_shapes()


def test_inside_and_metres_are_those_of_the_whole_outlines(ragged: NDArray[np.object_]) -> None:
    atlas = bound([ragged])
    borders = shapely.boundary(ragged)
    rng = np.random.default_rng(9)
    inside = 0
    for x, y in rng.uniform(-500, 5500, (400, 2)):
        point = shapely.Point(x, y)
        metres, is_in = atlas.measure(np.arange(len(ragged)), x, y)
        assert is_in.tolist() == shapely.contains(ragged, point).tolist()
        assert metres == pytest.approx(shapely.distance(borders, point), abs=1e-6)
        inside += int(is_in.sum())
    assert inside > 80  # the comparison is not one of nothing with nothing


def test_a_line_through_corners_crosses_each_of_them_once() -> None:
    diamond = np.array([shapely.Polygon([(0, 5), (5, 0), (10, 5), (5, 10)])], dtype=object)
    atlas = bound([diamond])
    for x, inside in ((-1.0, False), (5.0, True), (11.0, False)):
        assert atlas.measure(np.array([0]), x, 5.0)[1].tolist() == [inside]


def test_runs_hold_every_stretch_once(ragged: NDArray[np.object_]) -> None:
    charted = chart(ragged, 0)
    stretches = sum(
        len(ring.coords) - 1
        for shape in ragged
        for part in getattr(shape, "geoms", [shape])
        for ring in (part.exterior, *part.interiors)
    )
    assert int(charted["run_length"].sum()) == stretches
    assert charted["run_length"].max() == RUN_STRETCHES


def test_long_borders_of_many_chains_are_measured_and_crossed_as_a_whole() -> None:
    rng = np.random.default_rng(31)
    corners = 5 * CHAIN_RUNS * RUN_STRETCHES + 7
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)

    def ring(x: float, radius: float, wave: float) -> NDArray[np.float64]:
        far = radius + wave * np.sin(turn * 40) + rng.integers(-3, 4, corners)
        # Whole metres, so that the lines eastward meet many corners.
        return np.rint(np.column_stack([x + far * np.cos(turn), far * np.sin(turn)]))

    lake = shapely.Polygon(ring(0, 1000, 200), [ring(0, 400, 90)])
    both = shapely.union(
        shapely.make_valid(lake), shapely.make_valid(shapely.Polygon(ring(2600, 700, 150)))
    )
    shapes = np.array([both, shapely.make_valid(shapely.Polygon(ring(900, 300, 60)))], dtype=object)
    atlas, borders = bound([shapes]), shapely.boundary(shapes)
    seen = set()
    for x, y in rng.integers(-1400, 3600, (1500, 2)).astype(float) / [1.0, 3.0]:
        point = shapely.Point(x, y)
        metres, is_in = atlas.measure(np.arange(2), x, y)
        far = shapely.distance(borders, point)
        assert metres == pytest.approx(far, abs=1e-6)
        off = far > 1e-3  # on a border either is right
        assert is_in[off].tolist() == shapely.contains(shapes, point)[off].tolist()
        seen |= set(is_in.tolist())
    assert seen == {True, False}


def test_islands_to_the_east_are_each_a_ring_of_its_own() -> None:
    islands = [shapely.box(5000, 100 * n, 5040, 100 * n + 40) for n in range(2 * CHAIN_RUNS)]
    shapes = np.array([shapely.MultiPolygon([*islands, shapely.box(0, 0, 9, 3000)])], dtype=object)
    atlas = bound([shapes])
    for y in np.arange(-30.0, 3000.0, 70.0):
        assert atlas.measure(np.array([0]), -5.0, y)[1].tolist() == [False]
        assert atlas.measure(np.array([0]), 4.0, y)[1].tolist() == [y >= 0]
