"""The readers of the publishers' files, on an invented folder of two districts that can be checked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from boundaries.crs import BNG
from boundaries.sources import lookups
from boundaries.sources.layers import Layer, read_layer

# Craven ended on 1 April 2023 and is followed by North Yorkshire; Barnsley got another code in 2025.
CRAVEN, NORTH_YORKSHIRE = "E07000163", "E06000065"
OLD_BARNSLEY, BARNSLEY = "E08000016", "E08000038"
HASTINGS = "E07000062"
ACTIVE = {
    CRAVEN: NORTH_YORKSHIRE,
    NORTH_YORKSHIRE: NORTH_YORKSHIRE,
    OLD_BARNSLEY: BARNSLEY,
    BARNSLEY: BARNSLEY,
    HASTINGS: HASTINGS,
}


def write(mirror: Path, name: str, columns: str, *rows: tuple[object, ...]) -> None:
    path = mirror / name
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows, columns=columns.split())
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)


@pytest.fixture
def districts(tmp_path: Path) -> lookups.Districts:
    write(
        tmp_path, lookups.CODES, "LADCD LADNM LADCD_ACTIVE CTRYNM Current",
        (CRAVEN, "Craven", NORTH_YORKSHIRE, "England", "False"),
        (NORTH_YORKSHIRE, "North Yorkshire", NORTH_YORKSHIRE, "England", "True"),
        (OLD_BARNSLEY, "Barnsley", BARNSLEY, "England", "False"),
        (BARNSLEY, "Barnsley", BARNSLEY, "England", "True"),
        (HASTINGS, "Hastings", HASTINGS, "England", "True"),
        ("E07000999", "Ended before the list", HASTINGS, "England", "False"),
        ("S12000047", "Fife", "S12000047", "Scotland", "True"),
    )  # fmt: skip
    write(
        tmp_path, lookups.CHANGES, "oldcd oldnm newcd newnm type start",
        (CRAVEN, "Craven", NORTH_YORKSHIRE, "North Yorkshire", "merger", 2023),
        ("E10000023", "North Yorkshire", None, None, "termination", 2023),
        (OLD_BARNSLEY, "Barnsley", BARNSLEY, "Barnsley", "new_code", 2025),
        (HASTINGS, "Hastings", "E47000999", "A combined authority", "new_geo", 2018),
        ("E47000002", "Sheffield City Region", "E47000020", "South Yorkshire", "new_code", 2021),
        ("S12000015", "Fife", "S12000047", "Fife", "new_code", 2018),
    )  # fmt: skip
    write(
        tmp_path, lookups.COUNTIES, "ltla23_code ltla23_name utla23_code utla23_name",
        (HASTINGS, "Hastings", "E10000011", "East Sussex"),
        (NORTH_YORKSHIRE, "North Yorkshire", NORTH_YORKSHIRE, "North Yorkshire"),
    )  # fmt: skip
    write(
        tmp_path, lookups.REGIONS, "ltla24_code region24_code",
        (HASTINGS, "E12000008"), (OLD_BARNSLEY, "E12000003"),
    )  # fmt: skip
    return lookups.read_districts(tmp_path)


def test_a_district_that_was_merged_lives_to_the_day_before_1_april(
    districts: lookups.Districts,
) -> None:
    life = districts.areas.set_index("code")
    assert life.loc[CRAVEN, "valid_to"] == date(2023, 4, 1)  # half-open: 31 March is its last day
    assert life.loc[NORTH_YORKSHIRE, "valid_from"] == date(2023, 4, 1)
    assert pd.isna(life.loc[CRAVEN, "valid_from"])
    assert pd.isna(life.loc[NORTH_YORKSHIRE, "valid_to"])
    assert life.loc[[HASTINGS], ["valid_from", "valid_to"]].isna().all(axis=None)


def test_an_authority_with_a_new_code_is_recoded_and_its_region_follows_it(
    districts: lookups.Districts,
) -> None:
    links = districts.successions.set_index("old_code")
    assert links.loc[OLD_BARNSLEY, ["new_code", "kind", "changed_on"]].tolist() == [
        BARNSLEY, "recoded", date(2025, 4, 1),
    ]  # fmt: skip
    assert links.loc[CRAVEN, "kind"] == "merged"
    assert set(links.index) == {CRAVEN, OLD_BARNSLEY}  # no county, no combined authority, no Fife
    regions = districts.memberships[districts.memberships["parent_type"] == "rgn"]
    assert dict(zip(regions["child_code"], regions["parent_code"], strict=True)) == {
        HASTINGS: "E12000008", BARNSLEY: "E12000003",
    }  # fmt: skip


def test_counties_are_areas_with_their_districts_and_an_ended_one_keeps_its_end(
    districts: lookups.Districts,
) -> None:
    counties = districts.areas[districts.areas["type"] == "cty"].set_index("code")
    assert counties["name"].to_dict() == {
        "E10000011": "East Sussex",
        "E10000023": "North Yorkshire",
    }
    assert counties.loc["E10000023", "valid_to"] == date(2023, 4, 1)
    assert pd.isna(counties.loc["E10000011", "valid_to"])
    upper = districts.memberships[districts.memberships["parent_type"] == "cty"]
    # A unitary is no district of itself.
    assert list(zip(upper["child_code"], upper["parent_code"], strict=True)) == [
        (HASTINGS, "E10000011")
    ]


def test_a_district_that_ended_before_the_list_of_changes_is_no_area_but_resolves(
    districts: lookups.Districts,
) -> None:
    assert set(districts.areas["code"]) == {
        CRAVEN, NORTH_YORKSHIRE, OLD_BARNSLEY, BARNSLEY, HASTINGS, "E10000011", "E10000023",
    }  # fmt: skip
    assert districts.active["E07000999"] == HASTINGS


@pytest.fixture
def small(tmp_path: Path) -> lookups.SmallAreas:
    """Craven has A1 (unchanged) and A2 (split in B2 and B3); Hastings has A9."""
    write(
        tmp_path, lookups.LSOA11, "lsoa11_code msoa11_code ltla21_code",
        ("A1", "M1", CRAVEN), ("A2", "M1", CRAVEN), ("A9", "M9", HASTINGS),
    )  # fmt: skip
    write(
        tmp_path, lookups.LSOA21, "LSOA21CD MSOA21CD ward24_code ward24_name ltla24_code",
        ("A1", "M1", "W1", "Skipton", NORTH_YORKSHIRE), ("B2", "M1", "W1", "Skipton", NORTH_YORKSHIRE),
        ("B3", "M2", "W2", "Settle", NORTH_YORKSHIRE), ("A9", "M9", "W9", "Gensing", HASTINGS),
    )  # fmt: skip
    write(
        tmp_path, lookups.LSOA11_WARD, "LSOA11CD WD19CD WD19NM LAD19CD",
        ("A1", "V1", "Skipton North", CRAVEN), ("A2", "V1", "Skipton North", CRAVEN),
        ("A9", "V9", "Gensing", HASTINGS),
    )  # fmt: skip
    write(
        tmp_path, lookups.LSOA_PARISH, "LSOA11CD parncp_cd",
        ("A1", "P1"), ("A2", "P1"), ("A2", "P2"), ("A9", "P9"),
    )  # fmt: skip
    write(
        tmp_path, lookups.LSOA_LINKS, "lsoa11_code lsoa21_code change_code",
        ("A1", "A1", "U"), ("A2", "B2", "S"), ("A2", "B3", "S"), ("A9", "A9", "U"),
    )  # fmt: skip
    return lookups.read_small_areas(tmp_path, {NORTH_YORKSHIRE}, ACTIVE)


def parents(small: lookups.SmallAreas, child: str, kind: str) -> dict[str, tuple[str, float]]:
    rows = small.memberships
    rows = rows[(rows["child_code"] == child) & (rows["parent_type"] == kind)]
    return {row.parent_code: (row.method, row.share) for row in rows.itertuples()}


def test_small_areas_of_todays_district_are_found_through_the_one_it_replaced(
    small: lookups.SmallAreas,
) -> None:
    assert small.codes11 == {"A1", "A2"}
    assert small.codes21 == {"A1", "B2", "B3"}
    assert small.msoas == {"M1", "M2"}
    assert small.ward_names == {"V1": "Skipton North", "W1": "Skipton", "W2": "Settle"}
    # Listed under both, so that a partnership of old districts and one of new ones find it.
    exact = ("exact", 1.0)
    assert parents(small, "A2", "lad") == {CRAVEN: exact, NORTH_YORKSHIRE: exact}
    assert parents(small, "M1", "lad") == {NORTH_YORKSHIRE: exact}
    assert parents(small, "A2", "wd") == {"V1": ("best-fit", 1.0)}


def test_an_area_of_two_parishes_belongs_to_each_by_half_and_to_neither_exactly(
    small: lookups.SmallAreas,
) -> None:
    assert parents(small, "A1", "par") == {"P1": ("best-fit", 1.0)}
    assert parents(small, "A2", "par") == {"P1": ("best-fit", 0.5), "P2": ("best-fit", 0.5)}
    assert small.parishes == {"P1", "P2"}


def test_links_between_the_sets_are_those_of_the_places_areas(small: lookups.SmallAreas) -> None:
    assert sorted(small.links.itertuples(index=False, name=None)) == [
        ("A1", "A1", "U"), ("A2", "B2", "S"), ("A2", "B3", "S"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "tidy"),
    [("n1  0aa", "N1 0AA"), ("TN341AA", "TN34 1AA"), (" tn34\t1aa ", "TN34 1AA"), ("BS1 1aa", "BS1 1AA")],
)  # fmt: skip
def test_a_postcode_has_one_blank_before_its_last_three_characters(written: str, tidy: str) -> None:
    assert lookups.tidy_postcode(written) == tidy


def test_postcodes_come_from_the_directory_and_newer_ones_from_the_current_list(
    tmp_path: Path,
) -> None:
    write(
        tmp_path, lookups.POSTCODES, "pcd oseast1m osnrth1m laua",
        ("BD231AA", 100, 100, CRAVEN),           # of a district that ended: today's takes it
        ("BD231AB", 101, 100, NORTH_YORKSHIRE),  # no longer in the current list
        ("TN341AA", 150, 150, HASTINGS),         # inside the box, of another district
    )  # fmt: skip
    write(
        tmp_path, lookups.CURRENT_POSTCODES, "postcode easting northing",
        ("BD23 1AA", 100, 100), ("TN34 1AA", 150, 150), ("BD23 9ZZ", 120, 120), ("BD23 9ZY", 999, 120),
    )  # fmt: skip
    found = lookups.read_postcodes(tmp_path, {NORTH_YORKSHIRE}, ACTIVE, (0.0, 0.0, 200.0, 200.0))
    rows = found.astype(object).where(found.notna(), None).itertuples(index=False, name=None)
    assert sorted(rows) == [
        ("BD23 1AA", 100, 100, NORTH_YORKSHIRE, "current"),
        ("BD23 1AB", 101, 100, NORTH_YORKSHIRE, "not in the current list"),
        # Only the current list has it, so no district is known; 9ZY lies outside the box, and
        # TN34 1AA is in the directory, as another district's.
        ("BD23 9ZZ", 120, 120, None, "current"),
    ]


@pytest.mark.parametrize("suffix", ["parquet", "gpkg"])
def test_a_layer_counts_the_whole_file_and_numbers_features_by_their_place_in_it(
    tmp_path: Path, suffix: str
) -> None:
    squares = [box(at, 0, at + 1, 1) for at in range(4)]
    frame = gpd.GeoDataFrame(
        {"CD": ["A", "B", "C", "B"], "NM": ["a", "b", "c", "again"]}, geometry=squares, crs=BNG
    )
    path = tmp_path / f"layer.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    layer = Layer("wd-2025", "wd", "Wards", path.name, "CD", "NM", date(2025, 5, 31), "bgc", 20.0)
    read = read_layer(tmp_path, layer, {"B", "C"})
    assert (read.features_in, read.features_elsewhere) == (4, 1)
    # A code that stands twice keeps both places, so that a refusal names the right feature.
    assert list(zip(read.frame["position"], read.frame["name"], strict=True)) == [
        (2, "b"), (3, "c"), (4, "again"),
    ]  # fmt: skip
    assert read_layer(tmp_path, layer, None).frame["position"].tolist() == [1, 2, 3, 4]
    assert read_layer(tmp_path, layer, set()).features_elsewhere == 4
