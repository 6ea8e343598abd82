"""What takes too long is answered in time, and nothing of it goes on: no statement, no process, no write, no key."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import shapely
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from httpx import RemoteProtocolError, Response
from sqlalchemy import Engine, event, text

from app.access import actions, audit
from app.dependencies import Administrator, Gate, Heavy, ReadSession, WriteSession
from app.main import create_app
from app.sessions import reading, writing
from app.settings import Settings
from app.slow_clients import ImpatientProtocol
from app.whole_files import send_whole
from boundaries import deadlines
from boundaries.deadlines import Deadline, TookTooLong
from boundaries.untrusted import measure_untrusted_ground
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.serving import serving
from tests.support.small_apps import with_routes

slow = APIRouter()
# What a single statement of these tests would take if nobody stopped it.
FOR_EVER_S = 60


@slow.get("/slow/statement")
def slow_statement(session: ReadSession) -> None:
    session.execute(text("SELECT pg_sleep(:s)"), {"s": FOR_EVER_S})


@slow.get("/slow/paper", dependencies=[Heavy])
def slow_paper(request: Request) -> None:
    """Computes, asks nothing, and cannot be stopped: a PDF being laid out."""
    state = request.app.state
    state.laying_out += 1
    state.most_at_once = max(state.most_at_once, state.laying_out)
    state.may_end.wait(FOR_EVER_S)
    state.laying_out -= 1


@slow.get("/slow/thinking")
def thinks_between_two_statements(session: ReadSession) -> dict[str, str]:
    session.execute(text("SELECT 1"))
    time.sleep(0.7)
    told = session.scalar(text("SELECT current_setting('idle_in_transaction_session_timeout')"))
    return {"limit": str(told)}


@slow.get("/slow/statements")
def many_statements(session: ReadSession) -> None:
    for _ in range(FOR_EVER_S * 20):
        time.sleep(0.02)
        session.execute(text("SELECT pg_sleep(0.03)"))


@slow.get("/slow/stream")
def slow_stream(request: Request) -> StreamingResponse:
    def pieces() -> Iterator[bytes]:
        yield b"begun"
        with reading(request.app.state.engine) as session:
            session.execute(text("SELECT pg_sleep(:s)"), {"s": FOR_EVER_S})
        yield b"ended"

    return StreamingResponse(pieces())


@slow.get("/slow/reader")
def ready_file(request: Request) -> StreamingResponse:
    return send_whole(request, (bytes(100_000) for _ in range(100)), "application/octet-stream")


@slow.post("/slow/write")
def slow_write(session: WriteSession, actor: Administrator, seconds: float) -> dict[str, bool]:
    audit.record(session, str(actor), "change", "slow:write", {})
    session.flush()
    time.sleep(seconds)  # computes, and asks nothing of the database until its commit
    return {"stored": True}


@pytest.fixture(scope="module")
def engine(cluster: ClusterForTests, template_database: str) -> Iterator[Engine]:
    url = cluster.clone(template_database)
    yield open_engine(url)
    cluster.drop(url)


@pytest.fixture(scope="module")
def secret(engine: Engine) -> str:
    with writing(engine) as session:
        return actions.create_token(session, "administrator", None, "a test").secret


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path, request_timeout_s=1, long_request_timeout_s=1)
    with TestClient(with_routes(create_app(settings, engine), slow)) as made:
        yield made


def told_in_time(answer: Response, began: float) -> str:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/problems/took-too-long"
    assert time.monotonic() - began < 10
    return str(answer.json()["detail"])


@pytest.mark.parametrize("address", ["/api/v1/slow/statement", "/api/v1/slow/statements"])
def test_a_read_is_answered_in_time_and_its_statements_end(
    client: TestClient, engine: Engine, address: str
) -> None:
    began = time.monotonic()
    assert "longer than 1 s" in told_in_time(client.get(address), began)
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    with engine.connect() as connection:
        running = connection.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND query LIKE 'SELECT pg_sleep%' AND state <> 'idle'"
            )
        )
    assert running == 0


def test_a_request_may_compute_between_two_statements_for_as_long_as_its_time_is(
    make_database: Callable[[str], str], template_database: str, tmp_path: Path
) -> None:
    patient = open_engine(make_database(template_database))

    # The server ends sessions that ask nothing: after a minute in the private database, here after 0.2 s.
    @event.listens_for(patient, "connect")
    def hurry(connection: Any, _: object) -> None:
        connection.execute("SET idle_in_transaction_session_timeout = '200ms'")
        connection.commit()

    settings = Settings(data_dir=tmp_path, request_timeout_s=20, long_request_timeout_s=90)
    with TestClient(with_routes(create_app(settings, patient), slow)) as client:
        answer = client.get("/api/v1/slow/thinking")
    assert (answer.status_code, answer.json()) == (200, {"limit": "2min"})


def test_what_computes_on_after_its_answer_keeps_its_place_until_it_ends(
    engine: Engine, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, request_timeout_s=1, long_request_timeout_s=1)
    app = with_routes(create_app(settings, engine), slow)
    with serving(app, http=ImpatientProtocol) as (port, _):
        state = app.state
        state.gate, state.may_end = Gate(running=2, waiting=8, patience_s=0.3), threading.Event()
        state.laying_out = state.most_at_once = 0
        try:
            told = Counter(ask_for_papers(port, 2))
            assert told == {"/problems/took-too-long": 2}
            # They are answered, and run on: nobody else begins beside them, however many ask.
            assert (state.laying_out, state.gate.running) == (2, 2)
            assert Counter(ask_for_papers(port, 6)) == {"/problems/busy": 6}
            assert state.most_at_once == 2
        finally:
            state.may_end.set()
        give_up_at = time.monotonic() + 10
        while state.gate.running and time.monotonic() < give_up_at:
            time.sleep(0.01)
        assert (
            httpx.get(f"http://127.0.0.1:{port}/api/v1/slow/paper", timeout=30).status_code == 200
        )


def ask_for_papers(port: int, number: int) -> list[str]:
    """Ask for some at once; the kind of problem that each is answered with."""

    def ask(_: int) -> str:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/slow/paper", timeout=30)
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        return str(answer.json()["type"])

    with ThreadPoolExecutor(number) as askers:
        return list(askers.map(ask, range(number)))


def test_a_write_that_is_too_late_is_not_stored(
    client: TestClient, engine: Engine, secret: str
) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    began = time.monotonic()
    late = client.post("/api/v1/slow/write?seconds=1.5", headers=headers)
    assert "given up" in told_in_time(late, began)
    assert stored(engine) == 0
    assert client.post("/api/v1/slow/write?seconds=0", headers=headers).json() == {"stored": True}
    assert stored(engine) == 1


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT count(*) FROM audit_events WHERE subject = 'slow:write'")
        )
    return int(found or 0)


def test_the_key_of_a_try_that_was_too_late_is_free_at_once(
    client: TestClient, secret: str
) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "late"}
    assert client.post("/api/v1/slow/write?seconds=1.5", headers=headers).status_code == 503
    again = client.post("/api/v1/slow/write?seconds=1.5", headers=headers)
    assert again.status_code == 503
    assert again.json()["type"] == "/problems/took-too-long"


def test_a_table_is_left_at_its_limit_and_the_rows_done_are_said(client: TestClient) -> None:
    body = b"code,n\r\n" + b"X01000001,1\r\nE01000002,2\r\n" * 2_000_000
    began = time.monotonic()
    answer = client.post("/api/v1/doctor/csv", content=body, headers={"Content-Type": "text/csv"})
    assert " rows were worked on" in told_in_time(answer, began)


def test_what_its_caller_takes_to_send_is_not_counted(engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, request_timeout_s=1, long_request_timeout_s=1)
    body = json.dumps({"codes": ["X07000001"]}).encode()
    with (
        serving(create_app(settings, engine), http=ImpatientProtocol) as (port, _),
        socket.create_connection(("127.0.0.1", port), timeout=20) as one,
    ):
        one.sendall(
            b"POST /api/v1/align HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        for start in range(0, len(body), 9):
            time.sleep(0.6)
            one.sendall(body[start : start + 9])
        answer = b""
        while piece := one.recv(65_536):
            answer += piece
    assert b" 503 " not in answer.split(b"\r\n", 1)[0]


def test_of_an_answer_that_has_begun_what_makes_it_is_stopped_and_what_is_ready_goes_on(
    engine: Engine, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, request_timeout_s=1, long_request_timeout_s=1)
    app = with_routes(create_app(settings, engine), slow)
    with serving(app, http=ImpatientProtocol) as (port, _):
        began = time.monotonic()
        with pytest.raises(RemoteProtocolError):
            httpx.get(f"http://127.0.0.1:{port}/api/v1/slow/stream", timeout=30)
        assert 0.9 < time.monotonic() - began < 20
        with httpx.stream("GET", f"http://127.0.0.1:{port}/api/v1/slow/reader", timeout=30) as one:
            pieces = one.iter_bytes()
            first = len(next(pieces))
            time.sleep(1.5)
            assert first + sum(map(len, pieces)) == 10_000_000
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_process_that_measures_is_ended() -> None:
    # Two valid combs of a thousand teeth, laid crosswise: their overlay takes minutes (SAFETY.md C2).
    teeth = np.arange(1_000) * 100.0
    up = [(x, y) for at in teeth for x, y in ((at, 100_000), (at + 50, 0), (at + 99, 0))]
    comb = shapely.Polygon([(0, 100_001), *up, (100_000, 100_001)])
    crossed = shapely.transform(comb, lambda at: at[:, ::-1])
    ends: list[BaseException] = []
    deadline = Deadline(30, 30)

    def measure() -> None:
        token = deadlines.begin(deadline)
        try:
            measure_untrusted_ground(comb, [crossed] * 40, 1.0)
        except TookTooLong as told:
            ends.append(told)
        finally:
            deadlines.leave(token)

    working = threading.Thread(target=measure)
    working.start()
    time.sleep(1)
    assert working.is_alive(), "it was measured already: it is no test of being stopped"
    deadline.stop()
    working.join(3)
    assert len(ends) == 1


def test_a_commit_under_way_is_waited_for() -> None:
    deadline = Deadline(0.01, 0.01, is_write=True)
    with deadline.storing():
        time.sleep(0.02)
        assert not deadline.end()
    assert deadline.end()
    assert "it was stored" in deadline.told()
    with pytest.raises(TookTooLong), deadline.storing():
        pass


def test_what_is_made_for_all_has_no_deadline_of_one() -> None:
    deadline = Deadline(0, 0)
    token = deadlines.begin(deadline)
    try:
        deadline.stop()
        with deadlines.unhurried():
            deadlines.check()
        with pytest.raises(TookTooLong, match="3 rows"):
            deadlines.check("3 rows")
    finally:
        deadlines.leave(token)


def test_settings_say_how_long(tmp_path: Path) -> None:
    from app.settings import from_environment

    given: dict[str, Any] = {"BOUNDS_DATA_DIR": str(tmp_path)}
    usual = from_environment(given)
    assert (usual.request_timeout_s, usual.long_request_timeout_s, usual.pool_size) == (20, 120, 5)
    given |= {"BOUNDS_REQUEST_TIMEOUT_S": "7", "BOUNDS_POOL_SIZE": "9"}
    chosen = from_environment(given)
    assert (chosen.request_timeout_s, chosen.pool_size) == (7, 9)
