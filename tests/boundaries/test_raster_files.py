"""Grids as users send them: what is taken, cell by cell, and what is refused and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boundaries import untrusted
from boundaries.errors import BoundsError
from boundaries.raster_files import read_raster

CELLS = np.array([[1.5, 2.0, -9999.0], [0.0, 7.25, 4.0]])


def write_tiff(path: Path, cells: Any = CELLS, **changes: Any) -> Path:
    import rasterio
    from rasterio.transform import from_origin

    bands = np.asarray(cells).reshape(-1, *np.asarray(cells).shape[-2:])
    profile = {
        "driver": "GTiff", "width": bands.shape[2], "height": bands.shape[1], "count": len(bands),
        "dtype": str(bands.dtype), "nodata": -9999, "crs": "EPSG:27700",
        "transform": from_origin(500_000, 200_000, 100, 100),
    } | changes  # fmt: skip
    with rasterio.open(path, "w", **{k: v for k, v in profile.items() if v is not None}) as file:
        file.write(bands)
    return path


def write_ascii(path: Path, body: str, head: str = "") -> Path:
    said = (
        "ncols 3\nnrows 2\nxllcorner 500000\nyllcorner 199800\ncellsize 100\nNODATA_value -9999\n"
    )
    path.write_text((head or said) + body)
    return path


def take(path: Path, **changes: Any) -> tuple[dict[str, Any], np.ndarray]:
    import rasterio

    given: dict[str, Any] = {"name": path.name, "crs": None, "nodata": None, "is_count": True}
    target = path.with_suffix(".stored.tif")
    told = read_raster(path, target, **(given | changes))
    with rasterio.open(target) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        return told, file.read()


def test_a_geotiff_is_stored_cell_for_cell_and_its_no_data_has_no_value(tmp_path: Path) -> None:
    told, stored = take(write_tiff(tmp_path / "people.tif"))
    assert np.array_equal(stored[0], np.where(CELLS == -9999, np.nan, CELLS), equal_nan=True)
    assert told["place"] == {
        "system": "bng", "columns": 3, "rows": 2, "west": 500_000, "north": 200_000, "cell_width": 100,
        "cell_height": 100,
    }  # fmt: skip
    (band,) = told["bands"]
    assert (band["cells_with_value"], band["cells_without"]) == (5, 1)
    assert (band["lowest"], band["highest"], band["total"]) == (0, 7.25, 14.75)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["people.stored.tif", "people.tif"]


def test_whole_numbers_with_a_scale_are_read_as_what_they_mean(tmp_path: Path) -> None:
    import rasterio

    path = write_tiff(
        tmp_path / "scaled.tif", np.array([[10, 255], [30, 0]], dtype="uint8"), nodata=255
    )
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.5,), (1.0,)
    _, stored = take(path)
    assert np.array_equal(stored[0], [[6, np.nan], [16, 1]], equal_nan=True)


def test_an_ascii_grid_may_say_the_middle_of_its_corner_cell(tmp_path: Path) -> None:
    head = (
        "NCOLS 3\nNROWS 2\nXLLCENTER 500050\nYLLCENTER 199850\nCELLSIZE 100\nNODATA_value -9999\n"
    )
    told, stored = take(
        write_ascii(tmp_path / "g.asc", "1.5 2 -9999\n0 7.25\n4", head), crs="EPSG:27700"
    )
    assert (told["place"]["west"], told["place"]["north"]) == (500_000, 200_000)
    assert np.array_equal(stored[0], np.where(CELLS == -9999, np.nan, CELLS), equal_nan=True)


def test_a_value_that_marks_none_can_be_named(tmp_path: Path) -> None:
    told, _ = take(write_tiff(tmp_path / "marked.tif", nodata=None), nodata=-9999.0)
    assert told["bands"][0]["cells_without"] == 1


@pytest.mark.parametrize(
    ("rule", "changes", "given"),
    [
        ("system-stated", {"crs": None}, {}),
        ("system-known", {"crs": "EPSG:3035"}, {}),
        ("system-once", {}, {"crs": "EPSG:4326"}),
        ("counts-not-below-0", {"nodata": None}, {}),
        ("no-value-declared", {"nodata": None, "cells": np.array([[-3.4e38, 1.0]])}, {"is_count": False}),
        ("cells-finite", {"cells": np.array([[1.0, np.inf], [-np.inf, 2.0]])}, {"is_count": False}),
        ("cells-have-values", {"cells": np.full((2, 2), -9999.0)}, {}),
        ("cells-are-numbers", {"cells": np.ones((3, 2, 2), dtype="uint8"), "nodata": None, "photometric": "RGB"}, {}),
        ("cells-are-numbers", {"cells": np.ones((2, 2), dtype="complex64"), "nodata": None}, {}),
        ("bands-bounded", {"cells": np.ones((101, 1, 1))}, {}),
    ],
)  # fmt: skip
def test_a_geotiff_is_refused_and_says_why(
    tmp_path: Path, rule: str, changes: dict[str, Any], given: dict[str, Any]
) -> None:
    path = write_tiff(tmp_path / "bad.tif", **changes)
    with pytest.raises(BoundsError) as refused:
        take(path, **given)
    assert refused.value.slug == "unreadable-raster"
    assert refused.value.faults[0].rule == rule
    assert [each.name for each in tmp_path.iterdir()] == ["bad.tif"], "nothing is left behind"


def test_infinite_cells_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "inf.tif", np.array([[1.0, 2.0, 3.0], [4.0, np.inf, -np.inf]]))
    with pytest.raises(BoundsError, match="2 cells are infinite") as refused:
        take(path, is_count=False)
    assert (refused.value.faults[0].row, refused.value.faults[0].column) == (2, "2")


def test_rotated_and_upside_down_grids_are_refused(tmp_path: Path) -> None:
    from affine import Affine

    for turned in (
        Affine.translation(5e5, 2e5) @ Affine.rotation(10) @ Affine.scale(100, -100),
        Affine(100, 0, 5e5, 0, 100, 2e5),
    ):
        with pytest.raises(BoundsError, match="rotated"):
            take(write_tiff(tmp_path / "turned.tif", transform=turned))


def test_a_file_that_says_no_place_is_refused(tmp_path: Path) -> None:
    from affine import Affine

    with pytest.warns(match="no geotransform"):
        path = write_tiff(tmp_path / "nowhere.tif", transform=Affine.identity())
    with pytest.raises(BoundsError, match="where its cells lie"):
        take(path)


def test_ten_thousand_million_cells_are_refused_by_the_header_alone(tmp_path: Path) -> None:
    import rasterio
    from rasterio.transform import from_origin

    path = tmp_path / "vast.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=100_000, height=100_000, count=1, dtype="uint8", sparse_ok=True,
        tiled=True, blockxsize=4096, blockysize=4096, crs="EPSG:27700", transform=from_origin(0, 1e6, 10, 10),
    ):  # fmt: skip
        pass
    assert path.stat().st_size < 100_000
    with pytest.raises(BoundsError, match="100,000 x 100,000") as refused:
        take(path)
    assert refused.value.slug == "raster-too-large"
    head = "ncols 100000\nnrows 100000\nxllcorner 0\nyllcorner 0\ncellsize 1\n"
    with pytest.raises(BoundsError, match="100,000 x 100,000"):
        take(write_ascii(tmp_path / "vast.asc", "1 2 3", head), crs="EPSG:27700")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1 MISSING 3\n4 5 6", "row 1, column 2 is no number"),
        ("1 2 3\n4 5", "holds 5 of 6 cells"),
        ("1 2 3\n4 5 6 7", "more than the 6 cells"),
        ("1 2 3\n4 inf 6", "1 cell is infinite"),
    ],
)
def test_an_ascii_grid_is_no_number_short_and_no_word_is_nought(
    tmp_path: Path, body: str, said: str
) -> None:
    with pytest.raises(BoundsError, match=said):
        take(write_ascii(tmp_path / "g.asc", body), crs="EPSG:27700")


@pytest.mark.parametrize(
    "head", ["ncols x\n", "ncols 3\nnrows 2\n", "ncols -3\nnrows 2\ncellsize 1\n"]
)
def test_an_ascii_grid_whose_head_says_too_little_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(BoundsError) as refused:
        take(write_ascii(tmp_path / "g.asc", "1 2 3 4 5 6\n", head), crs="EPSG:27700")
    assert refused.value.faults[0].rule == "head"


def test_what_only_points_to_another_file_is_refused_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "other.tif"
    path.write_text(
        f"<VRTDataset><SourceFilename>{write_tiff(tmp_path / 'a.tif')}</SourceFilename></VRTDataset>"
    )
    for given in (path, tmp_path / "x.tif"):
        (tmp_path / "x.tif").write_bytes(b"GIF89a")
        with pytest.raises(BoundsError) as refused:
            take(given)
        assert refused.value.faults[0].rule == "first-bytes"


def test_a_geotiff_cut_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "cut.tif", np.ones((200, 200)))
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(BoundsError) as refused:
        take(path)
    assert refused.value.faults[0].rule == "file-whole"
    assert str(tmp_path) not in refused.value.detail


def test_the_limited_subprocess_answers_and_refuses_alike(tmp_path: Path) -> None:
    path, target = write_tiff(tmp_path / "people.tif"), tmp_path / "out.tif"
    asked = {
        "path": str(path),
        "target": str(target),
        "name": "p",
        "crs": None,
        "nodata": None,
        "is_count": True,
    }
    told, _ = untrusted.run_limited("read_raster", asked, file_mb=512)
    assert told["bands"][0]["total"] == 14.75
    assert target.is_file()
    with pytest.raises(BoundsError) as refused:
        untrusted.run_limited("read_raster", asked | {"crs": "EPSG:4326"})
    assert refused.value.slug == "unreadable-raster"


def test_the_publishers_grids_hold_what_their_readme_says(mirror: Path, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"crs": None, "nodata": None}
    people = read_raster(
        mirror / "raster/openpopgrid_nz_300m.tif",
        tmp_path / "p.tif",
        name="p",
        is_count=True,
        **asked,
    )
    (band,) = people["bands"]
    assert round(band["total"]) == 2_553_316
    assert band["cells_without"] / (331 * 334) == pytest.approx(0.81, abs=0.005)
    air = read_raster(
        mirror / "raster/defra_pcm_nox_london_1km_2003_2013.tif", tmp_path / "a.tif", name="a", is_count=False,
        **asked,
    )  # fmt: skip
    # One cell is MISSING in 2003 to 2006.
    assert [band["cells_with_value"] for band in air["bands"]] == [1_576] * 4 + [1_577] * 7
    means = [band["total"] / band["cells_with_value"] for band in air["bands"]]
    assert (round(means[0], 1), round(means[-1], 1)) == (56.1, 40.3)
