"""Which database a run uses: the one it was given, else the private one; never one for the other."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import psycopg

from app.dev.private_postgres import PrivatePostgres
from app.logs import get_logger
from app.settings import Settings
from boundaries.errors import BoundsError, Unavailable

log = get_logger(__name__)
WATCH_EVERY_S = 1.0
OLDEST_POSTGIS = (3, 3)


class GivenDatabaseUnfit(Unavailable):
    """The database that BOUNDS_DATABASE_URL names is down, refuses us, or has no PostGIS."""

    slug = "given-database-unfit"
    title = "The database given cannot be used"


class DatabaseAddresses(NamedTuple):
    """Addresses of one database for its two users; the same where the operator gave one.

    `owner` makes and changes tables, `api` reads and writes rows. A third, `bounds_ro`, reads the
    views of schema gis alone (docs/gis.md) and serves nothing here.
    """

    owner: str
    api: str


def private_postgres(settings: Settings) -> PrivatePostgres:
    """Name the private cluster that these settings mean; starts nothing."""
    return PrivatePostgres(
        settings.data_dir / "postgres",
        bindir=settings.pg_bindir,
        runtime_dir=settings.runtime_dir,
    )


@contextmanager
def open_database(settings: Settings) -> Iterator[DatabaseAddresses]:
    """Give the addresses of the database in use, keeping the private server up inside the block.

    BOUNDS_DATABASE_URL always wins, and is used as it is: a database that is down is not replaced
    by the private one. A private server that is killed is started again while the block runs.
    Raises PostgresMissing, PostgresFailed.
    """
    if settings.database_url is not None:
        given = settings.database_url
        yield DatabaseAddresses(given, given)
        return
    server = private_postgres(settings)
    with _terminated_in_order():
        try:
            owner = server.ensure_running()
            with _watched(server):
                yield DatabaseAddresses(owner, server.url("bounds_rw"))
        finally:
            server.release()


def check_given(address: str) -> None:
    """See that the database at `address` can be used and has PostGIS. Raises GivenDatabaseUnfit."""
    try:
        with psycopg.connect(_for_psycopg(address), connect_timeout=5) as connection:
            found = connection.execute(
                "SELECT default_version, installed_version FROM pg_available_extensions"
                " WHERE name = 'postgis'"
            ).fetchone()
    except psycopg.Error as error:
        # libpq's text names host, role and database; with an unescaped @ in the password it
        # would take the password's end for the host.
        said = (
            "it holds more than one @" if address.count("@") > 1 else " ".join(str(error).split())
        )
        raise GivenDatabaseUnfit(
            f"BOUNDS_DATABASE_URL: the database is not reachable: {said}"
        ) from error
    if found is None:
        raise GivenDatabaseUnfit(
            "BOUNDS_DATABASE_URL: that server has no PostGIS; install it there (3.3 or newer)"
        )
    available, installed = found
    if installed is None:
        raise GivenDatabaseUnfit(
            "BOUNDS_DATABASE_URL: that database lacks the extension postgis; let one of its"
            " superusers run: CREATE EXTENSION postgis"
        )
    if tuple(int(part) for part in re.findall(r"\d+", installed)[:2]) < OLDEST_POSTGIS:
        raise GivenDatabaseUnfit(
            f"BOUNDS_DATABASE_URL: that database has PostGIS {installed}; 3.3 or newer is needed"
            f" (its server offers {available})"
        )


def _for_psycopg(address: str) -> str:
    return address.replace("postgresql+psycopg://", "postgresql://", 1)


@contextmanager
def _watched(server: PrivatePostgres) -> Iterator[None]:
    """Look each second whether the server was killed, and start it again."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(WATCH_EVERY_S):
            try:
                if server.restart_if_killed():
                    log.warning("the private database had died and was started again")
            except (BoundsError, OSError) as error:
                said = error.detail if isinstance(error, BoundsError) else error.strerror
                log.error("the private database cannot be started", extra={"reason": said})

    watcher = threading.Thread(target=watch, name="database watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the stack, so that the last user stops the server."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    changed = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)
            changed.append(number)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
