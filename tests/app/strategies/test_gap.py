"""The gap by hand: levels, changes, margins and the four words; values carried over links that split and merge."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.strategies.gap import stands
from app.strategies.gap_ground import unknown_people
from app.strategies.methods.carrying import BEST_FIT, BY_POSTCODES, read_on, share_out
from app.strategies.methods.gap import (
    CANNOT_TELL,
    CLOSING,
    NOT_TOLD,
    WIDENING,
    Gaps,
    gaps_over_time,
    level,
    standing,
    students_t,
    tell,
)
from boundaries.methods.rebase import Step

HERE, REST = np.array([100.0, 100.0, 0.0, 0.0]), np.array([0.0, 0.0, 100.0, 100.0])
# Its library is loaded at the first use: not in the time of whichever example comes first.
students_t(1)
WORKED = np.array([[80.0, 74.0], [90.0, 80.0], [40.0, 40.0], [50.0, 50.0]])


def test_the_worked_example_of_the_page_is_what_the_code_does() -> None:
    gaps = gaps_over_time(WORKED, HERE, REST)
    assert gaps.gap.tolist() == [40.0, 32.0]
    assert gaps.change.tolist() == [0.0, -8.0]
    assert gaps.margin[1] == pytest.approx(12.7062 * 2, abs=0.001)
    assert tell([gaps], 1).verdict == NOT_TOLD


def test_areas_that_all_move_alike_are_told_to_close_and_the_other_way_to_widen() -> None:
    moved = WORKED.copy()
    moved[:2, 1] = [72.0, 82.0]
    gaps = gaps_over_time(moved, HERE, REST)
    assert tell([gaps], 1) == (CLOSING, -8.0, -8.0, -8.0)
    assert tell([gaps_over_time(moved, REST, HERE)], 1).verdict == WIDENING


def test_where_low_is_worse_the_gap_is_above_0_for_who_has_less() -> None:
    gaps = gaps_over_time(WORKED, REST, HERE, higher_is_worse=False)
    assert gaps.gap.tolist() == [40.0, 32.0]
    assert gaps.ratio[0] == pytest.approx(45 / 85)


def test_one_estimate_that_holds_no_change_is_enough_not_to_tell() -> None:
    def one(change: float, margin: float) -> Gaps:
        nothing = np.zeros(2)
        return Gaps(
            nothing, nothing, nothing, nothing, np.array([0.0, change]), np.array([0.0, margin]), 0
        )

    assert tell([one(-3, 1), one(-2, 1)], 1).verdict == CLOSING
    assert tell([one(-3, 1), one(-2, 2)], 1) == (NOT_TOLD, -3.0, -4.0, 0.0)
    assert tell([one(-3, 1), one(-2, math.nan)], 1).verdict == CANNOT_TELL


def test_one_area_alone_says_nothing_of_how_sure_a_change_is() -> None:
    gaps = gaps_over_time(WORKED, np.array([100.0, 0, 0, 0]), REST)
    assert math.isnan(gaps.margin[1])
    assert tell([gaps], 1).verdict == CANNOT_TELL


def test_a_missing_value_is_never_0_and_a_place_half_known_has_no_figure() -> None:
    values = np.array([[10.0, np.nan], [20.0, 20.0]])
    assert level(values, np.array([4.0, 96.0])).tolist() == [19.6, 20.0]
    assert np.isnan(level(values, np.array([6.0, 94.0]))[1])


def test_a_standing_goes_from_the_best_to_the_worst_and_its_middle_is_50() -> None:
    ranks = np.arange(1.0, 11.0)
    assert standing(ranks, 10).round(9).tolist() == [95, 85, 75, 65, 55, 45, 35, 25, 15, 5]
    assert standing(ranks, 10).mean() == 50


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(1, 9), st.booleans()), min_size=4, max_size=12)
)  # fmt: skip
def test_against_a_whole_that_holds_it_a_gap_is_the_others_part_of_that_to_the_rest(
    areas: list[tuple[float, float, float, bool]],
) -> None:
    values = np.array([[one[0], one[1]] for one in areas])
    people = np.array([one[2] for one in areas])
    inside = np.array([one[3] for one in areas])
    inside[:2], inside[2:4] = True, False
    here, rest = np.where(inside, people, 0), np.where(inside, 0, people)
    to_rest, to_all = gaps_over_time(values, here, rest), gaps_over_time(values, here, people)
    part = rest.sum() / people.sum()
    np.testing.assert_allclose(to_all.gap, to_rest.gap * part, atol=1e-9)
    np.testing.assert_allclose(to_all.margin[1], to_rest.margin[1] * part, atol=1e-9)


def _step(*links: tuple[str, str, float]) -> Step:
    table = pd.DataFrame(links, columns=["source", "target", "postcodes"])
    return Step("a step", table.assign(kind="split"))


def test_an_area_that_was_split_reads_its_parts_by_postcodes_or_that_of_the_largest() -> None:
    codes = pd.Index(["A", "B"], name="code")
    shares = share_out(codes, [_step(("A", "A1", 30), ("A", "A2", 10), ("B", "B", 7))])
    values = pd.Series({"A1": 80.0, "A2": 40.0, "B": 5.0})
    assert read_on(codes, shares, values, BY_POSTCODES).tolist() == [70.0, 5.0]
    assert read_on(codes, shares, values, BEST_FIT).tolist() == [80.0, 5.0]


def test_a_part_without_a_value_leaves_the_area_without_one() -> None:
    codes = pd.Index(["A"], name="code")
    shares = share_out(codes, [_step(("A", "A1", 30), ("A", "A2", 10))])
    assert np.isnan(read_on(codes, shares, pd.Series({"A1": 80.0}), BY_POSTCODES)["A"])


def test_where_postcodes_are_not_counted_parts_are_alike_and_two_steps_follow_each_other() -> None:
    codes = pd.Index(["A"], name="code")
    steps = [
        _step(("A", "B", math.nan), ("A", "C", 4)),
        _step(("B", "D", 1), ("C", "D", 1), ("C", "E", 3)),
    ]
    shares = share_out(codes, steps).set_index("target")["share"]
    assert shares.to_dict() == {"D": 0.625, "E": 0.375}


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (0.0, "alike"),
        (0.04, "alike"),
        (-0.04, "alike"),
        (0.06, "0.1 worse"),
        (-12.0, "12.0 better"),
    ],
)
def test_a_gap_that_shows_no_difference_is_neither_worse_nor_better(gap: float, words: str) -> None:
    assert stands(gap) == words


def test_areas_whose_people_are_not_known_are_told_of() -> None:
    assert unknown_people(pd.Series([1.0, 0.0])) == ()
    (note,) = unknown_people(pd.Series([1.0, np.nan, np.nan]))
    assert note.startswith("The people of 2 areas are not known")
