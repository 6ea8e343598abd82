"""Ground carried to other areas: nobody is lost, and how it was done is said."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from app.profiles.methods.trend import carry_ground
from boundaries.methods.rebase import Step

LINKS = pd.DataFrame(
    [
        ("a", "a", "unchanged", 5), ("b", "b1", "split", 3), ("b", "b2", "split", 1),
        ("c", "cd", "merged", 4), ("d", "cd", "merged", 4),
    ],
    columns=["source", "target", "kind", "postcodes"],
).astype({"postcodes": "Int64"})  # fmt: skip
STEP = Step("old to new", LINKS)


def test_unchanged_ground_is_exact() -> None:
    made = carry_ground(pd.Series({"a": 100}), [STEP])
    assert made.people.to_dict() == {"a": 100}
    assert (made.is_rebased, made.is_estimated, made.lost) == (False, False, 0)


def test_a_split_area_is_shared_by_postcodes_and_called_estimated() -> None:
    made = carry_ground(pd.Series({"b": 100}), [STEP])
    assert made.people.to_dict() == {"b1": 75, "b2": 25}
    assert (made.is_rebased, made.is_estimated) == (True, True)


def test_half_of_a_merged_area_carries_its_own_people_alone() -> None:
    made = carry_ground(pd.Series({"c": 40}), [STEP])
    assert made.people.to_dict() == {"cd": 40}
    assert made.method == "merged"


def test_no_step_leaves_the_ground_as_it_is() -> None:
    made = carry_ground(pd.Series({"b": 7, "a": 1}), [])
    assert made.people.to_dict() == {"a": 1, "b": 7}
    assert made.method == "exact"


def test_ground_without_a_link_is_told_as_lost() -> None:
    made = carry_ground(pd.Series({"a": 5, "z": 9}), [STEP])
    assert made.people.to_dict() == {"a": 5}
    assert made.lost == 9


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from("abcdz"), st.integers(0, 10**6), min_size=1))
def test_nobody_is_lost_or_made_up(people: dict[str, int]) -> None:
    made = carry_ground(pd.Series(people, dtype="int64"), [STEP])
    assert int(made.people.sum()) + made.lost == sum(people.values())
