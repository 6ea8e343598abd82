"""Ranks by what is worse, and periods that only repeat an earlier one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.indicators.methods.periods import LEAST_AREAS, find_repeats, rank_by_direction

CODES = [f"E070000{place:02}" for place in range(12)]


def test_the_worst_comes_first_whichever_way_an_indicator_runs() -> None:
    values = pd.Series([3.0, 9.0, 3.0, np.nan, 0.0], index=list("abcde"))
    assert rank_by_direction(values, "higher-is-worse").to_list() == [2, 1, 2, pd.NA, 4]
    assert rank_by_direction(values, "lower-is-worse").to_list() == [2, 4, 2, pd.NA, 1]
    assert rank_by_direction(values, "neither").isna().all()


def years(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=CODES)


def test_a_year_that_repeats_another_is_carried_from_the_first_of_its_chain() -> None:
    measured = [float(place) for place in range(12)]
    found = find_repeats(years(a=measured, b=[x + 1 for x in measured], c=measured, d=measured))
    assert found["carried_from"].to_list() == [None, None, "a", "a"]
    assert found["repeated_share"].to_list()[1:] == [0.0, 0.0, 1.0]


def test_one_value_that_differs_makes_a_year_of_its_own() -> None:
    measured = [float(place) for place in range(12)]
    changed = [*measured[:-1], 11.000001]
    found = find_repeats(years(a=measured, b=changed))
    assert found["carried_from"].to_list() == [None, None]
    assert found["repeated_share"].to_list()[1] == pytest.approx(11 / 12)


def test_what_is_missing_in_one_year_alone_makes_it_another() -> None:
    measured = [float(place) for place in range(12)]
    found = find_repeats(years(a=measured, b=[*measured[:-1], np.nan], c=[np.nan] * 12))
    assert found["carried_from"].to_list() == [None, None, None]
    assert found["repeated_share"].to_list()[1] == 1.0


def test_a_few_areas_or_one_number_say_nothing() -> None:
    alike = find_repeats(years(a=[0.0] * 12, b=[0.0] * 12))
    assert alike["carried_from"].to_list() == [None, None]
    few = years(a=[1.0, 2.0] * 6, b=[1.0, 2.0] * 6).iloc[: LEAST_AREAS - 1]
    assert find_repeats(few)["carried_from"].to_list() == [None, None]
