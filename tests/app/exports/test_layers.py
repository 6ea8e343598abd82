"""Every layer held as GeoJSON: of a place by the lookups, in degrees or metres, with its source."""

from __future__ import annotations

import io

import geopandas as gpd
import orjson
import pytest
import shapely
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
HOGGLESTOCK = "X07000002"


def layer(client: TestClient, name: str, **asked: str) -> dict[str, object]:
    answer = client.get(f"/api/v1/layers/{name}.geojson", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    body: dict[str, object] = orjson.loads(answer.content)
    return body


def test_every_type_held_comes_as_geojson_of_a_place(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    with demo_engine.connect() as connection:
        types = list(connection.scalars(text("SELECT DISTINCT area_type FROM releases")))
    assert len(types) >= 7
    for kind in set(types) - {"rgn", "cty"}:
        body = layer(demo_client, kind, within=HOGGLESTOCK)
        features = body["features"]
        assert isinstance(features, list)
        assert features, kind
        assert len(features) == body["numberReturned"]
        assert body["attribution"]
        for feature in features:
            assert feature["id"] == feature["properties"]["code"]
            assert feature["properties"]["release"] == body["name"]


def test_the_small_areas_of_a_district_are_those_of_the_lookup(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    body = layer(demo_client, "lsoa-2011-12-demo", within=HOGGLESTOCK)
    with demo_engine.connect() as connection:
        wanted = connection.scalars(
            text(
                "SELECT DISTINCT m.child_code FROM memberships AS m JOIN boundaries AS b ON b.code = m.child_code"
                " WHERE m.parent_code = :code AND b.release_id = 'lsoa-2011-12-demo'"
            ),
            {"code": HOGGLESTOCK},
        ).all()
    features = body["features"]
    assert isinstance(features, list)
    assert [feature["id"] for feature in features] == sorted(wanted)
    assert {feature["properties"]["lad_code"] for feature in features} == {HOGGLESTOCK}


def test_a_county_holds_its_districts_and_no_unitary(demo_client: TestClient) -> None:
    features = layer(demo_client, "lad", within="X10000001")["features"]
    assert isinstance(features, list)
    codes = [feature["id"] for feature in features]
    assert HOGGLESTOCK in codes
    assert all(code.startswith("X07") for code in codes)


def test_rings_wind_as_rfc_7946_asks_and_have_seven_decimals_at_most(
    demo_client: TestClient,
) -> None:
    body = layer(demo_client, "lad", within=HOGGLESTOCK)
    features = body["features"]
    assert isinstance(features, list)
    shape = shapely.geometry.shape(features[0]["geometry"])
    assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))
    decimals = {
        len(str(number).partition(".")[2]) for number in shapely.get_coordinates(shape).ravel()
    }
    assert max(decimals) <= 7


def test_metres_come_on_request_and_are_said(demo_client: TestClient) -> None:
    answer = demo_client.get(
        "/api/v1/layers/lad.geojson", params={"within": HOGGLESTOCK, "crs": "EPSG:27700"}
    )
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/27700>"
    metric = gpd.read_file(io.BytesIO(answer.content))
    assert metric.crs.to_epsg() == 27700
    with_degrees = demo_client.get(
        "/api/v1/layers/lad.geojson", params={"within": HOGGLESTOCK, "crs": "EPSG:4326"}
    )
    assert "content-crs" not in with_degrees.headers


def test_invented_and_real_layers_do_not_mix(demo_client: TestClient) -> None:
    # Without a place the type means England's, and this database has only the invented county.
    assert demo_client.get("/api/v1/layers/lad.geojson").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/layers/nothing.geojson", 404),
        ("/api/v1/layers/lad.geojson?within=E99999999", 404),
        ("/api/v1/layers/lad.geojson?within=X07000002&crs=EPSG:3857", 422),
        ("/api/v1/layers/lad.geojson?within=X07000002&as_at=yesterday", 422),
        ("/api/v1/layers/lad.geojson?where=here", 400),
    ],
)
def test_what_is_not_there_or_not_offered_is_said(
    demo_client: TestClient, address: str, status: int
) -> None:
    answer = demo_client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
