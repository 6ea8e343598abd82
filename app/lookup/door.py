"""Answers the hot look-ups ahead of every layer; what it cannot answer well goes on to their routes, as if it were not.

The framework and its layers spend more on a request than the look-up itself: they match every route, open
stacks of things to close, choose among databases and codings, and read parameters that these addresses
read themselves.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from app.codings import SMALLEST_COMPRESSED, choose_coding, compress_now
from app.dependencies import content_etag, listed_tags
from app.lookup.routes import answer_point, answer_postcode, standing_by
from app.replicas import Databases
from app.sessions import FAILURES
from boundaries.errors import BoundsError

POINT = "/api/v1/lookup/point"
POSTCODE = "/api/v1/lookup/postcode/"
# Who asks with these is answered by a database of his own, which the layers behind choose.
_OF_ONE_CALLER = frozenset({b"authorization", b"cookie", b"x-bounds-lsn"})
_coding = lru_cache(256)(choose_coding)


class _Asked(NamedTuple):
    """What a request says; written None: a point."""

    written: str | None
    query: bytes
    coding: str
    tags: str


class HotDoor:
    """Answers GETs of points and postcodes; refusals and failures are left to the routes behind it."""

    def __init__(self, app: ASGIApp, databases: Databases) -> None:
        self.app = app
        self._databases = databases

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self._asked(scope)
        if asked is not None:
            databases = self._databases
            try:
                engine = await databases.choose(None) if databases.copies else databases.primary
                standing = standing_by(scope["app"].state, engine)
                if asked.written is None:
                    body = await answer_point(standing, asked.query)
                else:
                    body = await answer_postcode(standing, asked.written, asked.query)
            except (BoundsError, *FAILURES):
                pass  # the route says it in full, of another database where this one was lost
            else:
                databases.answered(engine)
                await _send(send, body, asked)
                return
        await self.app(scope, receive, send)

    def _asked(self, scope: Scope) -> _Asked | None:
        """Read a question about a point or a postcode; None for all others, which the layers behind know."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path: str = scope["path"]
        written = None
        if path.startswith(POSTCODE):
            written = path[len(POSTCODE) :]
            if not written or "/" in written:
                return None
        elif path != POINT:
            return None
        codings = tags = ""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                codings = f"{codings},{value.decode('latin-1')}"
            elif name == b"if-none-match":
                tags = tags or value.decode("latin-1")
            elif name in _OF_ONE_CALLER and self._databases.copies:
                return None
        coding = _coding(codings) if codings else "identity"
        if coding == "zstd":  # of these answers the layers behind send no such coding
            return None
        scope["route"] = _POINT if written is None else _POSTCODE
        return _Asked(written, scope["query_string"], coding, tags)


async def _send(send: Send, body: bytes, asked: _Asked) -> None:
    tag = content_etag(body)
    status, coding = 200, asked.coding
    headers = [(b"cache-control", b"no-cache")]
    if len(body) >= SMALLEST_COMPRESSED:
        headers.append((b"vary", b"Accept-Encoding"))
    else:
        coding = "identity"
    if asked.tags and ({tag, "*"} & listed_tags(asked.tags)):
        status, body = 304, b""
    elif coding != "identity":
        body = compress_now(body, coding)
        headers.append((b"content-encoding", coding.encode()))
    if coding != "identity":
        tag = f'{tag[:-1]}-{coding}"'
    headers.append((b"etag", tag.encode()))
    if status == 200:
        headers += [
            (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
        ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Route:
    """What the log and the counts ask of a route: its template."""

    def __init__(self, path: str) -> None:
        self.path = path


_POINT, _POSTCODE = _Route(POINT), _Route(POSTCODE + "{pc}")
