"""The atlas says what shapely says of the whole outlines: inside or not, metres, the lowest code, the nearest."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import RUN_STRETCHES, Atlas, chart

EVER = 10**7


def bound(layers: list[NDArray[np.object_]], lives: list[tuple[int, int]] | None = None) -> Atlas:
    """Put layers of outlines into one atlas."""
    corners = runs = 0
    charts = []
    for number, shapes in enumerate(layers):
        charts.append(chart(shapes, number, corners, runs))
        corners += len(charts[-1]["corner"])
        runs += len(charts[-1]["run_first"])
    arrays = {name: np.concatenate([each[name] for each in charts]) for name in charts[0]}
    areas = len(arrays["area_layer"])
    spans = np.array(lives or [(-EVER, EVER)] * areas, dtype=np.int64).reshape(-1, 2)
    return Atlas(arrays, spans[:, 0], spans[:, 1])


def star(
    rng: np.random.Generator, corners: int, x: float, y: float, size: float
) -> shapely.Polygon:
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    far = size * rng.uniform(0.3, 1.0, corners)
    return shapely.Polygon(np.column_stack([x + far * np.cos(turn), y + far * np.sin(turn)]))


def squares(*origins: tuple[float, float], side: float = 100.0) -> NDArray[np.object_]:
    return np.array([shapely.box(x, y, x + side, y + side) for x, y in origins], dtype=object)


@pytest.fixture(scope="module")
def ragged() -> NDArray[np.object_]:
    """Outlines of many and few corners, with holes and islands, over one another."""
    rng = np.random.default_rng(8)
    shapes: list[shapely.Geometry] = []
    for corners in (3, 5, 16, 17, 18, 33, 800):
        for _ in range(4):
            x, y = rng.uniform(0, 4000, 2)
            outer = star(rng, corners, x, y, 900)
            hole = shapely.buffer(shapely.Point(x, y), 60)
            island = shapely.box(x + 1200, y, x + 1300, y + 50)
            shapes.append(shapely.union(shapely.difference(outer, hole), island))
    return np.array(shapes, dtype=object)


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


def test_an_overlap_takes_the_first_and_so_does_a_point_on_a_shared_border() -> None:
    atlas = bound([squares((0, 0), (50, 0), (100, 0))])
    reach = np.array([0.0])
    assert [hit.area for hit in atlas.at(75, 50, 0, reach)] == [0]
    assert [hit.area for hit in atlas.at(150, 50, 0, reach)] == [1]
    answers = {tuple(atlas.at(100.0, 50.0, 0, reach)) for _ in range(100)}
    assert len(answers) == 1
    assert next(iter(answers))[0].area == 0
    assert next(iter(answers))[0].is_inside


@pytest.mark.parametrize(
    ("x", "reach", "found"), [(110, 25, [0]), (190, 25, [1]), (150, 25, []), (150, 60, [0])]
)
def test_a_gap_takes_the_nearest_within_reach_and_of_equals_the_first(
    x: float, reach: float, found: list[int]
) -> None:
    hits = bound([squares((0, 0), (200, 0))]).at(x, 50, 0, np.array([reach]))
    assert [hit.area for hit in hits] == found
    assert not any(hit.is_inside for hit in hits)


def test_a_near_box_does_not_hide_the_nearer_area_whose_box_is_farther() -> None:
    # The box of the corner piece holds the point; its ground is farther than the square's.
    corner = shapely.Polygon([(0, 0), (300, 0), (300, 10), (10, 10), (10, 300), (0, 300)])
    atlas = bound([np.array([corner, shapely.box(320, 200, 400, 280)], dtype=object)])
    assert [hit.area for hit in atlas.at(250, 240, 0, np.array([2000.0]))] == [1]


def test_the_last_day_belongs_to_the_old_area_and_the_next_to_the_new() -> None:
    atlas = bound([squares((0, 0), (0, 0))], [(-EVER, 100), (100, EVER)])
    reach = np.array([0.0])
    assert [hit.area for hit in atlas.at(50, 50, 99, reach)] == [0]
    assert [hit.area for hit in atlas.at(50, 50, 100, reach)] == [1]


def test_layers_answer_apart_and_one_that_is_not_wanted_not_at_all() -> None:
    atlas = bound([squares((0, 0)), squares((40, 40)), squares((0, 0))])
    hits = atlas.at(50, 50, 0, np.array([0.0, 0.0, np.nan]))
    assert [(hit.layer, hit.area, round(hit.metres, 6)) for hit in hits] == [(0, 0, 50), (1, 1, 10)]


def test_the_other_side_of_a_border_is_the_nearest_other_area_of_that_layer() -> None:
    atlas = bound([squares((0, 0), (100, 0), (0, 100))])
    reach, near = np.array([0.0]), np.array([5.0])
    hits, beside = atlas.at_and_beside(97, 50, 0, reach, near)
    assert hits == atlas.at(97, 50, 0, reach)
    assert [(other.area, round(other.metres, 6)) for other in beside] == [(1, 3)]
    assert atlas.at_and_beside(94, 50, 0, reach, near)[1] == []  # 6 m from the border is not near
    assert atlas.at_and_beside(500, 50, 0, reach, near) == ([], [])
    for gap, told in ((24.0, [1]), (26.0, [])):
        apart = bound([squares((0, 0), (100 + gap, 0))])
        assert [o.area for o in apart.at_and_beside(97, 50, 0, reach, near)[1]] == told


def test_the_other_side_of_layers_that_overlap_may_hold_the_point_as_well() -> None:
    atlas = bound([squares((0, 0), (60, 0)), squares((0, 0))])
    hits, beside = atlas.at_and_beside(97, 50, 0, np.zeros(2), np.array([5.0, 0.0]))
    assert [(hit.layer, hit.area) for hit in hits] == [(0, 0), (1, 2)]
    assert [(other.area, other.metres) for other in beside] == [(1, 0.0)]


def test_whatever_else_is_asked_of_a_look_the_areas_are_the_same(
    ragged: NDArray[np.object_],
) -> None:
    atlas = bound([ragged[:9], ragged[9:]])
    rng = np.random.default_rng(12)
    reach = np.array([0.0, 400.0])
    others = 0
    for x, y in rng.uniform(-500, 5500, (300, 2)):
        hits, beside = atlas.at_and_beside(x, y, 0, reach, np.array([120.0, 40.0]))
        assert hits == atlas.at(x, y, 0, reach)
        assert not {hit.area for hit in hits} & {other.area for other in beside}
        others += len(beside)
    assert others > 10


def test_an_atlas_of_nothing_answers_nothing() -> None:
    atlas = bound([np.array([], dtype=object)])
    assert atlas.at(1.0, 1.0, 0, np.array([2000.0])) == []
