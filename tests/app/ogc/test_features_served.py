"""OGC API Features over the demo county: documents, pages, systems, filters, files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import shapely
from shapely.geometry import shape
from starlette.testclient import TestClient

from app.dependencies import encode_cursor
from app.main import create_app
from app.ogc.asking import GDAL_TAKES
from app.ogc.describing import licence_links
from app.settings import Settings
from boundaries.crs import BNG, WEB_MERCATOR, WGS84, point_to_bng

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ITEMS = "/ogc/collections/lsoa/items"


def read(client: TestClient, path: str, **asked: str) -> dict[str, Any]:
    answer = client.get(path, params=asked or None)  # empty ones would cut the address short
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def linked(document: dict[str, Any], rel: str) -> str | None:
    return next((each["href"] for each in document["links"] if each["rel"] == rel), None)


def codes(document: dict[str, Any]) -> list[str]:
    return [each["id"] for each in document["features"]]


def test_landing_leads_to_every_document(demo_client: TestClient) -> None:
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    landing = read(demo_client, "/ogc")
    for rel in ("self", "service-desc", "service-doc", "conformance", "data"):
        href = linked(landing, rel)
        assert href is not None
        assert href.startswith(f"{base}/ogc")
        assert demo_client.get(href.removeprefix(base)).status_code == 200


def test_openapi_is_3_0_and_words_parameters_as_the_standard_does(demo_client: TestClient) -> None:
    answer = demo_client.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    parameters = answer.json()["components"]["parameters"]
    assert answer.json()["openapi"].startswith("3.0.")
    limit, bbox = parameters["limit"], parameters["bbox"]
    assert (limit["style"], limit["explode"], limit["schema"]["minimum"]) == ("form", False, 1)
    assert bbox["schema"]["minItems"] == 4
    assert bbox["schema"]["maxItems"] == 6


def test_list_and_single_collection_say_the_same(demo_client: TestClient) -> None:
    listed = read(demo_client, "/ogc/collections")["collections"]
    names = [each["id"] for each in listed]
    assert {
        "lad",
        "lsoa",
        "partnerships",
        "neighbourhoods",
        "designated-areas",
        "resources",
    } <= set(names)
    for each in listed:
        assert read(demo_client, f"/ogc/collections/{each['id']}") == each
        assert each["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def test_pages_give_each_feature_once_in_order_of_key(demo_client: TestClient) -> None:
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    whole = read(demo_client, ITEMS, limit="10000")
    seen: list[str] = []
    page = read(demo_client, ITEMS, limit="7")
    while True:
        assert page["numberReturned"] == len(page["features"])
        assert page["numberMatched"] == whole["numberMatched"] == len(whole["features"])
        seen += codes(page)
        following = linked(page, "next")
        if following is None:
            break
        page = read(demo_client, following.removeprefix(base))
    assert seen == codes(whole) == sorted(seen)
    assert len(set(seen)) == len(seen)


def test_sorted_pages_go_on_where_the_last_one_ended(demo_client: TestClient) -> None:
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    asked = {"sortby": "-area_m2,name", "properties": "area_m2,name"}
    whole = read(demo_client, ITEMS, limit="10000", **asked)
    sizes = [each["properties"]["area_m2"] for each in whole["features"]]
    assert sizes == sorted(sizes, reverse=True)
    first = read(demo_client, ITEMS, limit="5", **asked)
    second = read(demo_client, str(linked(first, "next")).removeprefix(base))
    assert codes(first) + codes(second) == codes(whole)[:10]
    assert set(first["features"][0]["properties"]) == {"area_m2", "name"}


def test_finished_text_and_composed_feature_say_the_same(demo_client: TestClient) -> None:
    one = read(demo_client, ITEMS, limit="1")["features"][0]
    every = ",".join(one["properties"])
    # Naming all properties composes the feature anew from its outline.
    composed = read(demo_client, f"{ITEMS}/{one['id']}", properties=every)
    for added in ("links", "attribution", "license"):
        del composed[added]
    assert composed == one


def test_page_and_feature_say_whose_they_are(demo_client: TestClient) -> None:
    about = read(demo_client, "/ogc/collections/lad")
    page = read(demo_client, "/ogc/collections/lad/items", limit="1")
    one = read(demo_client, f"/ogc/collections/lad/items/{page['features'][0]['id']}")
    for document in (page, one):
        assert document["attribution"] == about["attribution"]
        assert document["license"] == about["license"]
        licences = [each for each in document["links"] if each["rel"] == "license"]
        assert licences == [each for each in about["links"] if each["rel"] == "license"]
    assert about["attribution"]
    assert "attribution" not in page["features"][0]  # once a page is enough


def test_licence_is_linked_where_its_text_is_known() -> None:
    both = "Creative Commons Attribution-ShareAlike 4.0; Open Government Licence v3.0"
    assert [each["href"].split("/")[2] for each in licence_links(both)] == [
        "creativecommons.org", "www.nationalarchives.gov.uk",
    ]  # fmt: skip
    assert licence_links("none") == licence_links("") == []


def test_answers_are_what_the_document_says_they_are(demo_client: TestClient) -> None:
    document = demo_client.get("/ogc/api").json()
    page = read(demo_client, ITEMS, limit="3")
    one = read(demo_client, f"{ITEMS}/{page['features'][0]['id']}")
    for answer, name in ((page, "featureCollection"), (one, "oneFeature")):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        valid = jsonschema_rs.validator_for(schema).is_valid
        assert valid(answer)
        assert not valid({**answer, "attribution": 1})
        assert not valid({name: value for name, value in answer.items() if name != "license"})


def test_gdal_begins_with_ten_and_goes_on_in_large_pages(demo_client: TestClient) -> None:
    """Its version 3.6 asks for ten and follows `next`; who says no such Accept gets pages of what they ask."""
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    asked = f"{ITEMS}?f=json&limit=10"
    as_gdal = {"Accept": GDAL_TAKES}
    for _ in range(2):  # made, then kept
        first, plain = demo_client.get(asked, headers=as_gdal), demo_client.get(asked)
        assert first.json()["features"] == plain.json()["features"]
        assert first.headers["etag"] != plain.headers["etag"]
        assert "limit=10&" in str(linked(plain.json(), "next"))
        following = str(linked(first.json(), "next"))
        assert "limit=500&" in following
    rest = demo_client.get(following.removeprefix(base), headers=as_gdal).json()
    whole = read(demo_client, ITEMS, limit="10000")
    assert codes(first.json()) + codes(rest) == codes(whole)
    other = demo_client.get(f"{ITEMS}?limit=7", headers=as_gdal).json()
    assert "limit=7&" in str(linked(other, "next"))


@pytest.mark.parametrize("number", [WGS84, BNG, WEB_MERCATOR])
def test_each_system_has_its_axes_in_its_order(demo_client: TestClient, number: int) -> None:
    plain = read(demo_client, ITEMS, limit="1")["features"][0]
    answer = demo_client.get(ITEMS, params={"limit": "1", "crs": f"{EPSG}{number}"})
    assert answer.headers["content-crs"] == f"<{EPSG}{number}>"
    west, south, _, _ = shape(plain["geometry"]).bounds
    first, second, _, _ = shape(answer.json()["features"][0]["geometry"]).bounds
    if number == WGS84:
        assert (first, second) == (south, west)
    elif number == WEB_MERCATOR:
        # A degree of longitude is 111,319.49 m on the sphere of web maps.
        assert first == pytest.approx(west * 111_319.490793, abs=0.02)
    else:
        corner = shape(plain["geometry"]).geoms[0].exterior.coords[0]
        drawn = shape(answer.json()["features"][0]["geometry"]).geoms[0].exterior.coords[0]
        assert drawn == pytest.approx(point_to_bng(*corner), abs=0.02)


def test_box_in_every_system_finds_the_same(demo_client: TestClient) -> None:
    some = read(demo_client, ITEMS, limit="1")["features"][0]
    found = []
    for system in ("", f"{EPSG}{WGS84}", f"{EPSG}{WEB_MERCATOR}"):
        asked = {"crs": system} if system else {}
        drawn = read(demo_client, f"{ITEMS}/{some['id']}", **asked)
        # A box in the middle of the feature: its neighbours do not reach there.
        x, y = shape(drawn["geometry"]).centroid.coords[0]
        box = f"{x - 1e-4},{y - 1e-4},{x + 1e-4},{y + 1e-4}"
        asked = {"bbox": box} | ({"bbox-crs": system} if system else {})
        found.append(codes(read(demo_client, ITEMS, **asked)))
    assert found == [[some["id"]]] * 3


def test_box_across_the_antimeridian_is_two_boxes(demo_client: TestClient) -> None:
    west = read(demo_client, ITEMS, bbox="170,-89,-170,89")
    around = read(demo_client, ITEMS, bbox="170,-89,169,89", limit="10000")
    assert west["numberMatched"] == 0
    assert around["numberMatched"] == read(demo_client, ITEMS)["numberMatched"]


def test_filters_in_text_and_json_select_the_same(demo_client: TestClient) -> None:
    whole = read(demo_client, ITEMS, limit="10000")
    wanted = codes(whole)[3]
    ring = shapely.geometry.mapping(shape(whole["features"][3]["geometry"]).centroid.buffer(1e-5))
    asked = {
        "op": "and", "args": [
            {"op": "=", "args": [{"property": "code"}, wanted]},
            {"op": "s_intersects", "args": [{"property": "geometry"}, ring]},
        ],
    }  # fmt: skip
    by_json = read(demo_client, ITEMS, filter=json.dumps(asked), **{"filter-lang": "cql2-json"})
    by_text = read(demo_client, ITEMS, filter=f"code = '{wanted}' AND valid_to IS NULL")
    without = read(demo_client, ITEMS, filter=f"NOT code = '{wanted}'", limit="1")
    assert codes(by_json) == codes(by_text) == [wanted]
    assert without["numberMatched"] == whole["numberMatched"] - 1


def test_day_and_interval_ask_for_lives(demo_client: TestClient) -> None:
    total = read(demo_client, ITEMS)["numberMatched"]
    alive = "T_INTERSECTS(INTERVAL(valid_from,valid_to),INTERVAL('2020-01-01','..'))"
    assert read(demo_client, ITEMS, filter=alive)["numberMatched"] == total
    assert read(demo_client, ITEMS, datetime="2024-01-01/..")["numberMatched"] == total


def test_every_kind_of_record_says_what_its_schema_names(demo_client: TestClient) -> None:
    for name in ("partnerships", "neighbourhoods", "designated-areas", "resources"):
        page = read(demo_client, f"/ogc/collections/{name}/items")
        schema = read(demo_client, f"/ogc/collections/{name}/schema")
        named = set(schema["properties"]) - {"geometry"}
        assert page["numberMatched"] >= len(page["features"])
        for feature in page["features"]:
            assert set(feature["properties"]) == named
    assert read(demo_client, "/ogc/collections/partnerships/items")["numberMatched"] > 0
    assert "recipient" not in read(demo_client, "/ogc/collections/resources/schema")["properties"]


def test_features_are_what_their_own_schema_says(demo_client: TestClient) -> None:
    for name in ("lad", "partnerships", "resources"):
        about = read(demo_client, f"/ogc/collections/{name}")
        address = str(linked(about, "describedBy")).partition("/ogc/")[2]
        schema = read(demo_client, f"/ogc/{address}")
        assert schema["$id"] == linked(about, "describedBy")
        check = jsonschema_rs.validator_for(schema)
        kinds = schema["properties"]["properties"]["properties"]
        for feature in read(demo_client, f"/ogc/collections/{name}/items")["features"]:
            assert set(feature["properties"]) - {"id"} == set(kinds)
            known = {
                key: value for key, value in feature["properties"].items() if value is not None
            }
            placed = {"geometry": feature["geometry"]} if feature["geometry"] else {}
            check.validate({"type": "Feature", "id": feature["id"], "properties": known, **placed})
    assert demo_client.get("/ogc/collections/lad/feature-schema?x=1").status_code == 400


def test_unchanged_page_is_304_before_any_work(demo_client: TestClient) -> None:
    first = demo_client.get(ITEMS, params={"limit": "3"})
    tag = first.headers["etag"]
    again = demo_client.get(ITEMS, params={"limit": "3"}, headers={"If-None-Match": tag})
    other = demo_client.get(ITEMS, params={"limit": "4"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize(
    "address", [f"{ITEMS}?limit=9", f"{ITEMS}?sortby=name", f"{ITEMS}?f=csv", f"{ITEMS}?f=geojson"]
)
def test_who_has_an_answer_in_a_coding_is_told_of_that_one(
    demo_client: TestClient, address: str, coding: str
) -> None:
    asked = {"Accept-Encoding": coding}
    first = demo_client.get(address, headers=asked)
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        again = demo_client.get(address, headers=asked | {"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        # A cache finds what it holds by the tag, and whom that is for by Vary (RFC 9111, 4.3.4).
        for name in ("etag", "vary", "cache-control"):
            assert again.headers[name] == first.headers[name], name


def test_collections_of_areas_lead_to_their_tiles(demo_client: TestClient) -> None:
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    led = {}
    for each in read(demo_client, "/ogc/collections")["collections"]:
        href = linked(each, "related")
        if href is not None:
            led[each["id"]] = read(demo_client, href.removeprefix(base))["name"].split(" ")[0]
    assert led == {name: name for name in led}
    assert {"lad", "lsoa"} <= set(led)
    assert not {"partnerships", "neighbourhoods", "designated-areas", "resources"} & set(led)


def test_browser_gets_a_page_and_f_goes_before_accept(demo_client: TestClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml"}
    for path in ("/ogc", "/ogc/collections", "/ogc/collections/lad", ITEMS, "/ogc/api"):
        page = demo_client.get(path, headers=browser)
        assert page.headers["content-type"].startswith("text/html")
        assert "Accept" in page.headers["vary"] or path == "/ogc/api"
        assert demo_client.get(f"{path}?f=json", headers=browser).json()


def test_answers_lead_back_to_the_address_that_the_proxy_shows(demo_client: TestClient) -> None:
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    hostile = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    page = demo_client.get(ITEMS, headers=hostile).json()
    assert all(each["href"].startswith(base) for each in page["links"])


def test_links_lead_back_through_a_proxy_that_adds_a_prefix(
    demo_engine: Engine, tmp_path: Path
) -> None:
    base = "https://gis.example.org/bounds"
    app = create_app(Settings(data_dir=tmp_path, base_url=base), demo_engine)
    with TestClient(app, base_url="https://gis.example.org") as client:
        tiles = "/ogc/collections/lad/tiles/WebMercatorQuad/tilejson.json"
        seen = set()
        for path in (
            "/ogc",
            "/ogc/conformance",
            "/ogc/collections/lad",
            f"{ITEMS}?limit=2",
            f"{ITEMS}?f=html",
        ):
            written = client.get(path, headers={"Accept": "application/json"}).text
            seen |= set(
                re.findall(r'https?://(?!www\.opengis\.net)[^"<>\s]+/ogc[^"<>\s]*', written)
            )
        seen |= {
            client.get(tiles).json()["tiles"][0],
            client.get("/ogc/api").json()["servers"][0]["url"],
        }
    assert len(seen) > 20
    assert [each for each in seen if not each.startswith(f"{base}/ogc")] == []


REFUSED = {
    "bbox": [
        "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,5,1,4", "1e999,0,1,1", "0,0,181,1", "1_0,0,11,1", "१,0,2,1",
        "",
    ],
    "limit": ["0", "-1", "text", "1.5", "", "१"],
    "datetime": ["tomorrow", "2024-13-01", "../..", "/", "2024-05-02/2024-05-01", "2024-01-01/x/y"],
    "crs": ["EPSG:4277", "javascript:x", ""],
    "bbox-crs": ["nonsense"],
    "filter-crs": ["nonsense"],
    "filter-lang": ["sql"],
    "sortby": ["nosuch", "", "name,name", "-"],
    "properties": ["nosuch"],
    "cursor": ["x", "W10", "WzEsMl0", "bnVsbA", "WzEsIngiLCJ5Il0", "WzEsInhcdTAwMDB5Il0"],
    "f": ["exe", "../../etc/passwd", "json\r\nX-Evil: 1"],
    "nosuch": ["1"],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_parameter_is_400_and_named(demo_client: TestClient, name: str) -> None:
    for value in REFUSED[name]:
        answer = demo_client.get(ITEMS, params={name: value})
        assert answer.status_code == 400, (value, answer.text[:200])
        assert answer.headers["content-type"] == "application/problem+json"
        assert "x-evil" not in answer.headers


def test_cursor_with_what_no_text_holds_is_400_whoever_answers(demo_client: TestClient) -> None:
    cursor = encode_cursor([1, "x\0y"])
    for asked in (ITEMS, f"{ITEMS}?crs=EPSG:4326", "/ogc/collections/resources/items"):
        answer = demo_client.get(asked, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-paging"), asked


def test_limit_above_the_most_is_lowered(demo_client: TestClient) -> None:
    assert demo_client.get(ITEMS, params={"limit": "1000000000"}).status_code == 200


def test_what_is_not_there_is_404(demo_client: TestClient) -> None:
    for path in (
        "nosuch",
        "nosuch/items",
        "lad/items/nosuch",
        "lad/items/%2e%2e%2fetc",
        "%27%3b--/items",
    ):
        answer = demo_client.get(f"/ogc/collections/{path}")
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
