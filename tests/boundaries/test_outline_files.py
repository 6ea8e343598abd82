"""Files of outlines: read from each format with their names, refused with the place of the fault, never mended."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from boundaries.crs import BNG, WGS84
from boundaries.errors import Refused
from boundaries.kml_files import UnreadableKml, read_kml
from boundaries.outline_files import OutlinesRefused, read_outlines
from boundaries.untrusted import read_uploaded_outlines
from boundaries.vector_files import UnreadableFile

EAST, NORTH = 580_000.0, 110_000.0
SQUARES = [
    shapely.box(EAST + 2000 * n, NORTH, EAST + 2000 * n + 1000, NORTH + 1000) for n in range(2)
]
NAMES = ["Ore Valley", "Farley & Bank"]


def layer(shapes: list[shapely.Geometry] | None = None) -> gpd.GeoDataFrame:
    given = SQUARES if shapes is None else shapes
    return gpd.GeoDataFrame({"name": NAMES[: len(given)]}, geometry=given, crs=BNG)


def kml(body: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>Map</name>{body}</Document></kml>"
    )


def placemark(name: str, shape: shapely.Geometry) -> str:
    degrees = gpd.GeoSeries([shape], crs=BNG).to_crs(WGS84).iloc[0]
    outer = " ".join(f"{x:.9f},{y:.9f},0" for x, y in degrees.exterior.coords)
    inner = "".join(
        "<innerBoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{x:.9f},{y:.9f}" for x, y in ring.coords)
        + "</coordinates></LinearRing></innerBoundaryIs>"
        for ring in degrees.interiors
    )
    return (
        f"<Placemark><name>{name}</name><Polygon>{inner}<outerBoundaryIs><LinearRing><coordinates>{outer}"
        f"</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same two squares in every format."""
    folder = tmp_path_factory.mktemp("outlines")
    found = {name: folder / f"two.{name}" for name in ("gpkg", "geojson", "kml", "zip", "kmz")}
    layer().to_file(found["gpkg"], layer="two")
    layer().to_crs(WGS84).to_file(found["geojson"], driver="GeoJSON")
    text = kml(
        "".join(
            placemark(name.replace("&", "&amp;"), shape)
            for name, shape in zip(NAMES, SQUARES, strict=True)
        )
    )
    found["kml"].write_text(text, encoding="utf-8")
    with zipfile.ZipFile(found["kmz"], "w") as archive:
        archive.writestr("doc.kml", text)
    layer().to_file(folder / "two.shp")
    with zipfile.ZipFile(found["zip"], "w") as archive:
        for part in folder.glob("two.*"):
            if part.suffix in (".shp", ".dbf", ".shx", ".prj"):
                archive.write(part, part.name)
    return found


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "kml", "kmz", "zip"])
def test_every_format_gives_the_same_outlines_with_their_names(
    written: dict[str, Path], kind: str
) -> None:
    found = read_outlines(written[kind])
    assert [name for name, _ in found] == NAMES
    for (_, outline), square in zip(found, SQUARES, strict=True):
        assert outline.geom_type == "MultiPolygon"
        # GeoPandas moves by another datum grid where ours is not asked: within two metres.
        assert shapely.hausdorff_distance(outline, square) < (
            0.01 if kind in ("gpkg", "zip") else 3
        )


def test_under_limits_the_answer_is_the_same(written: dict[str, Path]) -> None:
    plain = read_outlines(written["gpkg"])
    limited = read_uploaded_outlines(written["gpkg"])
    assert [name for name, _ in limited] == [name for name, _ in plain]
    assert all(shapely.equals_exact(a, b) for (_, a), (_, b) in zip(limited, plain, strict=True))


def test_a_hole_stays_a_hole_in_kml(tmp_path: Path) -> None:
    ring = SQUARES[0].difference(shapely.box(EAST + 400, NORTH + 400, EAST + 600, NORTH + 600))
    path = tmp_path / "ring.kml"
    path.write_text(kml(placemark("Ring", ring)), encoding="utf-8")
    ((_, outline),) = read_outlines(path)
    assert outline.area == pytest.approx(ring.area, rel=1e-3)


def test_points_and_lines_of_a_kml_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "mixed.kml"
    point = (
        "<Placemark><name>P</name><Point><coordinates>0.5,50.8</coordinates></Point></Placemark>"
    )
    path.write_text(kml(point + placemark("Area", SQUARES[0])), encoding="utf-8")
    assert [name for name, _ in read_kml(path)] == ["Area"]
    path.write_text(kml(point), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="no area"):
        read_outlines(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (kml("", '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "document type"),
        (kml("", '<!DOCTYPE kml SYSTEM "http://127.0.0.1/kml.dtd">'), "document type"),
        (kml("<NetworkLink><Link><href>http://x/</href></Link></NetworkLink>"), "NetworkLink"),
        (kml("<Folder>" * 70 + "</Folder>" * 70), "deeper"),
        (kml("<Placemark>"), "not XML"),
        (
            kml(
                "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>1,2 x,y</coordinates>"
                "</LinearRing></outerBoundaryIs></Polygon></Placemark>"
            ),
            "longitude,latitude",
        ),
    ],
)
def test_a_kml_that_leads_out_or_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.kml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableKml, match=words):
        read_kml(path)


def test_a_million_laughs_end_at_the_document_type(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    path = tmp_path / "laughs.kml"
    path.write_text(kml("<name>&l19;</name>", f'<!DOCTYPE k [<!ENTITY l0 "ha">{entities}]>'))
    with pytest.raises(UnreadableKml, match="document type"):
        read_kml(path)


def test_an_outline_that_crosses_itself_is_refused_and_not_mended(tmp_path: Path) -> None:
    bow = shapely.Polygon(
        [(EAST, NORTH), (EAST + 1000, NORTH + 1000), (EAST + 1000, NORTH), (EAST, NORTH + 1000)]
    )
    path = tmp_path / "bow.gpkg"
    layer([SQUARES[0], bow]).to_file(path, layer="bow")
    with pytest.raises(OutlinesRefused, match="its edge crosses itself") as refused:
        read_outlines(path)
    (fault,) = refused.value.faults
    assert (fault.file, fault.row) == ("bow.gpkg", 2)


def test_too_many_vertices_are_refused_before_anything_is_overlaid(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 50_002)
    ring = np.column_stack([EAST + 900 * np.cos(angle), NORTH + 900 * np.sin(angle)])
    path = tmp_path / "round.gpkg"
    layer([shapely.Polygon(ring)]).to_file(path, layer="round")
    with pytest.raises(OutlinesRefused, match="at most 50,000 are measured"):
        read_outlines(path)


def test_what_is_no_area_or_no_file_of_them_is_refused(tmp_path: Path) -> None:
    lines = tmp_path / "lines.geojson"
    shape = {"type": "LineString", "coordinates": [[0, 50], [0.1, 50.1]]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    lines.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(Refused, match="not an area"):
        read_outlines(lines)
    words = tmp_path / "words.geojson"
    words.write_text("hello")
    with pytest.raises(UnreadableFile):
        read_outlines(words)


def test_the_column_of_names_is_found_or_told(tmp_path: Path) -> None:
    path = tmp_path / "named.gpkg"
    frame = layer().rename(columns={"name": "WD25NM"}).assign(other=["x", "y"])
    frame.to_file(path, layer="named")
    assert [name for name, _ in read_outlines(path)] == NAMES
    assert [name for name, _ in read_outlines(path, name_column="other")] == ["x", "y"]
    with pytest.raises(UnreadableFile, match="the columns are"):
        read_outlines(path, name_column="none")
