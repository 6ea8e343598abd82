"""Which database a run uses: the one it was given, else the private one; never one for the other."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from app.dev.private_postgres import PrivatePostgres
from app.settings import Settings


class DatabaseAddresses(NamedTuple):
    """Addresses of one database for its three users; all the same where the operator gave one.

    `owner` makes and changes tables, `api` reads and writes rows, `public` only reads.
    """

    owner: str
    api: str
    public: str


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
    by the private one. Raises PostgresMissing, PostgresFailed.
    """
    if settings.database_url is not None:
        given = settings.database_url
        yield DatabaseAddresses(given, given, given)
        return
    server = private_postgres(settings)
    with _terminated_in_order():
        try:
            owner = server.ensure_running()
            yield DatabaseAddresses(owner, server.url("bounds_rw"), server.url("bounds_ro"))
        finally:
            server.release()


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
