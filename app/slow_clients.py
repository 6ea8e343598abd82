"""Hangs up on clients that begin a request and do not go on with it; asks nothing of whom it serves.

The web server itself waits for ever for the rest of a request. Its places are counted, so that a few hundred
such clients would keep everybody else out.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# For the whole head of a request, and for each further piece of a body; as nginx has it (deploy/nginx.conf).
HEAD_S = 10.0
BODY_S = 10.0


class ImpatientProtocol(HttpToolsProtocol):
    """Uvicorn's own protocol with a clock on what the client still has to send."""

    head_s = HEAD_S
    body_s = BODY_S
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request's head from the moment of the call."""
        super().connection_made(transport)
        self._expect(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._expect(None)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the head of one more request."""
        self._expect(self.head_s)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._expect(self.body_s)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Wait for the next piece of the body."""
        self._expect(self.body_s)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here: what takes time now is ours."""
        self._expect(None)
        super().on_message_complete()

    def _expect(self, within_s: float | None) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        if within_s is not None and self.transport is not None:
            self._clock = self.loop.call_later(within_s, self._hang_up)

    def _hang_up(self) -> None:
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.close()
        else:
            # It is we who do not read just now.
            self._expect(self.body_s)
