"""Parishes of a partnership: whole, cut, the unparished remainder, and which outlines it rests on."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.areas.actions import BoundaryFile, import_boundaries
from app.partnerships.actions import create_partnership
from app.partnerships.ground_files import parishes_csv
from app.partnerships.parishes import parish_body, parishes_of
from boundaries.queries import layer_on, outlines
from boundaries.tables import Release

pytestmark = pytest.mark.slow
ALIGNED, STRADDLING = "hogglestock-and-st-ewolds", "plumstead-vale"
DAY = date(2026, 1, 1)
ADDRESS = f"/api/v1/partnerships/{ALIGNED}/parishes"


def test_people_of_parishes_and_remainder_are_those_of_the_councils_to_the_last_one(
    demo_client: TestClient,
) -> None:
    body = demo_client.get(ADDRESS).json()
    councils = [
        demo_client.get(f"/api/v1/areas/{code}").json()["population"]
        for code in ("X07000002", "X07000006")
    ]
    parishes = sum(row["people_inside"] for row in body["items"])
    assert parishes + body["unparished"]["people"] == sum(councils)
    assert body["people"] == sum(councils)
    # Hogglestock is a town without a parish council; every parish lies in one district.
    assert body["unparished"]["people"] > 50_000
    assert (body["partly"], body["whole"]) == (0, len(body["items"]))
    assert body["approximate"] is False
    assert "has no parish council" in body["sentence"]
    ground = sum(row["area_m2"] for row in body["items"]) + body["unparished"]["area_m2"]
    assert ground == pytest.approx(body["area_m2"], rel=1e-3)


def test_an_outline_cuts_parishes_and_says_how_much_of_each(demo_client: TestClient) -> None:
    body = demo_client.get(f"/api/v1/partnerships/{STRADDLING}/parishes").json()
    cut = [row for row in body["items"] if not row["whole"]]
    assert len(cut) == body["partly"] > 0
    assert all(0.05 < row["share_of_parish"] < 1 for row in cut)
    assert all(row["people_inside"] <= row["people"] for row in body["items"])


def test_csv_and_geojson_hold_the_same_rows(demo_client: TestClient) -> None:
    body = demo_client.get(ADDRESS).json()
    codes = [row["code"] for row in body["items"]] + ["unparished"]
    table = list(csv.DictReader(io.StringIO(demo_client.get(f"{ADDRESS}.csv").text)))
    assert [row["code"] for row in table] == codes
    assert {row["quality"] for row in table} == {"invented"}
    shapes = demo_client.get(f"{ADDRESS}.geojson")
    assert shapes.headers["content-type"] == "application/geo+json"
    found = shapes.json()["features"]
    assert [one["id"] for one in found] == codes
    assert all(one["geometry"]["type"] in ("Polygon", "MultiPolygon") for one in found)


def test_approximate_outlines_say_so_in_sentence_body_and_every_row(demo_db: Session) -> None:
    layer = layer_on(demo_db, "par", DAY, demo=True)
    demo_db.execute(update(Release).where(Release.id == layer.id).values(quality="approximate"))
    found = parishes_of(demo_db, ALIGNED, DAY)
    body = parish_body(found)
    assert body["approximate"] is True
    assert "by approximate outlines" in body["sentence"]
    assert "ask the council" in body["sentence"]
    assert {row["quality"] for row in body["items"]} == {"approximate"}
    lines = parishes_csv(found).decode().splitlines()
    assert all(",approximate," in line for line in lines[1:])


def test_bath_and_north_east_somerset_is_51_parishes_and_the_unparished_city(
    place_db: Session, mirror: Path, tmp_path: Path
) -> None:
    # Ordnance Survey's own outlines of January 2016, the only true parish outlines in the mirror. The
    # row without code or name is the city: the remainder must come out as that ground.
    frame = gpd.read_file(mirror / "boundaries/par_banes_2016_boundaryline.gpkg").to_crs(27700)
    nameless = frame["code"].isna() | (frame["code"] == "")
    (city,) = frame.geometry[nameless]
    frame[~nameless].to_file(tmp_path / "parishes.gpkg")
    file = BoundaryFile(
        tmp_path / "parishes.gpkg", "par", date(2016, 1, 31), "code", "name", tolerance_m=5, partial=True,
        force=True,
    )  # fmt: skip
    import_boundaries(place_db, "a test", file, commit=True)
    create_partnership(place_db, "a test", name="Banes", authorities=["E06000022"], day=DAY)
    found = parishes_of(place_db, "banes", DAY)
    body = parish_body(found)
    assert body["quality"] == "official"
    assert (body["whole"], body["partly"], body["total"]) == (51, 0, 51)
    assert body["unparished"]["area_m2"] == pytest.approx(city.area, rel=0.005)
    rest = found.frame.geometry.iloc[-1]
    assert rest.intersection(city).area == pytest.approx(city.area, rel=0.005)
    # Its postcodes are not loaded here: who lives there is not known, and not nobody.
    assert body["unparished"]["people"] is None
    assert "51 parishes whole, as drawn in January 2016" in body["sentence"]


def test_the_page_of_the_ground_shows_the_same_tables_without_scripts(demo_client: TestClient) -> None:  # fmt: skip
    page = demo_client.get(f"/partnerships/{STRADDLING}/ground").text
    body = demo_client.get(f"/api/v1/partnerships/{STRADDLING}/alignment.geojson").json()
    assert body["features"]
    assert body["sentence"] in page.replace("&#39;", "'")
    assert page.count('<tr data-code="piece-') == len(body["features"])
    assert 'class="mapsvg' in page
    parishes = demo_client.get(f"/api/v1/partnerships/{STRADDLING}/parishes").json()
    assert all(f'<tr data-code="{row["code"]}"' in page for row in parishes["items"])
    shapes = demo_client.get(f"/partnerships/{STRADDLING}/ground/map.geojson").json()["features"]
    drawn = [one for one in shapes if one["properties"]["role"] == "choropleth"]
    assert len(drawn) == len(body["features"])


def test_councils_by_code_have_no_misaligned_ground_and_say_so(demo_client: TestClient) -> None:
    body = demo_client.get(f"/api/v1/partnerships/{ALIGNED}/alignment.geojson").json()
    assert body["features"] == []
    assert "made of whole councils" in body["sentence"]
    page = demo_client.get(f"/partnerships/{ALIGNED}/ground").text
    assert "made of whole councils" in page


def test_hostile_names_are_escaped_on_the_page_of_the_ground(demo_client_that_writes: TestClient) -> None:  # fmt: skip
    from app.sessions import writing

    engine = demo_client_that_writes.app.state.engine  # type: ignore[attr-defined]
    with writing(engine) as session:
        frame = outlines(session, layer_on(session, "lad", DAY, demo=True).id, ["X07000003"])
        west, south, east, north = frame.total_bounds
        shape = shapely.multipolygons([shapely.box(west, south, (west + east) / 2, north)])
        row = create_partnership(
            session, "a test", name="<img src=x onerror=alert(1)>", outline=shape, day=DAY,
            members=[{"name": "<script>bad()</script>", "sector": "public"}],
        )  # fmt: skip
        row.demo = True
        slug = row.slug
    page = demo_client_that_writes.get(f"/partnerships/{slug}/ground").text
    assert "<img src=x" not in page
    assert "<script>bad" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
