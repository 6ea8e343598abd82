"""Whatever is asked of the service, it answers as a problem with a request id: never a 500, never a trace."""

from __future__ import annotations

import gzip
import re
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from tests.support.small_apps import description, service_without_database

pytestmark = pytest.mark.slow

# As bytes, since some are no text at all.
HOSTILE: tuple[bytes, ...] = (
    b"",
    b" ",
    b"\x00",
    b"a\x00b",
    b"\xed\xa0\x80",  # half a surrogate
    b"\xff\xfe",
    b"\xf4\x90\x80\x80",  # past the last character
    "\u202e\u200b".encode(),
    "٣".encode(),
    "İ".encode(),
    b"NaN",
    b"-Infinity",
    b"1e308",
    b"1e999",
    b"-1",
    b"0",
    b"9223372036854775808",
    b"9" * 5000,
    b"0x10",
    b"x" * 20_000,
    b"'; DROP TABLE areas; --",
    b'" OR 1=1',
    b"%s %(x)s {0} ${x} {{7*7}}",
    b"../../../../etc/passwd",
    b"..\\..\\windows",
    b"/vsicurl/http://127.0.0.1/",
    b"<script>alert(1)</script>",
    b"\r\nX-Injected: yes",
    b"(((((((((((((((((((((((((",
    b"9999-12-31",
    b"0000-00-00",
    b"0001-01-01",
    b"E06000018,",
    b"," * 5000,
    b"-180,-90,180,90",
    b"nan,nan,nan,nan",
    b"[" * 400,
    b'{"any": []}',
    b'{"not": {"not": {"not": null}}}',
    b'{"measure": "imd", "statistic": "percentile", "at_most": 1e308}',
    b"TN34 1AA",
)
# Values that get past a parameter's own check, so that the other one is reached.
PLAUSIBLE = {
    "code": "X07000001",
    "codes": "X07000001",
    "areas": "X07000001",
    "slug": "hogglestock-and-st-ewolds",
    "partnership": "hogglestock-and-st-ewolds",
    "type": "lad",
    "type_a": "lad",
    "type_b": "wd",
    "pc": "ZZ99 9ZZ",
    "lon": "-1.5",
    "lat": "52",
    "easting": "400000",
    "northing": "300000",
    "index": "imd-2019",
    "worst": "10",
    "q": "Silver",
}
BODIES: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b"0",
    b'"x"',
    b"{",
    b"NaN",
    b'{"codes": [NaN]}',
    b'{"codes": 1e999}',
    b'{"codes": ["\\ud800"]}',
    b'{"codes": ["a\\u0000b"]}',
    b'{"codes": ["X07000001", "X07000001"], "tolerance_m": 1e308}',
    b'{"codes": ["X07000001"], "as_at": "9999-12-31"}',
    b'{"codes": {"a": 1}, "geometry": 3}',
    b'{"codes": [' + b'"x",' * 3000 + b'"x"]}',
    b'{"geometry": {"type": "Polygon", "coordinates": [[[1e308, 1e308], [0, 0], [1, 1]]]}}',
    b'{"geometry": {"type": "Polygon", "coordinates": []}}',
    b'{"geometry": {"type": "Polygon", "coordinates": [[[0, "0"], [null, 1]]]}}',
    b'{"geometry": {"type": "GeometryCollection", "geometries": [{}]}}',
    b'{"geometry": {"type": "Point", "coordinates": [0, 0]}}',
    b'{"index": "imd-2019", "rule": {"any": [{"any": [{"not": 7}]}]}}',
    b'{"index": ["imd"], "rule": {"measure": {}, "at_most": "x"}}',
    b"[" * 400 + b"]" * 400,
    '{"name": "\u202e<b>"}'.encode("utf-16"),
    b"\xff\xfe\x00",
    gzip.compress(b'{"codes": ["X07000001"]}', mtime=0)[:-4],
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../x.csv"\r\n\r\nwhat\x00',
)
MEDIA = (
    "application/json",
    "application/geo+json",
    "text/csv",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "application/json; charset=utf-7",
    "nonsense",
    "",
)
TRACES = ("Traceback", "psycopg", "sqlalchemy", "site-packages", 'File "')
SENT_ALWAYS = ("x-request-id", "content-security-policy", "x-content-type-options")
TIMES = 4  # that each operation is asked with one seed
LONGEST_URL = 65_000  # the client that asks sends none longer


class Operation(NamedTuple):
    method: str
    path: str
    names: tuple[str, ...]  # of its query parameters

    def url(self, chance: Random) -> str:
        """An address whose parts are hostile or plausible, as chance has it."""

        def fill(found: re.Match[str]) -> str:
            return one_value(found[1], chance) or "%20"

        path = re.sub(r"\{(\w+)(?::\w+)?\}", fill, self.path)
        asked = [name for name in self.names if chance.random() < 0.6]
        if asked and chance.random() < 0.15:
            asked.append(chance.choice(asked))  # the same twice
        url = path + "?" + "&".join(f"{name}={one_value(name, chance)}" for name in asked)
        return url[:LONGEST_URL]


def one_value(name: str, chance: Random) -> str:
    if name in PLAUSIBLE and chance.random() < 0.55:
        return quote_from_bytes(PLAUSIBLE[name].encode())
    return quote_from_bytes(chance.choice(HOSTILE), safe="")


def operations() -> list[Operation]:
    """Every address that the service describes, and its pages."""
    return [
        Operation(
            method.upper(),
            path,
            tuple(e["name"] for e in operation.get("parameters", []) if e["in"] == "query"),
        )
        for path, methods in sorted(description()["paths"].items())
        for method, operation in sorted(methods.items())
    ]


def faults_of(answer: Any) -> str:
    """What is wrong with an answer, whatever was asked; empty when nothing is."""
    missing = [name for name in SENT_ALWAYS if name not in answer.headers]
    wrong = {
        f"status {answer.status_code}": answer.status_code in {500, 501, 502},
        f"no {', '.join(missing)}": bool(missing),
        "a header of the caller's own": "x-injected" in answer.headers,
    }
    if answer.status_code >= 400:
        kind = answer.headers.get("content-type", "")
        told = answer.json() if kind == "application/problem+json" else {}
        wrong |= {
            f"{answer.status_code} as {kind!r}": not told,
            "another status inside": told.get("status") != answer.status_code,
            "no detail": not told.get("detail"),
            "another request's id": told.get("request_id") != answer.headers.get("x-request-id"),
            "a trace": any(trace in answer.text for trace in TRACES),
        }
    return "; ".join(words for words, is_so in wrong.items() if is_so)


def test_a_failure_of_ours_would_be_seen() -> None:
    # Guards the test below: a service that breaks, or leaks, must not pass.
    router = APIRouter()

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("psycopg")

    answer = service_without_database(router).get("/api/v1/broken")
    assert faults_of(answer) == "status 500"


def test_the_description_lists_enough_to_try() -> None:
    # Guards the tests below: an empty list would let them all pass.
    listed = operations()
    assert len(listed) > 30
    assert {each.method for each in listed} >= {"GET", "POST"}


# The form reader leaves its spooled file to the garbage collector when a form breaks off.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", [1, 2])
def test_hostile_addresses_and_bodies_are_never_our_fault(
    demo_client: TestClient, seed: int
) -> None:
    chance = Random(seed)
    listed = operations()
    found: list[str] = []
    # Each operation in turn, as often as is said and however slow the machine.
    for asked in listed * TIMES:
        url = asked.url(chance)
        body, headers = b"", {"Accept": "application/json"}
        if asked.method != "GET":
            body = chance.choice(BODIES)
            headers["Content-Type"] = chance.choice(MEDIA)
            if chance.random() < 0.1:
                headers["Content-Encoding"] = "gzip"
        answer = demo_client.request(asked.method, url, content=body, headers=headers)
        if wrong := faults_of(answer):
            found.append(f"{asked.method} {url[:300]} {body[:120]!r} {headers}: {wrong}")
            if len(found) > 20:
                break
    assert found == []


@pytest.mark.parametrize("path", ["/", "/search?q=%00", "/search?q=x", "/nothing", "/docs"])
def test_every_page_carries_the_headers_that_keep_a_browser_safe(
    demo_client: TestClient, path: str
) -> None:
    answer = demo_client.get(path, headers={"Accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_a_head_request_is_a_get_without_its_body(demo_client: TestClient) -> None:
    for path in ("/", "/healthz", "/api/v1/areas", "/api/v1/areas/X07000001", "/nothing"):
        whole, head = demo_client.get(path), demo_client.head(path)
        assert head.status_code == whole.status_code
        assert head.content == b""
        assert whole.content
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert head.headers.get(name) == whole.headers.get(name)


def test_options_and_405_name_every_method_of_the_address(demo_client: TestClient) -> None:
    allowed = "DELETE, GET, HEAD, OPTIONS, PATCH"
    answer = demo_client.options("/api/v1/partnerships/any")
    assert (answer.status_code, answer.headers["allow"]) == (204, allowed)
    answer = demo_client.put("/api/v1/partnerships/any")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert demo_client.options("/nothing").status_code == 404
