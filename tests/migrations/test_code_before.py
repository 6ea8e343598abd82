"""The code from before the newest migration goes on answering and writing while and after the tables move on.

It is taken from the project's own history, so that it is skipped where that is not there (an unpacked archive).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from app.access import actions as access
from app.operations import newest_migration
from app.sessions import writing
from boundaries.database import REPOSITORY, migrate
from tests.support.engines import open_engine

STARTED_WITHIN_S = 120
READ = (
    "/api/v1/areas/X07000002", "/api/v1/areas/X07000002/covers?type=lsoa", "/api/v1/partnerships", "/api/v1/indicators",
    "/api/v1/releases", "/areas/X07000002", "/ogc/collections/lad/items?limit=5", "/data",
)  # fmt: skip


def git(*arguments: str) -> bytes:
    """Ask the project's history; skips the test where there is none."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("no history here: the code before the newest migration cannot be had")
    command = ["git", "-C", str(REPOSITORY), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the history is cut short: {done.stderr.decode()[:200]}")
    return done.stdout


@pytest.fixture(scope="module")
def code_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it was before the commit that brought its newest migration."""
    newest = f"migrations/versions/{newest_migration()}_*.py"
    brought = git("log", "-1", "--diff-filter=A", "--no-renames", "--format=%H", "--", newest)
    commit = brought.decode().strip()
    if not commit:
        pytest.skip("the newest migration is in no commit yet")
    folder = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "-xC", str(folder)], input=git("archive", f"{commit}^"), check=True)
    assert not list(folder.glob(newest))
    built = REPOSITORY / "app" / "static"  # the browser's files, which are made and in no history
    if built.is_dir():
        shutil.copytree(built, folder / "app" / "static", dirs_exist_ok=True)
    return folder


@pytest.fixture
def serve_before(code_before: Path, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    began: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {
            **os.environ, "BOUNDS_DATABASE_URL": url, "BOUNDS_DATA_DIR": str(tmp_path / "home"),
            "PYTHONPATH": str(code_before),
        }  # fmt: skip
        with (tmp_path / "said").open("wb") as said:
            began.append(
                subprocess.Popen(
                    [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
                    cwd=code_before, env=environment, stderr=said, start_new_session=True,
                )
            )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        give_up_at = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < give_up_at and began[-1].poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"{address}/readyz", timeout=20).status_code == 200:
                    return address
            time.sleep(0.1)
        raise AssertionError((tmp_path / "said").read_text()[-2000:])

    yield start
    for each in began:
        with suppress(ProcessLookupError):
            os.killpg(each.pid, signal.SIGKILL)
        each.wait()


@pytest.mark.long
def test_the_code_before_the_newest_migration_reads_and_writes_on_the_newest_tables(
    make_database: Callable[[str], str],
    demo_template: str,
    code_before: Path,
    serve_before: Callable[[str], str],
) -> None:
    url = make_database(demo_template)
    newest = newest_migration()
    assert newest is not None
    migrate(url, f"down:{int(newest) - 1:04}")
    service = serve_before(url)
    before = {address: httpx.get(service + address, timeout=60) for address in READ}
    assert {each.status_code for each in before.values()} == {200}
    migrate(url)
    engine = open_engine(url)
    with writing(engine) as session:
        secret = access.create_token(session, "administrator", None, "a test").secret
    with httpx.Client(base_url=service, timeout=60) as client:
        # It is the code before: this version would call itself ready, and be at the newest migration.
        ready = client.get("/readyz")
        assert ready.json().get("tables") != "of this version"
        # A balance that asks it must not take it away. Code from before 0042 knew no newer tables.
        if "def serves_on" in (code_before / "app" / "sessions.py").read_text():
            assert (ready.status_code, ready.json()["migration"]) == (200, newest), ready.text
        else:
            assert ready.json().get("migration") != newest
        for address, was in before.items():
            now = client.get(address)
            assert (now.status_code, now.content) == (200, was.content), address
        signed = {"Authorization": f"Bearer {secret}"}
        body = {"name": "Exe before", "authorities": ["X07000002"]}
        made = client.post("/api/v1/partnerships", json=body, headers=signed)
        assert made.status_code == 201, made.text
        renamed = client.patch(
            made.headers["Location"], json={"name": "Exe after"},
            headers={**signed, "If-Match": client.get(made.headers["Location"]).headers["ETag"]},
        )  # fmt: skip
        assert renamed.status_code == 200, renamed.text
        address = f"/api/v1/resources?partnership={made.json()['slug']}&name=m.csv"
        money = b"what,amount,year,funder,place\nWardens,1200,2018-19,F,whole partnership\n"
        sent = client.post(address, content=money, headers={**signed, "Content-Type": "text/csv"})
        assert sent.status_code < 300, sent.text
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM partnerships").scalars().all()
    assert "Exe after" in names
    engine.dispose()
