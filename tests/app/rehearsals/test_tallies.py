"""Neighbourhoods shared out over what would follow, and money held before against after."""

from __future__ import annotations

import copy

import pandas as pd
import pytest

from app.rehearsals.methods.tallies import (
    same_before_and_after,
    share_over_grounds,
    whole_people,
)
from app.resources.methods.landing import ACROSS, IN_ONE, Counted, Landing, sum_landings
from app.resources.methods.ledger import LOCATED, OUT, LedgerBroken

SHARES = pd.DataFrame(
    [("a", 0, 1.0, 1.0), ("b", 0, 0.25, 0.5), ("b", 1, 0.75, 0.5), ("c", 1, 1.0, 1.0)],
    columns=["code", "ground", "people_share", "area_share"],
)


def held(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["place", "code", "people", "area_m2"])


def test_people_and_ground_of_a_place_are_divided_and_none_is_lost() -> None:
    found = share_over_grounds(
        held(("n", "a", 10, 4), ("n", "b", 100, 8), ("n", "z", 3, 1)), SHARES
    )
    # b: a quarter of 100 people and half of 8 m² to ground 0; z is in no ground of the plan.
    assert found.to_dict("records") == [
        {"place": "n", "ground": -1, "people": 3.0, "area_m2": 1.0},
        {"place": "n", "ground": 0, "people": 35.0, "area_m2": 8.0},
        {"place": "n", "ground": 1, "people": 75.0, "area_m2": 4.0},
    ]


def test_people_not_known_of_one_area_are_not_known_of_its_ground_and_never_none() -> None:
    found = share_over_grounds(held(("n", "a", float("nan"), 4), ("n", "c", 5, 2)), SHARES)
    assert found["people"].isna().tolist() == [True, False]
    assert found["area_m2"].tolist() == [4.0, 2.0]


def test_whole_people_sum_to_the_whole() -> None:
    assert whole_people(10, [3.4, 3.3, 3.3]) == [4, 3, 3]
    assert whole_people(float("nan"), [float("nan"), 3.6]) == [None, 4]
    assert whole_people(0, [0.0, 0.0]) == [0, 0]


@pytest.mark.parametrize("name", ["file", OUT, "grounds"])
def test_a_penny_that_is_lost_between_before_and_after_is_refused(name: str) -> None:
    rows = [
        Counted(Landing(IN_ONE, 0, LOCATED), None, 1, 5),
        Counted(Landing(ACROSS), None, 1, 7),
        Counted(Landing(OUT), None, 1, 9),
    ]
    before = sum_landings(rows, 1)
    same_before_and_after(before, sum_landings(rows[::-1], 1))
    after = copy.deepcopy(before)
    one = after[name][0] if name == "grounds" else after[name]
    one["pence"] -= 1
    with pytest.raises(LedgerBroken, match="before"):
        same_before_and_after(before, after)
