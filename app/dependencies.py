"""What a route may ask for: a session, a page, a day, an actor, a place in the queue; holds no question of its own."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param
from fastapi.params import Query as QueryInfo
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.access.cookies import actor_by_cookie, page_actor
from app.access.history import told_since
from app.access.once import store_once
from app.access.queries import Actor, find_actor, why_refused
from app.codings import CODINGS
from app.problems import (
    BadPaging,
    Busy,
    NoIfMatch,
    NotAllowed,
    NotSignedIn,
    Stale,
    UnknownParameter,
)
from app.sessions import reading, reads_of, writing
from boundaries.errors import Fault, Invalid, NotFound

MAX_LIMIT = 1000
# In the scope of a HEAD, which `app.traffic` has answered as a GET.
ASKED_BY_HEAD = "bounds.asked_by_head"
# What `app.traffic` adds to the tag of an answer, so that each coding of one body has a strong tag of its own.
_CODED = re.compile(rf'-({"|".join(CODINGS)})"$')
_LONDON = ZoneInfo("Europe/London")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_session(request: Request) -> Iterator[Session]:
    """One read-only transaction for the request, closed before the answer is sent."""
    state = request.app.state
    with reading(reads_of(request), state.settings.statement_timeout_s) as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    """One transaction for the request: committed before the answer is sent, undone by any error."""
    state = request.app.state
    with writing(state.engine, state.settings.statement_timeout_s) as session:
        yield session
        turn = getattr(request.state, "turn", None)
        if turn is not None:  # sent under an Idempotency-Key: noted with the write, or neither is
            store_once(session, turn)


# "function": the transaction ends when the route returns, not when a slow reader has taken the
# last byte; and a commit that fails is told as an error instead of after a 201.
ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]


def reject_unknown_parameters(request: Request) -> None:
    """Refuse (400) a query parameter that the route does not declare, naming those it does."""
    dependant = getattr(request.scope["route"], "dependant", None)
    fields = get_flat_params(dependant) if dependant is not None else []
    # The fields of a model of query parameters are no Param of their own; those of the path and headers are.
    allowed = sorted(
        f.alias
        for f in fields
        if isinstance(f.field_info, QueryInfo) or not isinstance(f.field_info, Param)
    )
    unknown = sorted(set(request.query_params) - set(allowed))
    if unknown:
        has = "it has " + ", ".join(allowed) if allowed else "it has none"
        raise UnknownParameter(
            f"this address has no parameter {', '.join(repr(u) for u in unknown)}; {has}",
            [Fault(f"unknown parameter; {has}", pointer=f"/{name}") for name in unknown],
        )


def encode_cursor(key: Sequence[str | int | float]) -> str:
    """Write the sort key of a page's last row as text that a caller hands back unread."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> list[Any]:
    """Read what `encode_cursor` wrote. Raises BadPaging for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError):
        key = None
    # No text of the database holds a NUL, which ends what is sent to it.
    if not isinstance(key, list) or not all(
        "\0" not in k if isinstance(k, str) else isinstance(k, int | float) for k in key
    ):
        raise BadPaging(
            "the cursor is not one that this service gave out; leave it out to begin again",
            [Fault("not a cursor of this service", pointer="/cursor", value=cursor[:80])],
        )
    return key


@dataclass(frozen=True)
class Page:
    """How many rows are wanted, after which sort key (None: from the beginning)."""

    limit: int
    after: list[Any] | None

    def after_key(self, *kinds: type) -> tuple[Any, ...] | None:
        """The sort key to go on after, checked to be of these kinds. Raises BadPaging."""
        if self.after is None:
            return None
        good = len(self.after) == len(kinds) and all(
            isinstance(part, kind) for part, kind in zip(self.after, kinds, strict=True)
        )
        if not good:
            raise BadPaging("the cursor belongs to another list")
        return tuple(self.after)

    def answer(
        self,
        request: Request,
        items: Sequence[Any],
        total: int,
        last_key: Sequence[str | int | float] | None,
    ) -> dict[str, Any]:
        """The list body `{items, total, next}`; `last_key` is None when no row follows."""
        following = None
        if last_key is not None:
            url = request.url.include_query_params(cursor=encode_cursor(last_key))
            following = f"{url.path}?{url.query}"
        return {"items": list(items), "total": total, "next": following}


def paging(
    limit: Annotated[str, Query(description=f"rows a page, 1 to {MAX_LIMIT}")] = "100",
    cursor: Annotated[str | None, Query(description="taken from the `next` of a page")] = None,
) -> Page:
    """Read `limit` and `cursor`. Raises BadPaging (400)."""
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MAX_LIMIT):
        raise BadPaging(
            f"limit must be a whole number from 1 to {MAX_LIMIT}, not {limit[:80]!r}",
            [Fault(f"must be 1 to {MAX_LIMIT}", pointer="/limit", value=limit[:80])],
        )
    return Page(int(limit), None if cursor is None else decode_cursor(cursor))


Paging = Annotated[Page, Depends(paging)]


def today() -> date:
    """Today in England."""
    return datetime.now(_LONDON).date()


def as_at(
    as_at: Annotated[
        str | None, Query(description="the day asked about, YYYY-MM-DD; default today")
    ] = None,
) -> date:
    """Read `as_at`. Raises Invalid (422) for anything but a day written YYYY-MM-DD."""
    if as_at is None:
        return today()
    try:
        if not _DAY.fullmatch(as_at):  # fromisoformat also takes 20250101 and 2025-W01-1
            raise ValueError
        return date.fromisoformat(as_at)
    except ValueError:
        raise Invalid(
            f"as_at must be a day written YYYY-MM-DD, not {as_at[:80]!r}",
            [Fault("must be a day written YYYY-MM-DD", pointer="/as_at", value=as_at[:80])],
        ) from None


AsAt = Annotated[date, Depends(as_at)]

#: how far borders may be simplified; the coarsest level that is stored at or below it is given
Simplify = Annotated[
    float | None,
    Query(
        ge=0, le=100_000, allow_inf_nan=False,
        description="metres: the coarsest stored level at or below it; said in Simplified-To-M",
    ),
]  # fmt: skip
SIMPLIFIED = "Simplified-To-M"


def simplified_header(level_m: float | None) -> dict[str, str]:
    """Say which level was given, in metres; 0 is the outline as published."""
    return {SIMPLIFIED: f"{level_m or 0:g}"}


def version_etag(name: str, version: int) -> str:
    """The strong ETag of one stored thing in one version: `"exe-valley.3"`."""
    return f'"{name}.{version}"'


def content_etag(body: bytes) -> str:
    """The strong ETag of an answer by what it holds, where nothing counts its versions."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def listed_tags(header: str) -> set[str]:
    """The tags of an If-Match or If-None-Match header, weak marks and coding suffixes taken off."""
    return {_bare(tag.strip()) for tag in header.split(",") if tag.strip()}


def _bare(tag: str) -> str:
    return _CODED.sub('"', tag.removeprefix("W/"))


def matched_tag(header: str, etag: str) -> str | None:
    """The tag of an If-None-Match header that `etag` meets, as its caller has it; None where none does.

    A cache updates the answer that it holds under that very tag (RFC 9111, 4.3.4).
    """
    for tag in header.split(","):
        if tag.strip() == "*":
            return etag
        if _bare(tag.strip()) == etag:
            return tag.strip().removeprefix("W/")
    return None


def if_match(request: Request) -> str:
    """The If-Match header of a change. Raises NoIfMatch (428) where there is none."""
    given = request.headers.get("if-match", "")
    if not given.strip():
        raise NoIfMatch("send the ETag that you read as If-Match, so that no change is lost")
    return given


IfMatch = Annotated[str, Depends(if_match)]


def require_if_match(given: str, current: str) -> None:
    """Check the caller's If-Match against the current ETag. Raises Stale (412)."""
    tags = listed_tags(given)
    if "*" not in tags and current not in tags:
        raise Stale(f"it has changed since you read it; its ETag is now {current}")


def require_unchanged(session: Session, given: str, subject: str, key: str, revision: int) -> None:
    """Check If-Match against a record that counts its revisions (`subject` of the trail, `key` of its ETag).

    Raises Stale (412), which names the revision that was read, the one that is there, and what changed since.
    """
    try:
        require_if_match(given, version_etag(key, revision))
    except Stale as stale:
        read = [
            int(match[1]) for tag in listed_tags(given)
            if (match := re.fullmatch(rf'"{re.escape(key)}\.([0-9]{{1,9}})"', tag)) is not None
        ]  # fmt: skip
        if not read or max(read) > revision:
            raise
        since = told_since(session, subject, max(read))
        raise Stale(
            f"{stale.detail}; you read revision {max(read)} and it is at revision {revision}"
            + (f": {since}" if since else "")
        ) from stale


def wants_headers_alone(request: Request) -> bool:
    """Say whether a HEAD was sent, which is asked inside as a GET: what is dear to write need not be written."""
    return ASKED_BY_HEAD in request.scope


def not_modified(
    request: Request, etag: str, headers: Mapping[str, str] | None = None
) -> Response | None:
    """A 304 when the caller already has `etag`, else None: ask before doing the work."""
    tag = matched_tag(request.headers.get("if-none-match", ""), etag)
    if tag is not None:
        told = dict(headers or {})
        varies = told.get("Vary", "")
        if "Accept-Encoding" not in varies:  # as the answer itself says it
            told["Vary"] = f"{varies}, Accept-Encoding".lstrip(", ")
        return Response(status_code=304, headers=told | {"ETag": tag})
    return None


def signed_in(request: Request, session: WriteSession) -> Actor:
    """Who holds the request's token, or is signed in and sends X-CSRF-Token.

    Raises NotSignedIn (401), which says what became of a token that is refused.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        by_cookie = actor_by_cookie(request, session)
        if by_cookie is not None:
            return by_cookie
        raise NotSignedIn('send the header "Authorization: Bearer TOKEN"')
    actor = find_actor(session, secret.strip())
    if actor is None:
        raise NotSignedIn(why_refused(session, secret.strip()))
    return actor


def editor(request: Request, actor: Annotated[Actor, Depends(signed_in)]) -> Actor:
    """Somebody who may change the partnership that the address names as `{slug}`.

    Another partnership's editor is told 404, before it is looked up: whether it exists is not
    for them to learn.
    """
    slug = request.path_params.get("slug")
    if slug is not None and not actor.may_edit(slug):
        raise NotFound(f"there is no partnership {slug!r}")
    return actor


def administrator(actor: Annotated[Actor, Depends(signed_in)]) -> Actor:
    """Somebody who may do everything. Raises NotAllowed (403)."""
    if not actor.is_administrator:
        raise NotAllowed("this needs an administrator's token")
    return actor


def reader(request: Request, session: ReadSession) -> Actor | None:
    """Who asks, where they say so by a token or are signed in: their drafts are then in what they read.

    An answer that differs by it is nobody else's: send `for_reader`. Raises NotSignedIn for a token that is refused.
    """
    if request.headers.get("authorization") is not None:
        return signed_in(request, session)
    return page_actor(request, session)


def for_reader(actor: Actor | None) -> dict[str, str]:
    """The headers of an answer that may hold the drafts of who asks."""
    vary = {"Vary": "Authorization, Cookie"}
    return vary if actor is None else {**vary, "Cache-Control": "private, no-store"}


Reader = Annotated[Actor | None, Depends(reader)]
Editor = Annotated[Actor, Depends(editor)]
Administrator = Annotated[Actor, Depends(administrator)]


class Gate:
    """Lets a few pieces of heavy work run, a few wait, and sends the rest away."""

    def __init__(self, running: int, waiting: int, patience_s: float) -> None:
        self._free = asyncio.Semaphore(running)
        self._may_wait = waiting
        self._patience_s = patience_s
        self.places, self.running, self.waiting, self.refused = running, 0, 0, 0

    async def enter(self) -> None:
        """Take a place. Raises Busy (503) when too many wait, or after waiting too long."""
        if self._free.locked() and self.waiting >= self._may_wait:
            self.refused += 1
            raise Busy("too many heavy questions are waiting; try again in a few seconds")
        self.waiting += 1
        try:
            await asyncio.wait_for(self._free.acquire(), self._patience_s)
            self.running += 1
        except TimeoutError:
            self.refused += 1
            raise Busy("heavy questions are taking all places; try again shortly") from None
        finally:
            self.waiting -= 1

    def leave(self) -> None:
        """Give the place back."""
        self.running -= 1
        self._free.release()


def make_gate() -> Gate:
    """The gate of one process: twice its processors running, 8 waiting at most 5 s (SAFETY C1)."""
    return Gate(running=2 * (os.cpu_count() or 1), waiting=8, patience_s=5.0)


async def heavy(request: Request) -> AsyncIterator[None]:
    """Hold a place of the process's gate while the route runs."""
    gate: Gate = request.app.state.gate
    await gate.enter()
    try:
        yield
    finally:
        gate.leave()


# For `dependencies=[Heavy]` of a route: taken before its session, so that waiting holds none.
Heavy = Depends(heavy, scope="function")
