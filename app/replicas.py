"""Which database a read is asked of: a copy that is close behind, else the primary; who wrote reads what was written.

Copies are PostgreSQL's own streaming replicas. Each is looked at every second; one that is dead, frozen, more
than MOST_LAG_S behind, no longer a copy, or a copy of something else is not asked. Writes and whatever comes with
a token or a session go to the primary, so that a token taken back is taken back everywhere at once. A read that
lost its database on the way is asked again, for as long as a restart takes.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import Request
from sqlalchemy import Engine
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.cookies import browser_secret
from app.logs import get_logger
from app.problems import BadRequest, problem_response
from app.replica_watch import Copy, Primary, lsn_text
from app.sessions import ASKED, AskedOf
from boundaries import deadlines

log = get_logger(__name__)

MOST_LAG_S = 5.0
# How long a read that names a write waits for a copy to have it; then the primary answers.
WAIT_S = 0.05
# How long a read is asked again while its database is away.
PATIENCE_S = 5.0
PAUSE_S = 0.1
WATCH_AFTER_S = 0.25
LSN_HEADER = "X-Bounds-LSN"
LSN_COOKIE = "bounds_lsn"
# Longer than any copy that is asked can be behind.
COOKIE_S = 60
_LSN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})", re.ASCII)


class Databases:
    """The primary and its copies, as one process sees them."""

    def __init__(self, primary: Engine, copies: Sequence[Engine] = ()) -> None:
        self.primary = primary
        self._watched = Primary(primary) if copies else None
        self.copies = [Copy(engine, self._watched) for engine in copies if self._watched]
        self._turn = itertools.count()
        self._lost_since: float | None = None

    def start(self) -> None:
        """Begin to look at the servers."""
        for each in self._all():
            each.start()

    def stop(self) -> None:
        """Stop looking."""
        for each in self._all():
            each.stop()

    def _all(self) -> Iterable[Primary | Copy]:
        return [*([self._watched] if self._watched else []), *self.copies]

    async def choose(self, wanted: int | None) -> Engine:
        """Give the copy whose turn it is and that has what was `wanted`, or the primary."""
        good = [copy for copy in self.copies if copy.is_usable(MOST_LAG_S)]
        if not good:
            return self.primary
        first = next(self._turn) % len(good)
        in_turn = good[first:] + good[:first]
        for copy in in_turn:
            if wanted is None or copy.has(wanted):
                return copy.engine
        assert wanted is not None, "any copy has nothing"
        if await to_thread.run_sync(in_turn[0].wait_for, wanted, WAIT_S):
            return in_turn[0].engine
        return self.primary

    def lost(self, engine: Engine) -> None:
        """Take note that a read lost this database on the way."""
        for copy in self.copies:
            if copy.engine is engine:
                copy.fail("a read failed")
        if engine is self.primary and self._lost_since is None:
            self._lost_since = time.monotonic()

    def answered(self, engine: Engine) -> None:
        """Take note that a read was answered by this database."""
        if engine is self.primary:
            self._lost_since = None

    def patient_until(self) -> float:
        """Say until when a read that begins now is asked again: where all is lost, nobody waits again and again."""
        now = time.monotonic()
        return PATIENCE_S + (now if self._lost_since is None else self._lost_since)

    def written(self) -> str | None:
        """Name the place in the primary's log that holds every write answered so far; None where no copy follows."""
        if self._watched is None:
            return None
        return self._watched.now()

    def standing(self) -> list[dict[str, object]]:
        """Say of each copy whether it is asked, and why not."""
        return [copy.standing(MOST_LAG_S) for copy in self.copies]

    def as_metrics(self) -> str:
        """Say the same as Prometheus text; empty without copies."""
        told = self.standing()
        if not told:
            return ""
        lines = [
            "# HELP bounds_replica_usable Whether reads go to this copy of the database, in the order of the setting.",
            "# TYPE bounds_replica_usable gauge",
            *(
                f'bounds_replica_usable{{replica="{n}"}} {int(bool(one["usable"]))}'
                for n, one in enumerate(told, 1)
            ),
            "# HELP bounds_replica_lag_seconds How long this copy has been behind.",
            "# TYPE bounds_replica_lag_seconds gauge",
            *(
                f'bounds_replica_lag_seconds{{replica="{n}"}} {one["lag_s"]}'
                for n, one in enumerate(told, 1)
                if one["lag_s"] is not None
            ),
        ]
        return "\n".join(lines) + "\n"


class ReadRouting:
    """Gives every request the database it reads from, and asks a read again that lost it."""

    def __init__(self, app: ASGIApp, databases: Databases, *, is_https: bool) -> None:
        self.app = app
        self.databases = databases
        self.is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "GET":
            await self._read(scope, receive, send)
        else:
            scope[ASKED] = AskedOf(self.databases.primary, is_primary=True)
            await self.app(scope, receive, self._noted(send))

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            wanted = wanted_lsn(request)
        except BadRequest as refusal:
            await problem_response(refusal, scope)(scope, receive, send)
            return
        is_private = "authorization" in request.headers or bool(browser_secret(request))
        databases, before = self.databases, dict(scope)
        until = databases.patient_until()
        only_primary = is_private
        while True:
            chosen = databases.primary if only_primary else await databases.choose(wanted)
            asked = AskedOf(chosen, is_primary=chosen is databases.primary)
            scope[ASKED] = asked
            # Twice: on a busy machine a pause lasts longer than it was meant to.
            may_repeat = time.monotonic() + 2 * PAUSE_S < until or not asked.is_primary
            held = _Held(send, asked, may_repeat)
            async with _stopped_with_the_caller(receive):
                await self.app(scope, receive, held.send)
            if asked.is_lost:
                databases.lost(chosen)
            elif not asked.wants_primary:
                databases.answered(chosen)
            if not held.is_back:
                return
            only_primary = only_primary or not asked.is_primary
            if asked.is_primary:
                await asyncio.sleep(PAUSE_S)
            scope.clear()
            scope.update(before)

    def _noted(self, send: Send) -> Send:
        """Tell who wrote how far the copies must be to show it: in a header, and for browsers in a cookie."""
        if not self.databases.copies:
            return send

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                lsn = await to_thread.run_sync(self.databases.written)
                if lsn is not None:
                    headers = MutableHeaders(scope=message)
                    headers[LSN_HEADER] = lsn
                    secure = "; Secure" if self.is_https else ""
                    headers.append(
                        "Set-Cookie",
                        f"{LSN_COOKIE}={lsn}; Path=/; Max-Age={COOKIE_S}; HttpOnly; SameSite=Lax{secure}",
                    )
            await send(message)

        return send_noted


@asynccontextmanager
async def _stopped_with_the_caller(receive: Receive) -> AsyncIterator[None]:
    """Stop a read when its caller goes away; looked for only once a read takes long."""
    watching: list[asyncio.Task[None]] = []
    deadline = deadlines.current()
    if deadline is None:
        yield
        return

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await to_thread.run_sync(deadline.stop)

    def begin() -> None:
        watching.append(asyncio.create_task(watch()))

    begins = asyncio.get_running_loop().call_later(WATCH_AFTER_S, begin)
    try:
        yield
    finally:
        begins.cancel()
        for each in watching:
            each.cancel()


class _Held:
    """Keeps an answer back that says only that the database was lost, where it can be asked again."""

    def __init__(self, send: Send, asked: AskedOf, may_repeat: bool) -> None:
        self._send = send
        self._asked = asked
        self._may_repeat = may_repeat
        self.is_back = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            is_nothing = self._asked.is_lost or self._asked.wants_primary
            self.is_back = is_nothing and self._may_repeat and message["status"] == 503
        if not self.is_back:
            await self._send(message)


def wanted_lsn(request: Request) -> int | None:
    """Read which write the caller has seen: the header before the cookie. Raises BadRequest for a malformed header.

    A malformed cookie is left alone: whoever holds it did not write it.
    """
    written = Headers(scope=request.scope).get(LSN_HEADER)
    if written is not None:
        found = _LSN.fullmatch(written.strip().upper())
        if found is None:
            raise BadRequest(
                f"{LSN_HEADER} must be what an answer to a write gave, such as 0/16B3748"
            )
    else:
        found = _LSN.fullmatch(request.cookies.get(LSN_COOKIE, ""))
    return None if found is None else lsn_text(found[1], found[2])
