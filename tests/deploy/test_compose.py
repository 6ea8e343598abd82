"""The compose file is well formed and names what is there; its scripts make a primary and a copy that follows it."""

from __future__ import annotations

import configparser
import dataclasses
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from distributed.cli.dask_scheduler import main as dask_scheduler
from distributed.cli.dask_worker import main as dask_worker
from typer.main import get_command

from app.cli import app
from app.dev.postgres_processes import server_user
from app.settings import Settings
from boundaries.database import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
KEYS = {
    "build", "command", "depends_on", "environment", "healthcheck", "ports", "restart", "shm_size", "user", "volumes",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_it_has_every_server_that_scaling_tells_of(composed: dict[str, Any]) -> None:
    assert set(composed["services"]) == {
        "primary", "replica", "pgbouncer", "migrate", "service", "nginx", "scheduler", "worker-1", "worker-2",
    }  # fmt: skip
    allowed = {"name", "services", "volumes"}
    assert {name for name in composed if not name.startswith("x-")} == allowed


def test_each_service_is_built_from_what_is_here_and_depends_on_what_is_there(
    composed: dict[str, Any],
) -> None:
    services, volumes = composed["services"], composed["volumes"]
    for name, told in services.items():
        assert set(told) <= KEYS, name
        built = DEPLOY / told["build"]["context"] / told["build"].get("dockerfile", "Dockerfile")
        assert built.is_file(), name
        after = told.get("depends_on", {})
        assert set(after) <= set(services), name
        if isinstance(after, dict):
            assert {each["condition"] for each in after.values()} <= CONDITIONS
            for other, each in after.items():
                is_checked = "healthcheck" in services[other] or other == "service"  # of its image
                assert each["condition"] != "service_healthy" or is_checked, (name, other)
        assert {each.partition(":")[0] for each in told.get("volumes", [])} <= set(volumes), name


def test_only_the_cache_is_open_to_the_world(composed: dict[str, Any]) -> None:
    assert {name for name, told in composed["services"].items() if "ports" in told} == {"nginx"}


def test_settings_are_those_of_the_service_and_no_password_is_written_down(
    composed: dict[str, Any],
) -> None:
    known = {f"BOUNDS_{each.name.upper()}" for each in dataclasses.fields(Settings)}
    known |= {"BOUNDS_DATABASE_PASSWORD", "FORWARDED_ALLOW_IPS"}
    for told in composed["services"].values():
        said = told.get("environment", {})
        assert set(said) <= known
        for name, value in said.items():
            if "PASSWORD" in name or "://bounds_owner:" in value:
                assert "${BOUNDS_DATABASE_PASSWORD" in value


def test_its_scripts_are_copied_and_can_be_read_by_a_shell(composed: dict[str, Any]) -> None:
    image = (DEPLOY / "servers.Dockerfile").read_text(encoding="utf-8")
    for told in composed["services"].values():
        for part in told["command"]:
            if part.startswith("/deploy/"):
                script = DEPLOY / part.removeprefix("/deploy/")
                assert script.name in image
                subprocess.run(["sh", "-n", str(script)], check=True)


def test_its_commands_are_ones_that_the_installed_programs_have(composed: dict[str, Any]) -> None:
    given = [told["command"] for told in composed["services"].values()]
    ours = [command[1:] for command in given if command[0] == "./bounds"]
    dask = [command[1:] for command in given if command[0] == ".venv/bin/dask"]
    assert len(ours) == 2
    assert len(dask) == 3
    for words in ours:
        found: Any = get_command(app)
        for word in words:
            if not hasattr(found, "commands"):
                break
            found = found.commands[word]
        options = {option for each in found.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options
    locked = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^distributed==", locked, re.MULTILINE), "the image would have no dask"
    programs = {"scheduler": dask_scheduler, "worker": dask_worker}
    for name, *words in dask:
        known = {o for each in programs[name].params for o in (*each.opts, *each.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known


def test_the_pooler_knows_the_databases_that_the_service_names(composed: dict[str, Any]) -> None:
    own = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
    own.read(DEPLOY / "pgbouncer.ini")
    said = composed["services"]["service"]["environment"]
    named = {
        said[name].rpartition("/")[2]
        for name in ("BOUNDS_DATABASE_URL", "BOUNDS_DATABASE_REPLICA_URL")
    }
    assert named == set(own["databases"])
    for told in own["databases"].values():
        assert told.split()[0].removeprefix("host=") in composed["services"]
    assert own["pgbouncer"]["pool_mode"] == "transaction"


class Scripted:
    """Servers that the scripts run, each in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bounds-compose-"))
        self.folder.chmod(0o755)
        self._user = server_user()
        self._running: list[subprocess.Popen[bytes]] = []

    def run(self, script: str, name: str, **settings: str) -> int:
        data, sockets = self.folder / name, self.folder / f"{name}-s"
        for each in (data, sockets):
            each.mkdir(mode=0o700)
            if self._user.is_other:
                shutil.chown(each, self._user.uid, self._user.gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        environment = {
            "PATH": os.environ["PATH"], "BOUNDS_DATABASE_PASSWORD": "it's a \\ secret", "PGDATA": str(data),
            "PGPORT": str(port), "BOUNDS_SOCKETS": str(sockets), **settings,
        }  # fmt: skip
        with (self.folder / f"{name}.log").open("wb") as log:
            self._running.append(
                subprocess.Popen(
                    ["sh", str(DEPLOY / script)], env=environment, stdout=log, stderr=log, cwd="/",
                    user=self._user.uid if self._user.is_other else None,
                    group=self._user.gid if self._user.is_other else None,
                    extra_groups=[] if self._user.is_other else None,
                )
            )  # fmt: skip
        return port

    def connect(self, port: int) -> psycopg.Connection[Any]:
        give_up_at = time.monotonic() + 90
        while True:
            try:
                return psycopg.connect(
                    host="127.0.0.1", port=port, user="bounds_owner", password="it's a \\ secret",
                    dbname="bounds", autocommit=True, connect_timeout=5,
                )  # fmt: skip
            except psycopg.OperationalError:
                logs = [each.read_text() for each in self.folder.glob("*.log")]
                assert all(each.poll() is None for each in self._running), logs
                assert time.monotonic() < give_up_at, logs
                time.sleep(0.2)

    def stop(self) -> None:
        for each in self._running:
            each.send_signal(3)  # immediate: nothing here is kept
            each.wait(30)
        shutil.rmtree(self.folder)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    if not Path("/usr/lib/postgresql").is_dir():
        pytest.skip("the scripts are for Debian's PostgreSQL")
    made = Scripted()
    yield made
    made.stop()


@pytest.mark.slow
def test_the_scripts_make_a_primary_and_a_copy_that_follows_it(scripted: Scripted) -> None:
    port = scripted.run("primary.sh", "primary")
    with scripted.connect(port) as primary:
        primary.execute("CREATE TABLE told (word text)")
        copied = scripted.run(
            "replica.sh", "replica", BOUNDS_PRIMARY="127.0.0.1", BOUNDS_PRIMARY_PORT=str(port)
        )
        with scripted.connect(copied) as copy:
            primary.execute("INSERT INTO told VALUES ('followed')")
            give_up_at = time.monotonic() + 20
            while copy.execute("SELECT word FROM told").fetchall() != [("followed",)]:
                assert time.monotonic() < give_up_at
                time.sleep(0.05)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                copy.execute("INSERT INTO told VALUES ('here')")
            extensions = "SELECT count(*) FROM pg_extension WHERE extname IN ('postgis', 'pg_trgm')"
            assert copy.execute(extensions).fetchone() == (2,)
    with pytest.raises(psycopg.OperationalError, match="authentication"):
        psycopg.connect(
            host="127.0.0.1", port=port, user="bounds_owner", password="x", dbname="bounds"
        )
