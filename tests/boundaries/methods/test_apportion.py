from __future__ import annotations

import random

import pytest

from boundaries.methods.apportion import apportion, shares_to_percent


def test_the_odd_penny_goes_to_the_largest_remainder_and_ties_to_the_first() -> None:
    # 100 / 3 = 33 each, one left, remainders equal: the first gets it.
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    # 10 x 1 // 6 = 1 r 4, 10 x 2 // 6 = 3 r 2, 10 x 3 // 6 = 5 r 0: one left, to the first.
    assert apportion(10, [1, 2, 3]) == [2, 3, 5]


def test_negative_money_is_shared_as_its_mirror() -> None:
    assert apportion(-100, [1, 1, 1]) == [-34, -33, -33]


def test_nothing_to_share_by_places_nothing() -> None:
    assert apportion(100, [0, 0]) is None
    assert apportion(100, []) is None
    assert apportion(0, [1, 2]) == [0, 0]
    assert apportion(7, [0, 5]) == [0, 7]


def test_wrong_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        apportion(1, [2, -1])
    with pytest.raises(TypeError):
        apportion(1, [0.5, 0.5])  # type: ignore[list-item]


def test_whole_numbers_beyond_a_double_are_exact() -> None:
    # 2^53 + 1 pence by equal weights: floats would lose the last penny.
    assert apportion(2**53 + 1, [1, 1]) == [2**52 + 1, 2**52]


def test_ten_thousand_random_splits_conserve_and_stay_within_one_unit() -> None:
    rng = random.Random(4)
    for _ in range(10_000):
        weights = [rng.randrange(0, 50) for _ in range(rng.randrange(1, 9))]
        total = rng.randrange(-10_000, 10_000)
        shares = apportion(total, weights)
        if shares is None:
            assert sum(weights) == 0
            continue
        assert sum(shares) == total
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share * sum(weights) - total * weight) < sum(weights)


def test_percentages_sum_to_one_hundred() -> None:
    assert shares_to_percent([1, 1, 1]) == [33.34, 33.33, 33.33]
    assert shares_to_percent([0.5, 0.5], decimals=0) == [50, 50]
    assert round(sum(shares_to_percent([0.1, 0.2, 0.30000001, 1e-9])), 9) == 100
    with pytest.raises(ValueError, match="zero"):
        shares_to_percent([0.0])
    with pytest.raises(ValueError, match="finite"):
        shares_to_percent([float("nan"), 1.0])
