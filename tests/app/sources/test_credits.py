"""The licence and the credit that a publisher asks for stand on the pages and in the files that hold its data."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.sources.catalogue import catalogue

pytestmark = pytest.mark.slow
PACT = "/partnerships/hogglestock-and-st-ewolds"


def test_every_dataset_says_under_which_licence_and_whom_to_credit(demo_client: TestClient) -> None:
    for entry in catalogue().values():
        assert entry.licence.strip(), entry.id
        assert re.search(r"\w{3}", entry.attribution), entry.id
        body = demo_client.get(f"/api/v1/sources/{entry.id}").json()
        assert (body["licence"], body["attribution"]) == (entry.licence, entry.attribution)


def loaded(client: TestClient) -> dict[str, set[tuple[str, str]]]:
    """Licence and credit of everything that is stored, by kind."""
    engine: Any = client.app.state.engine  # type: ignore[attr-defined]
    with engine.connect() as connection:
        return {
            table: {(row.licence, row.attribution) for row in connection.execute(text(statement))}
            for table, statement in (
                ("releases", "SELECT licence, attribution FROM releases WHERE state = 'served'"),
                ("indicators", "SELECT licence, attribution FROM indicators"),
            )
        }


def test_the_page_of_what_is_loaded_credits_each_publisher(demo_client: TestClient) -> None:
    page = unescape(demo_client.get("/data").text)
    kept = loaded(demo_client)
    assert all(kept.values())
    for licence, credit in set().union(*kept.values()):
        assert credit
        assert licence
        for line in credit.splitlines():
            assert line in page


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/areas/X07000001", "/api/v1/areas/X07000001.geojson", "/areas/X07000001",
        "/ogc/collections/lad", "/ogc/collections/lad/tiles/WebMercatorQuad/tilejson.json",
        PACT, f"{PACT}/map.html", f"/api/v1{PACT}.gpkg", f"/api/v1{PACT}.geojson", f"{PACT}/priorities",
    ],
)  # fmt: skip
def test_what_is_taken_away_carries_its_credit(demo_client: TestClient, address: str) -> None:
    credit = demo_client.get("/api/v1/areas/X07000001").json()["source"]["attribution"]
    answer = demo_client.get(address)
    assert answer.status_code == 200
    assert credit in unescape(answer.content.decode("utf-8", "replace"))
