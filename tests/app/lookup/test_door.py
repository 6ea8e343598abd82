"""What passes the door has the answer, the headers and the name in the counts that its route would have given it."""

from __future__ import annotations

import logging

import pytest
from httpx import Response
from starlette.testclient import TestClient

from app.lookup import door

pytestmark = pytest.mark.slow
MADE_EACH_TIME = {"x-request-id", "date"}


def questions(client: TestClient) -> list[str]:
    centre = client.get("/api/v1/areas?type=lad&limit=1").json()["items"][0]["code"]
    lon, lat = client.get(f"/api/v1/areas/{centre}").json()["centroid"]
    postcode = client.get(f"/api/v1/areas/{centre}/postcodes?limit=1")
    known = postcode.json()["items"][0]["postcode"] if postcode.status_code == 200 else "ZZ1 1AA"
    return [
        f"/api/v1/lookup/point?lon={lon}&lat={lat}",
        f"/api/v1/lookup/point?lon={lon}&lat={lat}&type=lad",
        "/api/v1/lookup/point?lon=nan&lat=1",
        "/api/v1/lookup/point?lon=1&lat=52&colour=red",
        f"/api/v1/lookup/postcode/{known}",
        f"/api/v1/lookup/postcode/{known[:3]}",
        "/api/v1/lookup/postcode/QQ99%209QQ",
        "/api/v1/lookup/postcode/a%2Fb",
        "/api/v1/lookup/postcode/",
    ]


def test_the_door_and_the_routes_say_the_same(
    demo_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = set()
    for question in questions(demo_client):
        for accept in ("gzip", "identity"):
            sent = {"Accept-Encoding": accept}
            by_door = demo_client.get(question, headers=sent)
            head = demo_client.head(question, headers=sent)
            with monkeypatch.context() as shut:
                shut.setattr(door.HotDoor, "_asked", lambda _self, _scope: None)
                by_route = demo_client.get(question, headers=sent)
            assert body(by_door) == body(by_route)
            assert by_door.status_code == by_route.status_code == head.status_code
            told = {k: v for k, v in by_door.headers.items() if k not in MADE_EACH_TIME}
            assert told == {k: v for k, v in by_route.headers.items() if k not in MADE_EACH_TIME}
            statuses.add(by_door.status_code)
    assert {200, 400, 404, 422} <= statuses


def body(answer: Response) -> object:
    """The answer without the number of its request, which a problem tells."""
    told = answer.json()
    told.pop("request_id", None)
    return told


def test_what_passes_the_door_is_logged_under_its_route(
    demo_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="app.traffic"):
        demo_client.get("/api/v1/lookup/point?easting=1&northing=1")
        demo_client.get("/api/v1/lookup/postcode/QQ99%209QQ")
    routes = [getattr(record, "route", None) for record in caplog.records]
    assert routes == ["/api/v1/lookup/point", "/api/v1/lookup/postcode/{pc}"]
