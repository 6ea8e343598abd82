"""The invented nation: counties that shut, codes that never repeat, ranks over all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import shapely

from app.dev.sample_county.county import SampleCounty
from app.dev.sample_county.money import FUNDER, GRADE, GRANTS, RENEWAL
from app.dev.sample_nation.borders import match_borders
from app.dev.sample_nation.ledger import FIRST_COUNTY_SHARE
from app.dev.sample_nation.nation import ENGLAND_COUNTIES, ENGLAND_LINES, SampleNation, make_nation
from app.dev.sample_nation.plans import HEIGHT_KM, MOST_COUNTIES, WIDTH_KM, box_m, make_plans
from boundaries.area_types import AREA_TYPES
from boundaries.gss import is_demo_code, is_gss_code

pytestmark = pytest.mark.slow
COUNTY_M2 = WIDTH_KM * HEIGHT_KM * 1e6


@pytest.fixture(scope="module")
def nation() -> SampleNation:
    return make_nation(counties=2, lines=1_000)


def shapes(nation: SampleCounty, release: str) -> pd.Series:
    frame = nation.layers[release].frame
    return pd.Series(frame.geometry.to_numpy(), index=frame["code"])


def test_every_code_is_invented_lawful_and_stands_once(
    nation: SampleNation, county: SampleCounty
) -> None:
    codes = nation.areas["code"]
    assert codes.is_unique
    assert all(is_gss_code(code) and is_demo_code(code) for code in codes)
    assert not set(codes) & set(county.areas["code"]), "none is the demo county's"
    for code, kind in zip(codes, nation.areas["type"], strict=True):
        assert code[:3] in AREA_TYPES[kind].demo_prefixes
    drawn = {code for layer in nation.layers.values() for code in layer.frame["code"]}
    assert drawn == set(codes)
    assert not set(nation.postcodes["postcode"]) & set(county.postcodes["postcode"])
    assert nation.postcodes["postcode"].is_unique


@pytest.mark.parametrize(
    "release",
    ["lsoa-2011-12-demo", "lsoa-2021-12-demo", "msoa-2021-12-demo", "wd-2023-05-demo",
     "lad-2019-12-demo", "lad-2023-05-demo", "rgn-2023-05-demo"],
)  # fmt: skip
def test_neighbours_share_every_vertex_also_across_the_county_border(
    nation: SampleNation, release: str
) -> None:
    outlines = shapes(nation, release).to_numpy()
    assert shapely.is_valid(outlines).all()
    assert shapely.coverage_is_valid(outlines)
    # Two boxes of 36 km by 33 km, with neither gap nor overlap.
    assert shapely.area(outlines).sum() == pytest.approx(2 * COUNTY_M2, abs=1)
    steps = shapely.get_coordinates(outlines) * 10
    assert np.abs(steps - np.round(steps)).max() < 1e-3


def test_small_areas_of_both_counties_touch_along_their_border(nation: SampleNation) -> None:
    by_code = shapes(nation, "lsoa-2021-12-demo")
    west, east = (
        shapely.union_all(by_code[by_code.index.str.slice(3, 6) == number].to_numpy())
        for number in ("001", "002")
    )
    assert shapely.length(shapely.intersection(west, east)) == pytest.approx(33_000)


def test_a_border_gets_the_vertices_of_both_sides_and_nothing_else_changes() -> None:
    left = np.array([shapely.box(0, 0, 10, 4), shapely.box(0, 4, 10, 10)], dtype=object)
    right = np.array([shapely.box(10, 0, 20, 7), shapely.box(10, 7, 20, 10)], dtype=object)
    alone = [left.copy(), right.copy()]
    given = match_borders([left, right], [(0, 0, 10, 10), (10, 0, 20, 10)])
    assert not shapely.coverage_is_valid(np.concatenate(alone))
    assert shapely.coverage_is_valid(np.concatenate(given))
    # The one border has a vertex at 4 from the left and at 7 from the right: each side lacked one.
    before, after = (shapely.get_num_coordinates(np.concatenate(part)) for part in (alone, given))
    assert list(after - before) == [0, 1, 1, 0]
    assert shapely.equals(np.concatenate(alone), np.concatenate(given)).all()


def test_ranks_are_of_all_small_areas_of_the_nation(nation: SampleNation) -> None:
    for index in nation.indices:
        codes = set(nation.layers[index.release_id].frame["code"])
        assert index.areas_total == len(codes)
        for _, values in index.values.groupby("measure"):
            assert set(values["code"]) == codes
            assert sorted(values["rank"]) == list(range(1, len(codes) + 1))
            assert (values["decile"] == np.ceil(10 * values["rank"] / len(codes))).all()
        worst = index.values.query("measure == 'imd' and decile == 1")["code"]
        assert set(worst.str.slice(3, 6)) == {"001", "002"}, "both counties hold some"


def test_every_area_has_the_parents_of_its_kind(nation: SampleNation) -> None:
    rows = nation.memberships
    codes = set(nation.areas["code"])
    assert set(rows["child_code"]) | set(rows["parent_code"]) <= codes
    for release, child, parents in (
        ("lsoa-2011-12-demo", "lsoa11", ("lad19", "lad23", "wd", "msoa11", "par")),
        ("lsoa-2021-12-demo", "lsoa21", ("lad19", "lad23", "wd", "msoa21", "par")),
        ("lad-2023-05-demo", "lad23", ("rgn",)),
    ):
        for parent in parents:
            mine = rows[rows["lookup"] == f"{child}-{parent}-demo"]
            assert set(mine["child_code"]) == set(nation.layers[release].frame["code"])
            assert np.allclose(mine.groupby("child_code")["share"].sum(), 1.0)
            assert (mine["child_code"].str[3:6] == mine["parent_code"].str[3:6]).all() or (
                parent == "rgn"
            )


def test_nobody_is_lost_between_the_two_sets(nation: SampleNation) -> None:
    sums = nation.weights.groupby(["measure", "area_set"])["value"].sum().unstack()
    assert (sums["lsoa-2011"] == sums["lsoa-2021"]).all()
    assert sums.loc["people", "lsoa-2011"] == nation.cells["people"].sum()


def test_postcodes_lie_in_the_areas_they_name(nation: SampleNation) -> None:
    rows = nation.postcodes.sample(2_000, random_state=1)
    for column, release in (
        ("lsoa11_code", "lsoa-2011-12-demo"),
        ("lsoa21_code", "lsoa-2021-12-demo"),
        ("lad_code", "lad-2023-05-demo"),
    ):
        outlines = shapes(nation, release)[rows[column]].to_numpy()
        assert shapely.contains_xy(outlines, rows["easting"], rows["northing"]).all()


def test_the_ledger_has_all_its_lines_in_its_two_files(
    nation: SampleNation, county: SampleCounty
) -> None:
    lines = nation.lines
    assert len(lines) == 1_000
    assert list(lines.columns) == list(county.lines.columns)
    assert (lines.dtypes == county.lines.dtypes).all()
    assert lines["id"].is_unique
    assert [file.rows_in for file in nation.files] == [
        (lines["file_id"] == file_id).sum() for file_id in (GRANTS, RENEWAL)
    ]
    by_funder = lines.groupby("funder")["amount_pence"].sum()
    assert by_funder.sum() == lines["amount_pence"].sum()
    assert set(by_funder.index) == set(FUNDER.values())
    assert (lines["amount_pence"] > 0).all()
    assert set(lines["grade"]) == set(GRADE.values())
    for _, mine in lines.groupby("file_id"):
        assert sorted(mine["row"]) == list(range(1, len(mine) + 1))


def test_every_place_of_the_ledger_exists(nation: SampleNation) -> None:
    lines = nation.lines
    types = nation.areas.set_index("code")["type"]
    placed = lines[lines["place_code"].notna()]
    assert (types[placed["place_code"]].to_numpy() == placed["place_type"]).all()
    assert set(lines["place_postcode"].dropna()) <= set(nation.postcodes["postcode"])
    assert set(lines["recipient_postcode"]) <= set(nation.postcodes["postcode"])
    slugs = {part.slug for part in nation.partnerships}
    assert set(lines["partnership_slug"].dropna()) <= slugs
    spots = lines[lines["grade"] == "A"]["place_geom"].to_numpy()
    land = shapely.union_all(shapes(nation, "rgn-2023-05-demo").to_numpy())
    assert shapely.covers(land, spots).all()


def test_one_placed_line_in_seven_lies_in_the_first_county(nation: SampleNation) -> None:
    codes = nation.lines["place_code"].dropna()
    codes = codes[~codes.str.startswith("X12")]
    share = (codes.str[3:6] == "001").mean()
    # Some 550 draws: four standard deviations are four times sqrt(1/7 * 6/7 / 550), about 0.06.
    assert share == pytest.approx(FIRST_COUNTY_SHARE, abs=0.06)


def test_partnerships_are_districts_alive_or_cut_two_counties(nation: SampleNation) -> None:
    lads = shapes(nation, "lad-2023-05-demo")
    assert [len(part.authorities) for part in nation.partnerships] == [2, 0, 2]
    for part in nation.partnerships:
        assert set(part.authorities) <= set(lads.index)
    outline = nation.partnerships[1].geometry
    assert outline is not None
    assert outline.is_valid
    cut = lads[shapely.intersects(lads.to_numpy(), outline)]
    assert set(cut.index.str.slice(3, 6)) == {"001", "002"}
    assert not shapely.covers(outline, cut.to_numpy()).any()


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(nation: SampleNation) -> None:
    assert make_nation(counties=2, lines=1_000).fingerprint() == nation.fingerprint()
    assert make_plans(8, 2, 12) == make_plans(8, 2, 12)
    assert make_plans(8, 2, 12) != make_plans(9, 2, 12)


def test_the_full_size_is_englands(nation: SampleNation) -> None:
    plans = make_plans(2001, ENGLAND_COUNTIES, 30)
    assert len({plan.region for plan in plans}) == 9
    alive = [
        code
        for plan in plans
        for code in {**plan.districts_2019, **plan.born_in_2023}
        if code not in plan.merged_in_2023
    ]
    assert len(set(alive)) == len(alive)
    assert 290 <= len(alive) <= 320
    per_county = len(nation.layers["lsoa-2021-12-demo"].frame) / 2
    assert 31_000 <= per_county * ENGLAND_COUNTIES <= 35_000
    assert ENGLAND_LINES == 100_000
    people = [sum(town.people for town in plan.towns) + plan.rural_people for plan in plans]
    assert 54e6 <= sum(people) <= 58e6
    # One postcode for so many people: a million and more at 32 for each small area.
    assert sum(people) / (1_720 / 32) > 1e6
    posts = {
        f"{plan.post_area}{plan.first_post_district + town}"
        for plan in plans
        for town in range(len(plan.towns))
    }
    assert len(posts) == sum(len(plan.towns) for plan in plans)
    assert all(len(post) <= 4 and not post.startswith("XB") for post in posts)


def test_the_full_size_lies_on_the_grid_without_an_overlap() -> None:
    boxes = [box_m(plan) for plan in make_plans(2001, ENGLAND_COUNTIES, 12)]
    assert _corner(boxes, 0) >= 0
    assert max(box[2] for box in boxes) <= 700_000
    assert _corner(boxes, 1) >= 0
    assert max(box[3] for box in boxes) <= 1_300_000
    land = shapely.box(*np.array(boxes).T)
    assert shapely.coverage_is_valid(land)
    assert shapely.area(shapely.union_all(land)) == pytest.approx(ENGLAND_COUNTIES * COUNTY_M2)


def _corner(boxes: Sequence[tuple[float, float, float, float]], axis: int) -> float:
    return min(box[axis] for box in boxes)


@pytest.mark.parametrize("counties", [0, MOST_COUNTIES + 1])
def test_a_nation_that_does_not_fit_is_refused(counties: int) -> None:
    with pytest.raises(ValueError, match="counties"):
        make_plans(2001, counties, 12)


def test_names_of_towns_and_counties_stand_once() -> None:
    plans = make_plans(2001, ENGLAND_COUNTIES, 12)
    towns = [town.name for plan in plans for town in plan.towns]
    assert len(set(towns)) == len(towns)
    assert len({plan.county for plan in plans}) == ENGLAND_COUNTIES
