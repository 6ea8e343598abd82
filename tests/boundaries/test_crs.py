from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from boundaries import crs, ostn15
from boundaries.database import REPOSITORY
from boundaries.errors import Invalid

# Ordnance Survey's worked example: Caister water tower.
CAISTER_GRID = (651_409.804, 313_177.450)
CAISTER_LON_LAT = (1.716073973, 52.658007833)


def off_m(lon: np.ndarray, lat: np.ndarray, to_lon: np.ndarray, to_lat: np.ndarray) -> np.ndarray:
    """Metres between points, on a sphere: good to a thousandth over centimetres."""
    east = (lon - to_lon) * np.cos(np.radians(lat)) * 111_320
    return np.hypot(east, (lat - to_lat) * 111_320)


def test_caister_is_within_15_cm_both_ways() -> None:
    easting, northing = crs.point_to_bng(*CAISTER_LON_LAT)
    assert np.hypot(easting - CAISTER_GRID[0], northing - CAISTER_GRID[1]) < 0.15
    lon, lat = crs.point_to_lonlat(*CAISTER_GRID)
    assert off_m(*map(np.array, (lon, lat, *CAISTER_LON_LAT))) < 0.15


def test_the_grid_agrees_with_ostn15_over_all_england() -> None:
    from convertbng.cutil import convert_osgb36_to_ll

    random = np.random.default_rng(15)
    eastings = random.uniform(80_000, 655_000, 50_000)
    northings = random.uniform(5_000, 657_000, 50_000)
    degrees = shapely.get_coordinates(crs.to_wgs84(shapely.points(eastings, northings)))
    off = off_m(degrees[:, 0], degrees[:, 1], *convert_osgb36_to_ll(eastings, northings))
    assert np.isfinite(off).all()
    assert off.mean() < 0.005
    assert off.max() < 0.15


def test_st_marys_is_moved_by_ostn15_where_the_library_itself_has_no_answer() -> None:
    from convertbng.cutil import convert_osgb36_to_ll, convert_to_osgb36

    lon, lat = (float(value[0]) for value in convert_osgb36_to_ll([91_000.0], [10_500.0]))
    assert np.isnan(convert_to_osgb36([lon], [lat])[0][0])
    easting, northing = crs.point_to_bng(lon, lat)
    assert np.hypot(easting - 91_000, northing - 10_500) < 0.15


def test_beyond_the_grid_the_helmert_answer_joins_without_a_jump() -> None:
    # Just in and just out of the lattice's western edge, offshore, 2 m apart by longitude.
    inside = crs.point_to_bng(ostn15.WEST + 0.02, 50.0)
    beyond = crs.point_to_bng(ostn15.WEST - 0.02, 50.0)
    expected_m = 0.04 * 111_320 * np.cos(np.radians(50.0))
    assert np.hypot(inside[0] - beyond[0], inside[1] - beyond[1]) == pytest.approx(
        expected_m, rel=0.01
    )


def test_geopandas_own_transform_agrees() -> None:
    crs.transform_in_use()
    # GeoPandas keeps transformers: one made before the grid was in use knows no grid.
    geopandas.array.TransformerFromCRS.cache_clear()
    point = geopandas.GeoSeries([shapely.Point(*CAISTER_GRID)], crs=crs.BNG)
    theirs = point.to_crs(crs.WGS84).iloc[0]
    ours = crs.to_wgs84(point).iloc[0]
    assert shapely.distance(theirs, ours) < 1e-9


def test_a_thread_that_began_before_the_grid_was_in_use_finds_it(tmp_path: Path) -> None:
    program = (
        "import sys, threading, geopandas, pyproj, shapely\n"
        "from pathlib import Path\n"
        "from boundaries import crs\n"
        "pyproj.CRS.from_epsg(27700)\n"  # this thread has looked for PROJ's files
        "other = threading.Thread(target=crs.use_grid, args=(Path(sys.argv[1]),))\n"
        "other.start(); other.join()\n"
        "crs.transform_in_use()\n"
        "point = geopandas.GeoSeries([shapely.Point(651409.804, 313177.450)], crs=27700)\n"
        "print(shapely.distance(point.to_crs(4326).iloc[0], crs.to_wgs84(point).iloc[0]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    assert float(done.stdout) < 1e-9


def test_round_trip_keeps_geometry_index_and_missing_ones() -> None:
    square = shapely.box(580_000, 109_000, 581_000, 110_000)
    series = geopandas.GeoSeries([square, None], index=["a", "b"], crs=crs.BNG)
    back = crs.to_bng(crs.to_wgs84(series))
    assert list(back.index) == ["a", "b"]
    assert back.crs.to_epsg() == crs.BNG
    assert back["b"] is None
    assert shapely.hausdorff_distance(back["a"], square) < 1e-6


def test_a_series_in_another_system_is_refused() -> None:
    series = geopandas.GeoSeries([shapely.Point(0, 51)], crs=crs.WGS84)
    with pytest.raises(Invalid, match="not EPSG:27700"):
        crs.to_wgs84(series)


@pytest.mark.parametrize(("lon", "lat"), [(181, 51), (0, 91), (float("nan"), 51)])
def test_a_point_that_is_no_longitude_and_latitude_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(Invalid):
        crs.point_to_bng(lon, lat)


def test_a_box_of_degrees_lies_wholly_in_its_box_of_metres() -> None:
    draw = np.random.default_rng(7)
    for _ in range(40):
        west, east = np.sort(draw.uniform(-9, 3, 2))
        south, north = np.sort(draw.uniform(49.2, 61.4, 2))
        box = crs.box_in_metres((west, south, east, north))
        assert box is not None
        along = np.linspace(0, 1, 1001)
        edge = shapely.points(
            np.concatenate([west + (east - west) * along, np.full(1001, east)]),
            np.concatenate([np.full(1001, north), south + (north - south) * along]),
        )
        metres = shapely.get_coordinates(crs.to_bng(edge))
        assert (metres >= box[:2]).all()
        assert (metres <= box[2:]).all()


def test_a_box_of_the_world_is_one_of_the_grid_and_one_of_elsewhere_is_none() -> None:
    world = crs.box_in_metres((-180, -90, 180, 90))
    assert world is not None
    assert world[0] < 0
    assert world[2] > 700_000
    assert crs.box_in_metres((10, 50, 11, 51)) is None


def test_metres_and_swapped_degrees_are_told_from_degrees() -> None:
    hastings = (0.5, 50.8, 0.7, 50.9)
    assert crs.looks_like_bng((577_000, 108_000, 585_000, 113_000))
    assert not crs.looks_like_bng(hastings)
    assert crs.lonlat_swapped((50.8, 0.5, 50.9, 0.7))
    assert not crs.lonlat_swapped(hastings)
    assert crs.touches_england(hastings)
    assert not crs.touches_england((-4.4, 55.95, -4.2, 56.0))  # Glasgow


def test_systems_are_recognised_as_files_state_them() -> None:
    assert crs.recognise("EPSG:27700") == "bng"
    assert crs.recognise(pyproj.CRS(27700).to_wkt("WKT1_ESRI")) == "bng"
    assert crs.recognise("OGC:CRS84") == "lon-lat"
    assert crs.recognise("EPSG:3857") == "other"
    with pytest.raises(Invalid):
        crs.recognise("EPSG:nonsense")


def test_the_grid_is_made_once_and_whole_by_many_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: ostn15.ensure_grid(folder), range(4)))
    assert len(made) == 1
    grid = made.pop()
    stamp = grid.stat().st_mtime_ns
    assert ostn15.ensure_grid(folder).stat().st_mtime_ns == stamp
    assert {name.name for name in grid.parent.iterdir()} == {ostn15.GRID_NAME, ".lock"}
    grid.write_bytes(grid.read_bytes()[:-16])  # a torn copy is made again
    assert ostn15.ensure_grid(folder).stat().st_size > 1_000_000


@pytest.mark.slow
def test_a_folder_with_a_space_works_and_is_used_by_a_new_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from boundaries import crs;"
        "crs.use_grid(Path(sys.argv[1])); print(crs.transform_in_use()); print(crs.grid_folder())"
    )
    folder = tmp_path / "with space"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert "OSTN15" in done.stdout
    assert str(folder) in done.stdout
