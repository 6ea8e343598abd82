"""Many points at once have the answers that each has alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from boundaries.methods import atlas_rows
from boundaries.methods.atlas_points import NOWHERE, Question, answer
from boundaries.methods.atlas_rows import DayRows
from tests.support.atlases import EVER, bound, squares, star


@pytest.mark.parametrize("side_m", [40.0, 90.0, 10_000.0])
@pytest.mark.parametrize("runs_a_look", [50, 1_000_000])
def test_many_points_have_the_answers_of_each(
    monkeypatch: pytest.MonkeyPatch, runs_a_look: int, side_m: float
) -> None:
    monkeypatch.setattr(atlas_rows, "RUNS_A_LOOK", runs_a_look)
    monkeypatch.setattr(atlas_rows, "SQUARE_M", side_m)
    rng = np.random.default_rng(2)
    stars = np.array(
        [star(rng, 70, *rng.uniform(0, 3000, 2), 500) for _ in range(12)], dtype=object
    )
    tiles = squares(*[(x, y) for x in range(0, 3000, 230) for y in range(0, 3000, 230)], side=220.0)
    gone = squares((0, 0), side=3000.0)
    lives = [(-EVER, EVER)] * (len(stars) + len(tiles)) + [(-EVER, -5)]
    atlas = bound([stars, tiles, gone], lives)
    reach = np.array([2000.0, 25.0, 0.0])
    corners = shapely.get_coordinates(np.concatenate([stars, tiles]))
    spots = np.vstack([rng.uniform(-300, 3300, (150, 2)), corners[::15]])
    rows = DayRows(atlas, 0, reach)
    rows.find(spots[::2, 0], spots[::2, 1])  # half of them first: what is remembered is used again
    found, is_gap = rows.find(spots[:, 0], spots[:, 1])
    seen = set()
    for k, (x, y) in enumerate(spots):
        alone = {
            hit.layer: (hit.area, hit.is_inside)
            for hit in answer(atlas, [Question(x, y, 0, reach)])[0].hits
        }
        together = {
            layer: (int(area), not is_gap[k, layer])
            for layer, area in enumerate(found[k])
            if area != NOWHERE
        }
        assert together == alone
        seen |= set(together.values())
    assert False in {inside for _, inside in seen}
    assert len(seen) > 60


def test_no_points_have_no_answers() -> None:
    rows = DayRows(bound([squares((0, 0))]), 0, np.array([0.0]))
    found, is_gap = rows.find(np.zeros(0), np.zeros(0))
    assert found.shape == is_gap.shape == (0, 1)


def test_layers_that_are_not_wanted_or_not_alive_answer_nothing() -> None:
    atlas = bound([squares((0, 0)), squares((0, 0))], [(-EVER, EVER), (5, EVER)])
    x = y = np.array([0.5])
    assert DayRows(atlas, 0, np.array([np.nan, 0.0])).find(x, y)[0].tolist() == [[NOWHERE, NOWHERE]]
    assert DayRows(atlas, 5, np.array([np.nan, 0.0])).find(x, y)[0].tolist() == [[NOWHERE, 1]]


def test_points_far_from_any_border_are_measured_once_a_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(atlas_rows, "SQUARE_M", 100.0)
    atlas = bound([squares((0, 0), side=1000.0)])
    looked = []
    look = atlas_rows._look

    def counted(*given: object) -> object:
        looked.append(len(given[1]))  # type: ignore[arg-type]
        return look(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(atlas_rows, "_look", counted)
    rows = DayRows(atlas, 0, np.array([25.0]))
    spots = np.random.default_rng(1).uniform(110, 890, (500, 2))
    assert (rows.find(spots[:, 0], spots[:, 1])[0] == 0).all()
    assert sum(looked) == len(np.unique(spots // 100, axis=0)) == 64
    rows.find(spots[:, 0], spots[:, 1])
    assert sum(looked) == 64


def test_a_grid_of_a_great_country_has_wider_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atlas_rows, "MOST_SQUARES", 100)
    atlas = bound([squares((0, 0), (90_000, 90_000), side=1000.0)])
    rows = DayRows(atlas, 0, np.array([0.0]))
    found, _ = rows.find(
        np.array([500.0, 90_500.0, 50_000.0]), np.array([500.0, 90_500.0, 50_000.0])
    )
    assert found[:, 0].tolist() == [0, 1, NOWHERE]
