"""Reads of a service with a real streaming copy: where they go, when they come back, and that none is lost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi import APIRouter
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app import replicas
from app.access import actions
from app.dependencies import ReadSession
from app.main import create_app
from app.replicas import Databases
from app.sessions import moment_of, reading, writing
from app.settings import Settings
from boundaries.database import make_engine
from tests.support.databases import ClusterForTests
from tests.support.small_apps import with_routes
from tests.support.streaming import StreamingPair, kill_server, open_copy

pytestmark = [pytest.mark.slow, pytest.mark.long]
PLACES = "/api/v1/partnerships"
WHERE = "/api/v1/where"


@pytest.fixture(scope="module")
def pair(cluster: ClusterForTests, demo_template: str) -> Iterator[tuple[StreamingPair, str]]:
    made = StreamingPair()
    try:
        url = made.take(cluster.server, demo_template)
        made.start_copy()
        yield made, url
    finally:
        made.remove()


@pytest.fixture
def streaming(pair: tuple[StreamingPair, str]) -> tuple[StreamingPair, str]:
    """Both servers up, the copy not behind, whatever the test before did to them."""
    both, url = pair
    both.primary.restart_if_killed()
    if not (both.copy_data / "postmaster.pid").exists():
        both.begin_copy()
    both.resume(url)
    return pair


where = APIRouter()


@where.get("/where")
def tell_where(session: ReadSession) -> dict[str, Any]:
    return {"copy": session.scalar(text("SELECT pg_is_in_recovery()"))}


@pytest.fixture
def served(streaming: tuple[StreamingPair, str], tmp_path: Any) -> Iterator[TestClient]:
    both, url = streaming
    engine, copy = make_engine(url), open_copy(both.copy_url(url))
    app = with_routes(create_app(Settings(data_dir=tmp_path), engine, [copy]), where)
    with TestClient(app) as client:
        yield client
    engine.dispose()
    copy.dispose()


def is_copy(client: TestClient, **headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(WHERE, headers=named)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["copy"])


def add_partnership(client: TestClient, url: str, name: str) -> str:
    """Make a partnership over HTTP; gives the position that the answer names."""
    engine = make_engine(url)
    with writing(engine) as session:
        secret = actions.create_token(session, "administrator", None, "a test").secret
    engine.dispose()
    council = client.get("/api/v1/areas?type=lad&demo=true&limit=1")
    found = council.json()["items"] if council.status_code == 200 else []
    code = found[0]["code"] if found else "X07000001"
    answer = client.post(
        PLACES, json={"name": name, "authorities": [code]},
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer.headers["x-bounds-lsn"]


def test_public_reads_go_to_the_copy_and_others_to_the_primary(served: TestClient) -> None:
    assert is_copy(served)
    assert not is_copy(served, Authorization="Bearer whoever")
    assert not is_copy(served, Cookie="bounds=a-session")
    (told,) = served.get("/readyz").json()["replicas"]
    assert (told["usable"], told["why"]) == (True, None)
    assert 'bounds_replica_usable{replica="1"} 1' in served.get("/metrics").text


def test_a_commit_is_on_the_copy_after_a_few_milliseconds(
    streaming: tuple[StreamingPair, str], record_property: Any
) -> None:
    both, url = streaming
    taken = []
    with (
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as here,
        psycopg.connect(both.copy_url(url).replace("+psycopg", ""), autocommit=True) as there,
    ):
        here.execute("CREATE TABLE IF NOT EXISTS ticks (at int)")
        here.execute("TRUNCATE ticks")
        both.resume(url)
        for tick in range(60):
            here.execute("INSERT INTO ticks VALUES (%s)", [tick])
            began = time.monotonic()
            while there.execute("SELECT count(*) FROM ticks").fetchone() != (tick + 1,):
                pass
            taken.append(time.monotonic() - began)
        here.execute("DROP TABLE ticks")
    record_property("median_ms", round(statistics.median(taken) * 1000, 2))
    assert statistics.median(taken) < 0.05


def test_who_wrote_reads_it_at_once_and_others_when_the_copy_has_it(
    served: TestClient, streaming: tuple[StreamingPair, str]
) -> None:
    both, url = streaming
    both.pause(url)
    lsn = add_partnership(served, url, "Read Back Pact")
    assert served.cookies.get("bounds_lsn", "").strip('"') == lsn
    assert served.get(f"{PLACES}/read-back-pact").status_code == 200  # by the cookie
    served.cookies.clear()
    assert served.get(f"{PLACES}/read-back-pact").status_code == 404  # the copy is behind
    by_header = {"X-Bounds-LSN": lsn}
    began = time.monotonic()
    assert served.get(f"{PLACES}/read-back-pact", headers=by_header).status_code == 200
    assert time.monotonic() - began < 2
    assert not is_copy(served, X_Bounds_LSN=lsn)
    both.resume(url)
    assert is_copy(served, X_Bounds_LSN=lsn)
    assert served.get(f"{PLACES}/read-back-pact").status_code == 200


@pytest.mark.parametrize(
    "written", ["", "x", "0/", "0/1\x7f", "1/2/3", "123456789/0", "0/16B3748;"]
)
def test_a_position_that_is_none_is_refused_before_any_work(
    served: TestClient, written: str
) -> None:
    answer = served.get(WHERE, headers={"X-Bounds-LSN": written})
    assert answer.status_code == 400
    assert "X-Bounds-LSN" in answer.json()["detail"]


def test_a_cookie_that_is_no_position_is_left_alone(served: TestClient) -> None:
    assert is_copy(served, Cookie="bounds_lsn=nonsense")


def test_a_copy_that_falls_behind_is_not_asked_until_it_has_caught_up(
    served: TestClient, streaming: tuple[StreamingPair, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both, url = streaming
    monkeypatch.setattr(replicas, "MOST_LAG_S", 1.0)
    both.pause(url)
    both.primary.run_sql("SELECT pg_switch_wal(); CREATE ROLE x; DROP ROLE x")
    wait_until(lambda: not is_copy(served))
    databases: Databases = served.app.state.databases  # type: ignore[attr-defined]
    assert databases.standing()[0]["why"] == "too far behind"
    both.resume(url)
    wait_until(lambda: is_copy(served))


def test_a_copy_that_is_killed_costs_no_read(
    served: TestClient, streaming: tuple[StreamingPair, str]
) -> None:
    assert is_copy(served)
    streaming[0].kill_copy()
    began = time.monotonic()
    for _ in range(10):
        assert served.get(PLACES).status_code == 200
    assert time.monotonic() - began < 5
    assert not is_copy(served)
    streaming[0].begin_copy()
    wait_until(lambda: is_copy(served))


def test_the_copy_goes_on_answering_with_the_primary_dead_and_writes_are_refused(
    served: TestClient, streaming: tuple[StreamingPair, str]
) -> None:
    both, _ = streaming
    assert is_copy(served)
    kill_server(both.primary.data)
    for _ in range(5):
        assert is_copy(served)
    answer = served.post(
        PLACES, json={"name": "x", "authorities": ["y"]}, headers={"Authorization": "Bearer x"}
    )
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_a_server_that_is_no_copy_of_the_primary_is_never_asked(
    streaming: tuple[StreamingPair, str], demo_engine: Engine
) -> None:
    primary = make_engine(streaming[1])
    databases = Databases(primary, [demo_engine])
    databases.start()
    try:
        (said,) = databases.standing()
        assert said["usable"] is False
    finally:
        databases.stop()
        primary.dispose()


def test_moments_of_a_copy_have_one_name_only_where_their_rows_are_the_same(
    streaming: tuple[StreamingPair, str],
) -> None:
    both, url = streaming
    copy = open_copy(both.copy_url(url))
    plain = url.replace("+psycopg", "")
    with (
        psycopg.connect(plain, autocommit=True) as here,
        psycopg.connect(plain) as first, psycopg.connect(plain) as second,
    ):  # fmt: skip
        here.execute("CREATE TABLE IF NOT EXISTS seen (word text)")
        first.execute("INSERT INTO seen VALUES ('first')")
        second.execute("INSERT INTO seen VALUES ('second')")
        here.execute("INSERT INTO seen VALUES ('third')")
        both.resume(url)
        one = look(copy)
        second.commit()  # `first`, older, is still under way
        both.resume(url)
        two = look(copy)
        first.rollback()
        here.execute(
            "INSERT INTO seen VALUES ('fourth')"
        )  # the log is flushed by a commit, not by a rollback
        both.resume(url)
        quiet, again = look(copy), look(copy)
        here.execute("DROP TABLE seen")
    copy.dispose()
    assert one.bare == two.bare, "PostgreSQL names both alike, or this test proves nothing"
    assert (one.rows, two.rows) == (1, 2)
    assert one.name != two.name
    assert quiet.name == again.name, "what a quiet database shows is kept"


class look:  # noqa: N801 - read as a verb
    """What a copy shows in one moment."""

    def __init__(self, copy: Engine) -> None:
        with reading(copy) as session:
            self.name = moment_of(session)
            self.bare = session.scalar(text("SELECT CAST(pg_current_snapshot() AS text)"))
            self.rows = session.scalar(text("SELECT count(*) FROM seen"))


def wait_until(holds: Any, most_s: float = 15) -> None:
    give_up_at = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
