"""The publishers' own layouts are read as the mirror's copies of the same files are."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import orjson
import pandas as pd
import pytest
import shapely

from app.indicators.readers.iod import EDITIONS, read_index
from app.sources.catalogue import Dataset, catalogue
from app.sources.publishers import code_point_open
from app.sources.publishers.asking import host_of
from app.sources.publishers.code_point_open import check_code_point_open, read_code_point_open
from app.sources.publishers.layers import read_fetched_layer, write_lines
from app.sources.publishers.refusals import DownloadRefused
from boundaries.crs import to_bng
from boundaries.errors import Refused
from boundaries.sources.layers import Layer
from boundaries.zip_safety import UnsafeArchive
from tests.app.sources.conftest import DISTRICTS, LAYER, Fetch, square, squares
from tests.app.sources.publisher_server import (
    Cut,
    PublishedFile,
    PublishedLayer,
    PublisherServer,
)


def layer_of(dataset: Dataset) -> Layer:
    assert dataset.layer is not None
    return dataset.layer


DISTRICT_LAYER = layer_of(DISTRICTS)


def layer_file(tmp_path: Path, features: list[dict[str, Any]], column: str = "LAD25CD") -> Path:
    page, target = tmp_path / "page.json", tmp_path / "lad.geojsonl"
    page.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    write_lines([page], column, target)
    return target


# Layers


def test_only_english_features_are_read_and_the_rest_counted(tmp_path: Path) -> None:
    features = [square("W06000002", 300_000, 200_000), *squares(3)]
    read = read_fetched_layer(layer_file(tmp_path, features), DISTRICT_LAYER, None)
    assert (read.features_in, read.features_elsewhere) == (4, 1)
    assert read.frame["code"].tolist() == ["E07000000", "E07000001", "E07000002"]
    assert read.frame["name"].tolist() == ["District 000", "District 001", "District 002"]
    assert read.frame["position"].tolist() == [1, 2, 3]
    assert read.frame.area.tolist() == [10_000.0] * 3  # 100 m by 100 m
    assert read.frame.crs.to_epsg() == 27700


def test_only_the_codes_asked_for_are_kept(tmp_path: Path) -> None:
    path = layer_file(tmp_path, squares(5))
    read = read_fetched_layer(path, DISTRICT_LAYER, {"E07000003", "W06000001"})
    assert read.frame[["position", "code"]].to_numpy().tolist() == [[4, "E07000003"]]
    assert (read.features_in, read.features_elsewhere) == (5, 4)
    nothing = read_fetched_layer(path, DISTRICT_LAYER, set())
    assert (len(nothing.frame), nothing.features_elsewhere) == (0, 5)
    assert list(nothing.frame.columns) == list(read.frame.columns)


def test_columns_are_matched_whatever_their_case(tmp_path: Path) -> None:
    features = squares(2)
    for feature in features:
        feature["properties"] = {"lad25cd": feature["properties"]["LAD25CD"], "Lad25Nm": "Exe"}
    read = read_fetched_layer(layer_file(tmp_path, features), DISTRICT_LAYER, None)
    assert read.frame["name"].tolist() == ["Exe", "Exe"]


def test_a_layers_further_columns_come_along(tmp_path: Path) -> None:
    layer = Layer(
        "wd-2025-05-bgc", "wd", "Wards", "", "WD25CD", None, DISTRICT_LAYER.published_on, "bgc", 20.0,
        columns=("LAD25CD",),
    )  # fmt: skip
    features = squares(2)
    for feature in features:
        feature["properties"] = {
            "WD25CD": "E05" + feature["properties"]["LAD25CD"][3:],
            "lad25cd": "X",
        }
    path = layer_file(tmp_path, features, "WD25CD")
    frame = read_fetched_layer(path, layer, None).frame
    assert frame["LAD25CD"].tolist() == ["X", "X"]
    assert frame["name"].tolist() == frame["code"].tolist()  # the layer names no column of names


def test_an_outline_that_was_published_as_none_is_read_as_none(tmp_path: Path) -> None:
    features = [squares(1)[0] | {"geometry": None}, square("E07000009", 0, 0)]
    frame = read_fetched_layer(layer_file(tmp_path, features), DISTRICT_LAYER, None).frame
    assert frame.geometry.isna().tolist() == [True, False]


def test_a_name_may_hold_anything(tmp_path: Path) -> None:
    feature = squares(1)[0]
    feature["properties"]["LAD25NM"] = 'Exe","geometry":{"type"'
    frame = read_fetched_layer(layer_file(tmp_path, [feature]), DISTRICT_LAYER, None).frame
    assert frame["name"].tolist() == ['Exe","geometry":{"type"']
    assert frame.area.tolist() == [10_000.0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"<html>\n", "line 1 is no feature"),
        (b'{"type":"Feature","properties":{"WD25CD":"E"},"geometry":null}\n', "no column LAD25CD"),
        (b'{"type":"Feature","properties":{"LAD25CD":"E1","LAD25NM":""},"geometry":{}}\n', "not GeoJSON"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_layer_is_refused(tmp_path: Path, line: bytes, told: str) -> None:
    path = tmp_path / "lad.geojsonl"
    path.write_bytes(line)
    with pytest.raises(DownloadRefused, match=told):
        read_fetched_layer(path, DISTRICT_LAYER, None)


@pytest.mark.slow
def test_the_real_districts_come_through_whole_whatever_the_pages(
    server: PublisherServer, fetch: Fetch, mirror: Path
) -> None:
    frame = gpd.read_parquet(mirror / DISTRICT_LAYER.path)
    grid = to_bng(frame.geometry.to_numpy())
    features = [
        {"type": "Feature", "geometry": orjson.loads(outline),
         "properties": {"LAD25CD": code, "LAD25NM": name}}
        for code, name, outline in zip(
            frame["LAD25CD"], frame["LAD25NM"], shapely.to_geojson(grid), strict=True
        )
    ]  # fmt: skip
    server.layers[LAYER] = PublishedLayer(features)
    first = fetch(DISTRICTS, server.at(LAYER))
    server.layers[LAYER] = PublishedLayer(features[::-1], most_at_once=100, largest_page=40)
    server.troubles[f"{LAYER}/query"] = [None, Cut(1000)]
    again = fetch(DISTRICTS, server.at(LAYER))
    assert (again.outcome, again.sha256) == ("same", first.sha256)
    read = read_fetched_layer(first.path, DISTRICT_LAYER, None)
    assert (len(read.frame), read.features_elsewhere) == (296, 0)
    mine = read.frame.set_index("code")
    theirs = gpd.GeoSeries(grid, index=frame["LAD25CD"], crs=27700)
    assert set(mine.index) == set(theirs.index)
    pairs = shapely.equals_exact(
        mine.geometry.to_numpy(), theirs.loc[mine.index].to_numpy(), tolerance=1e-6
    )
    assert pairs.all()


# Code-Point Open

SHEETS = {
    # Scotland, and a border area with rows of both countries
    "Data/CSV/ab.csv": [["AB101AB", 10, 394235, 806529, "S92000003", "S12000033"]],
    "Data/CSV/ca.csv": [
        ["CA1 1AA", 10, 340107, 555942, "E92000001", "E06000063"],
        ["CA6 5XX", 20, 340500, 577000, "S92000003", "S12000006"],
    ],
    "Data/CSV/bd.csv": [["BD981GA", 90, 0, 0, "E92000001", ""]],
    "Data/CSV/l.csv": [
        ["L1  0AA", 10, 335143, 390038, "E92000001", "E08000012"],
        ["LL116AA", 10, 332000, 353000, "W92000004", "W06000006"],
    ],
}


def packed(sheets: dict[str, list[list[Any]]], **papers: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\n"
        )
        archive.writestr("Doc/licence.txt", "OGL")
        for name, rows in sheets.items():
            sheet = io.StringIO()
            writer = csv.writer(sheet, quoting=csv.QUOTE_NONNUMERIC)
            for postcode, quality, easting, northing, country, district in rows:
                writer.writerow(
                    [
                        postcode,
                        quality,
                        easting,
                        northing,
                        country,
                        "",
                        "E18000001",
                        "",
                        district,
                        "E05000001",
                    ]
                )
            archive.writestr(name, sheet.getvalue())
        for name, content in papers.items():
            archive.writestr(name, content)
    return out.getvalue()


def zip_file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "codepo_gb.zip"
    path.write_bytes(content)
    return path


def test_english_and_welsh_postcodes_are_read_and_scottish_ones_counted(tmp_path: Path) -> None:
    read = read_code_point_open(zip_file(tmp_path, packed(SHEETS)))
    assert (read.rows_in, len(read.frame), read.rows_elsewhere, read.rows_refused) == (6, 4, 2, 0)
    frame = read.frame.set_index("postcode")
    assert sorted(frame.index) == ["BD98 1GA", "CA1 1AA", "L1 0AA", "LL11 6AA"]
    assert frame.loc["L1 0AA"].tolist() == [
        10, 335143, 390038, "E92000001", "E08000012", "E05000001",
    ]  # fmt: skip
    assert frame.loc["BD98 1GA", ["positional_quality", "easting"]].tolist() == [90, 0]
    assert frame["lad_code"].isna().to_dict()["BD98 1GA"]


def test_rows_that_cannot_be_read_are_refused_and_listed(tmp_path: Path) -> None:
    rows = [
        ["TN34 1AA", 10, 581000, 109000, "E92000001", "E07000062"],
        ["TN341AA", 10, 581000, 109000, "E92000001", "E07000062"],
        ["NOWHERE", 10, 581000, 109000, "E92000001", "E07000062"],
        ["TN34 1AB", 10, "east", 109000, "E92000001", "E07000062"],
    ]
    read = read_code_point_open(zip_file(tmp_path, packed({"Data/CSV/tn.csv": rows})))
    assert (read.rows_in, len(read.frame), read.rows_elsewhere, read.rows_refused) == (4, 1, 0, 3)
    assert {(fault.row, fault.rule, fault.value) for fault in read.faults} == {
        (3, "postcode-form", "NOWH ERE"),
        (4, "number", "TN34 1AB"),
        (None, "postcode-once", "TN34 1AA"),
    }


def bad_archives() -> Iterator[Any]:
    whole = packed(SHEETS)
    at = whole.index(b"Data/CSV/ca.csv") + 40
    headed = io.BytesIO()
    with zipfile.ZipFile(headed, "w") as archive:
        archive.writestr("Data/CSV/ab.csv", "PC,PQ,EA\nAB1 0AA,10,1\n")
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("Data/CSV/ab.csv", "")
    swollen = packed(SHEETS, **{"Data/CSV/zz.csv": b"0" * 3_000_000})
    yield pytest.param(whole[:-200], "not a whole zip", id="cut")
    yield pytest.param(whole[:at] + b"XXXX" + whole[at + 4 :], "damaged", id="damaged")
    yield pytest.param(packed({}), r"no Data/CSV/\*\.csv", id="other zip")
    yield pytest.param(headed.getvalue(), "3 columns, not 10", id="other columns")
    yield pytest.param(empty.getvalue(), "empty", id="empty sheet")
    yield pytest.param(swollen, "more than 100 times its size", id="bomb")
    yield pytest.param(
        packed(SHEETS, **{f"Doc/{number}": b"" for number in range(400)}), "406 entries", id="many"
    )


@pytest.mark.parametrize(("content", "told"), list(bad_archives()))
def test_a_zip_that_is_not_code_point_open_is_refused(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = zip_file(tmp_path, content)
    for read in (check_code_point_open, read_code_point_open):
        with pytest.raises(UnsafeArchive, match=told):
            read(path)


def test_a_zip_that_inflates_beyond_the_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_point_open, "MAX_INFLATED_BYTES", 100)
    with pytest.raises(UnsafeArchive, match="inflates to more"):
        check_code_point_open(zip_file(tmp_path, packed(SHEETS)))


def test_code_point_open_is_fetched_behind_its_redirect_and_a_broken_one_is_not_kept(
    server: PublisherServer, fetch: Fetch, tmp_path: Path
) -> None:
    dataset = Dataset(
        "code-point-open", "postcodes", "Code-Point Open", "Ordnance Survey", "2025", "OGL", "OS",
        fetch="code-point-open",
    )  # fmt: skip
    server.redirects["/downloads"] = server.at("/signed/codepo_gb.zip")
    broken = packed(SHEETS)[:-200]
    server.files["/signed/codepo_gb.zip"] = PublishedFile(broken, "application/zip")
    with pytest.raises(UnsafeArchive):
        fetch(dataset, server.at("/downloads"))
    server.files["/signed/codepo_gb.zip"] = PublishedFile(packed(SHEETS), "application/zip")
    server.troubles["/signed/codepo_gb.zip"] = [Cut(500)]
    report = fetch(dataset, server.at("/downloads"))
    assert report.path.name == "code-point-open.zip"
    assert len(read_code_point_open(report.path).frame) == 4
    assert server.asked[-1].headers["Range"] == "bytes=500-"


# File 7 of the Indices

FILE_7 = {
    "imd-2019": "indicators/iod2019_lsoa11_file7_rebuilt.csv.gz",
    "imd-2025": "indicators/iod2025_lsoa21_file7_no_denominators.csv.gz",
}
WHERE = "(where 1 is most deprived)"
# What the file of 2025 has beside the columns of the mirror's copy.
MORE_OF_2025 = [
    f"Income Deprivation Affecting {who} {kind}"
    for who in ("Children Index (IDACI)", "Older People (IDAOPI)")
    for kind in ("Score (rate)", f"Rank {WHERE}", f"Decile {WHERE[:-1]} 10% of LSOAs)")
] + ["Total population: mid 2022", "Dependent Children aged 0-15: mid 2022"]


def index_dataset(index_id: str) -> Dataset:
    return Dataset(index_id, "index", "Index", "MHCLG", "2025", "OGL", "OGL", fetch="file")


def file_7(mirror: Path, index_id: str) -> bytes:
    """The publisher's file: for 2025 the mirror's copy with the columns that the copy left out."""
    raw = gzip.decompress((mirror / FILE_7[index_id]).read_bytes())
    if index_id == "imd-2019":
        return raw
    heading, *lines = raw.decode("utf-8-sig").splitlines()
    more = "".join(f',"{name}"' for name in MORE_OF_2025)
    # The rank 1 and decile 10 of the additions contradict each other: no measure may read them.
    added = ",0.5,1,10,0.25,1,10,1500,300"
    return (
        "\ufeff" + heading + more + "\r\n" + "".join(f"{each}{added}\r\n" for each in lines)
    ).encode()


@pytest.mark.national
@pytest.mark.slow
@pytest.mark.parametrize("index_id", FILE_7)
def test_file_7_is_fetched_and_read_as_published(
    server: PublisherServer, fetch: Fetch, mirror: Path, index_id: str
) -> None:
    server.files["/media/File_7.csv"] = PublishedFile(file_7(mirror, index_id))
    report = fetch(index_dataset(index_id), server.at("/media/File_7.csv"))
    reading = read_index(report.path, EDITIONS[index_id])
    assert reading.faults == ()
    assert reading.rows_kept == EDITIONS[index_id].areas_total
    copy = read_index(mirror / FILE_7[index_id], EDITIONS[index_id])
    pd.testing.assert_frame_equal(reading.values, copy.values)


@pytest.mark.slow
def test_a_file_7_of_another_year_or_cut_short_is_refused_before_it_is_trusted(
    server: PublisherServer, fetch: Fetch, mirror: Path, tmp_path: Path
) -> None:
    whole = file_7(mirror, "imd-2019")
    server.files["/7.csv"] = PublishedFile(whole)
    with pytest.raises(DownloadRefused, match=r"no column 'lsoa code \(2021\)'"):
        fetch(index_dataset("imd-2025"), server.at("/7.csv"))
    lines = whole.splitlines(keepends=True)
    server.files["/7.csv"] = PublishedFile(b"".join(lines[:-7]), etag='"cut"')
    with pytest.raises(DownloadRefused, match="32,837 rows, the index 32,844 areas"):
        fetch(index_dataset("imd-2019"), server.at("/7.csv"))
    assert not list((tmp_path / "downloads").rglob("*.csv*"))


def test_a_sheet_of_something_else_is_refused(server: PublisherServer, fetch: Fetch) -> None:
    server.files["/7.csv"] = PublishedFile(b"council,grant\nExe,12\n")
    with pytest.raises(DownloadRefused, match="not its file") as problem:
        fetch(index_dataset("imd-2019"), server.at("/7.csv"))
    assert isinstance(problem.value, Refused)


# The catalogue


def test_the_catalogue_says_how_each_of_the_six_is_fetched() -> None:
    fetched = {each.id: each for each in catalogue().values() if each.fetch}
    ways = sorted(each.fetch or "" for each in fetched.values())
    assert ways == ["arcgis"] * 3 + ["code-point-open"] + ["file"] * 2
    for each in fetched.values():
        assert host_of(each.address or "")
        assert each.fetch != "file" or each.id in EDITIONS
        assert each.fetch != "arcgis" or (each.layer and each.layer.code_column)
