"""Two lists at a common release: kept, added, dropped, and nothing lost."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.priorities.methods.compare import Comparison, compare_lists


def compare(
    old: dict[str, bool],
    new: dict[str, bool],
    links: list[tuple[str, str, str]],
    old_people: dict[str, int] | None = None,
    new_people: dict[str, int] | None = None,
) -> Comparison:
    return compare_lists(
        pd.Series(old, dtype=bool),
        pd.Series(new, dtype=bool),
        pd.DataFrame(links, columns=["old_code", "new_code", "kind"]),
        pd.Series(dict.fromkeys(old, 1000) if old_people is None else old_people, dtype="Int64"),
        pd.Series(dict.fromkeys(new, 1000) if new_people is None else new_people, dtype="Int64"),
    )


def test_kept_added_dropped_and_neither() -> None:
    old = {"a": True, "b": True, "c": False, "d": False}
    new = {"a": True, "b": False, "c": True, "d": False}
    found = compare(old, new, [(code, code, "unchanged") for code in "abcd"])
    assert found.areas["outcome"].to_dict() == {
        "a": "kept", "b": "dropped", "c": "added", "d": "neither",
    }  # fmt: skip
    assert found.counts["people_kept"] == 1000
    assert found.counts["areas_carried"] == 2


def test_the_halves_of_a_split_area_are_judged_each() -> None:
    links = [("s", "s1", "split"), ("s", "s2", "split")]
    found = compare({"s": True}, {"s1": True, "s2": False}, links)
    assert found.areas["outcome"].to_dict() == {"s1": "kept", "s2": "dropped"}
    assert found.areas["link"].to_dict() == {"s1": "split", "s2": "split"}
    # 1 old area + 1 gained by splitting = 2 carried.
    assert (found.counts["gained_by_splits"], found.counts["lost_by_merging"]) == (1, 0)


def test_a_merged_area_counts_from_half_of_its_people_on() -> None:
    links = [("m1", "m", "merged"), ("m2", "m", "merged")]
    old, new = {"m1": True, "m2": False}, {"m": True}
    half = compare(old, new, links, {"m1": 700, "m2": 700})
    assert half.areas.loc["m", "outcome"] == "kept"
    assert half.areas.loc["m", "old_share"] == 0.5
    less = compare(old, new, links, {"m1": 699, "m2": 700})
    assert less.areas.loc["m", "outcome"] == "added"
    assert less.areas.loc["m", "old_codes"] == ("m1", "m2")
    assert less.counts["lost_by_merging"] == 1


def test_a_selected_area_that_leads_nowhere_is_named() -> None:
    found = compare({"a": True, "gone": True}, {"a": True}, [("a", "a", "unchanged")])
    assert found.unmatched == ("gone",)
    assert found.counts["areas_old"] == 2
    assert found.counts["areas_carried"] == 1
    assert found.counts["lost_by_merging"] == 1


def test_a_newer_area_without_a_link_can_only_be_added() -> None:
    found = compare({"a": False}, {"a": False, "new": True}, [("a", "a", "unchanged")])
    assert found.areas.loc["new", "outcome"] == "added"
    assert found.areas.loc["new", "link"] == "none"


def test_missing_people_make_the_sum_missing_not_small() -> None:
    links = [("a", "a", "unchanged"), ("b", "b", "unchanged")]
    both = {"a": True, "b": True}
    found = compare(both, both, links, new_people={"a": 1200})
    assert found.counts["people_kept"] is None
    assert found.counts["kept"] == 2
    assert found.counts["people_dropped"] == 0


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_counts_always_balance(data: st.DataObject) -> None:
    olds = [f"o{place}" for place in range(data.draw(st.integers(1, 6)))]
    news = [f"n{place}" for place in range(data.draw(st.integers(1, 6)))]
    flags = st.booleans()
    old = {code: data.draw(flags) for code in olds}
    new = {code: data.draw(flags) for code in news}
    kinds = st.sampled_from(["unchanged", "split", "merged", "complex"])
    links = data.draw(
        st.lists(st.tuples(st.sampled_from(olds), st.sampled_from(news), kinds), max_size=12)
    )
    people = {code: data.draw(st.integers(0, 3000)) for code in olds}
    counts = compare(old, new, links, people).counts
    assert {key: value for key, value in counts.items() if value is None} == {}
    number = {key: value or 0 for key, value in counts.items()}
    assert number["kept"] + number["dropped"] == number["areas_carried"]
    assert number["kept"] + number["added"] == number["areas_new"] == sum(new.values())
    assert number["areas_old"] == sum(old.values())
    assert (
        number["areas_old"] + number["gained_by_splits"] - number["lost_by_merging"]
        == number["areas_carried"]
    )
    assert number["people_kept"] + number["people_dropped"] == number["people_carried"]
    assert number["people_kept"] + number["people_added"] == number["people_new"]
