"""The analyst's files: a GeoPackage that GDAL and GeoPandas open, GeoJSON, and CSVs that do not run."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.dependencies import today
from app.dev.sample_county import places
from app.exports.geopackage import write_geopackage
from app.findings.gather import find_ground, gather, read_asked
from app.places.demo import DEMO_SLUG
from app.reports.place_sheets import place_sheets

pytestmark = pytest.mark.slow
BASE = f"/api/v1/partnerships/{DEMO_SLUG}"
SPATIAL = {"areas", "neighbourhoods", "authorities", "resources"}
PLAIN = {"resources_unplaced", "ledger_totals", "sources"}


@pytest.fixture(scope="module")
def package(demo_client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Path:
    answer = demo_client.get(f"{BASE}.gpkg")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geopackage+sqlite3"
    path = tmp_path_factory.mktemp("gpkg") / "place.gpkg"
    path.write_bytes(answer.content)
    return path


def test_the_package_has_its_layers_and_tables(package: Path) -> None:
    listed = {str(name): kind for name, kind in pyogrio.list_layers(package)}
    assert {name for name, kind in listed.items() if kind} == SPATIAL
    assert {name for name, kind in listed.items() if not kind} == PLAIN


@pytest.mark.parametrize("layer", sorted(SPATIAL))
def test_every_layer_is_in_british_national_grid_with_a_shape_a_row(
    package: Path, layer: str
) -> None:
    frame = gpd.read_file(package, layer=layer)
    assert len(frame)
    assert frame.crs.to_epsg() == 27700
    assert frame.geometry.notna().all()
    assert frame.geometry.is_valid.all()


def test_codes_are_text_days_are_dates_and_pence_are_whole(package: Path) -> None:
    described = pyogrio.read_info(package, layer="areas")
    kinds = dict(zip(described["fields"], described["ogr_types"], strict=True))
    for name in ("code", "release", "lad_code", "wd_code", "msoa_code"):
        assert kinds[name] == "OFTString"
    assert kinds["valid_from"] == "OFTDate"
    described = pyogrio.read_info(package, layer="resources")
    kinds = dict(zip(described["fields"], described["ogr_types"], strict=True))
    assert kinds["amount_pence"] == "OFTInteger64"
    assert kinds["awarded_on"] == "OFTDate"


def test_areas_carry_their_release_and_parents(package: Path) -> None:
    areas = gpd.read_file(package, layer="areas")
    assert set(areas["release"]) == {"lsoa-2011-12-demo"}
    assert areas[["lad_code", "wd_code", "msoa_code"]].notna().all(axis=None)
    assert set(areas["lad_code"]) == {places.HOGGLESTOCK, places.ST_EWOLDS}


def test_the_packages_figures_are_those_of_the_page(package: Path, demo_client: TestClient) -> None:
    figures = demo_client.get(f"/partnerships/{DEMO_SLUG}/report.json").json()
    areas = gpd.read_file(package, layer="areas")
    chosen = areas[areas["selected"]]
    assert len(areas) == figures["areas"]["total"]
    assert len(chosen) == figures["areas"]["selected"]
    assert int(chosen["people"].sum()) == figures["people"]["selected"]
    groups = gpd.read_file(package, layer="neighbourhoods")
    assert list(groups["name"]) == [row["name"] for row in figures["neighbourhoods"]]
    # A neighbourhood is its areas: the same ground, to a square metre in a million.
    assert groups.area.sum() == pytest.approx(chosen.area.sum(), rel=1e-6)


def test_no_line_of_the_ledger_is_missing_from_the_package(
    package: Path, demo_client: TestClient
) -> None:
    shown = gpd.read_file(package, layer="resources")
    other = pyogrio.read_dataframe(package, layer="resources_unplaced", read_geometry=False)
    lines = pd.concat([pd.DataFrame(shown.drop(columns="geometry")), other])
    assert lines["id"].is_unique
    figures = demo_client.get(f"/partnerships/{DEMO_SLUG}/report.json").json()["money"]
    pounds = lines[lines["currency"] == "GBP"]
    for row in figures["rows"]:
        own = pounds[pounds["bucket"] == row["bucket"]]
        assert (len(own), int(own["amount_pence"].sum())) == (row["lines"], row["pence"])
    here = pounds[pounds["bucket"] == "paid_here_place_unknown"]
    assert len(here) == figures["paid_here"]["lines"]
    assert int(here["amount_pence"].sum()) == figures["paid_here"]["pence"]
    assert int((lines["currency"] != "GBP").sum()) == figures["other_currencies"]
    assert lines["reason"].notna().all()
    assert lines["grade"].notna().all()


def test_money_without_a_small_place_is_never_given_a_point(package: Path) -> None:
    shown = gpd.read_file(package, layer="resources")
    assert set(shown["grade"]) <= {"A", "B", "C"}
    # A point drawn for an area's money lies inside that area's outline.
    areas = gpd.read_file(package, layer="areas").set_index("code").geometry
    inside = shown[shown["place_code"].isin(areas.index)]
    assert len(inside) > 3
    assert all(
        areas[code].covers(point)
        for code, point in zip(inside["place_code"], inside.geometry, strict=True)
    )


def test_the_old_gdal_of_a_distribution_opens_the_package(package: Path) -> None:
    tool = shutil.which("ogrinfo")
    if tool is None:
        pytest.skip("ogrinfo is not installed; ./bounds test installs gdal-bin")
    told = subprocess.run(
        [tool, "-ro", "-so", "-al", str(package)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath},  # our own GDAL's switches are not this one's
    )
    for layer in SPATIAL | PLAIN:
        assert f"Layer name: {layer}\n" in told.stdout
    assert "British National Grid" in told.stdout
    assert "Warning" not in told.stderr
    assert "ERROR" not in told.stderr


def test_the_package_of_a_passing_view_needs_no_saved_partnership(
    demo_client: TestClient, tmp_path: Path
) -> None:
    answer = demo_client.get("/view.gpkg", params={"councils": ["X07000002"]})
    assert answer.status_code == 200, answer.text
    path = tmp_path / "view.gpkg"
    path.write_bytes(answer.content)
    assert len(gpd.read_file(path, layer="authorities")) == 1


def test_a_partnership_that_straddles_has_its_councils_and_its_own_outline(
    demo_client: TestClient,
) -> None:
    body = demo_client.get("/api/v1/partnerships/plumstead-vale.geojson").json()
    kinds = [feature["properties"]["kind"] for feature in body["features"]]
    assert kinds[0] == "partnership"
    assert kinds.count("authority") >= 3
    assert body["features"][0]["properties"]["verdict"] == "straddles"


def test_the_partnerships_geojson_is_in_degrees_or_on_request_in_metres(
    demo_client: TestClient,
) -> None:
    degrees = demo_client.get(f"{BASE}.geojson")
    frame = gpd.read_file(io.BytesIO(degrees.content))
    west, south, east, north = frame.total_bounds
    assert -7 < west < east < 3
    assert 49 < south < north < 56
    assert "content-crs" not in degrees.headers
    metres = demo_client.get(f"{BASE}.geojson", params={"crs": "EPSG:27700"})
    assert metres.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/27700>"
    metric = gpd.read_file(io.BytesIO(metres.content))
    assert metric.crs.to_epsg() == 27700
    # The partnership is its two councils together.
    whole, *parts = metric.area
    assert whole == pytest.approx(sum(parts), rel=1e-6)


def test_the_csv_has_every_area_and_its_numbers(demo_client: TestClient) -> None:
    answer = demo_client.get(f"{BASE}/areas.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    figures = demo_client.get(f"/partnerships/{DEMO_SLUG}/report.json").json()
    assert len(rows) == figures["areas"]["total"]
    chosen = [row for row in rows if row["selected"] == "true"]
    assert sum(int(row["people"]) for row in chosen) == figures["people"]["selected"]
    # One clause: most deprived 10 %. Inside is a margin of 0 or more, threshold less value.
    for row in rows:
        assert float(row["margin"]) == float(row["threshold"]) - float(row["value"])
        assert (float(row["margin"]) >= 0) == (row["selected"] == "true")
    groups = list(csv.DictReader(io.StringIO(demo_client.get(f"{BASE}/neighbourhoods.csv").text)))
    assert [row["name"] for row in groups] == [row["name"] for row in figures["neighbourhoods"]]


def test_a_name_that_a_spreadsheet_would_run_stays_text(demo_engine: Engine) -> None:
    with demo_engine.connect() as connection, connection.begin() as outer:
        connection.execute(text("UPDATE areas SET name = '=1+1' WHERE code = 'X01000136'"))
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            ground = find_ground(session, slug=DEMO_SLUG, councils=None, day=today())
            asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
            sheets = place_sheets(session, gather(session, ground, asked, today()))
            from app.exports.csv import write_csv

            written = write_csv(sheets[0]).decode()
            assert write_geopackage(sheets)
        outer.rollback()
    assert "'=1+1" in written
    assert ",=1+1" not in written


def test_papers_and_files_refuse_what_the_pages_refuse(demo_client: TestClient) -> None:
    for address, status in (
        ("/partnerships/no-such/report.pdf", 404),
        ("/partnerships/no-such/report.json", 404),
        ("/api/v1/partnerships/no-such.gpkg", 404),
        (f"/partnerships/{DEMO_SLUG}/report.pdf?worst=0", 422),
        (f"/partnerships/{DEMO_SLUG}/report.pdf?index=imd-1066", 404),
        (f"/partnerships/{DEMO_SLUG}/report.json?year=2018", 422),
        ("/view/report.pdf", 422),
        ("/view/report.json?councils=Nowhereville", 404),
        (f"{BASE}.geojson?crs=EPSG:3857", 422),
        (f"{BASE}/areas.csv?nonsense=1", 400),
    ):
        answer = demo_client.get(address)
        assert answer.status_code == status, address


def test_the_paper_is_served_as_pdf_with_a_name_to_save_it_by(demo_client: TestClient) -> None:
    answer = demo_client.get(f"/partnerships/{DEMO_SLUG}/report.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{DEMO_SLUG}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    again = demo_client.get(
        f"/partnerships/{DEMO_SLUG}/report.pdf", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
