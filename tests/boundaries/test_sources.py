"""The readers of the publishers' files, on an invented folder of two districts that can be checked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from boundaries.crs import BNG
from boundaries.sources import districts as sources
from boundaries.sources import lookups, wards
from boundaries.sources import postcodes as postcode_files
from boundaries.sources.districts import half_open_end
from boundaries.sources.files import FileLacking, FileUnreadable, files_in, read_table
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
def districts(tmp_path: Path) -> sources.Districts:
    write(
        tmp_path, sources.CODES, "LADCD LADNM LADCD_ACTIVE CTRYNM Current",
        (CRAVEN, "Craven", NORTH_YORKSHIRE, "England", "False"),
        (NORTH_YORKSHIRE, "North Yorkshire", NORTH_YORKSHIRE, "England", "True"),
        (OLD_BARNSLEY, "Barnsley", BARNSLEY, "England", "False"),
        (BARNSLEY, "Barnsley", BARNSLEY, "England", "True"),
        (HASTINGS, "Hastings", HASTINGS, "England", "True"),
        ("E07000999", "Ended before the list", HASTINGS, "England", "False"),
        ("E07000100", "St Albans", "E07000240", "England", "False"),
        ("E07000240", "St Albans", "E07000240", "England", "True"),
        ("S12000047", "Fife", "S12000047", "Scotland", "True"),
    )  # fmt: skip
    write(
        tmp_path, sources.CHANGES, "oldcd oldnm newcd newnm type start",
        (CRAVEN, "Craven", NORTH_YORKSHIRE, "North Yorkshire", "merger", 2023),
        ("E10000023", "North Yorkshire", None, None, "termination", 2023),
        (OLD_BARNSLEY, "Barnsley", BARNSLEY, "Barnsley", "new_code", 2025),
        (HASTINGS, "Hastings", "E47000999", "A combined authority", "new_geo", 2024),
        ("E47000010", "North East", "E47000014", "North East", "merger", 2024),
        ("E47000002", "Sheffield City Region", "E47000020", "South Yorkshire", "new_code", 2021),
        ("S12000015", "Fife", "S12000047", "Fife", "new_code", 2018),
    )  # fmt: skip
    write(
        tmp_path, sources.COUNTIES, "ltla23_code ltla23_name utla23_code utla23_name",
        (HASTINGS, "Hastings", "E10000011", "East Sussex"),
        (NORTH_YORKSHIRE, "North Yorkshire", NORTH_YORKSHIRE, "North Yorkshire"),
    )  # fmt: skip
    write(
        tmp_path, sources.REGIONS, "ltla24_code region24_code region24_name",
        (HASTINGS, "E12000008", "South East"), (OLD_BARNSLEY, "E12000003", "Yorkshire and The Humber"),
    )  # fmt: skip
    write(
        tmp_path, sources.COMBINED, "ltla23_code cauth23_code cauth23_name",
        (OLD_BARNSLEY, "E47000002", "South Yorkshire"), ("E07000240", "E47000010", "North East"),
    )  # fmt: skip
    write(
        tmp_path, sources.REGISTER, "gss-code nice-name start-date end-date",
        ("E47000002", "South Yorkshire", "2014-04-01", None),
        ("E47000010", "North East", "2014-04-15", None), ("S12000047", "Fife", None, "2019-03-31"),
    )  # fmt: skip
    return sources.read_districts(files_in(tmp_path))


def test_a_district_that_was_merged_lives_to_the_day_before_1_april(
    districts: sources.Districts,
) -> None:
    life = districts.areas.set_index("code")
    assert life.loc[CRAVEN, "valid_to"] == date(2023, 4, 1)  # half-open: 31 March is its last day
    assert life.loc[NORTH_YORKSHIRE, "valid_from"] == date(2023, 4, 1)
    assert pd.isna(life.loc[CRAVEN, "valid_from"])
    assert pd.isna(life.loc[NORTH_YORKSHIRE, "valid_to"])
    assert life.loc[[HASTINGS], ["valid_from", "valid_to"]].isna().all(axis=None)


def test_an_authority_with_a_new_code_is_recoded_and_its_region_follows_it(
    districts: sources.Districts,
) -> None:
    links = districts.successions.set_index("old_code")
    assert links.loc[OLD_BARNSLEY, ["new_code", "kind", "changed_on"]].tolist() == [
        BARNSLEY, "recoded", date(2025, 4, 1),
    ]  # fmt: skip
    assert links.loc[CRAVEN, "kind"] == "merged"
    # No county, no Fife; St Albans was given another code before the list begins, and the day on which
    # the North East replaced another is no file's: both are dated exceptions.
    assert set(links.index) == {CRAVEN, OLD_BARNSLEY, "E07000100", "E47000010"}
    assert links.loc["E07000100", ["new_code", "kind", "changed_on"]].tolist() == [
        "E07000240", "recoded", date(2012, 4, 1),
    ]  # fmt: skip
    assert links.loc["E47000010", "changed_on"] == date(2024, 5, 7)
    assert links["share"].tolist() == [1.0] * 4
    assert links["method"].notna().all()
    regions = districts.memberships[districts.memberships["parent_type"] == "rgn"]
    # Under the code that it had, and under that of today.
    assert dict(zip(regions["child_code"], regions["parent_code"], strict=True)) == {
        HASTINGS: "E12000008", OLD_BARNSLEY: "E12000003", BARNSLEY: "E12000003",
    }  # fmt: skip


def test_counties_are_areas_with_their_districts_and_an_ended_one_keeps_its_end(
    districts: sources.Districts,
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
    districts: sources.Districts,
) -> None:
    areas = districts.areas[districts.areas["type"].isin(["lad", "cty"])]
    assert set(areas["code"]) == {
        CRAVEN, NORTH_YORKSHIRE, OLD_BARNSLEY, BARNSLEY, HASTINGS, "E10000011", "E10000023",
        "E07000100", "E07000240",
    }  # fmt: skip
    assert districts.active["E07000999"] == HASTINGS


def test_combined_authorities_have_lives_and_the_members_that_they_took_over(
    districts: sources.Districts,
) -> None:
    life = districts.areas[districts.areas["type"] == "cauth"].set_index("code")
    both = ["valid_from", "valid_to"]
    # The register's day; the days on which a code, not the institution, began and ended; a year alone.
    assert life.loc["E47000002", both].tolist() == [date(2014, 4, 1), None]
    assert life.loc["E47000010", both].tolist() == [date(2018, 11, 2), date(2024, 5, 7)]
    assert life.loc["E47000999", both].tolist() == [date(2024, 4, 1), None]
    members = districts.memberships[districts.memberships["parent_type"] == "cauth"]
    assert set(zip(members["child_code"], members["parent_code"], strict=True)) == {
        (OLD_BARNSLEY, "E47000002"), (BARNSLEY, "E47000002"), ("E07000240", "E47000010"), ("E07000240", "E47000014"),
        (HASTINGS, "E47000999"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "gone"), [("2019-03-31", date(2019, 4, 1)), ("2023-04-01", date(2023, 4, 1))]
)
def test_the_registers_last_days_and_first_days_without_become_one_kind(
    written: str, gone: date
) -> None:
    assert half_open_end(written) == gone


def test_regions_are_areas_and_rows_of_other_nations_are_counted_as_elsewhere(
    districts: sources.Districts,
) -> None:
    regions = districts.areas[districts.areas["type"] == "rgn"].set_index("code")["name"].to_dict()
    assert regions == {"E12000003": "Yorkshire and The Humber", "E12000008": "South East"}
    assert (districts.rows_in[sources.CODES], districts.rows_kept[sources.CODES]) == (9, 8)


def test_a_file_that_is_lacking_or_no_table_is_named(tmp_path: Path) -> None:
    files = files_in(tmp_path)
    with pytest.raises(FileLacking, match=r"lookups/la_all_codes\.csv") as told:
        sources.read_districts(files)
    assert told.value.faults[0].file == sources.CODES
    write(tmp_path, sources.CODES, "LADCD LADNM", (HASTINGS, "Hastings"))
    with pytest.raises(FileUnreadable, match="lacks LADCD_ACTIVE") as unread:
        sources.read_districts(files)
    assert [fault.column for fault in unread.value.faults] == ["LADCD_ACTIVE", "CTRYNM", "Current"]
    (tmp_path / "page.parquet").write_text("<html>Not found</html>")
    with pytest.raises(FileUnreadable, match=r"page\.parquet cannot be read"):
        read_table(files, "page.parquet", ["code"])


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
        tmp_path, wards.LSOA11_WARD17, "lsoa11_code ward17_code",
        ("A1", "U1"), ("A2", "U1"), ("A9", "U9"),
    )  # fmt: skip
    write(
        tmp_path, lookups.LSOA_PARISH, "LSOA11CD parncp_cd",
        ("A1", "P1"), ("A2", "P1"), ("A2", "P2"), ("A9", "P9"),
    )  # fmt: skip
    write(
        tmp_path, lookups.LSOA_LINKS, "lsoa11_code lsoa21_code change_code",
        ("A1", "A1", "U"), ("A2", "B2", "S"), ("A2", "B3", "S"), ("A9", "A9", "U"),
    )  # fmt: skip
    return lookups.read_small_areas(files_in(tmp_path), {NORTH_YORKSHIRE}, ACTIVE)


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
    assert small.wards == {"U1", "V1", "W1", "W2"}
    # Listed under both, so that a partnership of old districts and one of new ones find it.
    exact = ("exact", 1.0)
    assert parents(small, "A2", "lad") == {CRAVEN: exact, NORTH_YORKSHIRE: exact}
    assert parents(small, "M1", "lad") == {CRAVEN: exact, NORTH_YORKSHIRE: exact}
    assert parents(small, "A2", "wd") == {"U1": ("best-fit", 1.0), "V1": ("best-fit", 1.0)}


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


def test_an_area_that_lies_elsewhere_by_its_outline_is_taken_there_and_its_ward_stays(
    tmp_path: Path, small: lookups.SmallAreas
) -> None:
    moved = {lookups.LSOA21: {"A9": NORTH_YORKSHIRE}}
    there = lookups.read_small_areas(files_in(tmp_path), {NORTH_YORKSHIRE}, ACTIVE, moved)
    assert there.codes21 == small.codes21 | {"A9"}
    assert parents(there, "A9", "lad") == {NORTH_YORKSHIRE: ("exact", 1.0)}
    assert parents(there, "M9", "lad") == {NORTH_YORKSHIRE: ("exact", 1.0)}
    assert parents(there, "W9", "lad") == {HASTINGS: ("exact", 1.0)}
    left = lookups.read_small_areas(files_in(tmp_path), {HASTINGS}, ACTIVE, moved)
    assert left.codes21 == set()
    assert left.codes11 == {"A9"}  # the lookup of the other set was not moved


def test_without_districts_all_of_england_is_read_and_the_rest_is_elsewhere(
    tmp_path: Path, small: lookups.SmallAreas
) -> None:
    whole = lookups.read_small_areas(files_in(tmp_path), None, ACTIVE)
    assert whole.codes11 == {"A1", "A2", "A9"}
    assert whole.rows[lookups.LSOA11_WARD] == (3, 3)
    assert small.rows[lookups.LSOA11_WARD] == (3, 2)
    assert small.rows[lookups.LSOA_LINKS] == (4, 3)


@pytest.mark.parametrize(
    ("written", "tidy"),
    [("n1  0aa", "N1 0AA"), ("TN341AA", "TN34 1AA"), (" tn34\t1aa ", "TN34 1AA"), ("BS1 1aa", "BS1 1AA")],
)  # fmt: skip
def test_a_postcode_has_one_blank_before_its_last_three_characters(written: str, tidy: str) -> None:
    assert postcode_files.tidy_postcode(written) == tidy
    assert postcode_files.tidy_postcodes(pd.Series([written])).to_pylist() == [tidy]


def test_postcodes_come_from_the_directory_and_newer_ones_from_the_current_list(
    tmp_path: Path,
) -> None:
    write(
        tmp_path, postcode_files.POSTCODES, "pcd oseast1m osnrth1m laua",
        ("BD231AA", 100, 100, CRAVEN),           # of a district that ended: today's takes it
        ("BD231AB", 101, 100, NORTH_YORKSHIRE),  # no longer in the current list
        ("TN341AA", 150, 150, HASTINGS),         # inside the box, of another district
        ("BD231AC", 102, 100, CRAVEN),           # without coordinates in the current list
        ("BD231AC", 103, 100, CRAVEN),           # a second time
    )  # fmt: skip
    write(
        tmp_path, postcode_files.CURRENT_POSTCODES, "postcode easting northing",
        ("BD23 1AA", 100, 100), ("TN34 1AA", 150, 150), ("BD23 9ZZ", 120, 120), ("BD23 9ZY", 999, 120),
        ("BD23 1AC", 0, 0), ("BD23 9ZX", 0, 0),
    )  # fmt: skip
    files, box = files_in(tmp_path), (0.0, 0.0, 200.0, 200.0)
    found = postcode_files.read_postcodes(files, {NORTH_YORKSHIRE}, ACTIVE, box)
    rows = zip(
        found.postcode.to_pylist(), found.easting, found.northing, found.district, found.is_current,
        strict=True,
    )  # fmt: skip
    assert list(rows) == [
        ("BD23 1AA", 100, 100, NORTH_YORKSHIRE, True),
        ("BD23 1AB", 101, 100, NORTH_YORKSHIRE, False),
        ("BD23 1AC", 102, 100, NORTH_YORKSHIRE, True),
        # Only the current list has it, so no district is known; 9ZY lies outside the box, and
        # TN34 1AA is in the directory, as another district's.
        ("BD23 9ZZ", 120, 120, None, True),
    ]
    assert found.is_newer.tolist() == [False, False, False, True]
    assert found.unplaced == [(6, "BD23 9ZX")]
    assert found.repeated == [(postcode_files.POSTCODES, 5, "BD23 1AC")]
    whole = postcode_files.read_postcodes(files, None, ACTIVE)
    assert len(whole) == 6  # with Hastings', and the newer one outside the box


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
