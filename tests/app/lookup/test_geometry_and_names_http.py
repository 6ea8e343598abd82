"""An outline's areas with shares both ways; areas by the names they bear or bore, by code, and misspelt."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from starlette.testclient import TestClient

from app.sessions import reading, writing
from boundaries.names import read_names
from boundaries.tables import Area

pytestmark = pytest.mark.slow
GEOMETRY = "/api/v1/lookup/geometry"


def test_a_districts_own_outline_is_that_district_whole(demo_client: TestClient) -> None:
    feature = demo_client.get("/api/v1/areas/X07000002.geojson").json()
    for sent in (feature, feature["geometry"]):
        body = demo_client.post(GEOMETRY, json=sent, params={"type": "lad"}).json()
        first = max(body["areas"], key=lambda area: area["share_of_geometry"])
        assert first["code"] == "X07000002"
        assert first["share_of_geometry"] == pytest.approx(1, abs=1e-4)
        assert first["share_of_area"] == pytest.approx(1, abs=1e-4)
        assert first["postcode_share_of_area"] == pytest.approx(1, abs=0.01)
        assert sum(area["share_of_geometry"] for area in body["areas"]) == pytest.approx(
            1, abs=1e-3
        )


@pytest.mark.parametrize(
    ("geometry", "status"),
    [
        ({"type": "Point", "coordinates": [0, 52]}, 422),
        ({"type": "Polygon", "coordinates": [[[0, 52], [0, 52], [0, 52], [0, 52]]]}, 422),
        ({"type": "Polygon", "coordinates": [[[0, 52], [1, 53], [0, 53], [1, 52], [0, 52]]]}, 422),
        ({"type": "Polygon", "coordinates": [[[0, 52], ["x", 53], [0, 53], [0, 52]]]}, 422),
        ({}, 422),
        ([], 422),
        (
            {
                "type": "Polygon",
                "coordinates": [[[-3.3, 55.9], [-3.2, 55.9], [-3.2, 56], [-3.3, 55.9]]],
            },
            200,
        ),
    ],
)
def test_every_kind_of_outline_has_a_clear_answer(
    demo_client: TestClient, geometry: Any, status: int
) -> None:
    answer = demo_client.post(GEOMETRY, json=geometry)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["areas"] == []
        assert "note" in answer.json()


def test_a_name_that_ended_is_found_with_what_followed_it(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    with reading(demo_engine) as session:
        gone = session.scalars(
            select(Area).where(Area.valid_to.is_not(None), Area.type == "lad").order_by(Area.code)
        ).first()
        assert gone is not None
        code, name = gone.code, gone.name
    items = demo_client.get("/api/v1/areas", params={"q": name, "type": "lad"}).json()["items"]
    told = {item["code"]: item["matched"] for item in items}
    assert "ended" in told[code]
    assert "X07000007" in told[code]


def test_a_misspelt_name_offers_what_is_near_and_says_so(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    with reading(demo_engine) as session:
        name = session.scalar(select(Area.name).where(Area.code == "X07000002")) or ""
    body = demo_client.get("/api/v1/areas", params={"q": name[:3] + name[4:]}).json()
    assert ("X07000002", "near in spelling") in {(i["code"], i["matched"]) for i in body["items"]}
    whole = demo_client.get("/api/v1/areas", params={"q": name}).json()
    assert ("X07000002", "name") in {(i["code"], i["matched"]) for i in whole["items"]}
    own = demo_client.get("/api/v1/areas", params={"q": " x07000002"}).json()
    assert [(i["code"], i["matched"]) for i in own["items"]] == [("X07000002", "code")]
    assert demo_client.get("/api/v1/areas", params={"q": "%_%"}).json()["items"] == []


def test_other_names_and_codes_of_other_schemes_are_found_where_they_are_loaded(
    demo_client_that_writes: TestClient,
) -> None:
    client = demo_client_that_writes
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    assert client.get("/api/v1/areas", params={"q": "ancient hundred"}).json()["items"] == []
    with writing(engine) as session:
        session.execute(
            text("INSERT INTO area_names (area_code, name, kind, until, source) VALUES"
                 " ('X07000002', 'Ancient Hundred', 'former', '1974-04-01', 'a test')")
        )  # fmt: skip
        session.execute(
            text(
                "INSERT INTO area_codes (scheme, code, area_code) VALUES ('old-ons', '99QZ', 'X07000002')"
            )
        )
        name = session.scalar(select(Area.name).where(Area.code == "X07000002"))
    found = client.get("/api/v1/areas", params={"q": "ancient hundred"}).json()["items"]
    assert [(i["code"], i["matched"]) for i in found] == [
        ("X07000002", f"former name of {name}, until 1 April 1974")
    ]
    coded = client.get("/api/v1/areas", params={"q": "99qz"}).json()["items"]
    assert [(i["code"], i["matched"]) for i in coded] == [
        ("X07000002", "code in the scheme old-ons")
    ]
    page = client.get("/search?q=ancient+hundred").text
    assert "is a former name of" in page
    leads = client.get("/search?q=99QZ", follow_redirects=False)
    assert leads.headers["location"] == "/areas/X07000002"
    rows = client.post(
        "/api/v1/lookup/csv", content=b"code\n99QZ\n", params={"column": "code", "way": "code"},
        headers={"Content-Type": "text/csv"},
    ).text  # fmt: skip
    assert "by old-ons code" in rows


def test_a_name_is_found_in_less_than_fifty_milliseconds(demo_engine: Engine) -> None:
    with reading(demo_engine) as session:
        index = read_names(session)
    began = time.process_time()
    for _ in range(20):
        index.holding("bridge")
        index.alike("silverbrige")
    assert (time.process_time() - began) / 20 < 0.05
