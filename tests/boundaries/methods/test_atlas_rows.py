"""Many points at once have the answers that each has alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from boundaries.methods import atlas_rows
from boundaries.methods.atlas_rows import NOWHERE, areas_of_points
from tests.boundaries.methods.test_atlas import EVER, bound, squares, star


@pytest.mark.parametrize("runs_a_look", [50, 1_000_000])
def test_many_points_have_the_answers_of_each(
    monkeypatch: pytest.MonkeyPatch, runs_a_look: int
) -> None:
    monkeypatch.setattr(atlas_rows, "RUNS_A_LOOK", runs_a_look)
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
    found, is_gap = areas_of_points(atlas, spots[:, 0], spots[:, 1], 0, reach)
    seen = set()
    for k, (x, y) in enumerate(spots):
        alone = {hit.layer: (hit.area, hit.is_inside) for hit in atlas.at(x, y, 0, reach)}
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
    found, is_gap = areas_of_points(
        bound([squares((0, 0))]), np.zeros(0), np.zeros(0), 0, np.array([0.0])
    )
    assert found.shape == is_gap.shape == (0, 1)
