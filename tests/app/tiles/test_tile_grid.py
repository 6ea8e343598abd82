from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.tiles.methods.bands import council_band, fifths, told_fifths
from app.tiles.methods.tile_grid import (
    DEEPEST,
    is_tile,
    level_for,
    pixel_m,
    steps_across,
    tile_box,
    tiles_over,
)


def test_the_world_is_one_tile() -> None:
    west, south, east, north = tile_box(0, 0, 0)
    assert west < -180
    assert east > 180
    # The square world ends at 85.051129 degrees (OGC Two Dimensional Tile Matrix Set, annex D.1).
    assert (south, north) == pytest.approx((-85.0511288, 85.0511288), abs=1e-6)


def test_rows_count_from_the_north_and_tiles_reach_a_little_beyond_themselves() -> None:
    west, south, east, north = tile_box(2, 1, 1)
    # It ends at Greenwich and the equator, and begins at 66.513260 degrees north.
    assert (west, east) == pytest.approx((-90 - 90 / 64, 90 / 64), abs=1e-9)
    assert -1.5 < south < 0
    assert 66.5132604 < north < 67.1


@pytest.mark.parametrize(
    ("numbers", "there"),
    [((0, 0, 0), True), ((7, 127, 127), True), ((7, 128, 0), False), ((7, 0, 128), False),
     ((DEEPEST, 0, 0), True), ((DEEPEST + 1, 0, 0), False), ((-1, 0, 0), False)],
)  # fmt: skip
def test_a_level_holds_two_to_its_power_of_rows(
    numbers: tuple[int, int, int], *, there: bool
) -> None:
    assert is_tile(*numbers) is there


def test_outlines_are_as_coarse_as_a_pixel_and_never_coarser() -> None:
    assert pixel_m(7) == pytest.approx(736, abs=1)
    assert level_for(7, [50, 200, 800]) == 200
    assert level_for(9, [50, 200, 800]) == 50
    assert level_for(14, [50, 200, 800]) is None
    assert level_for(5, []) is None


def test_tiles_over_a_box_are_those_that_its_points_lie_in() -> None:
    # Greenwich's meridian divides the map in half: of England, west of it column 31 of 64, east of it 32.
    assert list(tiles_over(6, (-0.1, 51.4, 0.1, 51.6))) == [(21, 31), (21, 32)]
    _, south, _, north = tile_box(6, 21, 31)
    assert (south < 51.4, north > 51.6) == (True, True)
    # 85.05 degrees is the edge of the world, 0 its middle row.
    assert list(tiles_over(1, (-179.0, -85.0, 179.0, 85.0))) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_no_step_is_wider_than_a_small_area_of_a_city() -> None:
    assert max(pixel_m(z) * 256 / steps_across(z) for z in range(6, DEEPEST + 1)) < 123


@pytest.mark.parametrize(
    ("worst", "areas", "band"),
    [(3, 10, 1), (29, 100, 2), (2, 10, 2), (3, 30, 3), (1, 20, 4), (0, 9, 5), (4, 99, 5)],
)
def test_a_council_is_classed_by_its_exact_share(worst: int, areas: int, band: int) -> None:
    assert council_band(worst, areas) == band


def test_a_council_without_small_areas_is_in_no_class() -> None:
    with pytest.raises(ValueError, match="no share"):
        council_band(0, 0)


def test_fifths_go_by_place_and_what_is_not_known_is_in_none() -> None:
    # 5 x place / 7: 0.7, 1.4, 2.1, 2.9, 3.6, 4.3, 5.
    ranks = [3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0, np.nan]
    values = [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, np.nan]
    frame = pd.DataFrame({"value": values, "rank": ranks}, index=list("abcdefgh"))
    found = fifths(frame)
    assert found.to_dict() == {"a": 1, "b": 2, "c": 3, "d": 3, "e": 4, "f": 5, "g": 5}
    told = told_fifths(frame["value"], found.to_dict())
    assert [tuple(one) for one in told] == [
        (1, 1, 8, 8), (2, 1, 7, 7), (3, 2, 5, 6), (4, 1, 4, 4), (5, 2, 2, 3),
    ]  # fmt: skip


def test_where_neither_end_is_the_worse_fifths_go_by_value_and_equals_stay_together() -> None:
    frame = pd.DataFrame(
        {"value": [1.0, 9.0, 9.0, 5.0, 0.0], "rank": [np.nan] * 5}, index=list("abcde")
    )
    # The two nines stand first together: 5 x 1 / 5 each.
    assert fifths(frame).to_dict() == {"a": 4, "b": 1, "c": 1, "d": 3, "e": 5}
    assert fifths(frame.iloc[:0]).to_dict() == {}
