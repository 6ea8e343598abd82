"""Sends finished tiles ahead of every layer; what is not kept, and all else, goes on to the route, as if it were not.

Which data a collection shows is asked of the database at most twice a second: a release that is served or
taken back shows after that. What is sent is the route's answer to the byte.
"""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from app.dependencies import as_at, content_etag, today
from app.sessions import FAILURES, reading
from app.tiles.finished import kept_layers, tile_store
from app.tiles.queries import Shown, TileLayer, asked_layer
from app.tiles.stored import KEPT_TO
from boundaries.errors import BoundsError

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# A tile is asked about again: its release may be taken back within the hour.
HEADERS = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Encoding"}
#: how long what a collection shows is believed
BELIEVED_S = 0.5
MOST_COLLECTIONS, MOST_TAGS = 200, 50_000
PATH = re.compile(
    r"/ogc/collections/([\w.-]{1,80})/tiles/WebMercatorQuad/(0|[1-9]\d?)/(0|[1-9]\d{0,4})/(0|[1-9]\d{0,4})",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PARAMETERS = frozenset({"datetime", "index", "indicator", "release"})
_GZIP = re.compile(r"(^|[,\s])gzip\s*($|,)")


class _Known(NamedTuple):
    """What a collection shows, where its tiles are kept, and when that was seen."""

    layer: TileLayer
    folder: str
    seen_at: float


class TileDoor:
    """Answers GETs of kept tiles for callers that take gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._known: dict[tuple[str, bytes], _Known] = {}
        self._tags: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            found = PATH.fullmatch(scope["path"])
            if found is not None and _is_plain(scope):
                ready = await self._ready(scope, *found.groups())
                if ready is not None:
                    scope["route"] = _ROUTE
                    await _send(send, *ready)
                    return
        await self.app(scope, receive, send)

    async def _ready(
        self, scope: Scope, collection: str, z: str, row: str, column: str
    ) -> tuple[bytes, bytes] | None:
        """Give a kept tile and its tag; None where the route is to answer."""
        if int(z) > KEPT_TO:
            return None
        own = collection, scope["query_string"]
        known = self._known.get(own)
        if known is None or time.monotonic() - known.seen_at > BELIEVED_S:
            known = await to_thread.run_sync(self._look, scope, *own)
            if known is None:
                return None
            if len(self._known) >= MOST_COLLECTIONS:
                self._known.clear()
            self._known[own] = known
        place = f"{known.folder}/{z}/{row}/{column}.mvt.gz"
        try:
            file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            size = os.fstat(file).st_size
            body = os.read(file, size)
        except OSError:
            return None
        finally:
            os.close(file)
        if len(body) != size:
            return None
        tag = self._tags.get(place)
        if tag is None:  # a file of one stamp never changes
            if len(self._tags) >= MOST_TAGS:
                self._tags.clear()
            tag = self._tags[place] = f'{content_etag(body)[:-1]}-gzip"'.encode()
        return body, tag

    def _look(self, scope: Scope, collection: str, query: bytes) -> _Known | None:
        """Ask the database what a collection shows; None where the route is to say it, faults above all."""
        given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        asked = dict(given)
        if len(asked) < len(given) or not set(asked) <= _PARAMETERS or "" in asked.values():
            return None
        state = scope["app"].state
        seen_at = time.monotonic()
        try:
            written = asked.pop("datetime", None)
            if written is not None and not _DAY.fullmatch(written):
                return None
            shown = Shown(collection, today() if written is None else as_at(written), **asked)
            with reading(state.engine, state.settings.statement_timeout_s) as session:
                layer = asked_layer(session, kept_layers(state), shown)
        except (BoundsError, *FAILURES):
            return None
        return _Known(layer, str(tile_store(state).folder_of(layer)), seen_at)


class _Route:
    """What the log and the counts ask of a route: its template."""

    path = "/ogc/collections/{collection}/tiles/WebMercatorQuad/{z}/{row}/{column}"


_ROUTE = _Route()
_FIXED = [
    *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
    (b"content-encoding", b"gzip"), (b"content-type", MEDIA_TYPE.encode()),
]  # fmt: skip


def _is_plain(scope: Scope) -> bool:
    """Say whether a caller takes gzip and asks nothing of tags: what else there is, the route knows."""
    takes = False
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            takes = _takes_gzip(value)
        elif name in (b"if-none-match", b"range"):
            return False
    return takes


@lru_cache(256)
def _takes_gzip(accepted: bytes) -> bool:
    return _GZIP.search(accepted.decode("latin-1").lower()) is not None


async def _send(send: Send, body: bytes, tag: bytes) -> None:
    headers = [*_FIXED, (b"etag", tag), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
