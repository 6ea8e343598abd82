"""Sends the head of an answer together with what follows it; knows no request.

The web server writes head and body apart, and each write is a packet of its own: the system calls of sending are the
dearest part of a short answer, and whoever asked is woken twice.
"""

from __future__ import annotations

import asyncio
from typing import Any

# Heads are smaller; what is larger waits for nothing.
MOST_HELD_BYTES = 8192


class JoinedWrites(asyncio.Transport):
    """A transport that holds a small piece until the next one, at most until the loop's next turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None
        self.is_closing = transport.is_closing  # type: ignore[method-assign]  # asked often
        self.get_extra_info = transport.get_extra_info  # type: ignore[method-assign]

    def write(self, data: Any) -> None:
        """Send a piece with the one that is held, or hold it."""
        held = self._held
        if held is not None:
            self._held = None
            self._transport.writelines((held, data))
        elif len(data) <= MOST_HELD_BYTES:
            self._held = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what is held, then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._held = None
        self._transport.abort()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol."""
        self._flush()
        self._transport.set_protocol(protocol)

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._transport.write(held)
