"""Statements that give finished text, straight over the database's own protocol; asks nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine

from app.sessions import QuickConnections


class FinishedReads:
    """A few connections for statements that give finished text: `$1` and text in, bytes out, nothing read on the way.

    Straight over libpq: a cursor, its adapters and its generators cost five times what a statement by
    key does.
    """

    def __init__(self, engine: Engine, statement_timeout_s: float, most: int = 8) -> None:
        self._opener = QuickConnections(engine, statement_timeout_s)
        self._idle: list[_Line] = []
        self._places = asyncio.Semaphore(most)

    async def fetch(
        self, statement: bytes, given: Sequence[bytes] = (), *, in_bytes: bool = False
    ) -> PGresult:
        """Run one statement and give its result, as text or `in_bytes` of its types.

        Raises psycopg.Error of the kind that its SQLSTATE names.

        A connection that broke since it was last used is replaced once; waits up to RECONNECT_S for
        a server that is restarting.
        """
        async with self._places:
            while self._idle:
                line = self._idle.pop()
                if line.loop is not asyncio.get_running_loop():
                    line.close()
                    continue
                try:
                    return await self._ask(line, statement, given, in_bytes=in_bytes)
                except psycopg.OperationalError as error:
                    if error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P0")):
                        raise
            line = _Line(await self._opener.connect(), is_pooled=self._opener.is_pooled)
            return await self._ask(line, statement, given, in_bytes=in_bytes)

    def close(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    async def _ask(
        self, line: _Line, statement: bytes, given: Sequence[bytes], *, in_bytes: bool
    ) -> PGresult:
        is_whole = False
        try:
            result = await line.ask(statement, given, in_bytes=in_bytes)
            is_whole = True
        finally:
            if not is_whole:  # also where the caller went away: nobody knows what state it is in
                line.close()
        self._idle.append(line)
        return result


class _Line:
    """One connection that one question at a time is put on; it listens for as long as it lives."""

    def __init__(
        self, connection: psycopg.AsyncConnection[tuple[Any, ...]], *, is_pooled: bool
    ) -> None:
        self._is_pooled = (
            is_pooled  # nothing can be prepared where the next question goes elsewhere
        )
        self.loop = asyncio.get_running_loop()
        self._connection = connection  # kept, for it closes with its last reference
        self._pg = connection.pgconn
        self._socket = self._pg.socket
        self._prepared: dict[bytes, bytes] = {}
        self._results: list[PGresult] = []
        self._answer: asyncio.Future[PGresult] | None = None
        self._is_listening = True
        self.loop.add_reader(self._socket, self._read)

    async def ask(
        self, statement: bytes, given: Sequence[bytes], *, in_bytes: bool = False
    ) -> PGresult:
        form = 1 if in_bytes else 0
        if self._is_pooled:
            self._pg.send_query_params(statement, given, result_format=form)
            return await self._answered()
        name = self._prepared.get(statement)
        if name is None:
            name = b"s%d" % len(self._prepared)
            self._pg.send_prepare(name, statement)
            await self._answered()
            self._prepared[statement] = name
        self._pg.send_query_prepared(name, given, result_format=form)
        return await self._answered()

    def close(self) -> None:
        self._stop_listening()
        self._pg.finish()

    def _stop_listening(self) -> None:
        # Once: of a lost connection the socket's number soon names another one, perhaps somebody's request.
        if self._is_listening and not self.loop.is_closed():
            self.loop.remove_reader(self._socket)
        self._is_listening = False

    async def _answered(self) -> PGresult:
        self._answer = self.loop.create_future()
        while self._pg.flush():  # more than the socket takes at once
            await asyncio.sleep(0.001)
        return await self._answer

    def _read(self) -> None:
        try:
            self._pg.consume_input()
            while not self._pg.is_busy():
                result = self._pg.get_result()
                if result is None:
                    self._end()
                    return
                self._results.append(result)
        except psycopg.Error as lost:
            self._stop_listening()
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(lost)

    def _end(self) -> None:
        results, self._results = self._results, []
        answer, self._answer = self._answer, None
        if answer is None or answer.done() or not results:
            return
        last = results[-1]
        if last.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            answer.set_result(last)
        else:
            answer.set_exception(_failure(last))


def _failure(result: PGresult) -> psycopg.Error:
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    try:
        return psycopg.errors.lookup(state)("the database refused a statement")
    except KeyError:
        return psycopg.OperationalError("the database refused a statement")
