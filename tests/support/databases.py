"""One throw-away PostGIS for a whole test run: templates built once, cloned by every worker."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg

from app.dev.private_postgres import DATABASE, OWNER, PrivatePostgres

HOME_PREFIX = f"bounds-test-{os.geteuid()}-"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 8 * 1024**3  # a whole run with the publishers' files leaves less than half of this


class ClusterForTests:
    """The run's cluster in `home`; it starts when the first test asks for a database."""

    def __init__(self, home: Path, worker: str, bindir: Path | None = None) -> None:
        self.home = home
        self.worker = worker
        self.server = PrivatePostgres(home / "postgres", throwaway=True, bindir=bindir)
        self._numbers = itertools.count(1)
        self._connection: psycopg.Connection | None = None

    def template(
        self, name: str, build: Callable[[str], None] | None = None, *, base: str | None = None
    ) -> str:
        """Give the name of a template database, built once in the run whichever worker comes first.

        `build` gets the owner's address of a fresh database: a copy of `base`, or without it an
        empty one with the extensions and rights of a private database. It must close what it opens.
        """
        _refuse_odd_name(name)
        self.server.ensure_running()
        with (self.home / f".template-{name}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._exists(name):
                return name
            building = f"{name}_building"
            self._drop(building)
            self._create(building, base or DATABASE)
            if build is not None:
                build(self.server.url(database=building))
            self._disconnect(building)
            self._run(f"ALTER DATABASE {building} RENAME TO {name}")
        return name

    def clone(self, template: str) -> str:
        """Copy a template into a database of this worker's own; gives the owner's address."""
        _refuse_odd_name(template)
        name = f"{template}_{self.worker}_{next(self._numbers)}"
        self._create(name, template)
        return self.server.url(database=name)

    def drop(self, url: str) -> None:
        """Drop a clone, closing connections that a failed test left open."""
        self._drop(url.partition("@/")[2].partition("?")[0])

    def close(self) -> None:
        """Leave the server; whoever holds it last stops it."""
        if self._connection is not None:
            self._connection.close()

    def _exists(self, name: str) -> bool:
        found = self._run("SELECT 1 FROM pg_database WHERE datname = %s", name).fetchone()
        return found is not None

    def _create(self, name: str, template: str) -> None:
        # Copying files is cheaper than the write-ahead log where nothing is ever synced; it was
        # the only way before PostgreSQL 15 named it.
        strategy = "STRATEGY file_copy" if (self.server.status().postgres_major or 0) >= 15 else ""
        self._run(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} {strategy}")

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _disconnect(self, name: str) -> None:
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            name,
        )

    def _run(self, sql: str, *values: str) -> psycopg.Cursor[tuple[object, ...]]:
        """Run a statement as superuser over a connection that stays: psql would take longer to start."""
        if self._connection is None or self._connection.closed:
            url = self.server.url("postgres", "postgres").replace("+psycopg", "")
            self._connection = psycopg.connect(url, autocommit=True)
        return self._connection.execute(sql, values or None)  # type: ignore[call-overload]


class RunFolder:
    """The folder of one test run, locked while the run lives and removed at its end."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=HOME_PREFIX, dir=roomy_folder()))
        self.path.chmod(0o755)  # the server's own user must be able to pass
        self._lock = (self.path / ".session.new").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        # Only now under its name: nobody ever finds it unlocked while the run lives.
        (self.path / ".session.new").rename(self.path / ".session")

    def remove(self) -> None:
        """Stop the run's server and delete the folder."""
        PrivatePostgres(self.path / "postgres", throwaway=True).remove()
        self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


def roomy_folder(memory: Path = MEMORY) -> Path:
    """Say where a run's cluster lies: in memory where that holds it, else in the temporary folder.

    A clone is a thousand small files, which a disk makes twenty times as slowly.
    """
    try:
        free = shutil.disk_usage(memory).free
    except OSError:  # another system, or a container without it
        return Path(tempfile.gettempdir())
    return (
        memory if free >= ROOM_BYTES and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    )


def remove_abandoned_runs() -> int:
    """Remove what killed runs of this user left; gives their number."""
    removed = 0
    places = {Path(tempfile.gettempdir()), MEMORY}
    for folder in (found for place in places for found in place.glob(f"{HOME_PREFIX}*")):
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            continue
        try:
            with (folder / ".session").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                PrivatePostgres(folder / "postgres", throwaway=True).remove()
        except OSError:  # a living run holds it, is just being made, or has just gone
            continue
        shutil.rmtree(folder, ignore_errors=True)
        removed += 1
    return removed


def _refuse_odd_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise ValueError(f"not a plain database name: {name!r}")
