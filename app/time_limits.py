"""Gives every request its time: what takes longer is answered 503, and stopped; asks nothing of what it does.

Counted from the last byte of the request: what a caller takes to send or to read is the protocol's affair
(`app.slow_clients`). Statements are cancelled, processes ended, loops over rows left; the transaction is undone. Only a
commit that is under way is waited for. Of an answer that has begun what makes it is stopped in the same way, and it is
broken off; what is ready, and waits for its reader alone, goes on.
"""

from __future__ import annotations

import asyncio

from anyio import CapacityLimiter, create_task_group, to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import get_logger
from app.problems import problem_response
from app.settings import Settings
from boundaries import deadlines
from boundaries.deadlines import Deadline, TookTooLong

log = get_logger(__name__)

# How long a commit is waited for before it is looked at again.
COMMIT_S = 0.5
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
# What is a whole file has the long time, and what is sent one to work on.
_FILES = (".csv", ".docx", ".geojson", ".gpkg", ".html", ".pdf", ".pmtiles", ".xlsx")
_NO_FILES = ("", "application/x-www-form-urlencoded")


class TimeLimits:
    """Answers for whoever does not in time, and stops them."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.short_s = float(settings.request_timeout_s)
        self.long_s = float(settings.long_request_timeout_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_read = scope["method"] in _WITHOUT_BODY
        deadline = Deadline(self.short_s, self.long_s, is_write=not is_read)
        if _is_of_files(scope, is_read=is_read):
            deadline.allow_long()
        token = deadlines.begin(deadline)
        timed = _Timed(deadline, scope, receive, send)
        take = receive if is_read else timed.take
        timed.wind(deadline.limit_s)
        try:
            await self.app(scope, take, timed.give)
        finally:
            deadlines.leave(token)
            await timed.finish()


def _is_of_files(scope: Scope, *, is_read: bool) -> bool:
    if scope["path"].endswith(_FILES) or is_read:
        return bool(scope["path"].endswith(_FILES))
    media = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return not (media in _NO_FILES or media.endswith(("/json", "+json")))


class _Timed:
    """One request with a clock that runs until its answer has ended."""

    def __init__(self, deadline: Deadline, scope: Scope, receive: Receive, send: Send) -> None:
        self._deadline = deadline
        self._scope = scope
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._clock: asyncio.TimerHandle | None = None
        self._has_begun = False
        self._telling: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    def wind(self, within_s: float) -> None:
        self._clock = self._loop.call_later(within_s, self._ring)

    def _ring(self) -> None:
        left_s = self._deadline.left_s()
        if left_s > 0:  # it was given more time, or was still being sent
            self.wind(left_s)
        elif not self._deadline.end():
            self.wind(COMMIT_S)
        else:
            self._clock = None
            with deadlines.unhurried():
                if self._has_begun:
                    self._stopping = self._loop.create_task(self._stop())
                else:
                    self._telling = self._loop.create_task(self._tell())

    async def _stop(self) -> None:
        # Not among the threads of the requests: they may all be what has to be stopped.
        await to_thread.run_sync(self._deadline.stop, limiter=CapacityLimiter(1))

    async def _tell(self) -> None:
        log.warning("request stopped", extra={"limit_s": self._deadline.limit_s})
        problem = TookTooLong(self._deadline.told())
        async with create_task_group() as both:
            both.start_soon(self._stop)
            await problem_response(problem, self._scope)(self._scope, self._receive, self._send)

    async def take(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._deadline.restart()
        return message

    async def give(self, message: Message) -> None:
        if self._telling is not None:
            return  # the caller has its answer
        self._has_begun = True
        is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if is_last and self._clock is not None:
            # What follows the last byte is nobody's waiting.
            self._clock.cancel()
            self._clock = None
        await self._send(message)

    async def finish(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        for each in (self._telling, self._stopping):
            if each is not None:
                await each
