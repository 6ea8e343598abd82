"""Opens and closes database sessions: one for reading a single moment, one for a single change; asks nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, LiteralString, TypeVar

import psycopg
from fastapi import Request
from sqlalchemy import Connection, Engine, String, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, configure_mappers

from boundaries import deadlines
from boundaries.database import POOLED
from boundaries.errors import Unavailable
from boundaries.moments import IS_A_MOMENT

# How long opening a read waits for a database that is restarting. A restart under load was over
# in less than a second, so two are enough and a database that is really down is said soon.
RECONNECT_S = 2.0
_PAUSE_S = 0.1
# What a request has left, after its time, to end its own transaction before the server ends it.
SPARE_S = 30.0
# However the database fails, by its driver or through SQLAlchemy.
FAILURES = (psycopg.Error, DBAPIError, PoolTimeout, OSError)
# The database stopped a statement that took too long.
Stopped = psycopg.errors.QueryCanceled
Key = TypeVar("Key", bound=Hashable)
# The key of a request's scope under which it is said which database it reads from.
ASKED = "bounds.asked"
# Names what a statement sees: under two equal names every table holds the same rows. A copy in recovery does not
# name the transactions that were under way, so that only a moment without one can be told from another there. A
# copy that was promoted goes on from what it had, under another timeline. A restart changes no name.
MOMENT: LiteralString = """\
CAST(pg_current_snapshot() AS text)
|| CASE WHEN pg_is_in_recovery()
    AND pg_snapshot_xmin(pg_current_snapshot()) <> pg_snapshot_xmax(pg_current_snapshot())
  THEN CAST(gen_random_uuid() AS text) ELSE '' END
|| '@' || CAST((SELECT timeline_id FROM pg_control_checkpoint()) AS text)"""
_MOMENT = select(literal_column(MOMENT, String))
Asked = TypeVar("Asked")


@dataclass
class AskedOf:
    """The database that a request reads from, and what became of it."""

    engine: Engine
    is_primary: bool
    is_lost: bool = False
    wants_primary: bool = False


def reads_of(request: Request) -> Engine:
    """The database that a request reads from: a copy, or the primary."""
    asked: AskedOf | None = request.scope.get(ASKED)
    engine: Engine = request.app.state.engine if asked is None else asked.engine
    return engine


def note_loss(request: Request, error: DBAPIError | psycopg.Error) -> None:
    """Take note that a request lost its database, or that a copy stopped it to go on replaying."""
    asked: AskedOf | None = request.scope.get(ASKED)
    if asked is not None:
        orig = error.orig if isinstance(error, DBAPIError) else error
        stopped = not asked.is_primary and getattr(orig, "sqlstate", None) == "40001"
        asked.is_lost = asked.is_lost or stopped or is_unreachable(orig)


class OnlyThePrimary(Unavailable):
    """A copy of the database was asked for what has to be made first; the question is put again to the primary."""

    slug = "only-the-primary"
    title = "A copy cannot answer this"


def ask_the_primary(request: Request) -> None:
    """Have a read that must write put again to the primary, where a copy was asked. Raises OnlyThePrimary there."""
    asked: AskedOf | None = request.scope.get(ASKED)
    if asked is not None and not asked.is_primary:
        asked.wants_primary = True
        raise OnlyThePrimary("a copy of the database cannot make what is asked for")


def tie_tables() -> None:
    """Tie the mapped tables to one another, which the first question to any of them else waits for."""
    configure_mappers()


def moment_of(session: Session) -> str:
    """Name what this transaction sees: under two equal names every table holds the same rows."""
    return str(session.scalar(_MOMENT))


def _patience_s(engine: Engine) -> float:
    # A copy has others beside it: nobody waits for it.
    return float(engine.get_execution_options().get("reconnect_s", RECONNECT_S))


def is_unreachable(error: BaseException | None) -> bool:
    """True when the server could not be reached or is starting or stopping, not when it refused."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return bool(state.startswith(("08", "57P0")))


@contextmanager
def reading(engine: Engine, statement_timeout_s: float | None = None) -> Iterator[Session]:
    """A read-only session that sees one moment of the database from its first statement to its last.

    Waits up to RECONNECT_S for a server that is restarting (a copy is not waited for); later faults are
    the caller's.
    """
    moment = engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True, postgresql_deferrable=False
    )
    with Session(moment, autoflush=False) as session:
        _connect(session, _patience_s(engine))
        _limit(session, statement_timeout_s)
        session.info[IS_A_MOMENT] = True
        yield session


@contextmanager
def writing(engine: Engine, statement_timeout_s: float | None = None) -> Iterator[Session]:
    """A session for one change: commits once when the block ends well, and otherwise not at all."""
    with ExitStack() as ended, Session(engine) as session, session.begin():
        _limit(session, statement_timeout_s)
        yield session
        ended.enter_context(deadlines.storing())  # until the commit has its outcome


def _limit(session: Session, statement_timeout_s: float | None) -> None:
    given = {"statement_timeout": statement_timeout_s} if statement_timeout_s is not None else {}
    deadline = deadlines.current()
    if deadline is not None:
        # Between two statements it may compute for as long as the request has, and the server's own limit is shorter.
        given["idle_in_transaction_session_timeout"] = deadline.longest_s + SPARE_S
    if given:
        limits = ((name, str(max(1, int(seconds * 1000)))) for name, seconds in given.items())
        session.execute(select(*(func.set_config(name, each, True) for name, each in limits)))


def _connect(session: Session, patience_s: float) -> Connection:
    give_up_at = time.monotonic() + patience_s
    while True:
        try:
            return session.connection()
        except DBAPIError as error:
            if not is_unreachable(error.orig) or time.monotonic() + _PAUSE_S > give_up_at:
                raise
        session.rollback()
        time.sleep(_PAUSE_S)


def applied_migration(engine: Engine) -> str | None:
    """The migration that the database stands at; None before the first."""
    # Alembic would tell it too, and takes half a second to load.
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def serves_on(applied: str | None, newest: str | None) -> bool:
    """Say whether code whose last migration is `newest` can work on tables at `applied`: not on older ones.

    On newer ones it can, because migrations only add: an upgrade goes round the machines one by one, and those
    that still run the code before go on answering meanwhile. Numbers have four digits and compare as text.
    """
    return newest is None or (applied is not None and applied >= newest)


def answers_from(engine: Engine, newest: str | None) -> bool:
    """Say whether the database answers now, with tables that this code serves; never raises for one that does not."""
    try:
        return serves_on(applied_migration(engine), newest)
    except (DBAPIError, PoolTimeout):
        return False


class QuickConnections:
    """Opens connections for single statements asked from the event loop, each its own moment.

    A session costs more than a question by key takes; what needs two statements takes `reading`.
    """

    def __init__(self, engine: Engine, statement_timeout_s: float) -> None:
        address = engine.url.set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        # A pooler in transaction mode takes no options and forgets what is prepared; its own configuration
        # sets these (deploy/pgbouncer.ini).
        self.is_pooled = bool(engine.get_execution_options().get(POOLED, False))
        self._options = (
            ""
            if self.is_pooled
            else (
                f"-c statement_timeout={int(statement_timeout_s * 1000)} -c timezone=UTC -c jit=off"
                " -c default_transaction_read_only=on"
            )
        )
        self._patience_s = _patience_s(engine)

    async def connect(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        """Open one, for the caller to close; waits up to RECONNECT_S for a server that is restarting."""
        give_up_at = time.monotonic() + self._patience_s
        while True:
            try:
                return await psycopg.AsyncConnection.connect(
                    self._address, autocommit=True, connect_timeout=5,
                    **({"prepare_threshold": None} if self.is_pooled else {"options": self._options}),
                )  # fmt: skip
            except psycopg.OperationalError:
                if time.monotonic() + _PAUSE_S > give_up_at:
                    raise
            await asyncio.sleep(_PAUSE_S)


class AskedTogether(Generic[Key, Asked]):
    """Asks at once, in one statement, what was waited for while the statement before was under way.

    Every question is put after it came, so that its answer is of no earlier moment; under load a
    statement answers many, alone it answers one without delay. Where others were waiting when an answer came, the
    next statement waits `pause_s` for those who were just answered and ask again: without it they and those
    others ask by turns, half as many together.
    """

    def __init__(self, ask: Callable[[list[Key]], Awaitable[Asked]], pause_s: float = 0.0) -> None:
        self._ask = ask
        self._pause_s = pause_s
        self._waiting: list[tuple[Key, asyncio.Future[Asked]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def fetch(self, key: Key) -> Asked:
        """Give the answer to a statement that was asked about this key, and perhaps others."""
        answer: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._asking is None or self._asking.done():
            with deadlines.unhurried():
                self._asking = asyncio.create_task(self._ask_all())
        return await answer

    async def _ask_all(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            keys = list(dict.fromkeys(key for key, _ in waiting))
            (found,) = await asyncio.gather(self._ask(keys), return_exceptions=True)
            for _, answer in waiting:
                if answer.done():  # the caller went away
                    continue
                if isinstance(found, BaseException):
                    answer.set_exception(found)
                else:
                    answer.set_result(found)
            if self._waiting and self._pause_s:
                await asyncio.sleep(self._pause_s)
