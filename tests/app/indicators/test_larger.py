"""Larger areas from the areas in them: sums, averages by people, and what one area without a value does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.indicators.methods.larger import gather_values

NAN = float("nan")
PARENTS = pd.Series({"a": "P", "b": "P", "c": "Q", "d": "Q", "e": "R"})


def frame(values: dict[str, float], suppressed: str = "") -> pd.DataFrame:
    held = pd.Series(values)
    states = np.where(held.notna(), "value", "missing")
    found = pd.DataFrame(
        {"value": held, "state": pd.Series(states, index=held.index, dtype=object)}
    )
    found.loc[[each for each in suppressed if each in found.index], "state"] = "suppressed"
    return found


def test_counts_are_added_and_one_without_a_value_leaves_none() -> None:
    found = gather_values(
        frame({"a": 3, "b": 0, "c": 5, "d": NAN, "e": NAN}, suppressed="e"), PARENTS
    )
    assert found["value"].to_list()[:1] == [3.0]
    assert found["state"].to_list() == ["value", "missing", "suppressed"]
    assert found["value"].isna().to_list() == [False, True, True]
    assert found["areas"].to_list() == [2, 2, 1]
    assert found["areas_without"].to_list() == [0, 1, 1]
    assert found["known"].to_list()[:2] == [3.0, 5.0]
    assert np.isnan(found["known"].iloc[2])


def test_an_area_that_is_not_listed_counts_as_missing() -> None:
    found = gather_values(frame({"a": 3}), PARENTS)
    assert found.loc["P", ["state", "areas_without"]].to_list() == ["missing", 1]
    assert found.loc["R", "state"] == "missing"


def test_rates_are_averaged_by_people_worked_by_hand() -> None:
    people = pd.Series({"a": 100, "b": 300, "c": 50, "d": 50, "e": 0})
    found = gather_values(
        frame({"a": 10.0, "b": 20.0, "c": 1.0, "d": 2.0, "e": 7.0}), PARENTS, people
    )
    # (10 * 100 + 20 * 300) / 400 = 17.5
    assert found["value"].to_list()[:2] == [17.5, 1.5]
    # Nobody lives in R: nothing can be averaged.
    assert found.loc["R", "state"] == "missing"


def test_an_area_without_people_known_leaves_no_average() -> None:
    people = pd.Series({"a": 100, "c": 50, "d": 50}, dtype="Int64")
    found = gather_values(frame({"a": 10.0, "b": 20.0, "c": 1.0, "d": 2.0}), PARENTS, people)
    assert found["state"].to_list() == ["missing", "value", "missing"]
    assert found.loc["P", "known"] == pytest.approx(10.0)
