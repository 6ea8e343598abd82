"""Turns the errors of the database and the framework into problems of ours; repeats none of their text for a 5xx."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.problems import (
    BadBody,
    BadOutsideAnswer,
    BadRequest,
    BodyTooLarge,
    DiskFull,
    MethodNotAllowed,
    NoIfMatch,
    NotAllowed,
    NotSignedIn,
    OurFault,
    Stale,
    TooManyRequests,
    UnsupportedBody,
    from_database,
    problem_response,
)
from app.sessions import note_loss
from boundaries.errors import BoundsError, Conflict, Fault, Invalid, NotFound, Unavailable

# A status raised by the framework itself → our class for it.
_BY_STATUS: Mapping[int, type[BoundsError]] = {
    400: BadRequest,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    412: Stale,
    413: BodyTooLarge,
    415: UnsupportedBody,
    422: Invalid,
    428: NoIfMatch,
    429: TooManyRequests,
    502: BadOutsideAnswer,
    503: Unavailable,
    507: DiskFull,
}


def from_validation(errors: Iterable[Mapping[str, Any]]) -> BoundsError:
    """Turn pydantic's list of errors into one problem that lists them all.

    Values are repeated only where they are short text or finite numbers: the framework's own
    handler echoes everything, and answers 500 to a NaN.
    """
    faults = []
    in_body_text = False
    for error in errors:
        where, *path = [str(step) for step in error["loc"]]
        in_body_text = in_body_text or error["type"] == "json_invalid"
        pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)
        place = "" if where == "body" else f"{where} parameter {'.'.join(path)}: "
        message = str(error["msg"]).removeprefix("Value error, ")
        faults.append(Fault(f"{place}{message}", pointer=pointer, value=_echo(error.get("input"))))
    if in_body_text:
        return BadBody("the body is not JSON", faults)
    count = len(faults)
    said = faults[0].as_line() if count == 1 else f"{count} things in the request are not valid"
    return Invalid(said, faults)


def _echo(value: object) -> str:
    if isinstance(value, str):
        return value if len(value) <= 80 else value[:79] + "…"
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)[:80]
    return ""


def from_http(error: HTTPException) -> BoundsError:
    """Turn an error of the framework into the problem of the same status."""
    kind = _BY_STATUS.get(error.status_code, BadRequest if error.status_code < 500 else OurFault)
    if error.status_code == 404:
        return kind("there is nothing at this address")
    if error.status_code == 405:
        return kind("this address does not take that method")
    if error.status_code >= 500:
        return kind(kind.title)
    return kind(str(error.detail))


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Every method that some route takes at `path`, HEAD and OPTIONS included; empty where none is known."""
    found: set[str] = set()
    for context in iter_route_contexts(app.routes):
        methods = getattr(context, "methods", None)
        if methods and _pattern(str(context.path)).match(path):
            found.update(methods)
    if not found:
        return []
    return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


def install(app: FastAPI) -> None:
    """Make `app` answer every expected kind of error as a problem; the last handler is in app.traffic."""

    async def on_bounds(request: Request, error: Exception) -> Response:
        assert isinstance(error, BoundsError)
        return problem_response(error, request.scope)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = error.headers
        if error.status_code == 405:
            # The framework names only the methods of the first route at this address.
            methods = allowed_methods(app, request.scope["path"])
            headers = {"Allow": ", ".join(methods)} if methods else headers
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=headers)
        return problem_response(from_http(error), request.scope, headers)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors: Sequence[Mapping[str, Any]] = error.errors()
        sent = request.headers.get("content-type", "")
        if any(e["loc"] == ("body",) for e in errors) and "json" not in sent and "form" not in sent:
            refused = UnsupportedBody("send the body as JSON, with Content-Type: application/json")
            return problem_response(refused, request.scope)
        return problem_response(from_validation(errors), request.scope)

    async def on_database(request: Request, error: Exception) -> Response:
        assert isinstance(error, DBAPIError | psycopg.Error)
        note_loss(request, error)
        return problem_response(from_database(error), request.scope)

    async def on_pool(request: Request, error: Exception) -> Response:
        assert isinstance(error, PoolTimeout)
        return problem_response(from_database(error), request.scope)

    app.add_exception_handler(BoundsError, on_bounds)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    for kind in (DBAPIError, psycopg.Error):
        app.add_exception_handler(kind, on_database)
    app.add_exception_handler(PoolTimeout, on_pool)
