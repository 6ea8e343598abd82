"""Importer, service and database killed with -9 at five points of an import: nothing half, and the button goes on.

A point is held by what an import meets there anyway: a file that gives no byte, a table or a row that
somebody else has locked. The two that differ most run each day, all fifteen under `national`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from app.access import actions as access
from app.dev.database_choice import open_database, private_postgres
from app.dev.postgres_processes import read_pid_file
from app.imports.queries import SILENT
from app.sessions import writing
from app.settings import Settings
from boundaries.database import REPOSITORY, make_engine, migrate
from tests.support.places import fill_demo

PATIENCE_S = 120
ROW = "{},1200,2018-19,F,whole partnership\n"
BUSY = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('relation', 'transactionid')"
)
POINTS = ("uploaded", "reading", "storing", "committing", "committed")
VICTIMS = ("importer", "service", "database")
DAILY = {("importer", "storing"), ("database", "committing")}
GRID = [
    pytest.param(victim, point, marks=() if (victim, point) in DAILY else pytest.mark.national)
    for victim in VICTIMS
    for point in POINTS
]
pytestmark = [pytest.mark.long, pytest.mark.database]


def wait_until(is_so: Callable[[], Any], what: str) -> Any:
    """Wait for something that comes by itself; gives it."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        with suppress(httpx.TransportError, psycopg.OperationalError):
            if found := is_so():
                return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")


class Machine:
    """A service of its own over a private database, in a process that may be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(data_dir=home)
        self.server = private_postgres(self.settings)
        with open_database(self.settings) as addresses:
            migrate(addresses.owner)
            fill_demo(addresses.owner)
            self.server.keep_running()
            # As superuser: others' statements are seen by no one else.
            self.address = self.server.url("postgres")
            engine = make_engine(addresses.owner, pool_size=0)
            with writing(engine) as session:
                secret = access.create_token(session, "administrator", None, "a test").secret
        self.signed = {"Authorization": f"Bearer {secret}"}
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        body = {"name": "Exe Pact", "authorities": ["X07000002"]}
        made = self.post("partnerships", json=body)
        assert made.status_code == 201, made.text

    def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        environment = {**os.environ, "BOUNDS_DATA_DIR": str(self.settings.data_dir)}
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)]
        with (self.settings.data_dir / "said").open("ab") as said:
            self.process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=said)
        wait_until(self.is_ready, "the service is ready")

    def is_ready(self) -> bool:
        return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=20).status_code == 200

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
        self.server.stop(force=True)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        return httpx.post(address, headers=self.signed, timeout=30, **sent)

    def ask(self, run_id: str) -> dict[str, Any]:
        address = f"http://127.0.0.1:{self.port}/api/v1/imports/{run_id}"
        return dict(httpx.get(address, headers=self.signed, timeout=30).json())

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.address.replace("+psycopg", "")) as connection:
            yield connection

    def value(self, statement: str, *given: object) -> Any:
        with self.session() as connection:
            row = connection.execute(statement, given).fetchone()  # type: ignore[call-overload]
            return None if row is None else row[0]

    def lines(self, title: str) -> int:
        return int(self.value("SELECT count(*) FROM resource_lines WHERE title = %s", title))

    def status(self, run_id: str) -> str:
        return str(self.value("SELECT status FROM import_runs WHERE id = %s", run_id))

    def worker_of(self, run_id: str) -> int | None:
        """The process that brings a file in."""
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if f"app.imports.worker\0{run_id}".encode() in each.read_bytes():
                    return int(each.parent.name)
        return None

    def begin(self, title: str) -> str:
        content = ("what,amount,year,funder,place\n" + ROW.format(title)).encode()
        sent = self.post("imports/resources?partnership=exe-pact&name=m.csv", content=content)
        assert sent.status_code == 202, sent.text
        return str(sent.json()["id"])

    def kill(self, victim: str, run_id: str) -> None:
        """Kill one of the three with -9, and bring back what nobody else brings back."""
        if victim == "importer":
            if (pid := self.worker_of(run_id)) is not None:
                os.kill(pid, signal.SIGKILL)
        elif victim == "service":
            assert self.process is not None, "it was started"
            self.process.kill()
            self.process.wait()
        else:
            found = read_pid_file(self.server.data)
            assert found is not None, "the database runs"
            os.kill(found.pid, signal.SIGKILL)

    def come_back(self, victim: str, run_id: str) -> None:
        """Wait until all is up again, and what the import left has ended."""
        if victim == "service":
            wait_until(lambda: self.worker_of(run_id) is None, "the importer ends with its service")
            self.start()
        wait_until(self.is_ready, "the service is ready again")
        wait_until(lambda: self.worker_of(run_id) is None, "the importer has ended")
        # Twenty seconds of silence, without waiting for them.
        with self.session() as connection:
            connection.execute(
                "UPDATE import_runs SET alive_at = now() - %s WHERE status = 'running'", [SILENT]
            )
        wait_until(lambda: self.ask(run_id)["status"] != "running", "it is told as ended")


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    home = Path(tempfile.mkdtemp(prefix="bounds-killed-"))
    home.chmod(0o755)  # the server's own user must be able to pass
    made = Machine(home)
    yield made
    made.end()
    shutil.rmtree(home)


def hold(machine: Machine, point: str, title: str, held: ExitStack) -> str:
    """Bring an import to a point and keep it there until `held` is closed; gives its id."""
    if point in {"uploaded", "reading"}:
        # What it reads first of the database, before a row of the file is looked at.
        locked = held.enter_context(machine.session())
        locked.execute("LOCK TABLE areas IN ACCESS EXCLUSIVE MODE")
        # Two run at once; the third waits its turn.
        before = [machine.begin(f"{title} {n}") for n in range(2 if point == "uploaded" else 0)]
        wait_until(lambda: all(map(machine.worker_of, before)), "two run")
        run_id = machine.begin(title)
        if point == "reading":
            wait_until(lambda: machine.value(BUSY), "it comes to what it reads first")
        assert machine.worker_of(run_id) is None or point == "reading"
        return run_id
    locked = held.enter_context(machine.session())
    locked.execute("LOCK TABLE resource_lines IN EXCLUSIVE MODE")
    run_id = machine.begin(title)
    wait_until(lambda: machine.value(BUSY), "it comes to the locked table")
    if point == "storing":
        return run_id
    row = held.enter_context(machine.session())
    row.execute("SELECT FROM import_runs WHERE id = %s FOR UPDATE", [run_id])
    locked.rollback()
    wait_until(
        lambda: machine.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND query LIKE 'UPDATE import_runs SET status%%'"
        ),
        "it comes to its last statement",
    )
    if point == "committed":
        row.rollback()
        wait_until(lambda: machine.status(run_id) == "done", "it is committed")
    return run_id


@pytest.mark.parametrize(("victim", "point"), GRID)
def test_after_kill_9_nothing_is_half_and_the_same_button_succeeds(
    machine: Machine, victim: str, point: str
) -> None:
    title = f"{victim} {point}"
    with ExitStack() as held:
        run_id = hold(machine, point, title, held)
        machine.kill(victim, run_id)
        with suppress(psycopg.OperationalError):  # its sessions went with the database
            held.close()
    machine.come_back(victim, run_id)
    told = machine.ask(run_id)
    # Where the server goes, who holds the row back may go first: the import may end whole before it is ended.
    may_be_done = point == "committed" or (victim, point) == ("database", "committing")
    if may_be_done and (told["status"] == "done" or point == "committed"):
        assert (told["status"], machine.lines(title)) == ("done", 1)
        return
    assert told["status"] in {"interrupted", "refused"}
    assert machine.lines(title) == 0
    sha256 = machine.value("SELECT sha256 FROM import_runs WHERE id = %s", run_id)
    files = "SELECT count(*) FROM resource_files WHERE sha256 = %s"
    assert machine.value(files, sha256) == 0
    again = machine.post(f"imports/{run_id}/repeat")
    assert again.status_code == 202, again.text
    made = again.json()["id"]
    wait_until(lambda: machine.status(made) != "running", "the repeat ends")
    assert machine.ask(made)["status"] == "done", machine.ask(made)["report"]
    assert machine.lines(title) == 1
