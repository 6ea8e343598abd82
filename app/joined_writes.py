"""Sends what one turn of the loop answers at the end of that turn, a connection's pieces together; knows no request.

The web server writes head and body apart, and each write is a packet of its own: the system calls of sending are the
dearest part of a short answer. Sent one after another, the answers of a turn also wake whoever asked once, not by each.
"""

from __future__ import annotations

import asyncio
from typing import Any

# Heads and most answers are smaller; what is larger waits for nothing.
MOST_HELD_BYTES = 65_536


class JoinedWrites(asyncio.Transport):
    """A transport that holds small pieces until the loop's next turn, and not beyond it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[Any] = []
        self._held_bytes = 0
        self.is_closing = transport.is_closing  # type: ignore[method-assign]  # asked often
        self.get_extra_info = transport.get_extra_info  # type: ignore[method-assign]

    def write(self, data: Any) -> None:
        """Hold a piece with those that are held, or send them all."""
        held = self._held
        held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > MOST_HELD_BYTES:
            self._flush()
        elif len(held) == 1:
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        """Send what is held, then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._forget()
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
        held = self._held
        if held:
            self._forget()
            if not self.is_closing():  # whoever asked may be gone by now
                self._transport.writelines(held)

    def _forget(self) -> None:
        self._held, self._held_bytes = [], 0
