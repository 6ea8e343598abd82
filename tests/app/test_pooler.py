"""The service with PgBouncer in transaction mode before its database: nothing it does needs a session of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app.access.walls import let_in
from app.dev.postgres_processes import server_user
from app.main import create_app
from app.sessions import reading, writing
from app.settings import Settings
from boundaries.database import REPOSITORY, make_engine
from tests.support.databases import ClusterForTests

CONNECTIONS = 3


class Pooler:
    """A PgBouncer before one database, on a socket of its own."""

    def __init__(self, program: str, url: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bounds-pooler-"))
        self.folder.chmod(0o777)
        address, own = make_url(url), (REPOSITORY / "deploy" / "pgbouncer.ini").read_text()
        settings = own.partition("[pgbouncer]")[0].partition("connect_query=")[2].splitlines()[0]
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\npooled = host={address.query['host']} dbname={address.database} user=bounds_rw"
            f" connect_query={settings}\n"
            f"[pgbouncer]\nunix_socket_dir = {self.folder}\nlisten_port = 6432\nauth_type = any\n"
            f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nlogfile = {self.folder}/log\n"
        )
        user = server_user()
        self._process = subprocess.Popen(
            [program, "-q", str(self.folder / "pgbouncer.ini")], cwd="/",
            user=user.uid if user.is_other else None, group=user.gid if user.is_other else None,
            extra_groups=[] if user.is_other else None,
        )  # fmt: skip
        give_up_at = time.monotonic() + 10
        while not (self.folder / ".s.PGSQL.6432").exists():
            assert time.monotonic() < give_up_at, "the pooler did not start"
            time.sleep(0.02)
        self.url = f"postgresql+psycopg://bounds_rw@/pooled?host={self.folder}&port=6432"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def pooler(cluster: ClusterForTests, demo_template: str) -> Iterator[Pooler]:
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        pytest.skip("no PgBouncer is installed; ./bounds test installs it")
    url = cluster.clone(demo_template)
    made = Pooler(program, url)
    yield made
    made.stop()
    cluster.drop(url)


@pytest.fixture
def pooled(pooler: Pooler) -> Iterator[Engine]:
    engine = make_engine(pooler.url, pooled=True, statement_timeout_s=7)
    yield engine
    engine.dispose()


def test_the_service_answers_through_it_many_at_once(pooled: Engine, tmp_path: Path) -> None:
    asked = [
        "/api/v1/partnerships", "/api/v1/areas?type=lad&limit=5", "/ogc/collections/lsoa/items?limit=10",
        "/ogc/collections/lsoa/items?bbox=-7,49,3,56", "/", "/api/v1/lookup/point?easting=400000&northing=300000",
    ]  # fmt: skip
    with TestClient(create_app(Settings(data_dir=tmp_path), pooled)) as client:
        alone = [client.get(each) for each in asked]
        assert [answer.status_code for answer in alone] == [200] * len(asked)
        # Ten askers of each statement on three connections: one prepared on another would not be there.
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(client.get, asked * 10))
    assert {answer.status_code for answer in together} == {200}


def test_each_transaction_has_its_own_settings(pooled: Engine) -> None:
    with reading(pooled) as session:
        said = {
            name: session.scalar(select(func.current_setting(name)))
            for name in ("statement_timeout", "timezone", "jit", "transaction_isolation", "transaction_read_only")
        }  # fmt: skip
    assert said == {
        "statement_timeout": "7s", "timezone": "UTC", "jit": "off",
        "transaction_isolation": "repeatable read", "transaction_read_only": "on",
    }  # fmt: skip


def test_a_write_and_its_lock_end_with_their_transaction(pooled: Engine) -> None:
    with writing(pooled) as session:
        let_in(session, None)
        session.execute(text("UPDATE partnerships SET name = 'Through the pooler'"))
        session.execute(text("SELECT pg_advisory_xact_lock(7)"))
    with writing(pooled) as session:
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7"
        assert session.scalar(text(held)) == 0
        named = "SELECT count(*) FROM partnerships WHERE name = 'Through the pooler'"
        assert (session.scalar(text(named)) or 0) > 0


def test_without_the_setting_it_is_refused_at_the_first_connection(pooler: Pooler) -> None:
    # The options at the start of a session are what a pooler cannot take: nothing goes wrong silently.
    engine = make_engine(pooler.url)
    with pytest.raises((OperationalError, psycopg.OperationalError)), reading(engine):
        pass
    engine.dispose()


def test_nothing_in_the_programs_is_kept_in_a_session() -> None:
    kept = ("pg_advisory_lock(", "pg_try_advisory_lock(", "LISTEN ", "WITH HOLD", "PREPARE ")
    found = [
        f"{path.relative_to(REPOSITORY)}: {word}"
        for room in ("app", "boundaries", "migrations")
        for path in (REPOSITORY / room).rglob("*")
        if path.suffix in {".py", ".sql"} and "static" not in path.parts
        for word in kept
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []
