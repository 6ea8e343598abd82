"""The atlas says what shapely says of the whole outlines: inside or not, and metres; it holds every stretch once."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import RUN_STRETCHES, chart
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
