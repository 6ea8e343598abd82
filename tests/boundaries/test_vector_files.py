from __future__ import annotations

import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas
import orjson
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from boundaries import crs, untrusted, vector_files, zip_safety
from boundaries.errors import Refused
from boundaries.vector_files import read_vector

SQUARES = [box(577_000 + 1000 * i, 108_000, 578_000 + 1000 * i, 109_000) for i in range(3)]
CODES = ["E07000062", "E07000064", "E07000065"]
BOW_TIE = Polygon([(577e3, 108e3), (578e3, 109e3), (578e3, 108e3), (577e3, 109e3)])


def squares(system: int = crs.BNG, **columns: list[object]) -> geopandas.GeoDataFrame:
    frame = geopandas.GeoDataFrame(
        {"LAD25CD": CODES, "LAD25NM": ["Hastings", "Rother", "Wealden"], **columns},
        geometry=SQUARES,
        crs=crs.BNG,
    )
    return frame if system == crs.BNG else frame.set_geometry(crs.to_wgs84(frame.geometry))


def geojson(path: Path, *features: tuple[str, object]) -> Path:
    body = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": code}, "geometry": geometry}
            for code, geometry in features
        ],
    }
    path.write_bytes(orjson.dumps(body))
    return path


def polygon(*ring: tuple[float, float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [list(ring)]}


GOOD = polygon((0.5, 50.8), (0.6, 50.8), (0.6, 50.9), (0.5, 50.9), (0.5, 50.8))


def zipped(path: Path, folder: Path, *, skip: str = "none") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for member in sorted(folder.iterdir()):
            if member.suffix != skip:
                archive.write(member, f"inner/{member.name}")
    return path


@pytest.mark.parametrize("kind", ["gpkg", "fgb", "geojson", "parquet", "zip"])
def test_every_format_gives_the_same_areas_in_the_grid(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"districts.{kind}"
    if kind == "parquet":
        squares().to_parquet(path)
    elif kind == "zip":
        (tmp_path / "shape").mkdir()
        squares().to_file(tmp_path / "shape" / "lads.shp")
        zipped(path, tmp_path / "shape")
    else:
        squares(crs.WGS84 if kind == "geojson" else crs.BNG).to_file(path)
    found = read_vector(path)
    by_code = found.frame.set_index("code")
    assert sorted(by_code.index) == CODES
    assert by_code.name["E07000062"] == "Hastings"
    for code, square in zip(CODES, SQUARES, strict=True):
        assert shapely.hausdorff_distance(by_code.geometry[code], square) < 0.2
    assert set(found.frame.geom_type) == {"MultiPolygon"}
    assert found.frame.crs.to_epsg() == crs.BNG
    assert found.features_in == 3
    assert found.findings.empty
    assert ("OSTN15" in found.crs_operation) == (kind == "geojson")


def test_features_in_are_features_out_and_those_listed(tmp_path: Path) -> None:
    bow = polygon((0.5, 50.8), (0.6, 50.9), (0.6, 50.8), (0.5, 50.9), (0.5, 50.8))
    path = geojson(
        tmp_path / "a.geojson",
        ("E07000062", GOOD),
        ("E07000063", bow),
        ("E07000064", None),
        ("E07000065", {"type": "Point", "coordinates": [0.5, 50.8]}),
        ("E07000066", {"type": "Polygon", "coordinates": []}),
    )
    found = read_vector(path, code_column="code")
    assert found.frame.code.tolist() == ["E07000062", "E07000063"]
    assert found.findings[["feature", "code", "kind"]].to_numpy().tolist() == [
        [2, "E07000063", "repaired"],
        [3, "E07000064", "refused"],
        [4, "E07000065", "refused"],
        [5, "E07000066", "refused"],
    ]
    assert "Self-intersection" in found.findings.reason[0]
    assert found.features_in == len(found.frame) + (found.findings.kind == "refused").sum()


def test_an_unclosed_ring_is_listed_or_closed_but_never_lost(tmp_path: Path) -> None:
    open_ring = polygon((0.5, 50.8), (0.6, 50.8), (0.6, 50.9), (0.5, 50.9))
    path = geojson(tmp_path / "a.geojson", ("E07000062", GOOD), ("E07000063", open_ring))
    found = read_vector(path)
    assert found.frame.code.tolist() == ["E07000062"]
    assert found.findings.code.tolist() == ["E07000063"]
    assert found.findings.kind.tolist() == ["refused"]
    assert "ring is not closed" in found.findings.reason[0]


def test_an_outline_faulty_in_metres_is_repaired_with_both_areas(tmp_path: Path) -> None:
    frame = squares()
    overlapping = MultiPolygon([SQUARES[0], shapely.transform(SQUARES[0], lambda p: p + 500)])
    frame.geometry = [overlapping, BOW_TIE, SQUARES[2]]
    frame.to_file(tmp_path / "a.gpkg")
    findings = read_vector(tmp_path / "a.gpkg").findings
    # Two squares of 1 km2 that share a quarter: 2 counted, 1.75 of ground.
    assert findings.area_before_m2[0] == 2e6
    assert findings.area_after_m2[0] == 1.75e6
    assert findings.area_after_m2[1] == 0.5e6


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", b"<OGRVRTDataSource><OGRVRTLayer name='x'></OGRVRTLayer></OGRVRTDataSource>"),
        ("a.gpkg", b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>"),
        ("a.geojson", b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>'),
        ("a.geojson", b'{"type": "Topology", "objects": {}}'),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x00" * 84),
        ("a.csv", b"code,name\nE07000062,Hastings\n"),
        ("a.zip", b""),
    ],
)
def test_what_is_no_vector_file_is_refused_by_its_first_bytes(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match="not a vector file"):
        read_vector(tmp_path / name)


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    squares().to_file(tmp_path / "whole.fgb")
    (tmp_path / "cut.fgb").write_bytes((tmp_path / "whole.fgb").read_bytes()[:200])
    with pytest.raises(Refused, match="not a vector file"):
        read_vector(tmp_path / "cut.fgb")


@pytest.mark.slow
def test_gdal_itself_follows_no_reference_and_reads_no_kml(tmp_path: Path) -> None:
    squares().to_file(tmp_path / "secret.gpkg")
    (tmp_path / "a.geojson").write_text(
        "<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>"
        f"{tmp_path}/secret.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    code = (
        "import sys, boundaries.vector_files, pyogrio\n"
        "print(sorted({'KML','LIBKML','GML','OGR_VRT','HTTP','WFS'} & set(pyogrio.list_drivers())))\n"
        "try:\n    pyogrio.read_info(sys.argv[1]); print('read')\n"
        "except pyogrio.errors.DataSourceError: print('refused')\n"
        "import rasterio\nwith rasterio.Env() as env:\n"
        "    print(sorted({'VRT','WMS','WCS','HTTP','STACIT'} & set(env.drivers())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.geojson")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["[]", "refused", "[]"]
    assert "Warning" not in done.stderr


def test_a_missing_column_lists_those_there(tmp_path: Path) -> None:
    squares().to_file(tmp_path / "a.gpkg")
    with pytest.raises(Refused, match="the columns are LAD25CD, LAD25NM") as caught:
        read_vector(tmp_path / "a.gpkg", code_column="LAD24CD")
    assert caught.value.faults[0].column == "LAD24CD"
    squares(LAD25CD=["one", "two", "three"]).to_file(tmp_path / "b.gpkg")
    with pytest.raises(Refused, match="no column holds area codes"):
        read_vector(tmp_path / "b.gpkg")
    assert read_vector(tmp_path / "b.gpkg", code_column="LAD25CD").frame.code[0] == "one"


def test_doubled_and_missing_codes_are_named_by_feature(tmp_path: Path) -> None:
    squares(LAD25CD=["E07000062", "E07000062", None]).to_file(tmp_path / "a.gpkg")
    with pytest.raises(Refused) as caught:
        read_vector(tmp_path / "a.gpkg", code_column="LAD25CD")
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [
        (3, ""),
        (2, "E07000062"),
    ]
    assert "feature 1" in caught.value.faults[1].detail


def test_a_file_without_a_system_asks_for_one_and_takes_it(tmp_path: Path) -> None:
    (tmp_path / "shape").mkdir()
    squares().to_file(tmp_path / "shape" / "lads.shp")
    path = zipped(tmp_path / "a.zip", tmp_path / "shape", skip=".prj")
    with pytest.raises(Refused, match="no coordinate reference system"):
        read_vector(path)
    assert len(read_vector(path, crs="EPSG:27700").frame) == 3


def test_numbers_that_cannot_be_in_the_stated_system_are_refused(tmp_path: Path) -> None:
    metres = polygon(*shapely.get_coordinates(SQUARES[0]).tolist())
    with pytest.raises(Refused, match="look like British National Grid"):
        read_vector(geojson(tmp_path / "a.geojson", ("E07000062", metres)))
    swapped = polygon(*[(y, x) for x, y in GOOD["coordinates"][0]])  # type: ignore[index]
    with pytest.raises(Refused, match="swapped"):
        read_vector(geojson(tmp_path / "b.geojson", ("E07000062", swapped)))
    degrees = squares().set_geometry(crs.to_wgs84(squares().geometry).values, crs=None)
    degrees.set_crs(crs.BNG, allow_override=True).to_file(tmp_path / "c.gpkg")
    with pytest.raises(Refused, match="look like degrees"):
        read_vector(tmp_path / "c.gpkg")
    squares().to_file(tmp_path / "d.gpkg")
    with pytest.raises(Refused, match="another coordinate reference system"):
        read_vector(tmp_path / "d.gpkg", crs="EPSG:4326")


def test_two_layers_must_be_chosen_from(tmp_path: Path) -> None:
    squares().to_file(tmp_path / "a.gpkg", layer="one")
    squares().to_file(tmp_path / "a.gpkg", layer="two")
    with pytest.raises(Refused, match="name one of one, two"):
        read_vector(tmp_path / "a.gpkg")
    assert read_vector(tmp_path / "a.gpkg", layer="two").layer == "two"
    with pytest.raises(Refused, match="no layer 'three'"):
        read_vector(tmp_path / "a.gpkg", layer="three")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("../evil.shp", "outside the archive"),
        ("a/../../evil.shp", "outside the archive"),
        ("/etc/evil.shp", "absolute"),
        ("C:/evil.shp", "absolute"),
        ("a\\evil.shp", "backslash"),
        ("inner.zip", "archive lies in the archive"),
    ],
)
def test_a_zip_with_a_bad_name_is_refused_and_writes_nothing(
    entry: str, reason: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good.dbf", b"x")
        archive.writestr(entry, b"x")
    (tmp_path / "out").mkdir()
    with pytest.raises(zip_safety.UnsafeArchive, match=reason) as caught:
        zip_safety.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert caught.value.faults[0].value == entry
    assert list((tmp_path / "out").iterdir()) == []


def test_links_bombs_and_crowds_in_a_zip_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(reason: str, **entries: bytes) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        folder = tmp_path / reason.replace(" ", "-")
        folder.mkdir()
        with pytest.raises(zip_safety.UnsafeArchive, match=reason):
            zip_safety.unpack(tmp_path / "a.zip", folder)

    refused("more than 100 times", bomb=b"\0" * (2 << 20))
    refused("101 entries", **{f"f{i}": b"" for i in range(101)})
    monkeypatch.setattr(zip_safety, "MAX_INFLATED_BYTES", 10)
    refused("more than 0 MB", a=b"123456", b=b"12345")
    link = zipfile.ZipInfo("link.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(zip_safety.UnsafeArchive, match="symbolic link"):
        zip_safety.unpack(tmp_path / "b.zip", tmp_path)


def test_a_zip_of_two_layers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shape").mkdir()
    squares().to_file(tmp_path / "shape" / "a.gpkg")
    squares().to_file(tmp_path / "shape" / "b.gpkg")
    with pytest.raises(Refused, match="2 layers, not one"):
        read_vector(zipped(tmp_path / "a.zip", tmp_path / "shape"))


@pytest.mark.slow
def test_the_limited_subprocess_reads_the_same_and_says_the_same_faults(tmp_path: Path) -> None:
    frame = squares()
    frame.geometry = [BOW_TIE, None, SQUARES[2]]
    frame.to_file(tmp_path / "a.gpkg")
    here = read_vector(tmp_path / "a.gpkg")
    there = untrusted.read_uploaded_vector(tmp_path / "a.gpkg")
    assert there.frame.geom_equals(here.frame).all()
    assert there.findings.astype(str).equals(here.findings.astype(str))
    assert (there.layer, there.features_in) == (here.layer, 3)
    (tmp_path / "b.geojson").write_text("no")
    with pytest.raises(Refused) as caught:
        untrusted.read_uploaded_vector(tmp_path / "b.geojson")
    assert caught.value.slug == vector_files.UnreadableFile.slug
    assert caught.value.faults[0].file == "b.geojson"


@pytest.mark.national
@pytest.mark.slow
def test_the_mirrors_districts_are_repaired_and_none_is_lost(mirror: Path) -> None:
    # boundaries/README.md: 72 of 296 invalid in 2023, 69 in 2025.
    for name, invalid in (
        ("lad_2023_bgc_quantised.gpkg", 72),
        ("lad_2025_bgc_quantised.parquet", 69),
    ):
        found = read_vector(mirror / "boundaries" / name)
        assert len(found.frame) == found.features_in == 296
        assert found.findings.kind.tolist() == ["repaired"] * invalid
        assert found.frame.geometry.is_valid.all()
