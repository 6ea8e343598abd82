"""What every request passes through: id, headers, Host, rate, size, well-formed JSON, ETags; knows no question."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import re
import time
from functools import lru_cache
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.codings import CODINGS
from app.dependencies import ASKED_BY_HEAD, listed_tags
from app.json_bodies import check_json
from app.logs import begin_request, end_request, get_logger, request_id
from app.problems import (
    BadBody,
    BadRequest,
    BodyTooLarge,
    OurFault,
    TooManyRequests,
    UnsupportedBody,
    problem_response,
)
from app.rates import Rates, askers
from app.request_counts import RequestCounts
from app.settings import Settings
from boundaries.errors import BoundsError

log = get_logger(__name__)

MAX_JSON_BYTES = 10_000_000

# Nothing from elsewhere, nothing inline; a route with a nonce of its own (the Folium page) sets
# its own policy and keeps it.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)

_FOR_ALL = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=(), payment=(), usb=()"),
    (b"content-security-policy", CONTENT_POLICY.encode()),
)
# Only where people reach the service by https: a browser that was told so never asks without it again.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNTOLD = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestLog:
    """Gives the request its id, answers what nobody else caught, and writes one line about it."""

    def __init__(self, app: ASGIApp, counts: RequestCounts, *, is_https: bool = False) -> None:
        self.app = app
        self.counts = counts
        added = (*_FOR_ALL, _HTTPS_ONLY) if is_https else _FOR_ALL
        # Answers of a kind have the same names.
        self._added_to = lru_cache(256)(lambda given: [one for one in added if one[0] not in given])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = begin_request(_first(scope, b"x-request-id"))
        is_told = scope["path"] not in _UNTOLD
        if is_told:
            self.counts.begin()
        began = time.perf_counter()
        status = 0
        method = scope["method"]
        if method == "HEAD":
            # Asked inside as a GET, so that status and headers are a GET's. A copy: the server
            # still has to know that no body is to follow.
            scope = {**scope, "method": "GET", ASKED_BY_HEAD: True}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._with_own(list(message["headers"]))
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:  # the last handler: nobody else may catch everything
            log.exception("unhandled error")
            if status:
                raise  # half an answer is out: the server must break the connection off
            answer = problem_response(OurFault("something went wrong on our side"), scope)
            await answer(scope, receive, send_with_headers)
        finally:
            if is_told:
                self.counts.end()
                seconds = time.perf_counter() - began
                route = _route(scope)
                self.counts.add(method, route, status, seconds)
                if log.isEnabledFor(logging.INFO):
                    ms = round(seconds * 1000, 1)
                    extra = {"method": method, "route": route, "status": status, "ms": ms}
                    log.info("request answered", extra=extra)
            end_request(token)

    def _with_own(self, told: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Add the request's id, and of what every answer says whatever this one does not say itself."""
        given = tuple([name for name, _ in told])
        if b"x-request-id" in given:
            return self._with_own([header for header in told if header[0] != b"x-request-id"])
        return [*told, (b"x-request-id", request_id().encode("latin-1")), *self._added_to(given)]


def _first(scope: Scope, wanted: bytes) -> str:
    """Give the first header of a name in small letters, or nothing: to wrap them all takes longer than to look."""
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value, "latin-1")
    return ""


def _route(scope: Scope) -> str:
    # The template, never the path: a path can hold a postcode.
    context = scope.get("fastapi", {}).get("effective_route_context")
    route = context if context is not None else scope.get("route")
    if route is None and scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(route, "path", "none"))


class TrafficRules:
    """Refuses, before any work, a wrong Host, a client past its rate, and a malformed address."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.own_host = (urlsplit(settings.base_url).hostname or "").lower()
        self.hosts = settings.hosts
        self.is_loopback = settings.is_loopback
        self.rate = settings.rate_limit_per_min
        self.rates = Rates(settings.data_dir, self.rate) if self.rate else None
        self._accepts = lru_cache(256)(
            lambda host, is_watched: self.accepts_host(host, is_watched=is_watched)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal, headers = self._refusal(scope)
            if refusal is not None:
                await problem_response(refusal, scope, headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[BoundsError | None, dict[str, str]]:
        host: str | None = None
        for name, value in scope["headers"]:
            if name == b"host":
                # Whoever stands before this service may have read the other one.
                if host is not None:
                    return BadRequest("the Host header is given twice"), {}
                host = str(value, "latin-1")
        # Who watches over a server names it by its number.
        if not self._accepts(host or "", scope["path"] in _UNTOLD):
            return BadRequest("the Host header names a server that this is not"), {}
        # PostgreSQL cannot store NUL, and no name or code holds a control character.
        if _CONTROL.search(scope["path"]) or b"%00" in scope["query_string"]:
            return BadRequest("the address holds a control character"), {}
        is_free = scope["path"] in _UNTOLD or scope["path"].startswith("/static/")
        if self.rates is not None and not is_free:
            client = scope["client"][0] if scope.get("client") else "unknown"
            wait_s = self.rates.wait_s(askers(client, _first(scope, b"authorization")))
            if wait_s > 0:
                said = f"more than {self.rate} requests in a minute came from this address or with this token"
                return TooManyRequests(said), {"Retry-After": str(int(wait_s) + 1)}
        return None, {}

    def accepts_host(self, host: str, *, is_watched: bool = False) -> bool:
        """True for a well-formed Host that can be meant for this server.

        Where BOUNDS_HOSTS lists names, only those and that of BOUNDS_BASE_URL. Without a list,
        a service on a loopback address refuses foreign dotted names: that is how a web page
        elsewhere would reach into it (DNS rebinding). Single words are never public names.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if not name or any(c in host for c in "/@?#\\ "):
            return False
        if self.hosts:
            return is_watched or name == self.own_host or name in self.hosts
        if not self.is_loopback or name == self.own_host or "." not in name:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.endswith(".localhost")
        return True


class EntityTags:
    """Gives every whole 200 answer to a GET a strong ETag, and answers 304 to who has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        given = listed_tags(Headers(scope=scope).get("if-none-match", ""))
        start: Message = {}
        is_same = False

        async def send_tagged(message: Message) -> None:
            nonlocal start, is_same
            if message["type"] == "http.response.start":
                start = message
                return
            if start:
                first, start = start, {}
                headers = MutableHeaders(scope=first)
                if "vary" in headers:
                    varies = dict.fromkeys(each.strip() for each in headers["vary"].split(","))
                    headers["Vary"] = ", ".join(varies)
                if headers.get("content-encoding") == "gzip" and message.get("body"):
                    message = {**message, "body": _timeless(message["body"])}
                if first["status"] == 200:
                    headers.setdefault("Cache-Control", "no-cache")
                    is_same = _tag(headers, message) in given or "*" in given
                if is_same:
                    first["status"] = 304
                    for name in ("content-length", "content-type", "content-encoding"):
                        if name in headers:
                            del headers[name]
                await send(first)
            if not is_same:
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self.app(scope, receive, send_tagged)


def _timeless(body: bytes) -> bytes:
    """Take out of a gzip head when it was written (RFC 1952: bytes 4 to 8): one body is the same at every second."""
    return body[:4] + bytes(4) + body[8:] if body[4:8] != bytes(4) else body


def _tag(headers: MutableHeaders, message: Message) -> str:
    """Set the answer's ETag where it can be known; return it without the coding's suffix."""
    tag = headers.get("etag", "")
    if not tag:
        if message["type"] != "http.response.body" or message.get("more_body", False):
            return ""  # a stream: its route sets a tag if it can
        tag = f'"{hashlib.sha256(message.get("body", b"")).hexdigest()[:32]}"'
        headers["ETag"] = tag
    elif headers.get("content-encoding") in CODINGS:
        suffix = f'-{headers["content-encoding"]}"'
        headers["ETag"] = tag if tag.endswith(suffix) else tag[:-1] + suffix
    return next(iter(listed_tags(tag)))


class BodyRules:
    """Counts a body while it is read, and lets JSON through only in UTF-8, finite and not too deep."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.max_upload_bytes = settings.max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = media.endswith(("/json", "+json"))
        is_small = is_json or media in {"", "application/x-www-form-urlencoded"}
        limit = MAX_JSON_BYTES if is_small else self.max_upload_bytes
        declared = headers.get("content-length", "")
        refusal: BoundsError | None = None
        if headers.get("content-encoding", "identity") != "identity":
            refusal = UnsupportedBody("send the body as it is, without Content-Encoding")
        elif declared.isascii() and declared.isdigit() and int(declared[:18]) > limit:
            refusal = _too_large(limit, int(declared[:18]))
        if refusal is not None:
            await problem_response(refusal, scope)(scope, receive, send)
        elif is_json:
            await self._pass_json(scope, receive, send)
        else:
            await _Counted(self.app, limit).run(scope, receive, send)

    async def _pass_json(self, scope: Scope, receive: Receive, send: Send) -> None:
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > MAX_JSON_BYTES:
                answer = problem_response(_too_large(MAX_JSON_BYTES, size), scope)
                await answer(scope, receive, send)
                return
            chunks.append(chunk)
            more = message.get("more_body", False)
        body = b"".join(chunks)
        try:
            if body:
                # 10 MB take a tenth of a second, in which nobody else would be served.
                await to_thread.run_sync(check_json, body)
        except BadBody as problem:
            await problem_response(problem, scope)(scope, receive, send)
            return
        is_given = False

        async def give() -> Message:
            nonlocal is_given
            if is_given:
                return await receive()
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, give, send)


class _TooMuch(Exception):
    """Stops whoever is reading a body that went over its limit."""


class _Counted:
    """Runs one request with its body counted; what the reader makes of the stop is not sent."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self.seen = 0

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def count() -> Message:
            message = await receive()
            self.seen += len(message.get("body", b""))
            if self.seen > self.limit:
                raise _TooMuch
            return message

        async def send_unless_stopped(message: Message) -> None:
            nonlocal has_begun
            if self.seen <= self.limit or has_begun:
                has_begun = True
                await send(message)

        try:
            await self.app(scope, count, send_unless_stopped)
        except _TooMuch:
            if has_begun:
                raise
        if self.seen > self.limit and not has_begun:
            await problem_response(_too_large(self.limit, self.seen), scope)(scope, receive, send)


def _too_large(limit: int, seen: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body has at least {seen} bytes; at most {limit} are taken")
