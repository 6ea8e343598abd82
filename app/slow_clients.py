"""Hangs up on clients that begin a request and do not go on with it, or do not take the answer; asks nothing of others.

The web server itself waits for ever for the rest of a request, and for who reads nothing. Its places are counted, so
that a few hundred such clients would keep everybody else out.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.dealing import DealingLoop
from app.joined_writes import JoinedWrites

# For the whole head of a request, and for each further piece of a body; as nginx has it (deploy/nginx.conf).
HEAD_S = 10.0
BODY_S = 10.0
# Of a head that is still coming: the parser itself would hold whatever is sent.
HEAD_BYTES = 131_072
# For each further piece of an answer to be taken.
SEND_S = 30.0
#: where a request's scope says whether its reader takes what was sent
FLOW = "bounds.flow"
# A body that comes more slowly than this, after the first seconds, is given up: 10 MB within 17 minutes.
BODY_BYTES_A_S, FIRST_S = 10_000, 20.0


class ImpatientProtocol(HttpToolsProtocol):
    """Uvicorn's own protocol with a clock on what the client still has to send."""

    head_s = HEAD_S
    body_s = BODY_S
    send_s = SEND_S
    first_s = FIRST_S
    _is_head = True
    _head_bytes = 0
    _body_began = 0.0
    _body_bytes = 0
    _not_taken: asyncio.TimerHandle | None = None
    # One clock for many requests: to set one for each part of each costs more than to read the part.
    _clock: asyncio.TimerHandle | None = None
    _rings_at = 0.0
    _due: float | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request's head from the moment of the call."""
        super().connection_made(JoinedWrites(transport, self.loop))
        self._tell_others()
        self._expect(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._expect(None)
        if self._clock is not None:
            self._clock.cancel()
        self._take_back()
        super().connection_lost(exc)
        self._tell_others()

    def data_received(self, data: bytes) -> None:
        """Take what comes, of a head so much and no more."""
        if self._is_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response("")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Wait for the head of one more request."""
        self._is_head, self._head_bytes = True, 0
        self._expect(self.head_s)
        super().on_message_begin()
        self.scope[FLOW] = self.flow  # type: ignore[literal-required]  # our own beside the standard ones

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._is_head = False
        self._body_began, self._body_bytes = self.loop.time(), 0
        self._expect(self.body_s)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Wait for the next piece of the body, of one that gets on."""
        self._body_bytes += len(body)
        took_s = self.loop.time() - self._body_began
        if took_s > self.first_s and self._body_bytes < BODY_BYTES_A_S * (took_s - self.first_s):
            self._hang_up()
            return
        self._expect(self.body_s)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here: what takes time now is ours."""
        self._expect(None)
        super().on_message_complete()

    def send_400_response(self, _msg: str) -> None:
        """Refuse what is no request, or has too long an address or head, as every refusal is told."""
        told = orjson.dumps(
            {
                "type": "/problems/bad-request", "title": "The request could not be read", "status": 400,
                "detail": "this is no HTTP request, or its address has over 65,535 bytes or its head over 131,072",
            }
        )  # fmt: skip
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"
            f"x-content-type-options: nosniff\r\ncontent-length: {len(told)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + told)
        self.transport.close()

    def pause_writing(self) -> None:
        """The client takes no more of the answer: wait for it to go on."""
        super().pause_writing()
        self._take_back()
        self._not_taken = self.loop.call_later(self.send_s, self._abort)

    def resume_writing(self) -> None:
        """It goes on."""
        self._take_back()
        super().resume_writing()

    def _tell_others(self) -> None:
        if isinstance(self.loop, DealingLoop) and self.loop.holdings is not None:
            self.loop.holdings.tell(len(self.connections))

    def _take_back(self) -> None:
        if self._not_taken is not None:
            self._not_taken.cancel()
            self._not_taken = None

    def _abort(self) -> None:
        # At once: closing would wait for the rest to be taken.
        self.transport.abort()

    def _expect(self, within_s: float | None) -> None:
        if within_s is None or self.transport is None:
            self._due = None
            return
        self._due = self.loop.time() + within_s
        if self._clock is None or self._due < self._rings_at:
            self._wind(self._due)

    def _wind(self, at: float) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._rings_at = at
        self._clock = self.loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._clock = None
        if self._due is None:
            return
        if self._due > self.loop.time():
            self._wind(self._due)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.close()
        else:
            # It is we who do not read just now.
            self._expect(self.body_s)
