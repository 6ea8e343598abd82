"""Each refusal has its status and its words, costs little, and leaves the database's process as it was."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.dependencies import Gate
from app.problems import from_database, status_of
from tests.contracts.refusal_cases import API, CASES, JSON, SQUARE, Refusal, comb, polygon, sent
from tests.contracts.test_writes import County, county, pact_template
from tests.support.databases import ClusterForTests
from tests.support.small_apps import service_without_database

__all__ = ["county", "pact_template"]
pytestmark = pytest.mark.slow
TIME_S = 20.0  # SAFETY.md D3: what the service itself gives a request


@pytest.fixture(scope="module", autouse=True)
def the_database_lives_on(cluster: ClusterForTests, demo_client: TestClient) -> Iterator[None]:
    """Whatever these tests send: one server process all along, and no crash in its log."""
    started = "SELECT pg_postmaster_start_time()"
    log = cluster.server.log
    said_before = log.stat().st_size
    with demo_client.app.state.engine.connect() as connection:  # type: ignore[attr-defined]
        before = connection.scalar(text(started))
    yield
    with demo_client.app.state.engine.connect() as connection:  # type: ignore[attr-defined]
        assert connection.scalar(text(started)) == before
    said = log.read_bytes()[said_before:]
    assert b"PANIC" not in said
    assert b"terminated by signal" not in said


def ask(client: TestClient, case: Refusal) -> Any:
    method = case.method or ("GET" if case.body is None else "POST")
    return client.request(method, case.ask, content=case.body, headers=dict(case.headers))


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_its_status_and_its_words(demo_client: TestClient, name: str) -> None:
    case, began = CASES[name], time.monotonic()
    answer = ask(demo_client, case)
    assert time.monotonic() - began < TIME_S
    assert answer.status_code == case.status or (
        not case.status and answer.status_code in {400, 413, 422}
    )
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= set(told)
    assert told["type"].startswith(f"/problems/{case.slug}")
    assert case.words in told["detail"] + orjson.dumps(told.get("errors", [])).decode()
    for secret in ("/etc/passwd", "/tmp", "root:", "psycopg", "Traceback"):
        assert secret not in told["detail"] + str(told.get("errors", ""))


def test_two_valid_combs_cost_a_limited_process_and_not_the_database(
    place_client: TestClient,
) -> None:
    # Laid across each other they would take PostGIS 182 s and 10 GB (SAFETY.md C2).
    across = [comb(3000, upright=upright)["coordinates"] for upright in (True, False)]
    began = time.monotonic()
    body = sent({"type": "MultiPolygon", "coordinates": across})
    answer = place_client.post(f"{API}/align", content=body, headers=JSON)
    assert answer.status_code == 422  # as parts of one outline they lie on each other
    one = place_client.post(f"{API}/align", content=sent(comb(3000, upright=True)), headers=JSON)
    assert one.status_code in {200, 422}, one.text
    assert time.monotonic() - began < TIME_S


def test_what_is_valid_and_elsewhere_is_no_fault(place_client: TestClient) -> None:
    wales = polygon((-4.0, 52.4), (-3.9, 52.4), (-3.9, 52.5), (-4.0, 52.5))
    answer = place_client.post(f"{API}/align", content=sent(wales), headers=JSON).json()
    assert (answer["verdict"], answer["outside_share"], answer["authorities"]) == (
        "outside",
        1.0,
        [],
    )
    point = place_client.get(f"{API}/lookup/point?lon=-4&lat=52.4").json()
    assert (point["areas"], bool(point["note"])) == ([], True)


def test_of_repeated_keys_the_last_counts(demo_client: TestClient) -> None:
    twice = b'{"codes": ["nonsense"], "codes": ["X07000001"]}'
    answer = demo_client.post(f"{API}/align", content=twice, headers=JSON)
    assert answer.status_code == 200
    assert "X07000001" in [each["code"] for each in answer.json()["authorities"]]


def test_many_ranges_are_one_answer(demo_client: TestClient) -> None:
    asked = {"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(5000))}
    for path in ("/static/bounds.css", f"{API}/areas", "/"):
        began = time.process_time()
        answer = demo_client.get(path, headers=asked)
        assert answer.status_code in {200, 206, 400, 404, 416}
        assert len(answer.content) < 2_000_000
        assert time.process_time() - began < 5


def test_a_change_says_what_it_changes_and_is_told_the_tag_of_now(county: County) -> None:
    name = "PATCH /api/v1/partnerships/{slug}"
    url, secret = f"{API}/partnerships/exe-pact", county.administrator
    tag = county.client.get(url, headers={"Accept-Encoding": "identity"}).headers["etag"]
    bare = {"Authorization": f"Bearer {secret}"}
    none = county.client.patch(url, json={"kind": "csp"}, headers=bare)
    assert (none.status_code, none.json()["type"]) == (428, "/problems/if-match-needed")
    stale = county.ask(name, secret, headers={"If-Match": '"exe-pact.99"'}, json={"kind": "csp"})
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/stale")
    assert tag in stale.json()["detail"]


def test_a_heavy_gate_that_is_full_and_a_database_that_is_down_say_when_to_come_back(
    demo_client: TestClient,
) -> None:
    down = service_without_database().get(f"{API}/areas")
    assert (down.status_code, down.headers["retry-after"]) == (503, "5")
    assert down.json()["type"] == "/problems/database-unreachable"
    state = demo_client.app.state  # type: ignore[attr-defined]
    gate, state.gate = state.gate, Gate(running=0, waiting=0, patience_s=0.1)
    try:
        full = demo_client.post(f"{API}/align", content=sent(SQUARE), headers=JSON)
        assert (full.status_code, full.headers["retry-after"]) == (503, "5")
        assert full.json()["type"] == "/problems/busy"
    finally:
        state.gate = gate


def test_a_disk_that_is_full_is_507() -> None:
    full = from_database(psycopg.errors.DiskFull())
    assert status_of(full) == 507
    assert service_without_database().get("/problems/disk-full").status_code == 200


@pytest.mark.parametrize(
    "told", ["next=//evil.example", "next=https://evil.example", "next=/\\evil.example", "next=%2F%2Fevil",
             "next=%0d%0aX-Injected:%20yes", "next=javascript:alert(1)", "next=/%09/evil.example"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(county: County, told: str) -> None:
    own = {"Origin": "http://testserver", "Content-Type": "application/x-www-form-urlencoded"}
    page = county.client.get(f"/sign-in?{told}")
    for target in re.findall(r'name="next" value="([^"]*)"', page.text):
        assert re.match(r"/(?![/\\])", target)
    body = f"token={county.administrator}&{told}"
    answer = county.client.post("/sign-in", content=body, headers=own, follow_redirects=False)
    where = answer.headers.get("location", "/")
    assert re.fullmatch(r"/(?![/\\])[^\s]*", where)
    assert "x-injected" not in answer.headers
