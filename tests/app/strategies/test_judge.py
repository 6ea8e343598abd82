"""Fifteen targets worked out by hand, and what holds of every one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.strategies.methods.gather import gather
from app.strategies.methods.judge import (
    CANNOT_TELL,
    MET,
    OFF_TRACK,
    ON_TRACK,
    STATUSES,
    TAIL,
    Figures,
    Judged,
    judge,
    weighed_means,
    worst_share,
)
from app.strategies.methods.promise import Promise, is_over, year_of
from app.strategies.methods.reasons import reason_of

NONE = float("nan")


def series(rows: dict[str, list[float]], first: int = 2001, **also: object) -> Figures:
    width = len(next(iter(rows.values())))
    periods = [str(first + n) for n in range(width)]
    return Figures(pd.DataFrame.from_dict(rows, orient="index", columns=periods), **also)  # type: ignore[arg-type]


def words(judged: Judged, subject: str) -> list[str]:
    return [judged.at(subject, period).status for period in judged.periods]


ATTAINMENT = Promise("floor", False, "2001", "2004", threshold=38.0)
# Baseline 20 in 2001, 32 by 2005: 3 a year.
RISE = Promise("level", False, "2001", "2005", threshold=32.0)
# Baseline 60 in 2001, 40 by 2005: 5 a year down.
FALL = Promise("level", True, "2001", "2005", threshold=40.0)
STEPS = Promise(
    "level", False, "2001", "2007", threshold=32.0, path="stepped",
    milestones=(("2003", 24.0), ("2005", 30.0)),
)  # fmt: skip
BURGLARY = Promise("ratio", True, "2001", "2005", threshold=3.0)
# The gap of the worst fifth must fall by a tenth by 2003.
HEALTH = Promise("tail-gap", False, "2001", "2003", reduction_share=0.1)

CASES = [
    ("at the floor exactly is met", ATTAINMENT, {"a": [30, 33, 36, 38.0]}, "a", "2004", MET),
    ("a tenth below the floor when due", ATTAINMENT, {"a": [30, 33, 36, 37.9]}, "a", "2004", OFF_TRACK),
    ("above the floor before it is due", ATTAINMENT, {"a": [30, 38.2, 36, 37]}, "a", "2002", MET),
    ("fallen below the floor again before it is due", ATTAINMENT, {"a": [39, 40, 37, 37]}, "a", "2003", OFF_TRACK),
    ("exactly on a rising line", RISE, {"a": [20, 23.0, 0, 0, 0]}, "a", "2002", ON_TRACK),
    ("a hundredth below a rising line", RISE, {"a": [20, 22.99, 0, 0, 0]}, "a", "2002", OFF_TRACK),
    ("exactly on a falling line", FALL, {"a": [60, 60, 50.0, 0, 0]}, "a", "2003", ON_TRACK),
    ("a hundredth above a falling line", FALL, {"a": [60, 60, 50.01, 60, 60]}, "a", "2003", OFF_TRACK),
    ("before the first milestone the baseline is enough", STEPS, {"a": [20, 20, 0, 0, 0, 0, 0]}, "a", "2002", ON_TRACK),
    ("between two milestones the first still holds", STEPS, {"a": [20, 0, 0, 24, 0, 0, 0]}, "a", "2004", ON_TRACK),
    ("at a milestone its own figure holds", STEPS, {"a": [20, 0, 0, 0, 29.9, 0, 0]}, "a", "2005", OFF_TRACK),
    # Averages of 20 and 20: 60 is three times, 61 is more.
    ("three times the average exactly", BURGLARY, {"a": [60] * 5, "b": [0] * 5, "c": [0] * 5}, "a", "2005", MET),
    # Of five areas the worst fifth is one: 80 - 70 = 10 to begin with, 9 by 2003. Means: 80, 80.25.
    ("the gap of the worst fifth fell by just a tenth", HEALTH,
     {"a": [70, 71, 71.25], "b": [82.5, 82, 82.5], "c": [82.5, 82, 82.5], "d": [82.5, 82, 82.5], "e": [82.5, 82, 82.5]},
     TAIL, "2003", MET),
    ("without a figure", RISE, {"a": [20, 23, NONE, 0, 0]}, "a", "2003", CANNOT_TELL),
    ("without a baseline and not yet due", RISE, {"a": [NONE, 23, 26, 29, 31]}, "a", "2003", CANNOT_TELL),
    ("without a baseline and due", RISE, {"a": [NONE, 23, 26, 29, 31]}, "a", "2005", OFF_TRACK),
]  # fmt: skip


@pytest.mark.parametrize(
    ("promise", "rows", "subject", "period", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_case_worked_by_hand_comes_out_so(
    promise: Promise, rows: dict[str, list[float]], subject: str, period: str, expected: str
) -> None:
    judged = judge(promise, series(rows))
    assert judged.at(subject, period).status == expected
    assert reason_of(judged, subject, period, "per cent")


def test_a_year_that_repeats_another_cannot_be_told_and_the_last_real_one_is_named() -> None:
    judged = judge(
        RISE, series({"a": [20, 23, 26, 26, 26]}, carried={"2004": "2003", "2005": "2003"})
    )
    assert words(judged, "a") == [ON_TRACK, ON_TRACK, ON_TRACK, CANNOT_TELL, CANNOT_TELL]
    assert judged.latest() == "2003"
    assert reason_of(judged, "a", "2005", "per cent") == "the figures of 2005 repeat those of 2003"


def test_all_that_tie_at_the_cut_are_in_the_tail_whatever_their_order() -> None:
    values = np.array([[70.0, 72.0, 71.0, 71.0, 80.0, 81.0, 82.0, 83.0, 84.0, 85.0]]).T
    marked, tied = worst_share(values, 0.2, higher_is_worse=False)
    assert (list(np.flatnonzero(marked)), tied) == ([0, 2, 3], [1])
    again, _ = worst_share(values[::-1], 0.2, higher_is_worse=False)
    assert list(again[::-1, 0]) == list(marked[:, 0])


def test_a_fifth_of_five_is_one_and_of_six_is_two() -> None:
    assert worst_share(np.arange(5.0)[:, None], 0.2, higher_is_worse=True)[0].sum() == 1
    assert worst_share(np.arange(6.0)[:, None], 0.2, higher_is_worse=True)[0].sum() == 2


def test_each_period_has_the_worst_of_the_areas_that_have_a_figure_in_it() -> None:
    values = np.array([[1.0, NONE, NONE], [2, 9, NONE], [3, 8, NONE], [4, NONE, NONE]])
    marked, tied = worst_share(values, 0.5, higher_is_worse=True)
    assert [np.flatnonzero(column).tolist() for column in marked.T] == [[2, 3], [1], []]
    assert tied == [0, 0, 0]
    assert worst_share(values[:0], 0.5, higher_is_worse=True)[1] == [0, 0, 0]


def test_people_are_found_by_code_whatever_their_order() -> None:
    people = pd.Series({"z": 9.0, "b": 1.0, "a": 3.0})
    assert series({"a": [10.0], "b": [30.0]}, weights=people).averages.tolist() == [15.0]


def test_one_series_has_a_worst_share_at_each_of_its_ends() -> None:
    figures = series({"a": [1.0], "b": [2.0], "c": [3.0], "d": [4.0]})
    high, low = (figures.worst(0.25, higher_is_worse=end)[0][:, 0] for end in (True, False))
    assert (high.tolist(), low.tolist()) == ([False] * 3 + [True], [True] + [False] * 3)


def test_an_area_without_a_figure_or_without_people_is_in_no_average() -> None:
    values = np.array([[10.0, NONE, NONE], [20, 40, NONE], [90, 7, 5]])
    people = np.array([3.0, 1.0, NONE])
    assert weighed_means(values, people).tolist()[:2] == [12.5, 40.0]
    assert np.isnan(weighed_means(values, people)[2])
    assert weighed_means(values, None).tolist() == [40.0, 23.5, 5.0]


def test_who_began_above_the_floor_is_asked_to_stay_above_it() -> None:
    judged = judge(ATTAINMENT, series({"a": [45, 39, 37.5, 38]}))
    assert judged.expected.tolist() == [[38.0] * 4]
    assert words(judged, "a") == [MET, MET, OFF_TRACK, MET]


def test_an_average_of_a_part_of_the_country_is_not_known() -> None:
    judged = judge(BURGLARY, series({"a": [60] * 5, "b": [0] * 5}, whole=False))
    assert set(words(judged, "a")) == {CANNOT_TELL}
    assert "only a part" in reason_of(judged, "a", "2005", "")


def test_a_weighed_average_leaves_out_an_area_without_a_weight() -> None:
    weights = pd.Series({"a": 1.0, "b": 3.0, "c": np.nan})
    judged = judge(BURGLARY, series({"a": [8] * 5, "b": [0] * 5, "c": [90] * 5}, weights=weights))
    assert judged.at("a", "2005").figure == pytest.approx(4.0)  # 8 over (8 + 0 * 3) / 4


def test_the_reason_tells_figure_aim_and_how_far() -> None:
    judged = judge(RISE, series({"a": [20, 22, 26, 29, 31]}))
    assert reason_of(judged, "a", "2002", "per cent") == (
        "22% in 2002: the path asks at least 23% by then, 1 point away, and at least 32% by 2005"
    )
    assert reason_of(judged, "a", "2005", "per cent") == (
        "31% in 2005: at least 32% was promised by 2005, which is 1 point away"
    )


@pytest.mark.parametrize(
    ("written", "year"),
    [("2015", 2015.0), ("2015-16", 2015.0), ("1999-00", 1999.0), ("2017-08", 2017 + 7 / 12), ("2001-01", 2001.0),
     ("2015-2017", 2015.0), ("2019-03-31", 2019 + 2 / 12 + 30 / 366), ("soon", None), ("2015-99", None)],
)  # fmt: skip
def test_a_period_is_read_as_the_time_it_begins(written: str, year: float | None) -> None:
    assert year_of(written) == (None if year is None else pytest.approx(year))


figures = st.lists(
    st.one_of(st.floats(0, 100), st.just(NONE)), min_size=5, max_size=5
)  # fmt: skip


@given(st.lists(figures, min_size=1, max_size=12), st.booleans(), st.floats(0, 100))
def test_every_area_and_year_has_one_word_and_none_without_a_figure_is_judged(
    rows: list[list[float]], higher_is_worse: bool, threshold: float
) -> None:
    given = series({f"a{n:02}": row for n, row in enumerate(rows)})
    judged = judge(Promise("floor", higher_is_worse, "2001", "2005", threshold=threshold), given)
    told = np.array([words(judged, code) for code in judged.subjects])
    assert set(told.ravel()) <= set(STATUSES)
    assert (told[given.values.isna().to_numpy()] == CANNOT_TELL).all()
    assert [sum(each.values()) for each in judged.counts()] == [len(rows)] * 5
    turned = judge(judged.promise, Figures(given.values.iloc[::-1]))
    assert turned.status[::-1].tolist() == judged.status.tolist()


def test_a_merged_districts_rate_is_the_mean_by_people_and_a_gap_leaves_it_without_one() -> None:
    frame = pd.DataFrame({"2001": [10.0, 20.0], "2002": [12.0, NONE]}, index=["a", "b"])
    people = pd.Series({"a": 3.0, "b": 1.0})
    made = gather(frame, {"m": ("a", "b")}, people, "intensive")["m"]
    assert (made.values["2001"], np.isnan(made.values["2002"])) == (12.5, True)
    assert gather(frame, {"m": ("a", "b")}, people, "extensive")["m"].values["2001"] == 30
    assert gather(frame, {"m": ("a", "b")}, people.drop("b"), "intensive") == {}


def test_what_is_made_of_others_is_judged_and_moves_no_average() -> None:
    beside = pd.DataFrame({"2001": [9.0], "2002": [9.0]}, index=["m"])
    given = series({"a": [2, 2], "b": [4, 4]}, beside=beside)
    judged = judge(BURGLARY, given, ["a", "m"])
    assert judged.at("m", "2002").figure == 3.0


@pytest.mark.parametrize(
    ("period", "last"),
    [
        ("2026", date(2026, 12, 31)), ("2025-26", date(2026, 3, 31)), ("2026-02", date(2026, 2, 28)),
        ("1999-00", date(2000, 3, 31)), ("2024-2026", date(2026, 12, 31)),
    ],
)  # fmt: skip
def test_a_period_is_over_on_the_day_after_its_last(period: str, last: date) -> None:
    assert not is_over(period, last)
    assert is_over(period, last + timedelta(days=1))


def test_words_that_are_no_time_are_never_over() -> None:
    assert not is_over("soon", date(9999, 12, 31))
