"""Whatever fits the document of the standard API, and whatever does not, is answered: no fault of ours, no echo."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from app.ogc.filter_text import BadFilter, read_filter

if TYPE_CHECKING:
    from starlette.testclient import TestClient

ITEMS = "/ogc/collections/lsoa/items"
ROUNDS = 6
HOSTILE = (
    "", " ", "0", "-1", "1e999", "NaN", "9" * 400, "x" * 3_000, "'; DROP TABLE areas; --", '" OR 1=1',
    "../../etc/passwd", "%s{0}${x}{{7*7}}", "\r\nX-Evil: 1", "\u202e\u0663", "\ufffe", "null", "[]", "{}",
    "<script>alert(1)</script>", ",", "/vsicurl/http://127.0.0.1/", "2024-02-30", "1,2,3,4,5,6,7", "*",
)  # fmt: skip


def resolved(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    name = parameter["$ref"].rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][name]
    return found


def fitting(draw: random.Random, schema: dict[str, Any]) -> str:
    """Draw a value that the document's schema allows, within what a test can wait for."""
    if "enum" in schema:
        return str(draw.choice(schema["enum"]))
    if schema["type"] == "integer":
        return str(draw.randint(schema["minimum"], 50))
    if schema["type"] == "array":
        least = schema.get("minItems", 1)
        item = schema["items"]["type"]
        drawn = [
            str(round(draw.uniform(-9, 60), 3)) if item == "number" else "name"
            for _ in range(least)
        ]
        return ",".join(drawn)
    return draw.choice(["name", "2024-05-01", "code = 'x'", "abc", "E01000001"])


def test_every_operation_of_the_document_answers_whatever_is_asked(demo_client: TestClient) -> None:
    document = demo_client.get("/ogc/api").json()
    draw, seen = random.Random(9), set()
    for path, kinds in document["paths"].items():
        said = set(kinds["get"]["responses"])
        parameters = [resolved(document, each) for each in kinds["get"]["parameters"]]
        for _ in range(ROUNDS):
            address, query = path, []
            for each in parameters:
                wild = draw.random() < 0.25
                value = draw.choice(HOSTILE) if wild else fitting(draw, each["schema"])
                if each["in"] == "path":
                    address = address.replace(f"{{{each['name']}}}", quote(value, safe="") or "%20")
                elif draw.random() < 0.4:
                    query.append(f"{each['name']}={quote(value, safe='')}")
            answer = demo_client.get(f"/ogc{address}?{'&'.join(query)}")
            # What names no path of the document (a slash in a name) is another's to answer.
            assert str(answer.status_code) in said | {"404"}, (address, query, answer.text[:300])
            assert "x-evil" not in answer.headers
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
            seen.add(answer.status_code)
    assert seen >= {200, 400, 404}


HOSTILE_FILTERS = {
    "nested text": "(" * 1_000 + "code='x'" + ")" * 1_000,
    "nested nots": "NOT " * 1_000 + "code='x'",
    "a function": "pg_sleep(10) = 1",
    "a function of files": "pg_read_file('/etc/passwd') LIKE '%root%'",
    "statement in a name": "\"code\" = 'x'; DROP TABLE areas; --",
    "statement as a name": "\"code; DROP TABLE areas; --\" = 'x'",
    "name with a quote": '"co""de" = \'x\'',
    "outline that is no outline": "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))",
    "outline of words": "S_INTERSECTS(geometry, POLYGON((a b, c d)))",
}


@pytest.mark.parametrize("name", HOSTILE_FILTERS)
def test_hostile_filter_is_refused_at_once(demo_client: TestClient, name: str) -> None:
    began = time.monotonic()
    answer = demo_client.get(ITEMS, params={"filter": HOSTILE_FILTERS[name]})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert time.monotonic() - began < 5


def test_statement_inside_a_string_is_a_string(demo_client: TestClient) -> None:
    before = demo_client.get(ITEMS).json()["numberMatched"]
    for value in ("''; DROP TABLE areas; --", "x'' OR ''1''=''1", "%'' OR TRUE --", "\\'' OR 1=1"):
        answer = demo_client.get(ITEMS, params={"filter": f"name = '{value}'"})
        assert (answer.status_code, answer.json()["numberMatched"]) == (200, 0), value
    assert demo_client.get(ITEMS).json()["numberMatched"] == before


@pytest.mark.parametrize("size", [51_000, 1_000_000])
def test_long_filter_is_refused_shortly(demo_client: TestClient, size: int) -> None:
    written = json.dumps({"op": "=", "args": [{"property": "name"}, "x" * size]})
    with pytest.raises(BadFilter):  # no address is as long as a megabyte
        read_filter(written, "cql2-json")
    answer = demo_client.get(ITEMS, params={"filter": written[:51_000], "filter-lang": "cql2-json"})
    assert answer.status_code == 400
    assert len(answer.content) < 5_000


ACCEPTED = {
    "*/*": "application/geo+json", "": "application/geo+json", "application/json": "application/geo+json",
    "application/geo+json": "application/geo+json", "text/html": "text/html", "image/png": "application/geo+json",
    "text/html;q=0.1,application/geo+json": "application/geo+json", "x" * 5_000: "application/geo+json",
    "text/html;q=nan": "application/geo+json", ",,;;=,/": "application/geo+json",
    "application/geo+json;q=0.1, text/html;q=0.9, */*;q=0.8": "text/html",
}  # fmt: skip


@pytest.mark.parametrize("accept", ACCEPTED)
def test_accept_of_everything_is_answered(demo_client: TestClient, accept: str) -> None:
    answer = demo_client.get(f"{ITEMS}?limit=2", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == ACCEPTED[accept]
    assert "Accept" in answer.headers["vary"]


def test_headers_of_a_proxy_change_no_link(demo_client: TestClient) -> None:
    """Links follow from the address that the operator set, whatever a caller or a proxy claims."""
    base = demo_client.app.state.settings.base_url  # type: ignore[attr-defined]
    plain = demo_client.get(f"{ITEMS}?limit=2").content
    for name, value in {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;proto=gopher", "X-Original-URL": "/evil", "X-Forwarded-Port": "99",
    }.items():  # fmt: skip
        answer = demo_client.get(f"{ITEMS}?limit=2", headers={name: value})
        assert answer.content == plain
        landing = demo_client.get("/ogc?f=json", headers={name: value}).json()
        assert all(each["href"].startswith(f"{base}/ogc") for each in landing["links"])
