"""The only SQL plumbing: metadata, engines, named SQL files and the migration call; holds no question of its own."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    ExceptionContext,
    MetaData,
    Text,
    TextClause,
    any_,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool

from boundaries import deadlines

# Before the elements of an array of one dimension: dimensions, nulls, type, length, first index.
ARRAY_HEAD_BYTES = 20
#: the execution option of an engine before which a pooler stands
POOLED = "bounds_pooled"
CANCEL_S = 2.0
ROWS_A_BLOCK = 100_000  # of the CSV text on its way to the server
ROWS_TOLD = 5_000  # in place of it where somebody is told how many are on their way

REPOSITORY = Path(__file__).resolve().parent.parent

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All mapped tables hang here, so that Alembic sees one metadata with one naming convention."""

    metadata = MetaData(naming_convention=NAMING)


def make_engine(
    url: str,
    *,
    pool_size: int = 5,
    statement_timeout_s: float = 15.0,
    pooled: bool = False,
) -> Engine:
    """Open an engine whose sessions carry a statement timeout and UTC, and refuse to wait long for a place.

    Parameters
    ----------
    url : any PostgreSQL address; the driver is always psycopg 3
    pool_size : connections kept; 0 opens one a use (command line, tests)
    statement_timeout_s : seconds before the server cancels a statement
    pooled : a pooler in transaction mode stands between: nothing may be kept in a session, so that
        statements are not prepared and each transaction sets what it needs for itself

    Notes
    -----
    `jit=off`: measured slower on every spatial join tried (docs/decisions/0003).
    """
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if address.startswith("postgres://"):
        address = address.replace("postgres://", "postgresql+psycopg://", 1)
    milliseconds = int(statement_timeout_s * 1000)
    options = f"-c statement_timeout={milliseconds} -c timezone=UTC -c jit=off"
    arguments: dict[str, Any] = {"options": options, "connect_timeout": 5}
    if pooled:
        arguments = {"prepare_threshold": None, "connect_timeout": 5}
    if pool_size == 0:
        engine = create_engine(address, poolclass=NullPool, connect_args=arguments)
    else:
        engine = create_engine(
            address,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=2,
            pool_pre_ping=True,
            connect_args=arguments,
        )
    event.listen(engine, "before_cursor_execute", _begin_statement)
    event.listen(engine, "after_cursor_execute", _end_statement)
    event.listen(engine, "handle_error", _end_failed)
    if pooled:
        engine.update_execution_options(**{POOLED: True})
        event.listen(engine, "begin", partial(_set_for_transaction, milliseconds))
    return engine


def _set_for_transaction(milliseconds: int, connection: Connection) -> None:
    wanted = {"statement_timeout": str(milliseconds), "timezone": "UTC", "jit": "off"}
    connection.execute(select(*(func.set_config(*each, True) for each in wanted.items())))


def _begin_statement(_c: Connection, cursor: Any, _s: str, _p: Any, context: Any, _m: bool) -> None:
    """Have a statement cancelled where the time of the work at hand ends; begin none after it."""
    deadline = deadlines.current()
    if deadline is not None:
        # Of the statement alone: between two the connection may go back to the pool.
        context.bounds_ends = deadline.stopping(partial(_cancel, cursor.connection))
        context.bounds_ends.__enter__()


def _end_statement(_c: Connection, _r: Any, _s: str, _p: Any, context: Any, _m: bool) -> None:
    _end_watch(context)


def _end_failed(failed: ExceptionContext) -> None:
    _end_watch(failed.execution_context)


def _end_watch(context: Any) -> None:
    ends = getattr(context, "bounds_ends", None)
    if ends is not None:
        context.bounds_ends = None
        ends.__exit__(None, None, None)


def _cancel(connection: psycopg.Connection[Any]) -> None:
    try:
        connection.cancel_safe(timeout=CANCEL_S)
    except psycopg.Error:
        return  # a server that takes no word runs nothing for long


@cache
def _read_sql(path: Path) -> TextClause:
    return text(path.read_text(encoding="utf-8"))


def named_sql(beside: str, name: str) -> TextClause:
    """Read `sql/<name>.sql` beside the calling module as a statement with `:named` parameters.

    `beside` is the caller's `__file__`. Raises FileNotFoundError for a name that does not exist:
    that is a fault of ours, never of a caller.
    """
    return _read_sql(Path(beside).resolve().parent / "sql" / f"{name}.sql")


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision` by Alembic, forwards, or backwards to `base` or `down:NUMBER`.

    Safe to call from two processes at once: an advisory lock in migrations/env.py makes one wait.
    """
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(REPOSITORY / "migrations"))
    configuration.attributes["url"] = url
    if revision == "base" or revision.startswith("down:"):
        command.downgrade(configuration, revision.removeprefix("down:"))
    else:
        command.upgrade(configuration, revision)


def among(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Say that a column is one of some words, sent as one array: a statement holds only 65,535 parameters."""
    said: ColumnElement[bool] = column == any_(literal(sorted(values), ARRAY(Text)))
    return said


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows by COPY in the session's own transaction; geometry goes as hexadecimal EWKB text.

    `table` and `columns` are names of ours, never input. Returns the number of rows written.
    """
    written = 0
    with _copying(session, table, columns) as copy:
        for row in rows:
            copy.write_row(row)
            written += 1
    return written


def copy_table(
    session: Session, table: str, rows: pa.Table, told: Callable[[int], None] | None = None
) -> int:
    """Write a table of Arrow's by COPY in the session's own transaction; what is null becomes NULL.

    Its columns are those of `table`, both names of ours. CSV written by Arrow: no Python object for each
    value, so that millions of narrow rows cost the server's time alone. told :
    called with the rows sent so far. Returns the number of rows written.
    """
    from pyarrow.csv import WriteOptions, write_csv

    options = WriteOptions(include_header=False)
    block = ROWS_A_BLOCK if told is None else ROWS_TOLD
    with _copying(session, table, rows.column_names, " (FORMAT csv)") as copy:
        for at in range(0, len(rows), block):
            written = io.BytesIO()
            write_csv(rows.slice(at, block), written, options)
            copy.write(written.getvalue())
            if told is not None:
                told(min(at + block, len(rows)))
    return len(rows)


@contextmanager
def _copying(
    session: Session, table: str, columns: Sequence[str], form: LiteralString = ""
) -> Iterator[psycopg.Copy]:
    """Give what takes the rows of a COPY; by way of a table of this transaction's where a wall stands before `table`.

    PostgreSQL takes no COPY from a role that row-level security holds, so that each row is looked at as it goes in.
    """
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "psycopg 3 is the only driver"
    named = {
        "table": sql.Identifier(table), "beside": sql.Identifier(f"copied_into_{table}"),
        "columns": sql.SQL(", ").join(sql.Identifier(name) for name in columns),
    }  # fmt: skip
    with deadlines.stopped_by(partial(_cancel, driver)), driver.cursor() as cursor:
        (is_walled,) = cursor.execute("SELECT row_security_active(%s)", [table]).fetchone() or (0,)
        target = named["beside" if is_walled else "table"]
        if is_walled:
            beside = "CREATE TEMP TABLE {beside} AS SELECT {columns} FROM {table} WITH NO DATA"
            cursor.execute(sql.SQL(beside).format(**named))
        statement = sql.SQL("COPY {} ({}) FROM STDIN" + form).format(target, named["columns"])
        with cursor.copy(statement) as copy:
            yield copy
        if is_walled:
            moved = "INSERT INTO {table} ({columns}) SELECT {columns} FROM {beside}"
            cursor.execute(sql.SQL(moved).format(**named))
            cursor.execute(sql.SQL("DROP TABLE {beside}").format(**named))


def copy_binary(
    session: Session,
    table: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
) -> int:
    """Write rows by binary COPY in the session's own transaction; geometry goes as bytes of EWKB.

    columns: name → PostgreSQL type of the value sent (`bytea` for geometry, whose binary form is
    EWKB). Half the bytes and a quarter of the time of text for outlines (SPEED.md section 3).
    `table` and `columns` are names of ours, never input. Returns the number of rows written.
    """
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "psycopg 3 is the only driver"
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )
    written = 0
    with deadlines.stopped_by(partial(_cancel, driver)), driver.cursor() as cursor:
        # Sent by a thread of its own, so that rows are made while the server stores those before.
        sender = QueuedLibpqWriter(cursor)
        with cursor.copy(statement, writer=sender) as copy:
            copy.set_types(list(columns.values()))
            for row in rows:
                copy.write_row(row)
                written += 1
    return written


def read_arrays(
    session: Session, statement: TextClause, parameters: Mapping[str, Any], kinds: Sequence[Any]
) -> list[NDArray[Any]]:
    """Read one row of arrays (`array_agg`) into numpy, without a Python object for each value.

    kinds : for each column the big-endian numpy type of its elements as PostgreSQL sends them, all of
        one width (`>i4` for integer, `("u1", 9)` for char(9)); no element may be null.

    A null array is one of length 0. A million rows of four numbers take half a second; by COPY, whose
    rows come one by one, six times as long.
    """
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "psycopg 3 is the only driver"
    written = str(statement.compile(dialect=session.connection().dialect))
    with deadlines.stopped_by(partial(_cancel, driver)), driver.cursor(binary=True) as cursor:
        cursor.execute(written.encode(), dict(parameters))
        assert cursor.pgresult is not None, "a statement that reads has a result"
        sent = [cursor.pgresult.get_value(0, column) for column in range(len(kinds))]
    arrays = []
    for octets, kind in zip(sent, kinds, strict=True):
        element = np.dtype([("length", ">i4"), ("value", *kind)])
        head = min(ARRAY_HEAD_BYTES, len(octets or b""))
        arrays.append(np.frombuffer(octets or b"", dtype=element, offset=head)["value"])
    return arrays


def as_words(letters: NDArray[np.uint8]) -> list[str]:
    """Turn characters that came as bytes (n, width) from `read_arrays` into words, blanks at the end cut off."""
    if not len(letters):
        return []
    width = letters.shape[1]
    words = np.ascontiguousarray(letters).view(f"S{width}").ravel().tolist()
    return [word.decode().rstrip() for word in words]
