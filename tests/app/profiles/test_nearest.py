"""The statistically nearest areas, on a table whose distances are known."""

from __future__ import annotations

import math

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from app.profiles.methods.nearest import nearest_areas

# Means 2 and 20, population deviations sqrt(2) and 10·sqrt(2)·… : both columns are one pattern, 10 apart.
TABLE = pd.DataFrame(
    {"income": [0.0, 1.0, 2.0, 3.0, 4.0], "crime": [0.0, 10.0, 20.0, 30.0, 40.0]},
    index=["a", "b", "c", "d", "e"],
)


def test_every_domain_counts_the_same_whatever_its_unit() -> None:
    found = nearest_areas(TABLE, TABLE.loc["c"], ["c"])
    # one step is 1/sqrt(2) in each of two domains: sqrt(0.5 + 0.5) = 1
    assert found["distance"].tolist() == [1.0, 1.0, 2.0, 2.0]
    assert found.index.tolist() == ["b", "d", "a", "e"]


def test_a_domain_in_which_all_agree_tells_nothing() -> None:
    flat = TABLE.assign(flat=7.0)
    target = flat.loc["c"].copy()
    assert nearest_areas(flat, target, ["c"])["distance"].tolist() == [1.0, 1.0, 2.0, 2.0]


def test_an_area_that_lacks_a_domain_is_never_near_and_a_lacking_target_has_none() -> None:
    holed = TABLE.copy()
    holed.loc["b", "income"] = math.nan
    assert "b" not in nearest_areas(holed, TABLE.loc["c"], ["c"]).index
    assert nearest_areas(TABLE, holed.loc["b"], ["b"]).empty


def test_at_most_so_many_are_listed() -> None:
    assert nearest_areas(TABLE, TABLE.loc["a"], ["a"], most=2).index.tolist() == ["b", "c"]


@settings(max_examples=10)
@given(st.permutations(list(TABLE.index)))
def test_the_order_of_the_rows_changes_nothing(order: list[str]) -> None:
    shuffled = nearest_areas(TABLE.loc[order], TABLE.loc["c"], ["c"])
    assert shuffled.equals(nearest_areas(TABLE, TABLE.loc["c"], ["c"]))
