"""Neighbourhoods over HTTP on the demo county: preview, keep, read, change, versions, block lists, growing, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import shapely
from httpx import Response
from shapely.geometry import mapping
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import reading, writing
from app.settings import Settings
from boundaries.crs import BNG, BNG_NAME
from boundaries.tables import Postcode
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

API = "/api/v1/neighbourhoods"
OCTETS = {"Content-Type": "application/octet-stream"}


class County:
    """The demo county with its service, an administrator's token, and some postcodes of one small area."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.engine = client.app.state.engine  # type: ignore[attr-defined]
        with writing(self.engine) as session:
            self.secret = create_token(session, "administrator", None, "a test").secret
            self.editor = create_token(session, "editor", DEMO_SLUG, "a test").secret
        with reading(self.engine) as session:
            rows = session.execute(
                select(Postcode.postcode, Postcode.lsoa21_code, Postcode.easting, Postcode.northing)
                .where(Postcode.status == "current", Postcode.lad_code == "X07000002")
                .order_by(Postcode.lsoa21_code, Postcode.postcode)
            ).all()
            self.ended = session.scalar(
                select(Postcode.postcode).where(Postcode.status != "current").limit(1)
            )
        self.small_area = rows[0].lsoa21_code
        self.postcodes = [row.postcode for row in rows if row.lsoa21_code == self.small_area]
        self.next_door = [row.postcode for row in rows if row.lsoa21_code != self.small_area][:3]
        self.middle = (
            sum(row.easting for row in rows) / len(rows), sum(row.northing for row in rows) / len(rows),
        )  # fmt: skip

    def send(self, method: str, path: str, secret: str | None = None, **sent: Any) -> Response:
        headers = {"Authorization": f"Bearer {secret or self.secret}", **sent.pop("headers", {})}
        return self.client.request(method, f"{API}{path}", headers=headers, **sent)

    def square(self, side_m: float) -> dict[str, Any]:
        east, north = self.middle
        half = side_m / 2
        box = shapely.box(east - half, north - half, east + half, north + half)
        return {"geometry": mapping(box), "crs": BNG_NAME}


@pytest.fixture(scope="module")
def county(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[County]:
    from app.main import create_app

    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with TestClient(create_app(Settings(data_dir=tmp_path_factory.mktemp("n")), engine)) as client:
        yield County(client)
    cluster.drop(url)


def test_a_pasted_estate_is_answered_at_once_with_the_range(county: County) -> None:
    pasted = "\n".join([county.postcodes[0].lower(), "nonsense", county.ended or "", "XB1 9ZZ"])
    answer = county.client.post(f"{API}/preview", json={"postcodes": pasted})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["kind"] == "estate"
    assert body["entries"]["given"] == 4
    assert body["entries"]["taken"] == 2
    assert [row["row"] for row in body["entries"]["unknown"]] == [2, 4]
    assert [row["value"] for row in body["entries"]["ended"]] == [county.ended]
    people = body["people"]
    low, high = people["range"]["low"], people["range"]["high"]
    assert 0 <= low < people["value"] < high
    assert [row["code"] for row in body["areas"]] == [county.small_area]
    assert body["areas"][0]["postcode_share"] == pytest.approx(1 / len(county.postcodes), abs=1e-6)
    # The share and the source that make the number are there: the sum can be made again.
    with reading(county.engine) as session:
        counted = session.scalar(
            text("SELECT value FROM weights WHERE code = :code AND measure = 'people' AND area_set = 'lsoa-2021'"),
            {"code": county.small_area},
        )  # fmt: skip
    assert people["estimates"]["postcode_share"] == round(counted / len(county.postcodes))
    assert people["value"] == pytest.approx(
        counted * body["areas"][0]["population_share"], abs=0.51
    )


def test_ground_is_said_in_one_way_and_known(county: County) -> None:
    for sent, words in (
        ({}, "one way"),
        ({"postcodes": ["XB1 1AA"], "codes": ["X07000002"]}, "one way"),
        ({"postcodes": ""}, "nothing was listed"),
        ({"postcodes": [county.ended]}, "none of these postcodes is in the current list"),
        ({"codes": ["E99999999"]}, "nothing in the list is known here"),
    ):
        answer = county.client.post(f"{API}/preview", json=sent)
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
    short = county.client.post(f"{API}/preview", json={"postcodes": ["x" * 300]})
    assert short.status_code == 422


@pytest.mark.slow
def test_an_estate_is_kept_with_versions_and_its_list_comes_back_identical(county: County) -> None:
    first = {"name": "Lower Exe", "postcodes": county.postcodes[::-1], "reason": "as drawn in May",
             "partnership": DEMO_SLUG}  # fmt: skip
    made = county.send("POST", "", json=first)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"{API}/lower-exe"
    body = made.json()
    assert (body["version"], body["kind"], body["named_by"]) == (1, "estate", "person")
    # All postcodes of one small area: exactly its people.
    assert body["figures"]["people"]["spread"] == 0
    then = body["figures"]["people"]["value"]

    listed = county.client.get(f"{API}/lower-exe/blocks.csv")
    assert listed.text.splitlines() == ["postcode", *sorted(county.postcodes)]
    copy = {"name": "Copy of it", "postcodes": listed.text, "reason": "the same list"}
    again = county.send("POST", "", json=copy)
    assert again.json()["footprint"] == body["footprint"]
    assert county.client.get(f"{API}/copy-of-it/blocks.csv").content == listed.content

    wider = {"postcodes": county.postcodes + county.next_door, "reason": "with next door"}
    stale = county.send("PATCH", "/lower-exe", json=wider, headers={"If-Match": '"lower-exe.9"'})
    assert stale.status_code == 412
    match = {"If-Match": made.headers["ETag"]}
    changed = county.send("PATCH", "/lower-exe", json=wider, headers=match)
    assert changed.status_code == 200, changed.text
    assert changed.json()["version"] == 2
    assert changed.json()["figures"]["people"]["value"] > then
    # The version before still gives its numbers, and never changes.
    old = county.client.get(f"{API}/lower-exe/versions/1")
    assert old.json()["figures"]["people"]["value"] == then
    etag = {"If-None-Match": old.headers["ETag"]}
    assert county.client.get(f"{API}/lower-exe/versions/1", headers=etag).status_code == 304
    now = county.client.get(f"{API}/lower-exe/figures", params={"version": 1}).json()
    assert now["people"]["value"] == then
    versions = county.client.get(f"{API}/lower-exe/versions", params={"limit": 1}).json()
    assert [row["version"] for row in versions["items"]] == [2]
    assert versions["total"] == 2
    rest = county.client.get(versions["next"]).json()
    assert [row["reason"] for row in rest["items"]] == ["as drawn in May"]

    diff = county.client.get(f"{API}/lower-exe/diff").json()
    assert (diff["from"], diff["to"]) == (1, 2)
    assert diff["postcodes"]["added_list"] == sorted(county.next_door)
    assert diff["postcodes"]["kept"] == len(county.postcodes)
    assert diff["people"]["before"] == diff["people"]["kept"] == then
    assert diff["people"]["dropped"] == 0
    assert {row["outcome"] for row in diff["items"]} == {"added"}
    turned = county.client.get(f"{API}/lower-exe/diff", params={"from": 2, "to": 1}).json()
    assert turned["people"]["dropped"] == diff["people"]["added"]
    same = county.send(
        "PATCH", "/lower-exe", json=wider, headers={"If-Match": changed.headers["ETag"]}
    )
    assert same.status_code == 409
    missing = county.client.get(f"{API}/lower-exe/versions/3")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-version")


def test_what_cannot_be_kept_is_told_and_leaves_nothing(county: County) -> None:
    one = county.postcodes[0]
    for sent, status, words in (
        ({"postcodes": [one, "XB1 9ZZ"], "reason": "R"}, 422, "1 of 2 entries are not known here"),
        ({"postcodes": [one], "reason": " "}, 422, "reason: say why"),
        ({"name": "!", "postcodes": [one], "reason": "R"}, 422, "at least one of a-z"),
        ({"name": "Preview", "postcodes": [one], "reason": "R"}, 422, "taken by the service"),
        ({"postcodes": [one], "reason": "R", "partnership": "no-such"}, 404, "no-such"),
        (
            {**county.square(10), "reason": "R"}, 404, "lsoa-2011",
        ),  # England is not loaded here
    ):  # fmt: skip
        answer = county.send("POST", "", json=sent)
        assert answer.status_code == status, answer.text
        assert words in answer.json()["detail"]
    assert county.send("POST", "", secret="wrong", json={}).status_code == 401
    assert county.client.get(API, params={"partnership": "no-such"}).status_code == 404


def test_a_list_is_kept_without_its_unknown_entries_where_that_is_asked(county: County) -> None:
    sent = {"name": "Part", "postcodes": [*county.postcodes[:3], "XB1 9ZZ", "nonsense"], "reason": "R",
            "leave_out_unknown": True}  # fmt: skip
    made = county.send("POST", "", json=sent)
    assert made.status_code == 201, made.text
    entries = made.json()["entries"]
    assert (entries["given"], entries["taken"]) == (5, 3)
    assert [row["value"] for row in entries["unknown"]] == ["XB1 9ZZ", "nonsense"]
    assert county.client.get(f"{API}/part/blocks").json()["items"] == county.postcodes[:3]


@pytest.mark.slow
def test_a_drawn_outline_is_measured_or_refused_with_the_place(county: County) -> None:
    drawn = {"name": "Drawn", "reason": "the board's map", "partnership": DEMO_SLUG}
    made = county.send("POST", "", secret=county.editor, json={**drawn, **county.square(3000)})
    assert made.status_code == 201, made.text
    assert made.json()["kind"] == "drawn"
    shape = county.client.get(f"{API}/drawn.geojson", params={"crs": BNG_NAME}).json()
    feature = shape["features"][0]
    assert shapely.area(shapely.from_geojson(orjson.dumps(feature["geometry"]))) == 9e6
    assert feature["properties"]["drawn"] == "as drawn"
    assert county.client.get(f"{API}/drawn/blocks").json()["type"] == "/problems/no-blocks"
    bow = [[0, 0], [4000, 4000], [4000, 0], [0, 4000], [0, 0]]
    east, north = county.middle
    crossing = {"type": "Polygon", "coordinates": [[[east + x, north + y] for x, y in bow]]}
    far = mapping(shapely.box(500_000, 200_000, 502_000, 202_000))
    for geometry, words in ((crossing, "its edge crosses itself"), (far, "nothing lies in it")):
        sent = {**drawn, "name": "Bad", "geometry": geometry, "crs": BNG_NAME}
        answer = county.send("POST", "", json=sent)
        assert answer.status_code == 422, answer.text
        assert words in str(answer.json()["errors"])


def test_ground_outside_its_partnership_is_refused(county: County) -> None:
    sent = {"codes": ["X06000001"], "reason": "R", "partnership": DEMO_SLUG}
    answer = county.send("POST", "", json=sent)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/outside-partnership"
    inside = county.client.post(
        f"{API}/preview", json={"codes": ["X07000002"], "partnership": DEMO_SLUG}
    ).json()
    assert inside["share_in_partnership"] == 1


@pytest.mark.slow
def test_neighbourhoods_grow_are_kept_and_named_until_somebody_names_them(county: County) -> None:
    question = {"whole": True, "size_in": "people", "at_least": 4000, "at_most": 12000}
    answer = county.client.post(f"{API}/grow", json={**question, "partnership": DEMO_SLUG})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert answer.content == county.client.post(
        f"{API}/grow", json={**question, "partnership": DEMO_SLUG}
    ).content, "the same twice"  # fmt: skip
    codes = [code for row in body["neighbourhoods"] for code in row["codes"]]
    assert len(codes) == len(set(codes)) == body["areas_selected"] + len(body["areas_filled"])
    assert body["summary"]["share_in_band"] >= 0.85
    for row in body["neighbourhoods"]:
        assert (4000 <= row["people"] <= 12000) == (row["place_in_band"] == "in")
    assert len({row["name"] for row in body["neighbourhoods"]}) == len(body["neighbourhoods"])
    kept = county.client.post(
        f"/api/v1/partnerships/{DEMO_SLUG}/neighbourhoods", json={**question, "reason": "a plan"},
        headers={"Authorization": f"Bearer {county.editor}"},
    )  # fmt: skip
    assert kept.status_code == 201, kept.text
    items = kept.json()["items"]
    assert [row["name"] for row in items] == [row["name"] for row in body["neighbourhoods"]]
    one = county.client.get(f"{API}/{items[0]['slug']}")
    assert one.json()["kind"] == "grown"
    assert one.json()["block_codes"] == body["neighbourhoods"][0]["codes"]
    assert one.json()["block_set"] == body["area_set"]
    assert one.json()["inputs"]["grown"]["at_most"] == 12000
    named = county.send(
        "PATCH", f"/{items[0]['slug']}", secret=county.editor, json={"name": "Exe Reach"},
        headers={"If-Match": one.headers["ETag"]},
    )  # fmt: skip
    assert (named.json()["name"], named.json()["named_by"]) == ("Exe Reach", "person")
    assert named.json()["slug"] == items[0]["slug"], "the address stays"
    listed = county.client.get(API, params={"partnership": DEMO_SLUG, "kind": "grown"}).json()
    assert listed["total"] == len(items)


def test_sizes_that_cannot_be_met_are_refused(county: County) -> None:
    for sent, words in (
        ({"at_least": 6000, "at_most": 5000}, "is more than"),
        ({"at_least": 900_000, "at_most": 900_000}, "cannot be met"),
        ({"at_least": 1, "at_most": 2}, "every area here has more than 2 households"),
        ({"whole": True, "worst": 5}, "one of rule, worst and whole"),
    ):
        answer = county.client.post(
            f"{API}/grow", json={"whole": True, "partnership": DEMO_SLUG, **sent}
        )
        assert answer.status_code == 422, answer.text
        assert words in answer.json()["detail"]


@pytest.mark.slow
def test_each_outline_of_a_file_becomes_one_and_the_next_file_a_version(county: County) -> None:
    def file(side_m: float) -> bytes:
        geometry = county.square(side_m)["geometry"]
        crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{BNG}"}}
        feature = {"type": "Feature", "properties": {"name": "Filed"}, "geometry": geometry}
        return orjson.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})

    where = {"partnership": DEMO_SLUG}
    form = {"file": ("map.geojson", file(2000))}
    seen = county.client.post("/api/v1/rehearsals/neighbourhoods", params=where, files=form)
    assert seen.status_code == 200, seen.text
    assert seen.json()["items"][0]["name_in_file"] == "Filed"
    params = {**where, "reason": "the council's file"}
    made = county.send("POST", "/outlines", params=params, content=file(2000), headers=OCTETS)
    assert made.status_code == 201, made.text
    assert [(row["slug"], row["done"]) for row in made.json()["items"]] == [("filed", "made")]
    params["update"] = "true"
    for side_m, done, version in ((2000, "same", 1), (2400, "changed", 2)):
        again = county.send(
            "POST", "/outlines", params=params, content=file(side_m), headers=OCTETS
        )
        (row,) = again.json()["items"]
        assert (row["done"], row["version"]) == (done, version)
    gone = county.send("DELETE", "/filed", headers={"If-Match": "*"})
    assert gone.status_code == 204
    assert county.client.get(f"{API}/filed").status_code == 404


def test_an_editor_writes_only_their_partnerships_neighbourhoods(county: County) -> None:
    lone = county.send("POST", "", json={"name": "Lone", "codes": ["X07000002"], "reason": "R"})
    assert lone.status_code == 201
    match = {"If-Match": "*"}
    for method, sent in (("PATCH", {"name": "Mine"}), ("DELETE", None)):
        answer = county.send(method, "/lone", secret=county.editor, json=sent, headers=match)
        assert answer.status_code == 404
    refused = county.send(
        "POST", "", secret=county.editor, json={"codes": ["X07000002"], "reason": "R"}
    )
    assert refused.status_code == 404


def test_a_removed_partnership_takes_its_neighbourhoods_along(demo_db: Session) -> None:
    from datetime import date

    from app.neighbourhoods.actions import create_neighbourhood
    from app.neighbourhoods.queries import list_neighbourhoods
    from app.neighbourhoods.saying import say_codes
    from app.partnerships.actions import create_partnership, remove_partnership

    day = date(2025, 1, 1)
    create_partnership(demo_db, "a test", name="Exe", authorities=["X07000002"], day=day)
    said = say_codes(demo_db, "X07000002", day)
    create_neighbourhood(demo_db, "a test", said, reason="R", partnership_slug="exe")
    assert len(list_neighbourhoods(demo_db, "exe")) == 1
    remove_partnership(demo_db, "a test", "exe")
    assert list_neighbourhoods(demo_db, "exe") == []
