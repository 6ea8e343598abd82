"""Grids over an invented ground of squares, stored, summed and served; every figure can be worked out by hand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from app.main import create_app
from app.rasters.actions import drop_raster
from app.rasters.importing import InvalidRaster, RasterSaid, RasterTaken, import_raster
from app.rasters.queries import get_raster, zone_tables_of
from app.rasters.stored import folder, use_folder
from app.rasters.tables import Raster, RasterFootprintValue, RasterValue
from app.rasters.weights import population_weights
from app.rasters.zones import figures_of_footprint
from app.sessions import reading, writing
from app.settings import Settings
from boundaries.footprints import Ground, store_footprint
from boundaries.tables import Membership
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.squares import EAST, NORTH, add_layer

DAY = date(2026, 1, 1)
# 4 x 4 cells of 500 m over the first 2 km; the north-west cell has no value.
CELLS = np.arange(1.0, 17.0).reshape(4, 4)
CELLS[0, 0] = -9999
# A and B lie south, two kilometres wide together; C is 1.5 km wide; of D one third lies on the grid.
SQUARES = {
    "E01000001": (0, 0, 1, 1), "E01000002": (1, 0, 2, 1), "E01000003": (0, 1, 1.5, 2),
    "E01000004": (1.5, 1, 3, 2), "E01000005": (9, 9, 10, 10),
}  # fmt: skip
PEOPLE = RasterSaid("people", "People by cell", "people", "extensive", "nobody")
AIR = RasterSaid("air", "Soot", "µg/m³", "intensive", "unknown", labels=("2012", "2013"))


class Served(NamedTuple):
    client: TestClient
    engine: Engine
    files: Path


def write_grid(path: Path, bands: np.ndarray, crs: str = "EPSG:27700") -> Path:
    import rasterio
    from rasterio.transform import from_origin

    bands = bands.reshape(-1, *bands.shape[-2:])
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=4, count=len(bands), dtype="float32", nodata=-9999,
        crs=crs, transform=from_origin(EAST, NORTH + 2000, 500, 500),
    ) as file:  # fmt: skip
        file.write(bands)
    return path


@pytest.fixture(scope="module")
def served(
    cluster: ClusterForTests, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:

    files = tmp_path_factory.mktemp("rasters")
    url = cluster.clone(template_database)
    engine = open_engine(url)
    app = create_app(Settings(data_dir=files), engine)
    with writing(engine) as session:
        add_layer(session, "lsoa-2021-12-bgc", SQUARES, published_on=date(2021, 12, 31))
        add_layer(
            session, "lad-2025-05-bgc", {"E06000001": (0, 0, 2, 2)}, published_on=date(2025, 5, 1)
        )
        # It leaves the north out: what lies there is outside.
        add_layer(
            session,
            "msoa-2021-12-bgc",
            {"E02000001": (0, 0, 2, 1)},
            published_on=date(2021, 12, 31),
        )
        session.add_all(
            Membership(child_code=code, parent_code="E06000001", parent_type="lad", method="exact", lookup="l", share=1)
            for code in ("E01000001", "E01000004")
        )  # fmt: skip
        people = write_grid(files / "people.tif", CELLS)
        import_raster(session, "test", people, PEOPLE, DAY, commit=True)
        air = write_grid(
            files / "air.tif", np.stack([CELLS, np.where(CELLS < 0, CELLS, CELLS * 10)])
        )
        import_raster(session, "test", air, AIR, DAY, commit=True)
    with TestClient(app) as client:
        yield Served(client, engine, files)
    engine.dispose()
    cluster.drop(url)


@pytest.fixture(autouse=True)
def own_folder(served: Served) -> None:
    """The folder is one for the process, and another module's service may have named its own since."""
    use_folder(served.files / "rasters")


def values(served: Served, address: str) -> dict[str, tuple[float | None, float]]:
    answer = served.client.get(f"/api/v1/rasters/{address}")
    assert answer.status_code == 200, answer.text
    return {one["code"]: (one["value"], one["share_with_value"]) for one in answer.json()["items"]}


def test_counts_are_summed_and_an_area_that_the_grid_half_reaches_says_so(served: Served) -> None:
    found = values(served, "people/values?area_type=lsoa&as_at=2026-01-01")
    assert found == {
        "E01000001": (pytest.approx(9 + 10 + 13 + 14), 1),
        "E01000002": (pytest.approx(11 + 12 + 15 + 16), 1),
        # The cell without value has nobody: 2 + 3 + 5 + 6 + 7.
        "E01000003": (pytest.approx(23), 1),
        "E01000004": (pytest.approx(4 + 8), pytest.approx(1 / 3)),
    }, "the fifth lies beyond the grid and is not listed"


def test_levels_are_averaged_over_the_ground_that_has_one(served: Served) -> None:
    found = values(served, "air/values?area_type=lsoa&band=1")
    assert found["E01000001"] == (pytest.approx(46 / 4), 1)
    # Five of six cells: what the sixth holds is not known.
    assert found["E01000003"] == (pytest.approx(23 / 5), pytest.approx(5 / 6))
    assert found["E01000004"] == (pytest.approx(6), pytest.approx(1 / 3))
    # Without a band the last, the newest year, is read.
    assert values(served, "air/values")["E01000001"][0] == pytest.approx(115)


def test_what_lies_in_no_area_is_told_and_nobody_is_lost(served: Served) -> None:
    body = served.client.get("/api/v1/rasters/people").json()
    told = {each["release"]: (each["inside"], each["outside"]) for each in body["releases"]}
    assert body["bands"][0]["total"] == 135
    assert told["lsoa-2021-12-bgc"] == (pytest.approx(135), pytest.approx(0, abs=1e-9))
    assert told["msoa-2021-12-bgc"] == (pytest.approx(100), pytest.approx(35))
    assert "inside" not in served.client.get("/api/v1/rasters/air").json()["releases"][0]


def test_values_of_a_place_come_a_page_at_a_time_and_as_csv(served: Served) -> None:
    first = served.client.get("/api/v1/rasters/people/values?within=E06000001&limit=1").json()
    assert (first["total"], [each["code"] for each in first["items"]]) == (2, ["E01000001"])
    second = served.client.get(first["next"]).json()
    assert [each["code"] for each in second["items"]] == ["E01000004"]
    assert second["next"] is None
    written = served.client.get("/api/v1/rasters/people/values.csv?area_type=lad").text
    assert written.splitlines()[0] == "code,name,band,value,unit,share_with_value"
    assert written.splitlines()[1].startswith("E06000001,Area 1,1,135.0,people,1.0")


def test_a_layer_that_came_later_is_computed_when_asked_and_kept_when_told(served: Served) -> None:
    with writing(served.engine) as session:
        add_layer(
            session, "wd-2025-05-bgc", {"E05000001": (0, 0, 1, 2)}, published_on=date(2025, 5, 1)
        )
    assert values(served, "people/values?area_type=wd")["E05000001"][0] == pytest.approx(
        46 + 2 + 5 + 6
    )
    from app.rasters.zones import keep_current_layers

    with writing(served.engine) as session:
        kept = keep_current_layers(session, get_raster(session, "people"), DAY)
    assert kept["wd-2025-05-bgc"] == 1
    with reading(served.engine) as session:
        assert "wd-2025-05-bgc" in {each.release_id for each in zone_tables_of(session, "people")}


def test_a_footprint_is_summed_by_its_own_outline_and_kept_once(served: Served) -> None:
    # 250 m into the cells that hold 9, 10, 13 and 14, a quarter of each.
    estate = shapely.multipolygons([shapely.box(EAST + 250, NORTH + 250, EAST + 750, NORTH + 750)])
    with reading(served.engine) as session, pytest.raises(Exception, match="no footprint"):
        figures_of_footprint(session, 99)
    with writing(served.engine) as session:
        number = store_footprint(session, Ground(outline=estate))
        by_codes = store_footprint(session, Ground(codes=("E01000001",), as_at=date(2022, 1, 1)))
        listed = store_footprint(session, Ground(postcodes=("EX1 1AA",)))
    with reading(served.engine) as session:
        told = figures_of_footprint(session, number)
        assert session.scalar(select(func.count()).select_from(RasterFootprintValue)) == 0
        assert [each["value"] for each in figures_of_footprint(session, by_codes)][
            2
        ] == pytest.approx(46)
        assert figures_of_footprint(session, listed) == []
    assert [(one["raster"], one["label"], one["value"]) for one in told] == [
        ("air", "2012", pytest.approx(46 / 4)), ("air", "2013", pytest.approx(115)),
        ("people", "", pytest.approx(46 / 4)),
    ]  # fmt: skip
    with writing(served.engine) as session:
        assert figures_of_footprint(session, number) == told
        # Codes may be drawn otherwise by a newer layer: what they hold is not kept.
        figures_of_footprint(session, by_codes)
    with reading(served.engine) as session:
        assert session.scalar(select(func.count()).select_from(RasterFootprintValue)) == 3
        assert figures_of_footprint(session, number) == told


def test_people_of_small_areas_are_weights_where_the_grid_reaches_them(served: Served) -> None:
    with reading(served.engine) as session:
        found = population_weights(session, "lsoa-2021", ["E01000004", "E01000001"])
    assert np.isnan(found["people"].iloc[0])
    assert found["people"].iloc[1] == pytest.approx(46)


def test_a_grid_of_degrees_is_summed_over_the_same_areas(served: Served) -> None:
    # Degrees of the same ground: A is cut by other lines, and a level of 5 everywhere stays 5.
    import rasterio
    from rasterio.transform import from_origin

    path = served.files / "degrees.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=50, height=50, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(-0.8, 51.9, 0.02, 0.02),
    ) as file:  # fmt: skip
        file.write(np.full((1, 50, 50), 5.0))
    with writing(served.engine) as session:
        said = replace(AIR, id="degrees", labels=())
        import_raster(session, "test", path, said, DAY, commit=True)
    found = values(served, "degrees/values?area_type=lsoa")
    assert found["E01000001"] == (pytest.approx(5), 1)
    with writing(served.engine) as session:
        drop_raster(session, "test", get_raster(session, "degrees"))


def test_a_tile_shows_the_classes_of_the_cells_and_nothing_beyond_them(served: Served) -> None:
    from PIL import Image

    tilejson = served.client.get("/api/v1/rasters/people/tilejson.json").json()
    assert tilejson["bounds"] == pytest.approx([-0.5541, 51.6893, -0.5246, 51.7078], abs=2e-3)
    west, south, east, north = tilejson["bounds"]
    z = 13
    x = int(((west + east) / 2 + 180) / 360 * 2**z)
    lat = np.radians((south + north) / 2)
    y = int((1 - np.arcsinh(np.tan(lat)) / np.pi) / 2 * 2**z)
    answer = served.client.get(f"/api/v1/rasters/people/tiles/{z}/{y}/{x}.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["etag"].startswith('"')
    drawn = Image.open(io.BytesIO(answer.content))
    assert drawn.size == (256, 256)
    assert 1 < len(np.unique(np.asarray(drawn))) <= 6
    far = served.client.get("/api/v1/rasters/people/tiles/13/0/0.png")
    assert not np.asarray(Image.open(io.BytesIO(far.content))).any()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("no-such", 404), ("people/values?band=2", 404), ("people/values?band=0", 422),
        ("people/values?area_type=xyz", 422), ("people/values?within=E99999999", 404),
        ("people/values?colour=red", 400), ("people/tiles/19/0/0.png", 404), ("people/tiles/2/4/0.png", 404),
        ("people/tiles/2/0/-1.png", 404),
        ("people/tiles/999999999/0/0.png", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_clear_problem(served: Served, address: str, status: int) -> None:
    answer = served.client.get(f"/api/v1/rasters/{address}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_that_is_gone_is_said_and_no_figure_takes_its_place(served: Served) -> None:
    with writing(served.engine) as session:
        raster = get_raster(session, "people")
        number = store_footprint(
            session,
            Ground(
                outline=shapely.multipolygons([shapely.box(EAST, NORTH, EAST + 90, NORTH + 90)])
            ),
        )
        kept = folder() / raster.stored_file
    away = kept.rename(kept.with_suffix(".away"))
    try:
        gone = served.client.get("/api/v1/rasters/people/tiles/12/9/9.png")
        assert gone.status_code == 200, "beyond the grid: no cell is needed"
        with reading(served.engine) as session:
            told = [
                one for one in figures_of_footprint(session, number) if one["raster"] == "people"
            ]
        assert [(one["value"], one["note"]) for one in told] == [
            (None, "the raster's file is not here")
        ]
        # What was kept is still known.
        assert values(served, "people/values?area_type=lsoa")["E01000001"][0] == pytest.approx(46)
    finally:
        away.rename(kept)


def test_a_rehearsal_stores_nothing_and_leaves_no_file(served: Served) -> None:
    before = sorted(each.name for each in folder().iterdir())
    with writing(served.engine) as session:
        path = write_grid(served.files / "again.tif", CELLS + 10_000)
        report = import_raster(
            session, "test", path, replace(PEOPLE, id="again"), DAY, commit=False
        )
        assert session.get(Raster, "again") is None
    assert (report.stored, report.bands[0]["cells_with_value"]) == (False, 16)
    assert sorted(each.name for each in folder().iterdir()) == before


def test_an_import_of_the_same_id_replaces_it_and_a_published_one_is_not_for_uploads(
    served: Served,
) -> None:
    with writing(served.engine) as session:
        path = write_grid(served.files / "new.tif", CELLS)
        for cells, expected in ((CELLS, 135), (np.where(CELLS < 0, CELLS, CELLS * 2), 270)):
            write_grid(path, cells)
            import_raster(session, "test", path, replace(PEOPLE, id="new"), DAY, commit=True)
            found = session.scalar(
                select(func.sum(RasterValue.value)).where(
                    RasterValue.raster_id == "new", RasterValue.release_id == "lad-2025-05-bgc"
                )
            )  # fmt: skip
            assert found == pytest.approx(expected)
        with pytest.raises(RasterTaken):
            import_raster(
                session, "test", path, replace(PEOPLE, dataset_id="worldpop-2020"), DAY, commit=True
            )
        name = get_raster(session, "new").stored_file
        drop_raster(session, "test", get_raster(session, "new"))
        assert (folder() / name).is_file(), "till the change is sure"
    assert not (folder() / name).is_file()


def test_a_file_goes_with_the_change_that_brought_it_and_with_what_replaces_it(
    served: Served,
) -> None:
    before = {each.name for each in folder().iterdir()}
    said, path = replace(PEOPLE, id="passing"), served.files / "passing.tif"

    def bring_in(factor: float) -> str:
        write_grid(path, np.where(CELLS < 0, CELLS, CELLS * factor))
        with writing(served.engine) as session:
            import_raster(session, "test", path, said, DAY, commit=True)
            return get_raster(session, "passing").stored_file

    first = bring_in(3)
    second = bring_in(5)
    assert {each.name for each in folder().iterdir()} - before == {second}

    def fail_at_the_end() -> None:
        with writing(served.engine) as session:
            write_grid(path, CELLS + 20_000)
            import_raster(session, "test", path, said, DAY, commit=True)
            assert {each.name for each in folder().iterdir()} - before - {second}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_at_the_end()
    assert {each.name for each in folder().iterdir()} - before == {second}
    assert first != second
    # The same cells under another id are the same file: it stays while either has it.
    with writing(served.engine) as session:
        write_grid(path, np.where(CELLS < 0, CELLS, CELLS * 5))
        import_raster(session, "test", path, replace(said, id="twin"), DAY, commit=True)
        assert get_raster(session, "twin").stored_file == second
    with writing(served.engine) as session:
        drop_raster(session, "test", get_raster(session, "passing"))
    assert (folder() / second).is_file()
    with writing(served.engine) as session:
        drop_raster(session, "test", get_raster(session, "twin"))
    assert {each.name for each in folder().iterdir()} == before


def test_what_is_said_of_a_grid_is_checked_whole(served: Served) -> None:
    bad = RasterSaid("Not a slug", "", " ", "some", "nothing", nodata=float("nan"))
    with writing(served.engine) as session:
        with pytest.raises(InvalidRaster) as refused:
            import_raster(session, "test", served.files / "people.tif", bad, DAY, commit=True)
        assert {fault.pointer for fault in refused.value.faults} == {
            "/id", "/title", "/unit", "/nature", "/nodata_means", "/nodata",
        }  # fmt: skip
        said = replace(AIR, nodata_means="nobody")
        with pytest.raises(InvalidRaster, match="only of a count"):
            import_raster(session, "test", served.files / "people.tif", said, DAY, commit=True)
        with pytest.raises(InvalidRaster, match="1 bands and 2 labels"):
            import_raster(session, "test", served.files / "people.tif", AIR, DAY, commit=True)
