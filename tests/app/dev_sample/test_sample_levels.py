"""Codes, lives, parents, people and postcodes of the invented county."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely

from app.dev.sample_county.county import SampleCounty
from app.dev.sample_county.need import largest_remainder

CHANGED = date(2021, 3, 20)


def links(county: SampleCounty, prefix: str) -> pd.DataFrame:
    rows = county.successions
    return rows[rows["old_code"].str.startswith(prefix)]


def test_every_code_begins_with_x_and_no_other_letter(county: SampleCounty) -> None:
    codes = set(county.areas["code"])
    assert all(re.fullmatch(r"X\d{8}", code) for code in codes)
    assert len(codes) == len(county.areas)
    drawn = {code for layer in county.layers.values() for code in layer.frame["code"]}
    assert drawn == codes
    for column in ("child_code", "parent_code"):
        assert set(county.memberships[column]) <= codes


def test_there_are_about_three_hundred_small_areas_of_lawful_size(county: SampleCounty) -> None:
    for release, area_set in (
        ("lsoa-2011-12-demo", "lsoa-2011"),
        ("lsoa-2021-12-demo", "lsoa-2021"),
    ):
        codes = county.layers[release].frame["code"]
        rows = county.weights[county.weights["area_set"] == area_set]
        people = rows[rows["measure"] == "people"].set_index("code")["value"]
        assert 280 <= len(codes) <= 330
        assert sorted(people.index) == sorted(codes)
        assert people.between(1_000, 3_000).all()
        homes = rows[rows["measure"] == "households"].set_index("code")["value"]
        assert homes.between(400, 1_400).all()


def test_two_tiers_and_a_unitary(county: SampleCounty) -> None:
    parents = county.memberships[county.memberships["lookup"] == "lad23-cty-demo"]
    lads = county.layers["lad-2023-05-demo"].frame
    assert len(lads) == 6
    assert sorted(parents["child_code"]) == sorted(set(lads["code"]) - {"X06000001"})
    assert set(parents["parent_code"]) == {"X10000001"}


def test_one_name_needs_escaping_and_one_parish_name_comes_twice(county: SampleCounty) -> None:
    names = county.layers["lad-2023-05-demo"].frame["name"]
    assert "St Ewold's & Crabtrée" in set(names)
    parishes = county.layers["par-2023-05-demo"].frame["name"]
    assert parishes.duplicated().sum() == 1


def test_lives_are_half_open_and_agree_with_the_releases(county: SampleCounty) -> None:
    areas = county.areas.set_index("code")
    for kind in ("lsoa", "msoa"):
        mine = areas[areas["type"] == kind]
        old = set(county.layers[f"{kind}-2011-12-demo"].frame["code"])
        new = set(county.layers[f"{kind}-2021-12-demo"].frame["code"])
        for code, area in mine.iterrows():
            assert area["valid_from"] == (date(2011, 3, 27) if code in old else CHANGED)
            assert area["valid_to"] == (None if code in new else CHANGED)
    lads = areas[areas["type"] == "lad"]
    alive = lads[[area is None or area > date(2019, 12, 31) for area in lads["valid_to"]]]
    born = [day is None or day <= date(2019, 12, 31) for day in alive["valid_from"]]
    assert sorted(alive.index[born]) == sorted(county.layers["lad-2019-12-demo"].frame["code"])


def test_two_districts_became_one_in_april_2023(county: SampleCounty) -> None:
    rows = links(county, "X07")
    assert list(rows["old_code"]) == ["X07000004", "X07000005"]
    assert set(rows["new_code"]) == {"X07000007"}
    assert set(rows["kind"]) == {"merged"}
    assert set(rows["changed_on"]) == {date(2023, 4, 1)}
    assert set(rows["share"]) == {1.0}


def test_small_areas_split_and_merge_between_the_releases(county: SampleCounty) -> None:
    rows = links(county, "X01")
    kinds = rows["kind"].value_counts()
    # 9 areas split into 2 give 18 links; 6 pairs merged give 12.
    assert kinds["split"] == 18
    assert kinds["merged"] == 12
    unchanged = rows[rows["kind"] == "unchanged"]
    assert (unchanged["old_code"] == unchanged["new_code"]).all()
    assert np.allclose(rows.groupby("old_code")["share"].sum(), 1.0)
    old, new = (county.layers[f"lsoa-20{y}-12-demo"].frame.set_index("code") for y in (11, 21))
    assert len(new) - len(old) == 9 - 6
    for code, news in rows.groupby("old_code")["new_code"]:
        union = shapely.union_all(new.geometry[list(news)].to_numpy())
        assert shapely.difference(old.geometry[code], union).area < 1.0


@pytest.mark.parametrize("measure", ["people", "households", "postcodes"])
def test_nobody_is_lost_between_the_two_sets(county: SampleCounty, measure: str) -> None:
    rows = county.weights[county.weights["measure"] == measure]
    value = rows.set_index(["area_set", "code"])["value"]
    assert value["lsoa-2011"].sum() == value["lsoa-2021"].sum()
    linked = links(county, "X01")
    for code, news in linked[linked["kind"] != "merged"].groupby("old_code")["new_code"]:
        assert value["lsoa-2021"][list(news)].sum() == value["lsoa-2011"][code]
    for code, olds in linked[linked["kind"] == "merged"].groupby("new_code")["old_code"]:
        assert value["lsoa-2011"][list(olds)].sum() == value["lsoa-2021"][code]


def test_only_the_people_of_split_areas_are_estimated(county: SampleCounty) -> None:
    linked = links(county, "X01")
    split = set(linked[linked["kind"] == "split"]["new_code"])
    estimated = county.weights[county.weights["estimated"]]
    assert set(estimated["code"]) == split
    assert set(estimated["area_set"]) == {"lsoa-2021"}
    assert set(estimated["measure"]) == {"people", "households"}


def test_largest_remainder_gives_every_unit_once() -> None:
    # 10 by 1:1:1 is 3 1/3 each; the one left goes to the first.
    assert largest_remainder(10, np.array([1, 1, 1])) == [4, 3, 3]
    # 10 by 2:3:0 is 4 and 6.
    assert largest_remainder(10, np.array([2, 3, 0])) == [4, 6, 0]
    # 5 by 1:2 is 1.67 and 3.33: the larger remainder takes the fifth.
    assert largest_remainder(5, np.array([1, 2])) == [2, 3]
    # Nothing to go by: evenly.
    assert largest_remainder(3, np.array([0, 0])) == [2, 1]


def test_parish_shares_of_each_small_area_add_up(county: SampleCounty) -> None:
    rows = county.memberships[county.memberships["lookup"] == "lsoa21-par-demo"]
    assert np.allclose(rows.groupby("child_code")["share"].sum(), 1.0)
    alone = rows.groupby("child_code")["parent_code"].transform("size") == 1
    assert ((rows["method"] == "exact") == alone).all()
    assert set(rows["parent_type"]) == {"par", "ncp"}
    rest = county.memberships[~county.memberships["lookup"].str.contains("-par-")]
    assert set(rest["method"]) == {"exact"}
    assert set(rest["share"]) == {1.0}


def test_postcodes_lie_in_the_areas_they_name(county: SampleCounty) -> None:
    rows = county.postcodes
    assert rows["postcode"].is_unique
    assert rows["postcode"].str.fullmatch(r"XB\d{1,2} \d[ABD-HJLNP-UW-Z]{2}").all()
    for column, release in (
        ("lsoa11_code", "lsoa-2011-12-demo"),
        ("lsoa21_code", "lsoa-2021-12-demo"),
        ("lad_code", "lad-2023-05-demo"),
    ):
        shapes = county.layers[release].frame.set_index("code").geometry[rows[column]].to_numpy()
        assert shapely.contains_xy(shapes, rows["easting"], rows["northing"]).all()


def test_ten_to_fifteen_postcodes_in_a_usual_small_area(county: SampleCounty) -> None:
    count = county.postcodes.groupby("lsoa21_code").size()
    assert len(count) == len(county.layers["lsoa-2021-12-demo"].frame)
    assert 10 <= count.median() <= 15
    assert count.min() >= 5
    assert set(county.postcodes["status"]) == {"current", "not in the current list"}
