"""What callers see when the database restarts, places run out, others are slow, or the service is told to stop."""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from app.dependencies import ReadSession
from app.main import create_app
from app.settings import Settings
from app.slow_clients import ImpatientProtocol
from boundaries.database import make_engine
from tests.support.databases import ClusterForTests
from tests.support.serving import half_open, is_closed, serving
from tests.support.small_apps import with_routes
from tests.support.streaming import StreamingPair

pytestmark = [pytest.mark.slow, pytest.mark.long]
READERS, READ_FOR_S = 6, 4.0

sleeping = APIRouter()


@sleeping.get("/sleeps/{tenths}")
def sleep(session: ReadSession, tenths: int) -> dict[str, Any]:
    session.execute(text("SELECT pg_sleep(:s)"), {"s": tenths / 10})
    return {"slept": tenths}


@pytest.fixture(scope="module")
def own(cluster: ClusterForTests, demo_template: str) -> Iterator[tuple[StreamingPair, str]]:
    """A server of this module's own with the demo county: it is restarted under the tests."""
    made = StreamingPair()
    try:
        yield made, made.take(cluster.server, demo_template)
    finally:
        made.remove()


@pytest.fixture
def served(own: tuple[StreamingPair, str], tmp_path: Path) -> Iterator[tuple[int, Any]]:
    engine = make_engine(own[1])
    app = with_routes(create_app(Settings(data_dir=tmp_path), engine), sleeping)
    with serving(app, http=ImpatientProtocol, limit_concurrency=512) as at:
        yield at
    engine.dispose()


def test_a_restart_of_the_database_under_load_loses_no_read(
    own: tuple[StreamingPair, str], served: tuple[int, Any], record_property: Any
) -> None:
    port, _ = served
    with psycopg.connect(own[1].replace("+psycopg", "")) as asking:
        postcode = asking.execute("SELECT min(postcode) FROM postcodes").fetchone()
    assert postcode is not None
    addresses = [
        "/api/v1/partnerships", f"/api/v1/lookup/postcode/{postcode[0]}", "/ogc/collections/lsoa/items?limit=10",
        "/", "/api/v1/areas?type=lad&limit=5",
    ]  # fmt: skip
    told: Counter[int] = Counter()
    taken: list[float] = []
    stopping = threading.Event()

    def read(first: int) -> None:
        turn = first
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            while not stopping.is_set():
                turn += 1
                began = time.monotonic()
                answer = client.get(addresses[turn % len(addresses)])
                taken.append(time.monotonic() - began)
                told[answer.status_code] += 1

    for address in addresses:  # warm: what is asked is the restart, not the first answers
        assert httpx.get(f"http://127.0.0.1:{port}{address}", timeout=60).status_code == 200
    readers = [threading.Thread(target=read, args=[number]) for number in range(READERS)]
    for each in readers:
        each.start()
    time.sleep(READ_FOR_S / 2)
    before = sum(told.values())
    own[0].restart_primary()
    time.sleep(READ_FOR_S / 2)
    stopping.set()
    for each in readers:
        each.join()
    record_property("slowest_s", round(max(taken), 2))
    assert before > READERS
    assert sum(told.values()) > before + READERS, "they went on after the restart"
    assert set(told) == {200}


def test_more_callers_than_connections_are_told_to_come_back(served: tuple[int, Any]) -> None:
    port, _ = served
    told: list[httpx.Response] = []

    def ask() -> None:
        told.append(httpx.get(f"http://127.0.0.1:{port}/api/v1/sleeps/40", timeout=30))

    asking = [threading.Thread(target=ask) for _ in range(9)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    by_status = Counter(answer.status_code for answer in told)
    assert by_status == {200: 5, 503: 4}  # five connections; the others waited 2 s of the 4
    refused = [answer for answer in told if answer.status_code == 503]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert all(answer.json()["type"] == "/problems/busy" for answer in refused)


def test_three_hundred_half_open_clients_slow_nobody_and_are_hung_up_on(
    served: tuple[int, Any], monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    port, _ = served
    monkeypatch.setattr(ImpatientProtocol, "head_s", 3.0)
    opened = half_open(port, 300)
    taken = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        client.get("/api/v1/partnerships")
        for _ in range(20):
            began = time.monotonic()
            assert client.get("/api/v1/partnerships").status_code == 200
            taken.append(time.monotonic() - began)
    record_property("median_ms", round(statistics.median(taken) * 1000, 1))
    assert statistics.median(taken) < 0.1
    wait_until(lambda: all(is_closed(one) for one in opened), 15)
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    "sent", [b"GET /ogc?filter=" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\xa5\r\n"]
)  # fmt: skip
def test_what_is_no_request_is_told_so_as_every_refusal_is(
    served: tuple[int, Any], sent: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", served[0]), timeout=10) as one:
        one.sendall(sent)
        answer = b""
        while piece := one.recv(65_536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    told = json.loads(body)
    assert (told["type"], told["status"]) == ("/problems/bad-request", 400)


def test_a_head_without_end_is_hung_up_on(served: tuple[int, Any]) -> None:
    with socket.create_connection(("127.0.0.1", served[0]), timeout=10) as one:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ")
        # More than the system itself holds for a connection.
        with pytest.raises(OSError, match=r"(?i)reset|pipe"):
            one.sendall(b"x" * 50_000_000)


def test_a_body_that_stops_half_way_is_hung_up_on(
    served: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImpatientProtocol, "body_s", 0.5)
    with socket.create_connection(("127.0.0.1", served[0]), timeout=10) as one:
        one.sendall(
            b"POST /api/v1/partnerships HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
        wait_until(lambda: is_closed(one), 10)


def test_a_body_that_comes_by_drops_is_hung_up_on(
    served: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImpatientProtocol, "first_s", 0.3)
    with socket.create_connection(("127.0.0.1", served[0]), timeout=10) as one:
        one.sendall(
            b"POST /api/v1/partnerships HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
        )

        def is_given_up() -> bool:
            try:
                one.sendall(b" ")
            except OSError:
                return True
            return is_closed(one)

        wait_until(is_given_up, 10)


def test_a_caller_that_does_not_take_its_answer_is_hung_up_on(
    own: tuple[StreamingPair, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ImpatientProtocol, "send_s", 0.5)
    large = APIRouter()

    @large.get("/large")
    def give() -> StreamingResponse:
        return StreamingResponse(bytes(100_000) for _ in range(2_000))

    engine = make_engine(own[1])
    app = with_routes(create_app(Settings(data_dir=tmp_path), engine), large)
    with (
        serving(app, http=ImpatientProtocol) as (port, server),
        socket.create_connection(("127.0.0.1", port), timeout=10) as one,
    ):
        one.sendall(b"GET /api/v1/large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert one.recv(10)
        assert server.server_state.connections
        wait_until(lambda: not server.server_state.connections, 40)
    engine.dispose()


def test_a_caller_that_goes_away_takes_its_statement_along(
    own: tuple[StreamingPair, str], served: tuple[int, Any]
) -> None:
    port, _ = served
    with psycopg.connect(own[1].replace("+psycopg", ""), autocommit=True) as looking:
        running = (
            b"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
            b" AND pid <> pg_backend_pid()"
        )

        def count() -> int:
            row = looking.execute(running).fetchone()
            assert row is not None
            return int(row[0])

        one = socket.create_connection(("127.0.0.1", port), timeout=10)
        one.sendall(b"GET /api/v1/sleeps/140 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_until(lambda: count() == 1, 5)
        began = time.monotonic()
        one.close()
        wait_until(lambda: count() == 0, 8)
        assert time.monotonic() - began < 8, "of 14 s"


def test_what_is_under_way_is_finished_when_the_service_is_told_to_stop(
    own: tuple[StreamingPair, str], tmp_path: Path
) -> None:
    engine = make_engine(own[1])
    app = with_routes(create_app(Settings(data_dir=tmp_path), engine), sleeping)
    told: list[int] = []
    with serving(app, http=ImpatientProtocol, timeout_graceful_shutdown=30) as (port, server):

        def ask() -> None:
            told.append(
                httpx.get(f"http://127.0.0.1:{port}/api/v1/sleeps/20", timeout=30).status_code
            )

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.7)
        server.should_exit = True
        asking.join()
    engine.dispose()
    assert told == [200]


def wait_until(holds: Any, most_s: float) -> None:
    give_up_at = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
