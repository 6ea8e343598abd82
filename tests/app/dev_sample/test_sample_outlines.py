"""The invented outlines: shared borders, one partition at every level, far from real land."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.dev.sample_county.county import SampleCounty, make_county
from app.dev.sample_county.layers import RELEASES
from boundaries.crs import BNG, ENGLAND_BNG

REPOSITORY = Path(__file__).resolve().parents[3]
PARTITIONS = [row[0] for row in RELEASES if row[1] not in {"cty", "par", "ncp"}]


@pytest.mark.parametrize("release", [row[0] for row in RELEASES])
def test_every_layer_is_a_valid_coverage_of_whole_shapes(
    county: SampleCounty, release: str
) -> None:
    shapes = county.layers[release].frame.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert (shapely.area(shapes) > 1_000).all()
    assert set(shapely.get_type_id(shapes)) == {6}, "MULTIPOLYGON"
    assert county.layers[release].frame.crs.to_epsg() == BNG


@pytest.mark.parametrize("release", PARTITIONS)
def test_every_level_covers_the_region_without_gap_or_overlap(
    county: SampleCounty, release: str
) -> None:
    region = county.layers["rgn-2023-05-demo"].frame.geometry.iloc[0]
    shapes = county.layers[release].frame.geometry.to_numpy()
    union = shapely.union_all(shapes)
    assert shapely.symmetric_difference(union, region).area < 1.0
    assert abs(shapely.area(shapes).sum() - union.area) < 1.0


def test_parishes_and_unparished_areas_together_cover_the_region(county: SampleCounty) -> None:
    region = county.layers["rgn-2023-05-demo"].frame.geometry.iloc[0]
    shapes = np.concatenate(
        [county.layers[f"{kind}-2023-05-demo"].frame.geometry for kind in ("par", "ncp")]
    )
    assert shapely.coverage_is_valid(shapes)
    assert shapely.symmetric_difference(shapely.union_all(shapes), region).area < 1.0


def test_the_county_is_the_region_without_the_unitary_city(county: SampleCounty) -> None:
    region = county.layers["rgn-2023-05-demo"].frame.geometry.iloc[0]
    shire = county.layers["cty-2023-05-demo"].frame.geometry.iloc[0]
    lads = county.layers["lad-2023-05-demo"].frame.set_index("code").geometry
    assert shapely.symmetric_difference(shire.union(lads["X06000001"]), region).area < 1.0
    assert shire.intersection(lads["X06000001"]).area < 1.0


@pytest.mark.parametrize(
    ("child", "parent", "lookup"),
    [
        ("lsoa-2011-12-demo", "lad-2019-12-demo", "lsoa11-lad19-demo"),
        ("lsoa-2021-12-demo", "lad-2023-05-demo", "lsoa21-lad23-demo"),
        ("lsoa-2021-12-demo", "wd-2023-05-demo", "lsoa21-wd-demo"),
        ("lsoa-2021-12-demo", "msoa-2021-12-demo", "lsoa21-msoa21-demo"),
        ("lsoa-2011-12-demo", "msoa-2011-12-demo", "lsoa11-msoa11-demo"),
        ("wd-2023-05-demo", "lad-2023-05-demo", "wd-lad23-demo"),
        ("msoa-2021-12-demo", "lad-2019-12-demo", "msoa21-lad19-demo"),
    ],
)
def test_lookups_agree_with_the_outlines(
    county: SampleCounty, child: str, parent: str, lookup: str
) -> None:
    small = county.layers[child].frame.set_index("code").geometry
    large = county.layers[parent].frame.set_index("code").geometry
    rows = county.memberships[county.memberships["lookup"] == lookup]
    assert sorted(rows["child_code"]) == sorted(small.index), "each has exactly one parent"
    for code, members in rows.groupby("parent_code")["child_code"]:
        union = shapely.union_all(small[list(members)].to_numpy())
        assert shapely.symmetric_difference(union, large[code]).area < 1.0


def test_borders_wander_as_real_ones_do(county: SampleCounty) -> None:
    # A regular hexagon, the straightest usual cell, has 4·pi·A/P² = 0.91; LSOAs lie near 0.4.
    shapes = county.layers["lsoa-2021-12-demo"].frame.geometry.to_numpy()
    roundness = 4 * np.pi * shapely.area(shapes) / shapely.length(shapes) ** 2
    assert 0.25 < np.median(roundness) < 0.6
    area = shapely.area(shapes)
    assert np.percentile(area, 95) > 20 * np.percentile(area, 25), "small in towns, large outside"


def test_coordinates_lie_on_the_tenth_of_a_metre_and_inside_the_grid(county: SampleCounty) -> None:
    shapes = county.layers["lsoa-2021-12-demo"].frame.geometry.to_numpy()
    coordinates = shapely.get_coordinates(shapes)
    assert (np.abs(coordinates * 10 - np.round(coordinates * 10)) < 1e-6).all()
    west, south, east, north = shapely.total_bounds(shapes)
    assert west > ENGLAND_BNG[0]
    assert south > ENGLAND_BNG[1]
    assert east < ENGLAND_BNG[2]
    assert north < ENGLAND_BNG[3]
    assert 45_000 < east - west < 65_000
    assert 35_000 < north - south < 50_000


def test_the_county_lies_in_the_sea_well_off_england(county: SampleCounty, mirror: Path) -> None:
    england = gpd.read_file(mirror / "boundaries" / "rgn_2016_bsc.gpkg").to_crs(BNG)
    region = county.layers["rgn-2023-05-demo"].frame.geometry.iloc[0]
    # The nearest land is the north coast of Norfolk.
    assert england.geometry.distance(region).min() > 10_000


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_another_process(county: SampleCounty) -> None:
    code = "from app.dev.sample_county.county import make_county as m; print(m().fingerprint())"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(REPOSITORY)},
    )
    assert ran.stdout.strip() == county.fingerprint()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7, 1855])
def test_other_seeds_give_other_sound_counties(county: SampleCounty, seed: int) -> None:
    other = make_county(seed)
    assert other.fingerprint() != county.fingerprint()
    assert len(other.layers["lad-2019-12-demo"].frame) == 7
    for layer in other.layers.values():
        assert shapely.coverage_is_valid(layer.frame.geometry.to_numpy())
    people = other.weights.query("measure == 'people'")["value"]
    assert people.between(1_000, 3_300).all()
