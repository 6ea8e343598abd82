"""What lies at a point: the lowest code of an overlap, the nearest across a gap, the other side of a border."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import Atlas, Numbers
from boundaries.methods.atlas_points import QUESTIONS_A_LOOK, Answer, Question, answer
from tests.support.atlases import EVER, bound, ragged_shapes, squares


@pytest.fixture(scope="module")
def ragged() -> NDArray[np.object_]:
    return ragged_shapes()


def ask(
    atlas: Atlas, x: float, y: float, reach: Numbers, near: Numbers | None = None, day: int = 0
) -> Answer:
    """Ask one question alone."""
    return answer(atlas, [Question(x, y, day, reach, near)])[0]


def test_an_overlap_takes_the_first_and_so_does_a_point_on_a_shared_border() -> None:
    atlas = bound([squares((0, 0), (50, 0), (100, 0))])
    reach = np.array([0.0])
    assert [hit.area for hit in ask(atlas, 75, 50, reach).hits] == [0]
    assert [hit.area for hit in ask(atlas, 150, 50, reach).hits] == [1]
    answers = {tuple(ask(atlas, 100.0, 50.0, reach).hits) for _ in range(100)}
    assert len(answers) == 1
    assert next(iter(answers))[0].area == 0
    assert next(iter(answers))[0].is_inside


@pytest.mark.parametrize(
    ("x", "reach", "found"), [(110, 25, [0]), (190, 25, [1]), (150, 25, []), (150, 60, [0])]
)
def test_a_gap_takes_the_nearest_within_reach_and_of_equals_the_first(
    x: float, reach: float, found: list[int]
) -> None:
    hits = ask(bound([squares((0, 0), (200, 0))]), x, 50, np.array([reach])).hits
    assert [hit.area for hit in hits] == found
    assert not any(hit.is_inside for hit in hits)


def test_a_near_box_does_not_hide_the_nearer_area_whose_box_is_farther() -> None:
    # The box of the corner piece holds the point; its ground is farther than the square's.
    corner = shapely.Polygon([(0, 0), (300, 0), (300, 10), (10, 10), (10, 300), (0, 300)])
    atlas = bound([np.array([corner, shapely.box(320, 200, 400, 280)], dtype=object)])
    assert [hit.area for hit in ask(atlas, 250, 240, np.array([2000.0])).hits] == [1]


def test_the_last_day_belongs_to_the_old_area_and_the_next_to_the_new() -> None:
    atlas = bound([squares((0, 0), (0, 0))], [(-EVER, 100), (100, EVER)])
    reach = np.array([0.0])
    assert [hit.area for hit in ask(atlas, 50, 50, reach, day=99).hits] == [0]
    assert [hit.area for hit in ask(atlas, 50, 50, reach, day=100).hits] == [1]


def test_layers_answer_apart_and_one_that_is_not_wanted_not_at_all() -> None:
    atlas = bound([squares((0, 0)), squares((40, 40)), squares((0, 0))])
    hits = ask(atlas, 50, 50, np.array([0.0, 0.0, np.nan])).hits
    assert [(hit.layer, hit.area, round(hit.metres, 6)) for hit in hits] == [(0, 0, 50), (1, 1, 10)]


def test_the_other_side_of_a_border_is_the_nearest_other_area_of_that_layer() -> None:
    atlas = bound([squares((0, 0), (100, 0), (0, 100))])
    reach, near = np.array([0.0]), np.array([5.0])
    hits, beside = ask(atlas, 97, 50, reach, near)
    assert hits == ask(atlas, 97, 50, reach).hits
    assert [(other.area, round(other.metres, 6)) for other in beside] == [(1, 3)]
    assert ask(atlas, 94, 50, reach, near).beside == []  # 6 m from the border is not near
    assert ask(atlas, 500, 50, reach, near) == ([], [])
    for gap, told in ((24.0, [1]), (26.0, [])):
        apart = bound([squares((0, 0), (100 + gap, 0))])
        assert [o.area for o in ask(apart, 97, 50, reach, near).beside] == told


def test_the_other_side_of_layers_that_overlap_may_hold_the_point_as_well() -> None:
    atlas = bound([squares((0, 0), (60, 0)), squares((0, 0))])
    hits, beside = ask(atlas, 97, 50, np.zeros(2), np.array([5.0, 0.0]))
    assert [(hit.layer, hit.area) for hit in hits] == [(0, 0), (1, 2)]
    assert [(other.area, other.metres) for other in beside] == [(1, 0.0)]


def test_many_points_in_one_look_are_answered_as_each_alone(ragged: NDArray[np.object_]) -> None:
    """Of different days, layers and reaches, some with the other side asked and some without."""
    tiles = squares(*[(x, y) for x in range(0, 5000, 230) for y in range(0, 5000, 230)], side=220.0)
    lives = [(-EVER, 100), (100, EVER)] * (len(ragged) // 2) + [(-EVER, EVER)] * len(tiles)
    atlas = bound([ragged, tiles], lives)
    rng = np.random.default_rng(12)
    questions = [
        Question(
            x, y, int(rng.choice([99, 100])), rng.choice([0.0, 20.0, 400.0, np.nan], 2),
            rng.choice([-1.0, 40.0, 120.0], 2) if rng.random() < 0.7 else None,
        )
        for x, y in rng.uniform(-500, 5500, (12 * QUESTIONS_A_LOOK + 5, 2))
    ]  # fmt: skip
    together = answer(atlas, questions)
    assert together == [answer(atlas, [alone])[0] for alone in questions]
    bare = answer(atlas, [asked._replace(near_of=None) for asked in questions])
    assert [told.hits for told in bare] == [told.hits for told in together]
    assert not any(told.beside for told in bare)
    for told in together:
        assert not {hit.area for hit in told.hits} & {other.area for other in told.beside}
    assert sum(len(told.beside) for told in together) > 10
    assert sum(not hit.is_inside for told in together for hit in told.hits) > 10
    assert answer(atlas, []) == []


def test_the_other_side_is_told_from_the_west_the_south_the_east_and_the_north() -> None:
    atlas = bound([squares((0, 0), (100, 0), (0, 100), (-100, 0), (0, -100))])
    reach, near = np.array([0.0]), np.array([40.0])
    for x, y, told in ((65, 50, 1), (50, 65, 2), (35, 50, 3), (50, 35, 4)):
        assert [other.area for other in ask(atlas, x, y, reach, near).beside] == [told]


def test_an_atlas_of_nothing_answers_nothing() -> None:
    atlas = bound([np.array([], dtype=object)])
    assert ask(atlas, 1.0, 1.0, np.array([2000.0])).hits == []


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("often", [[True, True], [True, False], [False, True], [False, False]])
def test_layers_that_are_seldom_asked_about_or_hold_little_answer_the_same(
    ragged: NDArray[np.object_], often: list[bool], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = [ragged, shapely.transform(ragged, lambda corners: corners + 150)]
    rng = np.random.default_rng(3)
    questions = [
        Question(*rng.uniform(-500, 5500, 2), 0, np.array(reach), np.array([40.0, 40.0]))
        for reach in ([25.0, 2000.0], [np.nan, 2000.0], [0.0, np.nan])
        for _ in range(40)
    ]
    told = answer(bound(layers), questions)
    monkeypatch.setattr("boundaries.methods.atlas.FEW_AREAS", few)
    assert answer(bound(layers, often=often), questions) == told
    assert sum(len(each.hits) for each in told) > 100
    assert any(each.beside for each in told)
