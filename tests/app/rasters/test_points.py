"""Tables of points on a regular grid, as publishers write them and as they should not be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.rasters.readers.points import is_table, read_points
from boundaries.errors import BoundsError

# Two rows of three cells of 1 km; one of the six has no point, one says MISSING.
TABLE = """gridcode,x,y,no2012,no2013
1,500500,200500,10,11.5
2,501500,200500,20,MISSING
4,500500,199500,40,41
6,502500,199500,60,61.25
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(text)
    return path


def read(tmp_path: Path, text: str = TABLE, **given):
    return read_points(write(tmp_path, text), "points.csv", **({"crs": "EPSG:27700"} | given))


def test_points_are_the_middles_of_cells_and_gaps_have_no_value(tmp_path: Path) -> None:
    found = read(tmp_path)
    place = found.place
    assert (place.columns, place.rows, place.west, place.north) == (3, 2, 500_000, 201_000)
    assert (place.cell_width, place.cell_height) == (1000, 1000)
    nan = np.nan
    assert np.array_equal(found.cells, [[[11.5, nan, nan], [41, nan, 61.25]]], equal_nan=True)
    assert (found.labels, found.points, found.missing) == (("no2013",), 4, 1)


def test_each_named_column_is_a_band(tmp_path: Path) -> None:
    found = read(tmp_path, values=("no2013", "NO2012"))
    assert found.labels == ("no2013", "no2012")
    assert found.cells[1, 1].tolist()[0] == 40


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    head, *rows = TABLE.splitlines()
    turned = read(tmp_path, "\n".join([head, *rows[::-1]]) + "\n")
    assert np.array_equal(turned.cells, read(tmp_path).cells, equal_nan=True)


@pytest.mark.parametrize(
    ("change", "rule", "row"),
    [
        (("20,MISSING", "20,lots"), "cells-are-numbers", 3),
        (("60,61.25", "60,inf"), "cells-are-numbers", 5),
        (("501500,200500", "501490,200500"), "regular-grid", None),
        (("6,502500,199500", "6,500500,199500"), "cell-once", 5),
        (("40,41", "40"), "row-fits-header", 4),
        (("2,501500", "2,"), "cells-are-numbers", 3),
        (("x,y", "a,b"), "columns-found", None),
    ],
)
def test_a_table_is_refused_and_names_the_row(
    tmp_path: Path, change: tuple[str, str], rule: str, row: int | None
) -> None:
    with pytest.raises(BoundsError) as refused:
        read(tmp_path, TABLE.replace(*change))
    fault = refused.value.faults[0]
    assert fault.rule == rule
    if row is not None:
        assert fault.row == row


def test_a_table_states_no_system_and_few_points_make_no_vast_grid(tmp_path: Path) -> None:
    with pytest.raises(BoundsError, match="--crs"):
        read(tmp_path, crs=None)
    far = "x,y,v\n0,0,1\n1,1,1\n50000000,50000000,1\n"
    with pytest.raises(BoundsError) as refused:
        read(tmp_path, far)
    assert refused.value.slug == "raster-too-large"
    with pytest.raises(BoundsError, match="one row of points"):
        read(tmp_path, "x,y,v\n1,5,1\n2,5,1\n")


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BoundsError, match="there are gridcode, x, y, no2012, no2013"):
        read(tmp_path, values=("no2014",))


def test_only_what_has_both_axes_among_its_titles_is_a_table_of_points(tmp_path: Path) -> None:
    assert is_table(write(tmp_path, TABLE))
    assert is_table(write(tmp_path, "\ufeffEasting;Northing;value\n"))
    assert not is_table(write(tmp_path, "code,value\n"))
    assert not is_table(write(tmp_path, "ncols 3\nnrows 2\n"))


def test_the_publishers_table_is_the_grid_that_its_bands_are_in(mirror: Path) -> None:
    import rasterio

    found = read_points(
        mirror / "raster/defra_pcm_london-mapnox2013.csv", "nox.csv", crs="EPSG:27700"
    )
    assert (found.points, found.missing) == (1_577, 0)
    with rasterio.open(mirror / "raster/defra_pcm_nox_london_1km_2003_2013.tif") as file:
        last = file.read(11, masked=True).astype(float).filled(np.nan)
    assert np.allclose(found.cells[0], last, equal_nan=True, rtol=1e-6)
