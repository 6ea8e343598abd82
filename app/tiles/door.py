"""Sends tiles ahead of every layer: from memory, from disk, or drawn by one statement where a release is laid out.

What it cannot answer well goes on to the route, as if it were not; what is sent is the route's answer to the
byte. Which data a collection shows is asked of the database at most twice a second: a release that is served or
taken back shows after that.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from app.dependencies import as_at, content_etag, listed_tags, today
from app.finished_reads import FinishedReads
from app.kept_answers import COLLECTIONS, Doors, Headers, Kept, send_kept
from app.long_answers import PIECE
from app.problems import Busy, from_database, problem_response
from app.sessions import FAILURES, MOMENT, Stopped, moment_of, reading
from app.tiles.drawing import draw_quickly
from app.tiles.finished import (
    AT_ONCE,
    compress_tile,
    kept_layers,
    served_now,
    tile_gate,
    tile_store,
)
from app.tiles.methods.tile_grid import is_tile
from app.tiles.queries import Shown, TileLayer, asked_layer
from app.tiles.stored import KEPT_TO
from app.whole_files import read_whole
from boundaries.errors import BoundsError

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# A tile is asked about again: its release may be taken back within the hour.
HEADERS = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Encoding"}
#: how long what a collection shows is believed
BELIEVED_S = 0.5
MOST_COLLECTIONS = 200
#: tiles in the memory of one process: to read and tag a large one costs three times what sending it does
MOST_IN_MEMORY, LARGEST_IN_MEMORY = 16_000_000, 2_000_000
#: of a tile in memory, beside its body
_OVERHEAD = 1_500
#: what waits to be written; beyond it a tile is not kept this time
MOST_WAITING = 50_000_000
PATH = re.compile(
    r"/ogc/collections/([\w.-]{1,80})/tiles/WebMercatorQuad/(0|[1-9]\d?)/(0|[1-9]\d{0,4})/(0|[1-9]\d{0,4})",
    re.ASCII,
)
_MOMENT = f"SELECT {MOMENT}".encode()
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PARAMETERS = frozenset({"datetime", "index", "indicator", "release"})
_GZIP = re.compile(r"(^|[,\s])gzip\s*($|,)")


class _Known(NamedTuple):
    """What a collection shows, where its tiles are kept, at which moment of the database, and when that was seen."""

    layer: TileLayer
    folder: str
    moment: str
    seen_at: float


class _Ready(NamedTuple):
    """A tile as it is sent; `tag` is the one that every coding of it shares."""

    tag: str
    headers: Headers
    body: bytes


class TileDoor:
    """Answers GETs of tiles for callers that take gzip."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app = app
        doors["tiles"] = self
        self._known: dict[tuple[str, bytes, date], _Known] = {}
        self._memory: OrderedDict[str, _Ready] = OrderedDict()
        self._in_memory = 0
        self._reads: FinishedReads | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _place_of(scope)
        if found is not None and (given := _tags_of(scope)) is not None:
            try:
                ready = await self._ready(scope, *found)
            except (Busy, Stopped) as problem:
                # To ask again by another way would take as long again.
                scope["route"] = _ROUTE
                told = problem if isinstance(problem, Busy) else from_database(problem)
                await problem_response(told, scope)(scope, receive, send)
                return
            except (BoundsError, *FAILURES):
                ready = (
                    None  # the route says it in full, of another database where this one was lost
                )
            if ready is not None:
                scope["route"] = _ROUTE
                await send_kept(send, _told(ready, given))
                return
        await self.app(scope, receive, send)

    def close(self) -> None:
        """Close what it asked with, and wait until all is kept."""
        if self._reads is not None:
            self._reads.close()
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def at_hand(self, scope: Scope) -> Kept | None:
        """Give a tile that is in memory and in one piece, while what its collection shows is believed."""
        found = _place_of(scope)
        if found is None:
            return None
        collection, z, row, column = found
        known = self._known.get((collection, scope["query_string"], today()))
        if known is None or time.monotonic() - known.seen_at > BELIEVED_S:
            return None
        ready = self._recall(_named(known, z, row, column))
        if ready is None or len(ready.body) > PIECE or (given := _tags_of(scope)) is None:
            return None
        scope["route"] = _ROUTE
        return _told(ready, given)

    def _recall(self, place: str) -> _Ready | None:
        ready = self._memory.get(place)
        if ready is not None:
            self._memory.move_to_end(place)
        return ready

    async def _ready(
        self, scope: Scope, collection: str, z: str, row: str, column: str
    ) -> _Ready | None:
        """Give a tile; None where the route is to answer. Raises Busy, and as the database does."""
        own = collection, scope["query_string"], today()
        known = self._known.get(own)
        if known is None or time.monotonic() - known.seen_at > BELIEVED_S:
            known = await self._seen(scope, own, known)
            if known is None:
                return None
            if len(self._known) >= MOST_COLLECTIONS:
                self._known.clear()
            self._known[own] = known
        place = _named(known, z, row, column)
        ready = self._recall(place)
        if ready is not None:
            return ready
        numbers = int(z), int(row), int(column)
        body = read_whole(place) if numbers[0] <= KEPT_TO else None
        if body is None:
            body = await self._drawn(scope["app"].state, known.layer, numbers)
            if body is None:
                return None
        ready = _finished(body)
        self._remember(place, ready)
        return ready

    async def _seen(
        self, scope: Scope, own: tuple[str, bytes, date], before: _Known | None
    ) -> _Known | None:
        """See what a collection shows: at the same moment of the database as before, the same."""
        if before is not None:
            seen_at = time.monotonic()
            found = await self._reads_of(scope["app"].state).fetch(_MOMENT)
            if found.get_value(0, 0) == before.moment.encode():
                return before._replace(seen_at=seen_at)
        return await to_thread.run_sync(self._look, scope, *own)

    def _reads_of(self, state: Any) -> FinishedReads:
        if self._reads is None:
            self._reads = FinishedReads(
                state.engine, state.settings.statement_timeout_s, AT_ONCE + 2
            )
            state.tile_door = self
        return self._reads

    async def _drawn(
        self, state: Any, layer: TileLayer, numbers: tuple[int, int, int]
    ) -> bytes | None:
        """Draw a tile by one statement and have it kept; None where its route is to draw it."""
        if not layer.sheets or not is_tile(*numbers):
            return None
        gate = tile_gate(state)
        await gate.enter()
        try:
            drawn = await draw_quickly(self._reads_of(state), layer, *numbers)
        finally:
            gate.leave()
        if drawn is None:
            return None
        body = compress_tile(drawn)
        if numbers[0] <= KEPT_TO:
            self._keep_soon(state, layer, numbers, body)
        return body

    def _keep_soon(
        self, state: Any, layer: TileLayer, numbers: tuple[int, int, int], body: bytes
    ) -> None:
        """Keep a tile without waiting for the disk."""
        with self._lock:
            if self._waiting + len(body) > MOST_WAITING:
                return
            self._waiting += len(body)
            if self._writer is None:
                self._writer = ThreadPoolExecutor(1, "tiles")
        self._writer.submit(self._keep, state, layer, numbers, body)

    def _keep(
        self, state: Any, layer: TileLayer, numbers: tuple[int, int, int], body: bytes
    ) -> None:
        try:
            tile_store(state).keep(layer, *numbers, body, lambda: served_now(state))
        except (BoundsError, *FAILURES):
            pass  # the database went away: it is kept another time
        finally:
            with self._lock:
                self._waiting -= len(body)

    def _remember(self, place: str, ready: _Ready) -> None:
        """Hold a tile in memory; what was unused for longest leaves."""
        if len(ready.body) > LARGEST_IN_MEMORY or place in self._memory:
            return
        self._memory[place] = ready
        self._in_memory += len(ready.body) + _OVERHEAD
        while self._in_memory > MOST_IN_MEMORY:
            _, gone = self._memory.popitem(last=False)
            self._in_memory -= len(gone.body) + _OVERHEAD

    def _look(self, scope: Scope, collection: str, query: bytes, day: date) -> _Known | None:
        """Ask the database what a collection shows; None where the route is to say it, faults above all."""
        given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        asked = dict(given)
        if len(asked) < len(given) or not set(asked) <= _PARAMETERS or "" in asked.values():
            return None
        state = scope["app"].state
        seen_at = time.monotonic()
        written = asked.pop("datetime", None)
        if written is not None and not _DAY.fullmatch(written):
            return None
        shown = Shown(collection, day if written is None else as_at(written), **asked)
        with reading(state.engine, state.settings.statement_timeout_s) as session:
            layer = asked_layer(session, kept_layers(state), shown)
            moment = moment_of(session)
        return _Known(layer, str(tile_store(state).folder_of(layer)), moment, seen_at)


class _Route:
    """What the log and the counts ask of a route: its template."""

    path = "/ogc/collections/{collection}/tiles/WebMercatorQuad/{z}/{row}/{column}"


_ROUTE = _Route()
_UNCHANGED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_FIXED = [*_UNCHANGED, (b"content-encoding", b"gzip"), (b"content-type", MEDIA_TYPE.encode())]


def _place_of(scope: Scope) -> tuple[str, ...] | None:
    """Give collection, level, row and column of a GET of a tile; None for all else."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path: str = scope["path"]
    if not path.startswith(COLLECTIONS) or "/tiles/" not in path:
        return None
    found = PATH.fullmatch(path)
    return None if found is None else found.groups()


def _named(known: _Known, z: str, row: str, column: str) -> str:
    """Name a tile by its place on disk, and so by the stamp of what is shown: what it holds never changes."""
    return f"{known.folder}/{z}/{row}/{column}.mvt.gz"


def _tags_of(scope: Scope) -> str | None:
    """Give the tags that a caller has, "" for none; None for callers without gzip, and for parts: the route's."""
    takes, tags = False, ""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            takes = _takes_gzip(value)
        elif name == b"if-none-match":
            tags = tags or value.decode("latin-1")
        elif name == b"range":
            return None
    return tags if takes else None


@lru_cache(256)
def _takes_gzip(accepted: bytes) -> bool:
    return _GZIP.search(accepted.decode("latin-1").lower()) is not None


def _finished(body: bytes) -> _Ready:
    tag = content_etag(body)
    own = [
        (b"etag", f'{tag[:-1]}-gzip"'.encode()), (b"content-length", str(len(body)).encode()),
    ]  # fmt: skip
    return _Ready(tag, [*_FIXED, *own], body)


def _told(ready: _Ready, given: str) -> Kept:
    """Give what is sent to who has the answers of some tags."""
    if given and not listed_tags(given).isdisjoint((ready.tag, "*")):
        return 304, [*_UNCHANGED, ready.headers[-2]], b""
    return 200, ready.headers, ready.body
