"""Sends a long answer piece by piece, as its reader takes it; what a slow one has not taken yet waits on disk.

The web server holds in memory whatever it was given and nobody has taken, and hangs up on who does not take a
piece within half a minute: of twelve megabytes in one piece that is everybody below three megabits a second.
"""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from app.slow_clients import FLOW

if TYPE_CHECKING:
    from starlette.types import Message
    from uvicorn.protocols.http.flow_control import FlowControl

#: taken within half a minute by whoever reads 140 kilobits a second
PIECE = 1 << 19
#: so long the rest of an answer is in memory while its reader takes nothing
WAITED_S = 1.0


class LongAnswers:
    """Cuts what is longer than a piece; other answers pass as they are, and so do all of a server without a flow."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        flow: FlowControl | None = scope.get(FLOW)
        if flow is None:
            await self.app(scope, receive, send)
            return
        rest: _Rest | None = None

        async def in_pieces(message: Message) -> None:
            nonlocal rest
            if rest is not None:
                await rest.send(send)
                rest = None
            body = message.get("body", b"")
            if len(body) <= PIECE:
                await send(message)
                return
            more = message.get("more_body", False)
            for at in range(0, len(body), PIECE):
                if at and not await _takes(flow):
                    # Whoever made it is let go, and the memory of it.
                    rest = await to_thread.run_sync(_Rest, body, at, more)
                    return
                is_last = at + PIECE >= len(body)
                await send(_piece(body[at : at + PIECE], more=more or not is_last))

        try:
            await self.app(scope, receive, in_pieces)
            if rest is not None:
                await rest.send(send)
        finally:
            if rest is not None:
                rest.close()


class _Rest:
    """What of an answer is not sent yet, in a file without a name."""

    def __init__(self, body: bytes, sent: int, more: bool) -> None:
        self._left, self._more = len(body) - sent, more
        self._file = tempfile.TemporaryFile(prefix="bounds-answer-")  # noqa: SIM115  closed when sent
        self._file.write(memoryview(body)[sent:])
        self._file.seek(0)

    async def send(self, send: Send) -> None:
        while self._left:
            piece = await to_thread.run_sync(self._file.read, PIECE)
            self._left -= len(piece)
            await send(_piece(piece, more=self._more or self._left > 0))
        self.close()

    def close(self) -> None:
        self._file.close()


def _piece(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _takes(flow: FlowControl) -> bool:
    """Wait a moment for a reader to take what was sent; whether they did."""
    if flow.write_paused:
        try:
            async with asyncio.timeout(WAITED_S):
                await flow.drain()
        except TimeoutError:
            return False
    return True
