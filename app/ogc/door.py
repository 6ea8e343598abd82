"""Lets the hot questions in before the framework: pages, boxes and single features of areas.

They are in memory or finished on disk, or made by one statement. What it cannot answer well goes on to
the routes, as if it were not; both say the same to the byte.
"""

from __future__ import annotations

import time
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from anyio import to_thread
from sqlalchemy import Engine
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from app.codings import SMALLEST_COMPRESSED, choose_coding, compress, compress_now
from app.dependencies import encode_cursor, matched_tag, today
from app.kept_answers import COLLECTIONS, Doors, Headers, Kept, send_kept
from app.ogc.answers import GEOJSON, feature_body, headers_of, page_body
from app.ogc.asking import GDAL_GOES_ON, GDAL_TAKES, ITEM, ITEMS, Question, paged_for, read_question
from app.ogc.crs_names import CRS84
from app.ogc.queries import Page, find_collection, read_page
from app.ogc.statements.collections import Collection
from app.ogc.statements.finished import FinishedTexts, Rows
from app.ogc.statements.kept_layers import KINDS
from app.ogc.stored import AnswerStore
from app.problems import from_database, problem_response, wants_page
from app.replicas import Databases
from app.sessions import FAILURES, Stopped, reading
from app.settings import Settings
from boundaries.errors import BoundsError

#: how long a state that was seen is believed: a release that is served or taken back shows after it
BELIEVED_S = 0.5
#: parameters of answers worth keeping, and the sizes of page that they are kept for: few enough to fill no disk
KEPT_PARAMETERS = frozenset({"limit", "cursor", "f", "crs"})
KEPT_LIMITS = frozenset({10, 100, GDAL_GOES_ON, 1_000, 10_000})
#: from here on an answer goes to disk at once, and is compressed in another thread
LARGE = 50_000
_WHO = (b"authorization", b"cookie")

_wants_page = lru_cache(256)(wants_page)
_coding = lru_cache(256)(choose_coding)


class _Pass(Exception):
    """The routes are to answer this."""


class _Asked(NamedTuple):
    """What the path, the query and three headers say; key None: a page."""

    name: str
    key: str | None
    query: bytes
    coding: str
    is_page: bool
    is_gdal: bool
    tags: str


class Ready(NamedTuple):
    """An answer as it is sent; `tag` is the one that every coding of it shares."""

    tag: str
    headers: Headers
    unchanged: Headers
    body: bytes


class FeatureDoor:
    """Answers GETs of areas as GeoJSON; all else, refusals and failures are left to what is behind it."""

    def __init__(self, app: ASGIApp, databases: Databases, doors: Doors) -> None:
        self.app = app
        doors["items"] = self
        self._databases = databases
        self._store: AnswerStore | None = None
        self._sides: dict[Engine, _Side] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self.asked(scope)
        if asked is not None:
            try:
                ready = await (await self._side(scope)).ready(asked)
            except Stopped as stopped:
                # To ask again by another way would take as long again.
                await problem_response(from_database(stopped), scope)(scope, receive, send)
                return
            except (_Pass, BoundsError, *FAILURES):
                pass  # the route says it in full, of another database where this one was lost
            else:
                await send_kept(send, _told(ready, asked.tags))
                return
        await self.app(scope, receive, send)

    def close(self) -> None:
        """Close what it asked with, and write what memory alone holds."""
        for side in self._sides.values():
            side.texts.close()
        if self._store is not None:
            self._store.close()

    async def _side(self, scope: Scope) -> _Side:
        """What is known of the database that is asked: the primary, or the copy whose turn it is."""
        state = scope["app"].state
        engine = (
            await self._databases.choose(None)
            if self._databases.copies
            else self._databases.primary
        )
        side = self._sides.get(engine)
        if side is None:
            if self._store is None:
                self._store = AnswerStore(Path(state.settings.data_dir) / "features")
                state.feature_door = self
            url = state.engine.url
            # The primary's address: what is finished at one state is the same at every copy.
            database = f"{url.host}|{url.database}|{dict(url.query)}"
            side = _Side(engine, database, state.settings, self._store)
            self._sides[engine] = side
        return side

    def at_hand(self, scope: Scope) -> Kept | None:
        """Give an answer that is in memory whole, of the database that answers when there is no other."""
        side = None if self._databases.copies else self._sides.get(self._databases.primary)
        if side is None or (asked := self.asked(scope)) is None:
            return None
        ready = side.in_memory(asked)
        return None if ready is None else _told(ready, asked.tags)

    def asked(self, scope: Scope) -> _Asked | None:
        """Read what a path of features names, and the headers that choose among answers; None for other paths."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path: str = scope["path"]
        if not path.startswith(COLLECTIONS):
            return None
        parts = path[len(COLLECTIONS) :].split("/")
        if len(parts) not in (2, 3) or parts[1] != "items" or "" in parts:
            return None
        scope["route"] = _ROUTES[len(parts)]
        accept = codings = tags = ""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept or value.decode("latin-1")
            elif name == b"accept-encoding":
                codings = (
                    f"{codings},{value.decode('latin-1')}" if codings else value.decode("latin-1")
                )
            elif name == b"if-none-match":
                tags = tags or value.decode("latin-1")
            elif name == b"x-bounds-lsn" or (name in _WHO and self._databases.copies):
                return None  # which database may answer is worked out behind the door
        key = parts[2] if len(parts) == 3 else None
        return _Asked(
            parts[0], key, scope["query_string"], _coding(codings), _wants_page(accept),
            accept == GDAL_TAKES, tags,
        )  # fmt: skip


class _Side:
    """One database's state as it was last seen: a copy may be a moment behind another."""

    def __init__(
        self, engine: Engine, database: str, settings: Settings, store: AnswerStore
    ) -> None:
        self.texts = FinishedTexts(engine, settings.statement_timeout_s)
        self._engine = engine
        self._database = database
        self._timeout_s = settings.statement_timeout_s
        self._base = f"{settings.base_url}/ogc"
        self._store = store
        self._state, self._seen_at = "", -1.0
        self._known: dict[tuple[str, str], Collection] = {}

    def in_memory(self, asked: _Asked) -> Ready | None:
        """Give an answer that is in memory whole, while the state that was seen is believed."""
        if asked.is_page or time.monotonic() - self._seen_at > BELIEVED_S:
            return None
        found: Ready | None = self._store.in_memory(_own(f"{self._state}|{today()}", asked))
        return found

    async def ready(self, asked: _Asked) -> Ready:
        """Give the answer as it is sent. Raises _Pass where the routes are to give it."""
        day = today()
        state = await self._state_now(day)
        own = _own(state, asked)
        if not asked.is_page and (ready := self._store.recall(own)) is not None:
            return ready
        given = QueryParams(asked.query.decode("latin-1"))
        form = given.get("f")
        if form not in (None, "json") or (form is None and asked.is_page):
            raise _Pass
        question = read_question(given, ITEMS if asked.key is None else ITEM)
        if asked.is_gdal and asked.key is None:
            question = paged_for(question, GDAL_TAKES)
        collection = await self._collection(
            state, asked.name, question, day, is_page=asked.key is None
        )
        said = headers_of(
            collection, question, "json" if asked.key is None else f"json|{asked.key}", self._base
        )
        if asked.tags and matched_tag(asked.tags, said["ETag"]) is not None:
            if asked.key is not None and not await self._is_there(collection, asked.key):
                raise _Pass
            return Ready(said["ETag"], [], _told_again(said), b"")
        worth = set(question.asked) <= KEPT_PARAMETERS and (
            asked.key is not None or question.limit in KEPT_LIMITS
        )
        if not worth:
            return _finished(said, *await self._fresh(collection, question, asked))
        asked_of = (collection.about.id, asked.key, sorted(question.asked.items()))
        address = repr((self._base, *asked_of, question.next_limit))
        body, coding = await self._kept(state, address, collection, question, asked)
        ready = _finished(said, body, coding)
        # A file costs more than a statement for a few features: those go to disk when they leave memory.
        self._store.remember(own, ready, (state, address, coding), on_disk=len(body) >= LARGE)
        return ready

    async def _kept(
        self, state: str, address: str, collection: Collection, question: Question, asked: _Asked
    ) -> tuple[bytes, str]:
        """Give an answer and its coding: from the store, or made and (a large one) kept there."""
        coding = asked.coding
        found = self._store.find(state, address, coding)
        if found is not None:
            return found, coding
        body = self._store.find(state, address, "identity") if coding != "identity" else None
        if body is None:
            body = await self._make(collection, question, asked.key)
            if len(body) >= LARGE:
                self._store.keep_soon(state, address, "identity", body)
        if coding == "identity" or len(body) < SMALLEST_COMPRESSED:
            return body, "identity"
        if len(body) < LARGE:
            return compress_now(body, coding), coding
        smaller = await to_thread.run_sync(compress, body, coding)
        self._store.keep_soon(state, address, coding, smaller)
        return smaller, coding

    async def _fresh(
        self, collection: Collection, question: Question, asked: _Asked
    ) -> tuple[bytes, str]:
        """Make an answer that is not worth keeping, compressed in a hurry."""
        body = await self._make(collection, question, asked.key)
        if asked.coding == "identity" or len(body) < SMALLEST_COMPRESSED:
            return body, "identity"
        if len(body) < LARGE:
            return compress_now(body, asked.coding), asked.coding
        return await to_thread.run_sync(compress_now, body, asked.coding), asked.coding

    async def _make(self, collection: Collection, question: Question, key: str | None) -> bytes:
        """Make an answer by one statement that gives finished text."""
        if key is not None:
            text = await self.texts.one(collection.set_id, key)
            if text is None:
                raise _Pass
            return feature_body(text, collection.about, self._base, key, question.asked)
        if question.system is not CRS84:
            return await to_thread.run_sync(self._composed, collection, question)
        limit = question.limit or 0
        if question.boxes is None:
            after = "" if question.after is None else question.after[-1]
            if not isinstance(after, str) or (
                question.after is not None and len(question.after) != 2
            ):
                raise _Pass
            rows = await self.texts.page(collection.set_id, after, limit)
            total = collection.matched if question.after is None else question.after[0]
            if not isinstance(total, int) or isinstance(total, bool) or total < 0:
                raise _Pass
        else:
            rows = await self._in_box(collection, question, limit)
            total = len(rows.texts)
        following = encode_cursor([total, rows.last]) if rows.more else None
        return page_body(Page(rows.texts, total, following), collection.about, question, self._base)

    def _composed(self, collection: Collection, question: Question) -> bytes:
        """Make a page in another system as its route does: programs that copy a layer ask in the stored one."""
        with reading(self._engine, self._timeout_s) as session:
            page = read_page(session, collection, question)
        return page_body(page, collection.about, question, self._base)

    async def _in_box(self, collection: Collection, question: Question, limit: int) -> Rows:
        """Read what meets a box of degrees; more than a page needs counting, which the routes do."""
        assert question.boxes is not None
        west, south, east, north = question.boxes[0]
        if len(question.boxes) > 1 or not (west < east and south < north):
            raise _Pass
        rows = await self.texts.in_box(collection.set_id, question.boxes[0], limit)
        if rows.more:
            raise _Pass
        return rows

    async def _is_there(self, collection: Collection, key: str) -> bool:
        return await self.texts.one(collection.set_id, key) is not None

    async def _collection(
        self, state: str, name: str, question: Question, day: date, *, is_page: bool
    ) -> Collection:
        """Give the collection where its finished texts answer the question as they are, else pass."""
        hot = (
            question.box_system is CRS84 and question.tree is None
            and (question.system is CRS84 or (is_page and question.boxes is None))
            and question.properties is None and not question.order and question.span is None
            and not (question.after is not None and question.boxes is not None)
        )  # fmt: skip
        if not hot or name in KINDS:
            raise _Pass
        found = self._known.get((state, name))
        if found is None:
            found = await to_thread.run_sync(self._find, name, day)
            if len(self._known) > 500:
                self._known.clear()
            if found.ready:
                self._known[state, name] = found
        if not found.ready or len(found.source.where) != 1:
            raise _Pass
        return found

    def _find(self, name: str, day: date) -> Collection:
        with reading(self._engine, self._timeout_s) as session:
            return find_collection(session, name, None, day)

    async def _state_now(self, day: date) -> str:
        now = time.monotonic()
        if now - self._seen_at > BELIEVED_S:
            self._state, self._seen_at = f"{self._database}|{await self.texts.state()}", now
        return f"{self._state}|{day}"


def _own(state: str, asked: _Asked) -> tuple[object, ...]:
    """Name an answer in memory by all that it follows from."""
    return state, asked.name, asked.key, asked.query, asked.coding, asked.is_gdal


class _Route:
    """What the log and the counts ask of a route: its template."""

    def __init__(self, path: str) -> None:
        self.path = path


_ROUTES = {
    2: _Route(COLLECTIONS + "{collection}/items"), 3: _Route(COLLECTIONS + "{collection}/items/{feature}"),
}  # fmt: skip


def _finished(said: dict[str, str], body: bytes, coding: str) -> Ready:
    """Put an answer together, headers as the layers behind the door would have made them."""
    whole = {**said, "Content-Type": GEOJSON, "Content-Length": str(len(body))}
    if coding != "identity" or len(body) >= SMALLEST_COMPRESSED:
        whole["Vary"] = "Accept, Accept-Encoding"
    if coding != "identity":
        whole |= {"Content-Encoding": coding, "ETag": f'{said["ETag"][:-1]}-{coding}"'}
    return Ready(said["ETag"], _written(whole), _told_again(said), body)


def _told_again(said: dict[str, str]) -> Headers:
    """Give the headers of a 304, without its tag: that of the answer which the caller has."""
    told = {name: value for name, value in said.items() if name != "ETag"}
    return _written({**told, "Vary": "Accept, Accept-Encoding"})


def _written(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def _told(ready: Ready, given: str) -> Kept:
    """Give what is sent to who has the answers of some tags."""
    if given and (tag := matched_tag(given, ready.tag)) is not None:
        return 304, [*ready.unchanged, (b"etag", tag.encode("latin-1"))], b""
    return 200, ready.headers, ready.body
