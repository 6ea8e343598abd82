"""Levels and standings that can be worked out in the head."""

from __future__ import annotations

import numpy as np
import pytest

from app.profiles.methods.levels import (
    mean_level,
    middle_rank,
    percentile_of,
    share_in_worst_tenth,
    stand_among,
)


def test_a_level_is_the_mean_by_people() -> None:
    # (10·100 + 40·300) / 400 = 32.5
    assert mean_level(np.array([10.0, 40.0]), np.array([100.0, 300.0])) == (32.5, 1.0)


def test_a_missing_value_is_left_out_and_told_never_counted_as_nought() -> None:
    level = mean_level(np.array([10.0, np.nan]), np.array([100.0, 300.0]))
    assert level == (10.0, 0.25)


def test_unknown_people_leave_the_level_unknown() -> None:
    level = mean_level(np.array([10.0, 20.0]), np.array([100.0, np.nan]))
    assert np.isnan(level.value)
    assert np.isnan(level.coverage)


def test_ground_on_which_nobody_lives_has_no_level() -> None:
    assert np.isnan(mean_level(np.array([10.0]), np.array([0.0])).value)


@pytest.mark.parametrize(
    ("rank", "percentile"), [(1, 1), (328, 1), (329, 2), (3284, 10), (3285, 11), (32844, 100)]
)
def test_percentile_is_rounded_up_in_whole_numbers(rank: int, percentile: int) -> None:
    # of 32,844 areas: 1 % are 328.44, 10 % are 3,284.4
    assert percentile_of(rank, 32_844) == percentile


def test_equals_take_the_lowest_rank() -> None:
    others = np.array([9.0, 7.0, 7.0, 5.0, np.nan])
    found = stand_among(7.0, others)
    assert found is not None
    assert (found.rank, found.of, found.percentile) == (2, 4, 50)


def test_where_lower_is_worse_the_order_turns() -> None:
    found = stand_among(5.0, np.array([9.0, 7.0, 5.0]), higher_is_worse=False)
    assert found is not None
    assert found.rank == 1


def test_nothing_missing_is_ever_ranked() -> None:
    assert stand_among(float("nan"), np.array([1.0])) is None
    assert stand_among(1.0, np.array([np.nan])) is None


def test_the_middle_rank_passes_over_areas_without_people_on_the_ground() -> None:
    assert middle_rank(np.array([4.0, 10.0, 1.0]), np.array([5.0, 5.0, 0.0])) == 7.0


def test_the_worst_tenth_is_decile_one_with_its_edge_inside() -> None:
    # N = 20: ranks 1 and 2 are decile 1. 30 of 60 people.
    assert share_in_worst_tenth(np.array([2.0, 3.0]), np.array([30.0, 30.0]), 20) == 0.5
    assert np.isnan(share_in_worst_tenth(np.array([2.0, np.nan]), np.array([30.0, 30.0]), 20))
