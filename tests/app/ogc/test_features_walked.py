"""Features asked for in every way that /queryables promises, against what the features themselves say."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from shapely.geometry import shape
from sqlalchemy import text

from tests.support.vector_tiles import read_tile

if TYPE_CHECKING:
    from starlette.testclient import TestClient

FAR = "BBOX(100,10,101,11)"


def asked_of(client: TestClient, name: str, **asked: str) -> dict[str, Any]:
    answer = client.get(f"/ogc/collections/{name}/items", params={"limit": "10000", **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["numberReturned"] == len(found["features"])
    return found


def count(client: TestClient, name: str, written: str) -> int:
    return int(asked_of(client, name, filter=written, limit="1")["numberMatched"])


def walked(client: TestClient, name: str, **asked: str) -> list[dict[str, Any]]:
    """Read all pages to the last one."""
    base = client.app.state.settings.base_url  # type: ignore[attr-defined]
    page = asked_of(client, name, **asked)
    total, seen = page["numberMatched"], list(page["features"])
    while following := [each["href"] for each in page["links"] if each["rel"] == "next"]:
        answer = client.get(following[0].removeprefix(base))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["numberMatched"] == total
        seen += page["features"]
    assert len(seen) == total
    return seen


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("lad", "TRUE"), ("partnerships", "TRUE"), ("resources", "TRUE"),
        ("resources", "amount_pence > 100000 OR geometry IS NULL"),
    ],
)  # fmt: skip
def test_pages_sorted_by_any_property_give_each_feature_once(
    demo_client: TestClient, name: str, condition: str
) -> None:
    whole = asked_of(demo_client, name, filter=condition)["features"]
    limit = str(max(1, len(whole) // 3))
    for each in whole[0]["properties"]:
        for sign in ("", "-"):
            seen = walked(demo_client, name, filter=condition, sortby=sign + each, limit=limit)
            # Feature by feature: none lost, none twice.
            by_id = sorted(seen, key=lambda one: str(one["id"]))
            assert by_id == sorted(whole, key=lambda one: str(one["id"])), each
            values = [one["properties"][each] for one in seen]
            given = [value for value in values if value is not None]
            assert values == given + [None] * (len(values) - len(given)), each  # none: last
            if not all(isinstance(value, str) for value in given) or each.endswith(
                ("_on", "_from")
            ):
                assert given == sorted(given, reverse=sign == "-"), each


def test_a_page_after_a_day_that_is_none_is_refused(demo_client: TestClient) -> None:
    from app.dependencies import encode_cursor

    for kept in ("=2020-02-31", "=x", 3, 1.5, "=2020-01-01'; DROP TABLE areas"):
        asked = {"sortby": "awarded_on", "cursor": encode_cursor([9, kept, "a"])}
        answer = demo_client.get("/ogc/collections/resources/items", params=asked)
        assert answer.status_code == 400, kept
        assert answer.json()["type"] == "/problems/bad-paging"


def test_features_without_a_place_are_found_and_meet_no_outline(demo_client: TestClient) -> None:
    lines = asked_of(demo_client, "resources")["features"]
    placed = sum(each["geometry"] is not None for each in lines)
    assert 0 < placed < len(lines)
    assert count(demo_client, "resources", "geometry IS NULL") == len(lines) - placed
    assert count(demo_client, "resources", "geometry IS NOT NULL") == placed
    by_json = asked_of(
        demo_client, "resources", limit="1", **{"filter-lang": "cql2-json"},
        filter=json.dumps({"op": "isNull", "args": [{"property": "geometry"}]}),
    )  # fmt: skip
    assert by_json["numberMatched"] == len(lines) - placed
    # What is nowhere neither meets a box nor lies apart from it, however far that is.
    for written in (f"S_DISJOINT(geometry,{FAR})", f"NOT S_INTERSECTS(geometry,{FAR})"):
        assert count(demo_client, "resources", written) == placed
    assert count(demo_client, "resources", f"S_INTERSECTS(geometry,{FAR})") == 0


def test_days_are_related_as_days(demo_client: TestClient) -> None:
    days = [
        each["properties"]["awarded_on"]
        for each in asked_of(demo_client, "resources")["features"]
        if each["properties"]["awarded_on"] is not None
    ]
    day = sorted(days)[len(days) // 2]
    same = days.count(day)
    before, after = sum(each < day for each in days), sum(each > day for each in days)
    assert same
    assert before
    assert after
    expected = {
        f"T_EQUALS(awarded_on,DATE('{day}'))": same,
        f"T_EQUALS(DATE('{day}'),awarded_on)": same,
        f"T_EQUALS(awarded_on,TIMESTAMP('{day}T00:00:00Z'))": same,
        f"T_EQUALS(INTERVAL(awarded_on,'2100-01-01'),INTERVAL('{day}','2100-01-01'))": same,
        f"T_STARTS(INTERVAL(awarded_on,'2099-01-01'),INTERVAL('{day}','2100-01-01'))": same,
        f"T_FINISHES(INTERVAL('{day}',awarded_on),INTERVAL('1900-01-01','{day}'))": same,
        f"T_FINISHEDBY(INTERVAL('1900-01-01',awarded_on),INTERVAL('1901-01-01','{day}'))": same,
        f"T_MEETS(INTERVAL('1900-01-01',awarded_on),INTERVAL('{day}','2100-01-01'))": same,
        f"T_METBY(INTERVAL(awarded_on,'2100-01-01'),INTERVAL('1900-01-01','{day}'))": same,
        f"T_INTERSECTS(awarded_on,DATE('{day}'))": same,
        f"T_DISJOINT(awarded_on,DATE('{day}'))": before + after,
        f"T_AFTER(awarded_on,DATE('{day}'))": after,
        f"T_BEFORE(awarded_on,DATE('{day}'))": before,
        f"T_DURING(awarded_on,INTERVAL('{day}','..'))": after,
        f"T_DURING(awarded_on,INTERVAL('..','{day}'))": before,
        f"T_INTERSECTS(awarded_on,INTERVAL('..','{day}'))": before + same,
        # Beside a moment a written day lasts to its end.
        f"T_INTERSECTS(DATE('{day}'),TIMESTAMP('{day}T12:00:00Z'))": len(
            asked_of(demo_client, "resources")["features"]
        ),
    }
    found = {written: count(demo_client, "resources", written) for written in expected}
    assert found == expected


def test_what_another_layer_draws_beside_its_own_is_a_collection_too(
    demo_client_that_writes: TestClient,
) -> None:
    client = demo_client_that_writes
    bare = [each["id"] for each in asked_of(client, "ncp")["features"]]
    parishes = asked_of(client, "par")["numberMatched"]
    # Published parish layers draw the ground between parishes themselves, under codes of its own.
    moved = [
        "UPDATE boundaries SET release_id = :par WHERE release_id = :ncp",
        "UPDATE releases SET state = 'loaded' WHERE id = :ncp",
    ]
    with client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]
        named = "SELECT area_type, id FROM releases WHERE area_type IN ('par', 'ncp')"
        ids = dict(tuple(row) for row in connection.execute(text(named)))
        for statement in moved:
            connection.execute(text(statement), ids if ":" in statement else {})
    client.app.state.feature_door.close()  # type: ignore[attr-defined]
    page = asked_of(client, "ncp")
    assert [each["id"] for each in page["features"]] == bare
    assert {each["properties"]["release"] for each in page["features"]} == {ids["par"]}
    assert asked_of(client, "par")["numberMatched"] == parishes + len(bare)
    assert count(client, "ncp", f"code = '{bare[0]}'") == 1
    listed = client.get("/ogc/collections").json()["collections"]
    title = next(each["title"] for each in listed if each["id"] == "ncp")
    assert title == "Unparished areas"
    first = next(each for each in asked_of(client, "par")["features"] if each["id"] not in bare)
    assert client.get(f"/ogc/collections/ncp/items/{first['id']}").status_code == 404
    assert client.get(f"/ogc/collections/ncp/items/{bare[0]}").json()["id"] == bare[0]
    longitude, latitude = shape(page["features"][0]["geometry"]).representative_point().coords[0]
    row, column = tile_at(longitude, latitude, 10)
    drawn = client.get(f"/ogc/collections/ncp/tiles/WebMercatorQuad/10/{row}/{column}")
    codes = {each["code"] for each in read_tile(drawn.content, 10, row, column)}
    assert bare[0] in codes
    assert codes <= set(bare)


def tile_at(longitude: float, latitude: float, level: int) -> tuple[int, int]:
    """Give row and column of the tile that a point lies in."""
    turns = math.asinh(math.tan(math.radians(latitude))) / math.pi
    return int((1 - turns) / 2 * 2**level), int((longitude + 180) / 360 * 2**level)
