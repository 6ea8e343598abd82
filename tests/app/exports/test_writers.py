"""Writers of files: what is missing stays missing, kinds are kept, and no cell runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from app.exports.csv import safe_cell, write_csv
from app.exports.geopackage import write_geopackage
from app.exports.sheets import Sheet

COLUMNS = (
    ("code", "text"), ("people", "whole"), ("share", "number"), ("chosen", "truth"), ("on", "day"),
)  # fmt: skip
ROWS = [
    {"code": "00123", "people": 9_007_199_254_740_993, "share": 0.25, "chosen": True, "on": date(2019, 9, 26)},
    {"code": "E06000001", "people": None, "share": None, "chosen": False},
]  # fmt: skip


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_a_spreadsheet_would_run_is_quoted(begins: str) -> None:
    assert safe_cell(f"{begins}SUM(A1)") == f"'{begins}SUM(A1)"


def test_numbers_and_plain_text_are_left_alone() -> None:
    assert safe_cell(-5) == -5
    assert safe_cell("Rother 007D") == "Rother 007D"
    assert safe_cell(None) == ""
    assert safe_cell(False) == "false"


def test_csv_keeps_missing_empty_and_zeros_in_front() -> None:
    written = write_csv(Sheet("a", "A", COLUMNS, ROWS)).decode()
    assert written == (
        "code,people,share,chosen,on\r\n"
        "00123,9007199254740993,0.25,true,2019-09-26\r\n"
        "E06000001,,,false,\r\n"
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    square = shapely.box(500_000, 200_000, 500_100, 200_100)
    sheets = [
        Sheet("shapes", "Shapes", COLUMNS, ROWS, [square, None], "MultiPolygon"),
        Sheet("points", "Points", (("code", "text"),), [{"code": "a"}], [shapely.Point(1, 2)], "Point"),
        Sheet("nothing", "No rows", COLUMNS, [], [], "Point"),
        Sheet("table", "No shapes", COLUMNS, ROWS),
    ]  # fmt: skip
    path = tmp_path / "a.gpkg"
    path.write_bytes(write_geopackage(sheets))
    return path


def test_a_geopackage_keeps_kinds_order_and_missing_values(package: Path) -> None:
    frame = gpd.read_file(package, layer="shapes")
    assert list(frame["code"]) == ["00123", "E06000001"]
    assert frame.geometry.iloc[0].geom_type == "MultiPolygon"
    assert frame.geometry.iloc[1] is None
    described = pyogrio.read_info(package, layer="shapes")
    assert list(described["ogr_types"]) == [
        "OFTString", "OFTInteger64", "OFTReal", "OFTInteger", "OFTDate",
    ]  # fmt: skip
    table = pyogrio.read_arrow(package, layer="table")[1].to_pydict()
    # Greater than 2^53: a float would round it.
    assert table["people"] == [9_007_199_254_740_993, None]
    assert table["on"] == [date(2019, 9, 26), None]
    assert table["share"] == [0.25, None]


def test_layers_without_rows_and_tables_without_shapes_are_written(package: Path) -> None:
    assert [str(name) for name, _ in pyogrio.list_layers(package)] == [
        "shapes", "points", "nothing", "table",
    ]  # fmt: skip
    assert len(gpd.read_file(package, layer="nothing")) == 0
    assert gpd.read_file(package, layer="points").crs.to_epsg() == 27700


def test_sheets_that_do_not_hold_together_are_refused() -> None:
    with pytest.raises(ValueError, match="2 rows, 1 shapes"):
        Sheet("a", "A", COLUMNS, ROWS, [None], "Point")
    with pytest.raises(ValueError, match="go together"):
        Sheet("a", "A", COLUMNS, ROWS, [None, None])
    one = Sheet("a", "A", COLUMNS, ROWS)
    with pytest.raises(ValueError, match="two sheets"):
        write_geopackage([one, one])
