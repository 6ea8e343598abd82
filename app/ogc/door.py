"""Lets the hot questions in before the framework: pages, boxes and single features of areas.

They are finished on disk, or made by one statement. What it cannot answer well goes on to the routes,
as if it were not; both say the same to the byte.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

from anyio import to_thread
from sqlalchemy import Engine
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.dependencies import encode_cursor, listed_tags, today
from app.ogc.answers import GEOJSON, feature_body, headers_of, page_body
from app.ogc.asking import ITEM, ITEMS, Question, read_question
from app.ogc.crs_names import CRS84
from app.ogc.queries import Page, find_collection
from app.ogc.statements.collections import Collection
from app.ogc.statements.kept_layers import KINDS
from app.ogc.stored import SMALLEST_COMPRESSED, AnswerStore, choose_coding, compress
from app.problems import wants_page
from app.sessions import FAILURES, QuickReads, reading, reads_of
from boundaries.crs import BNG, WGS84, box_in_metres
from boundaries.errors import BoundsError

PREFIX = "/ogc/collections/"
#: how long a state that was seen is believed: a release that is served or taken back shows after it
BELIEVED_S = 0.5
#: parameters of answers worth keeping, and the sizes of page that they are kept for: few enough to fill no disk
KEPT_PARAMETERS = frozenset({"limit", "cursor", "f"})
KEPT_LIMITS = frozenset({10, 100, 1_000, 10_000})
STATE: LiteralString = "SELECT max(id) FROM geography_changes"
ONE: LiteralString = "SELECT written FROM feature_texts WHERE set_id = %s AND key = %s"
PAGE: LiteralString = (
    "SELECT written, key FROM feature_texts WHERE set_id = %s AND key > %s ORDER BY key LIMIT %s"
)
IN_BOX: LiteralString = (
    "SELECT t.written, t.key FROM boundaries AS b"
    " JOIN feature_texts AS t ON t.set_id = b.release_id AND t.key = b.code"
    " WHERE b.release_id = %s AND b.geom && ST_MakeEnvelope(%s, %s, %s, %s, %s)"
    " AND ST_Intersects(b.geom_wgs84, ST_MakeEnvelope(%s, %s, %s, %s, %s)) ORDER BY b.code LIMIT %s"
)


class _Pass(Exception):
    """The routes are to answer this."""


class FeatureDoor:
    """Answers GETs of areas as GeoJSON; all else, refusals and failures are left to what is behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._store: AnswerStore | None = None
        self._sides: dict[Engine, _Side] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self._asked(scope)
        if asked is not None:
            try:
                status, headers, body = await self._side(scope).answer(scope, *asked)
            except (_Pass, BoundsError, *FAILURES):
                pass  # the route says it in full
            else:
                await _send(send, status, headers, body)
                return
        await self.app(scope, receive, send)

    def _asked(self, scope: Scope) -> tuple[str, str | None] | None:
        """Give the collection and the feature (None: a page) that a path names; None for other paths."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path: str = scope["path"]
        if not path.startswith(PREFIX):
            return None
        parts = path[len(PREFIX) :].split("/")
        if len(parts) not in (2, 3) or parts[1] != "items" or "" in parts:
            return None
        scope["route"] = _Route(len(parts))
        return parts[0], parts[2] if len(parts) == 3 else None

    def _side(self, scope: Scope) -> _Side:
        """What is known of the database that this request reads from; the answers on disk are shared."""
        state = scope["app"].state
        if self._store is None:
            self._store = AnswerStore(Path(state.settings.data_dir) / "features")
            state.feature_reads = []
        engine = reads_of(Request(scope))
        if engine not in self._sides:
            reads = QuickReads(engine, state.settings.statement_timeout_s)
            state.feature_reads.append(reads)
            self._sides[engine] = _Side(engine, reads, self._store)
        return self._sides[engine]


class _Side:
    """One database's state as it was last seen: a copy may be a moment behind another."""

    def __init__(self, engine: Engine, reads: QuickReads, store: AnswerStore) -> None:
        self._engine = engine
        self._reads = reads
        self._store = store
        self._state, self._seen_at = "", -1.0
        self._known: dict[tuple[str, str], Collection] = {}

    async def answer(
        self, scope: Scope, name: str, key: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        headers = Headers(scope=scope)
        given = QueryParams(scope["query_string"].decode("latin-1"))
        form = given.get("f")
        if form not in (None, "json") or (form is None and wants_page(headers.get("accept", ""))):
            raise _Pass
        day = today()
        state = await self._state_now(scope, day)
        question = read_question(given, ITEMS if key is None else ITEM)
        collection = await self._collection(scope, state, name, question, day)
        base = f"{scope['app'].state.settings.base_url}/ogc"
        said = headers_of(collection, question, "json" if key is None else f"json|{key}", base)
        if said["ETag"] in listed_tags(headers.get("if-none-match", "")):
            if key is not None and not await self._is_there(collection, key):
                raise _Pass
            return 304, said, b""
        coding = choose_coding(headers.get("accept-encoding", ""))
        kept = await self._kept(state, collection, question, key, coding, base)
        if kept[1] != "identity":
            # Its tag is marked by the traffic rules, as every coded answer's.
            said |= {"Content-Encoding": kept[1], "Vary": "Accept, Accept-Encoding"}
        return 200, {**said, "Content-Type": GEOJSON}, kept[0]

    async def _kept(
        self, state: str, collection: Collection, question: Question,
        key: str | None, coding: str, base: str,
    ) -> tuple[bytes, str]:  # fmt: skip
        """Give an answer and its coding: from the store, or made and (where that is worth it) kept."""
        worth = set(question.asked) <= KEPT_PARAMETERS and (
            key is not None or question.limit in KEPT_LIMITS
        )
        address = repr((base, collection.about.id, key, sorted(question.asked.items())))
        if worth and (found := self._store.find(state, address, coding)) is not None:
            return found, coding
        body = self._store.find(state, address, "identity") if worth else None
        if body is None:
            body = await self._make(collection, question, key, base)
            if worth:
                await to_thread.run_sync(self._store.keep, state, address, "identity", body)
        if not worth or coding == "identity" or len(body) < SMALLEST_COMPRESSED:
            return body, "identity"
        smaller = await to_thread.run_sync(compress, body, coding)
        await to_thread.run_sync(self._store.keep, state, address, coding, smaller)
        return smaller, coding

    async def _make(
        self, collection: Collection, question: Question, key: str | None, base: str
    ) -> bytes:
        """Make an answer by one statement that gives finished text."""
        if key is not None:
            rows = await self._reads.fetch(ONE, (collection.set_id, key[:400]))
            if not rows:
                raise _Pass
            return feature_body(rows[0][0], collection.about, base, key, question.asked)
        limit = question.limit or 0
        if question.boxes is None:
            after = "" if question.after is None else question.after[-1]
            if not isinstance(after, str) or (
                question.after is not None and len(question.after) != 2
            ):
                raise _Pass
            rows = await self._reads.fetch(PAGE, (collection.set_id, after, limit + 1))
            total = collection.matched if question.after is None else question.after[0]
            if not isinstance(total, int) or isinstance(total, bool) or total < 0:
                raise _Pass
        else:
            rows = await self._in_box(collection, question.boxes, limit)
            total = len(rows)
        shown = rows[:limit]
        following = encode_cursor([total, shown[-1][1]]) if len(rows) > limit else None
        page = Page([row[0] for row in shown], total, following)
        return page_body(page, collection.about, question, base)

    async def _in_box(
        self, collection: Collection, boxes: Sequence[tuple[float, ...]], limit: int
    ) -> list[tuple[Any, ...]]:
        """Read what meets a box of degrees; more than a page needs counting, which the routes do."""
        west, south, east, north = boxes[0]
        metres = (
            box_in_metres((west, south, east, north)) if west < east and south < north else None
        )
        if len(boxes) > 1 or metres is None:
            raise _Pass
        given = (collection.set_id, *metres, BNG, west, south, east, north, WGS84, limit + 1)
        rows = await self._reads.fetch(IN_BOX, given)
        if len(rows) > limit:
            raise _Pass
        return rows

    async def _is_there(self, collection: Collection, key: str) -> bool:
        return bool(await self._reads.fetch(ONE, (collection.set_id, key[:400])))

    async def _collection(
        self, scope: Scope, state: str, name: str, question: Question, day: date
    ) -> Collection:
        """Give the collection where its finished texts answer the question as they are, else pass."""
        hot = (
            question.system is CRS84 and question.box_system is CRS84 and question.tree is None
            and question.properties is None and not question.order and question.span is None
            and not (question.after is not None and question.boxes is not None)
        )  # fmt: skip
        if not hot or name in KINDS:
            raise _Pass
        found = self._known.get((state, name))
        if found is None:
            found = await to_thread.run_sync(self._find, scope, name, day)
            if len(self._known) > 500:
                self._known.clear()
            if found.ready:
                self._known[state, name] = found
        if not found.ready or len(found.source.where) != 1:
            raise _Pass
        return found

    def _find(self, scope: Scope, name: str, day: date) -> Collection:
        settings = scope["app"].state.settings
        with reading(self._engine, settings.statement_timeout_s) as session:
            return find_collection(session, name, None, day)

    async def _state_now(self, scope: Scope, day: date) -> str:
        now = time.monotonic()
        if now - self._seen_at > BELIEVED_S:
            rows = await self._reads.fetch(STATE)
            # The primary's address: what is finished at one state is the same at every copy.
            url = scope["app"].state.engine.url
            self._state, self._seen_at = (
                f"{url.host}|{url.database}|{dict(url.query)}|{rows[0][0]}",
                now,
            )
        return f"{self._state}|{day}"


class _Route:
    """What the log and the counts ask of a route: its template."""

    def __init__(self, parts: int) -> None:
        self.path = PREFIX + "{collection}/items" + ("/{feature}" if parts == 3 else "")


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    if status == 200:
        sent.append((b"content-length", str(len(body)).encode()))
    start: Message = {"type": "http.response.start", "status": status, "headers": sent}
    await send(start)
    await send({"type": "http.response.body", "body": body})
