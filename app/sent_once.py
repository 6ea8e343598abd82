"""Does a POST that carries an Idempotency-Key once, however often it is sent; what it asks is the routes' affair."""

from __future__ import annotations

import hashlib

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.once import (
    MAX_BODY,
    KeptAnswer,
    KeyReused,
    Turn,
    begin_once,
    forget_once,
    keep_answer,
)
from app.problems import BadRequest, from_database, problem_response
from app.sessions import FAILURES, writing
from boundaries import deadlines
from boundaries.errors import BoundsError

MAX_KEY = 255
# Of an answer's headers those that belong to what was done; all others are made anew.
_KEPT_HEADERS = frozenset({"content-type", "location", "etag", "cache-control"})


class DoneOnce:
    """Stands before the routes: a key seen before, with the same request, gets the answer of then.

    Keys are those of a token, so nobody is given another's answer; without a working token the header
    means nothing and the route refuses what it refuses. What was refused, or failed, frees its key.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        key = headers.get("idempotency-key")
        if key is None or scheme.lower() != "bearer":
            await self.app(scope, receive, send)
            return
        try:
            begun = await to_thread.run_sync(_begin, scope, secret.strip(), key)
        except BoundsError as problem:
            await problem_response(problem, scope)(scope, receive, send)
            return
        if begun is None:
            await self.app(scope, receive, send)
        elif isinstance(begun, Turn):
            await _Run(self.app, begun).run(scope, receive, send)
        else:
            await _answer_again(begun, scope, receive, send)


def _begin(scope: Scope, secret: str, key: str) -> Turn | KeptAnswer | None:
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise BadRequest(f"Idempotency-Key must be 1 to {MAX_KEY} printable ASCII characters")
    asked = b"\n".join([scope["path"].encode("utf-8", "replace"), scope["query_string"]])
    try:
        with deadlines.unhurried(), writing(scope["app"].state.engine) as session:
            return begin_once(session, secret, key, hashlib.sha256(asked).hexdigest())
    except FAILURES as error:
        raise from_database(error) from error


async def _answer_again(kept: KeptAnswer, scope: Scope, receive: Receive, send: Send) -> None:
    digest = hashlib.sha256()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        digest.update(message.get("body", b""))
        more = message.get("more_body", False)
    if digest.hexdigest() != kept.body_sha256:
        problem = KeyReused(
            "this Idempotency-Key was sent with another body before: make a new one"
        )
        await problem_response(problem, scope)(scope, receive, send)
        return
    headers = {**kept.headers, "idempotent-replayed": "true", "content-length": str(len(kept.body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": kept.status, "headers": raw})
    await send({"type": "http.response.body", "body": kept.body})


class _Run:
    """One try: digests what is read, and keeps the answer before its last byte is sent."""

    def __init__(self, app: ASGIApp, turn: Turn) -> None:
        self.app = app
        self.turn = turn
        self.digest = hashlib.sha256()
        self.body = b""
        self.start: Message = {}
        self.is_kept = False

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def read() -> Message:
            message = await receive()
            self.digest.update(message.get("body", b""))
            return message

        async def write(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.start = message
            elif len(self.body) <= MAX_BODY:
                self.body += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await to_thread.run_sync(self._keep, scope)
            await send(message)

        # Read by the sessions that write: the note that it is done is of the same transaction.
        scope.setdefault("state", {})["turn"] = self.turn
        try:
            await self.app(scope, read, write)
        finally:
            if not self.is_kept:
                await to_thread.run_sync(self._forget, scope)

    def _keep(self, scope: Scope) -> None:
        if not 200 <= self.start["status"] < 300:
            return
        headers = {
            name: value
            for name, value in Headers(raw=self.start["headers"]).items()
            if name in _KEPT_HEADERS
        }
        answer = KeptAnswer(self.start["status"], headers, self.body, self.digest.hexdigest())
        try:
            with deadlines.unhurried(), writing(scope["app"].state.engine) as session:
                keep_answer(session, self.turn, answer)
        except FAILURES:
            return  # it is done, and noted so: whoever asks again is told that its answer is lost
        self.is_kept = True

    def _forget(self, scope: Scope) -> None:
        try:
            with deadlines.unhurried(), writing(scope["app"].state.engine) as session:
                forget_once(session, self.turn)
        except FAILURES:
            return  # a key whose try is given up is free after some minutes
