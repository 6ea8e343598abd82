"""Values fall into the class whose upper break they do not exceed; missing ones into none."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.classes import classify, deprivation_bands, natural_breaks, quantile_breaks


def test_each_decile_has_its_band_and_a_missing_one_has_none():
    deciles = pd.Series([1, 2, 3, 4, 5, 6, 10, None], index=list("abcdefgh"))
    bands = deprivation_bands(deciles)
    assert bands.tolist() == ["d1", "d2", "d3", "d4-5", "d4-5", "d6-10", "d6-10", None]
    assert list(bands.index) == list("abcdefgh")


@pytest.mark.parametrize("strange", [0, 11, 2.5, -1])
def test_a_number_that_is_no_decile_is_refused(strange):
    with pytest.raises(ValueError, match="deciles are whole numbers"):
        deprivation_bands(pd.Series([1, strange]))


def test_a_value_on_a_break_belongs_to_the_class_below():
    assert classify([1, 2, 2.01, 5, 6, None, float("nan")], [2, 5]) == [0, 0, 1, 1, 2, None, None]


def test_breaks_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match="rise"):
        classify([1], [2, 2])


def test_quantile_breaks_put_equal_numbers_in_each_class():
    # 1..8 in four classes: {1,2} {3,4} {5,6} {7,8}
    assert quantile_breaks([8, 1, 7, 2, 6, 3, 5, 4, None], 4) == [2, 4, 6]


def test_ties_give_fewer_quantile_classes_rather_than_empty_ones():
    assert quantile_breaks([1, 1, 1, 1, 1, 1, 9], 4) == [1]
    assert quantile_breaks([3, 3, 3], 4) == []
    assert quantile_breaks([None, None], 4) == []


def test_natural_breaks_find_the_gaps():
    assert natural_breaks([1, 2, 3, 10, 11, 12, 50, 51], 3) == [3, 12]
    # repeated values weigh: with 4 ones and 0.5 apart the cut lies where the deviation is least
    assert natural_breaks([1, 1, 1, 1, 2, 4], 2) == [2]


@given(st.lists(st.integers(0, 60), min_size=4, max_size=9, unique=True))
def test_natural_breaks_are_as_good_as_the_best_of_all_partitions(values):
    ordered = sorted(values)

    def cost(cuts: tuple[int, ...]) -> float:
        parts = np.split(np.array(ordered, float), cuts)
        return sum(((part - part.mean()) ** 2).sum() for part in parts)

    best = min(cost(cuts) for cuts in itertools.combinations(range(1, len(ordered)), 2))
    found = tuple(ordered.index(b) + 1 for b in natural_breaks(values, 3))
    assert cost(found) == pytest.approx(best)


def test_natural_breaks_refuse_what_they_cannot_do_in_time():
    with pytest.raises(ValueError, match="2,000"):
        natural_breaks(range(2_001), 5)
