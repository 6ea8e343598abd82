"""Sends what the doors behind have in memory, ahead of every clock: there is nothing to be timed, stopped or cut."""

from __future__ import annotations

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
#: status, headers and body of an answer in one piece
Kept = tuple[int, Headers, bytes]
#: what stands before a collection in every path of a door
COLLECTIONS = "/ogc/collections/"


class AtHand(Protocol):
    """A door that has answers in memory."""

    def at_hand(self, scope: Scope) -> Kept | None:
        """Give the answer to a request where it is in memory, and short; None for all else."""


#: doors by what of a collection they answer for: the fourth part of its paths
Doors = dict[str, AtHand]


class KeptAnswers:
    """Asks the door that a path belongs to; what that has not at hand goes on."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(COLLECTIONS):
            parts = scope["path"].split("/", 5)
            door = self._doors.get(parts[4]) if len(parts) > 4 else None
            if door is not None and (kept := door.at_hand(scope)) is not None:
                await send_kept(send, kept)
                return
        await self.app(scope, receive, send)


async def send_kept(send: Send, kept: Kept) -> None:
    """Send an answer."""
    status, headers, body = kept
    # A copy: what the layers before add is of this request alone.
    await send({"type": "http.response.start", "status": status, "headers": headers.copy()})
    await send({"type": "http.response.body", "body": body})
