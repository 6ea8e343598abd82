"""Priority neighbourhoods: who joins whom, names and numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.priorities.methods.groups import Groups, form_groups


def make_areas(*rows: tuple[str, str | None, int | None, float | None]) -> pd.DataFrame:
    """Code, ward, people, rank; the ward's name is its code with "Ward " before it."""
    frame = pd.DataFrame(rows, columns=["code", "ward_code", "people", "rank"]).set_index("code")
    frame["people"] = frame["people"].astype("Int64")
    frame["ward_name"] = [None if pd.isna(ward) else f"Ward {ward}" for ward in frame["ward_code"]]
    return frame


def make_pairs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "border_m"])


def codes_of(groups: Groups) -> list[tuple[str, ...]]:
    return list(groups.groups["codes"])


def test_touching_areas_of_one_ward_join_and_those_of_another_do_not() -> None:
    areas = make_areas(
        ("a", "W1", 1500, 10), ("b", "W1", 1500, 30), ("c", "W2", 1500, 5), ("d", "W1", 1500, 50)
    )
    groups = form_groups(areas, make_pairs(("a", "b", 50), ("b", "c", 90)))
    # c has middle rank 5, {a, b} (10+30)/2 = 20, d touches nothing: 50.
    assert codes_of(groups) == [("c",), ("a", "b"), ("d",)]
    assert list(groups.groups["name"]) == ["Ward W2", "Ward W1 1", "Ward W1 2"]
    assert list(groups.groups["middle_rank"]) == [5, 20, 50]
    assert list(groups.groups["people"]) == [1500, 3000, 1500]
    assert groups.membership.to_dict() == {"a": 2, "b": 2, "c": 1, "d": 3}


def test_a_border_of_one_metre_is_no_contact() -> None:
    areas = make_areas(("a", "W1", 1500, 1), ("b", "W1", 1500, 2), ("c", "W1", 1500, 3))
    groups = form_groups(areas, make_pairs(("a", "b", 1.0), ("b", "c", 1.01)))
    assert codes_of(groups) == [("a",), ("b", "c")]


def test_a_group_under_a_thousand_joins_the_longest_border_and_one_of_a_thousand_does_not() -> None:
    areas = make_areas(("a", "W1", 2000, 1), ("b", "W2", 999, 2), ("c", "W3", 2000, 3))
    pairs = make_pairs(("a", "b", 40), ("b", "c", 60))
    groups = form_groups(areas, pairs)
    assert codes_of(groups) == [("a",), ("b", "c")]
    assert groups.groups.loc[2, "name"] == "Ward W3"  # the ward with the most people
    assert groups.groups.loc[2, "wards"] == ("Ward W3", "Ward W2")
    areas.loc["b", "people"] = 1000
    assert codes_of(form_groups(areas, pairs)) == [("a",), ("b",), ("c",)]


def test_the_border_with_a_group_is_the_sum_of_those_with_its_areas() -> None:
    # s shares 30 + 30 with the two areas of W1 and 50 with the one of W3.
    areas = make_areas(
        ("a", "W1", 1000, 1), ("b", "W1", 1000, 2), ("c", "W3", 2000, 3), ("s", "W2", 500, 4)
    )
    pairs = make_pairs(("a", "b", 10), ("a", "s", 30), ("b", "s", 30), ("c", "s", 50))
    assert codes_of(form_groups(areas, pairs)) == [("a", "b", "s"), ("c",)]


def test_equal_borders_go_to_the_lowest_code() -> None:
    areas = make_areas(("a", "W1", 2000, 9), ("b", "W2", 500, 2), ("c", "W3", 2000, 3))
    groups = form_groups(areas, make_pairs(("b", "c", 60), ("a", "b", 60)))
    assert ("a", "b") in codes_of(groups)


def test_small_groups_join_each_other_until_enough() -> None:
    areas = make_areas(("a", "W1", 400, 1), ("b", "W2", 400, 2), ("c", "W3", 400, 3))
    groups = form_groups(areas, make_pairs(("a", "b", 5), ("b", "c", 5)))
    assert codes_of(groups) == [("a", "b", "c")]
    assert groups.groups.loc[1, "people"] == 1200


def test_a_small_one_that_touches_nothing_stays_and_says_so() -> None:
    groups = form_groups(make_areas(("a", "W1", 500, 1)), make_pairs())
    assert codes_of(groups) == [("a",)]
    assert "touches no other" in groups.groups.loc[1, "note"]


def test_unknown_people_stay_unknown() -> None:
    areas = make_areas(("a", "W1", None, 1), ("b", "W1", 500, 2))
    groups = form_groups(areas, make_pairs(("a", "b", 50)))
    assert pd.isna(groups.groups.loc[1, "people"])
    assert "not known" in groups.groups.loc[1, "note"]


def test_an_area_without_a_ward_is_named_by_its_code() -> None:
    areas = make_areas(("a", None, 1500, 1), ("b", None, 1500, 2))
    groups = form_groups(areas, make_pairs(("a", "b", 50)))
    assert list(groups.groups["name"]) == ["a", "b"]


def test_an_area_without_a_rank_comes_last() -> None:
    groups = form_groups(
        make_areas(("a", "W1", 1500, None), ("b", "W2", 1500, 30_000)), make_pairs()
    )
    assert codes_of(groups) == [("b",), ("a",)]


def test_wards_of_one_name_are_told_apart_by_their_district() -> None:
    areas = make_areas(("a", "W1", 1500, 1), ("b", "W2", 1500, 2))
    areas["ward_name"] = "Central"
    areas["district_name"] = ["Exe", "Wye"]
    groups = form_groups(areas, make_pairs())
    assert list(groups.groups["name"]) == ["Central (Exe)", "Central (Wye)"]


def test_nothing_selected_gives_no_group() -> None:
    groups = form_groups(make_areas(), make_pairs())
    assert len(groups.groups) == 0
    assert len(groups.membership) == 0


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_area_stands_in_one_group_and_people_are_conserved(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    codes = [f"a{place:02d}" for place in range(count)]
    people = data.draw(st.lists(st.integers(0, 1800), min_size=count, max_size=count))
    wards = data.draw(st.lists(st.sampled_from(["W1", "W2", "W3"]), min_size=count, max_size=count))
    pairs = data.draw(
        st.lists(
            st.tuples(st.sampled_from(codes), st.sampled_from(codes), st.floats(0, 500)),
            max_size=30,
            unique_by=lambda pair: frozenset(pair[:2]),
        )
    )
    rows = list(zip(codes, wards, people, range(1, count + 1), strict=True))
    groups = form_groups(make_areas(*rows), make_pairs(*pairs))
    assert sorted(code for found in codes_of(groups) for code in found) == codes
    assert groups.groups["people"].sum() == sum(people)
    shuffled = form_groups(make_areas(*reversed(rows)), make_pairs(*reversed(pairs)))
    assert codes_of(shuffled) == codes_of(groups)
    touching = [pair[:2] for pair in pairs if pair[2] > 1 and pair[0] != pair[1]]
    for number, group in groups.groups.iterrows():
        if group["people"] < 1000:
            mine = set(group["codes"])
            assert not any((a in mine) != (b in mine) for a, b in touching), number
