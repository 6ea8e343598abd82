"""How every fault is told over HTTP (RFC 9457); decides statuses, and never repeats the text of a fault of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import psycopg
from fastapi.responses import Response
from jinja2 import Environment, PackageLoader, select_autoescape

# Read here in order to hide the database's own errors from everybody else.
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import Scope

from app.logs import get_logger, request_id
from boundaries.deadlines import TookTooLong
from boundaries.errors import (
    BoundsError,
    Conflict,
    Fault,
    Invalid,
    NotFound,
    Refused,
    Unavailable,
)
from boundaries.untrusted import Malformed, TooLarge

log = get_logger(__name__)

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 5


class BadRequest(Invalid):
    """The request itself could not be read: its address, its parameters or its body are malformed."""

    slug = "bad-request"
    title = "The request could not be read"


class UnknownParameter(BadRequest):
    """The address carries a parameter that this question does not have; the ones it has are named."""

    slug = "unknown-parameter"
    title = "No such parameter"


class BadPaging(BadRequest):
    """The limit is outside 1 to 1000, or the cursor is not one that this service gave out."""

    slug = "bad-paging"
    title = "That page cannot be given"


class BadBody(BadRequest):
    """The body is not JSON in UTF-8, holds NaN or an infinite number, or is nested too deeply."""

    slug = "bad-body"
    title = "The body could not be read"


class NotSignedIn(Invalid):
    """Changing anything needs a token: send the header "Authorization: Bearer TOKEN"."""

    slug = "not-signed-in"
    title = "A token is needed"


class NotAllowed(Invalid):
    """The token is good, but its role does not allow this."""

    slug = "not-allowed"
    title = "That token may not do this"


class MethodNotAllowed(Invalid):
    """The address exists, but not for this method; the Allow header names the methods it has."""

    slug = "method-not-allowed"
    title = "Not that way"


class Stale(Conflict):
    """Somebody changed this since it was read: read it again and send its new ETag as If-Match."""

    slug = "stale"
    title = "It has changed since you read it"


class NoIfMatch(Conflict):
    """A change must say which state it changes: send the ETag that was read as If-Match."""

    slug = "if-match-needed"
    title = "If-Match is needed"


class BodyTooLarge(Refused):
    """The body is larger than this service takes; the limit is named."""

    slug = "too-large"
    title = "Too large"


class UnsupportedBody(Refused):
    """The body's media type or encoding is not one that this question takes."""

    slug = "unsupported-body"
    title = "That kind of body is not taken"


class TooManyRequests(Unavailable):
    """This address or token asked more often than the service allows; wait and ask again."""

    slug = "too-many-requests"
    title = "Too many requests"


class Busy(Unavailable):
    """All places for work of this kind are taken; ask again in a few seconds."""

    slug = "busy"
    title = "Busy"


class DatabaseUnreachable(Unavailable):
    """The database does not answer. Nothing was changed; ask again in a few seconds."""

    slug = "database-unreachable"
    title = "The database is not reachable"


class DiskFull(Unavailable):
    """There is not enough room on disk to do this."""

    slug = "disk-full"
    title = "The disk is full"


class OurFault(BoundsError):
    """Something went wrong on our side. The request id finds it in the service's log."""

    slug = "our-fault"
    title = "Something went wrong on our side"


class BadOutsideAnswer(Unavailable):
    """A server further on, which this one asked for you, did not answer as it should."""

    slug = "upstream"
    title = "Something further on did not answer"


# Kind → status; the most particular class of an error decides. Nothing else knows statuses.
STATUS: Mapping[type[BoundsError], int] = {
    NotFound: 404,
    Invalid: 422,
    Conflict: 409,
    Refused: 422,
    Unavailable: 503,
    BoundsError: 500,
    BadRequest: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    MethodNotAllowed: 405,
    Stale: 412,
    NoIfMatch: 428,
    BodyTooLarge: 413,
    TooLarge: 413,
    Malformed: 400,
    UnsupportedBody: 415,
    TooManyRequests: 429,
    DiskFull: 507,
    BadOutsideAnswer: 502,
}

page_templates = Environment(
    loader=PackageLoader("app"), autoescape=select_autoescape(default=True, default_for_string=True)
)


def status_of(problem: BoundsError | type[BoundsError]) -> int:
    """The HTTP status of an error or error class: that of its nearest ancestor in STATUS."""
    kind = problem if isinstance(problem, type) else type(problem)
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def all_problems() -> dict[str, type[BoundsError]]:
    """Every error class that exists now, by slug: what `/problems/{slug}` can explain."""
    found: dict[str, type[BoundsError]] = {}
    waiting: list[type[BoundsError]] = [BoundsError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        # A subclass without a slug of its own is told, and explained, as its parent.
        if "slug" in vars(kind):
            found.setdefault(kind.slug, kind)
    return found


def problem_body(problem: BoundsError, instance: str) -> dict[str, Any]:
    """The RFC 9457 members of `problem`; `instance` is the path asked for.

    Every entry of `errors` has `pointer` and `detail`; `file`, `row`, `column`, `value` and `rule`
    only where they apply.
    """
    body: dict[str, Any] = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": status_of(problem),
        "detail": _clean(problem.detail),
        "instance": _clean(instance),
        "request_id": request_id(),
    }
    if problem.faults:
        body["errors"] = [_fault_members(fault) for fault in problem.faults]
    return body


def _fault_members(fault: Fault) -> dict[str, Any]:
    members: dict[str, Any] = {"pointer": _clean(fault.pointer), "detail": _clean(fault.detail)}
    for name in ("file", "row", "column", "value", "rule"):
        written = getattr(fault, name)
        if written is not None and written != "":
            members[name] = _clean(written) if isinstance(written, str) else written
    return members


def _clean(written: str) -> str:
    """Make text that any UTF-8 reader takes: half surrogates become question marks."""
    return written.encode("utf-8", "replace").decode("utf-8")


def wants_page(accept: str) -> bool:
    """True when an Accept header puts HTML before JSON, as browsers do and programs do not."""
    weights = {"text/html": 0.0, "json": 0.0}
    for part in accept.lower().split(","):
        media, _, parameters = part.partition(";")
        kind = media.strip()
        name = "json" if kind.endswith(("/json", "+json")) else kind
        if name in weights:
            weights[name] = max(weights[name], _weight(parameters))
    return weights["text/html"] > weights["json"]


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0.0 <= weight <= 1.0 else 0.0
    return 1.0


def problem_response(
    problem: BoundsError, scope: Scope, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer the request of `scope` with `problem`, as JSON or, for a browser, as a page."""
    accept = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"accept"), "")
    body = problem_body(problem, scope["path"])
    sent = {"Cache-Control": "no-store", "Vary": "Accept", **(headers or {})}
    if isinstance(problem, Unavailable):
        sent.setdefault("Retry-After", str(RETRY_AFTER_S))
    if isinstance(problem, NotSignedIn):
        sent.setdefault("WWW-Authenticate", 'Bearer realm="Bounds"')
    if wants_page(accept):
        page = page_templates.get_template("problem.html").render(
            drawn_from="problem",
            problem=body,
            explained=explain(problem),
            said=as_a_page_says(body),
        )
        return Response(page, body["status"], sent, media_type="text/html")
    return Response(orjson.dumps(body), body["status"], sent, media_type=PROBLEM_JSON)


class SaidOnAPage(NamedTuple):
    """What a problem's page says above its explanation: a sentence, and the faults that it does not say already."""

    lead: str
    faults: list[dict[str, Any]]


def as_a_page_says(body: Mapping[str, Any]) -> SaidOnAPage:
    """Say each fault of a problem once, and in sentences; a program reads the same fault in two places on purpose."""
    lead, given = body["detail"], body.get("errors", [])
    faults = [
        fault | {"detail": as_sentence(fault["detail"]), "pointer": fault["pointer"].lstrip("/")}
        for fault in given
    ]
    if len(given) > 1 and lead == "; ".join(fault["detail"] for fault in given):
        return SaidOnAPage("", faults)
    said_already = len(given) == 1 and _says(lead, given[0])
    return SaidOnAPage(as_sentence(lead), [] if said_already else faults)


def _says(lead: str, fault: Mapping[str, Any]) -> bool:
    """Say whether a sentence tells all of a fault: its words or its value, where it has no row of a file."""
    if any(name in fault for name in ("file", "row", "column")):
        return False
    value = str(fault.get("value", ""))
    return fault["detail"].casefold() in lead.casefold() or (bool(value) and value in lead)


def as_sentence(words: str) -> str:
    """Begin with a capital what begins with a plain word; a code, a slug or a quotation stays as it is written."""
    first = words.partition(" ")[0].rstrip(":,;")
    return words[:1].upper() + words[1:] if first.isascii() and first.isalpha() else words


def explain(problem: BoundsError | type[BoundsError]) -> str:
    """What this kind of problem means, in words for the reader: the class's own docstring."""
    kind = problem if isinstance(problem, type) else type(problem)
    explained = next((vars(a)["__doc__"] for a in kind.__mro__ if vars(a).get("__doc__")), "")
    return " ".join(str(explained).split())


def problem_page(slug: str) -> str:
    """The HTML page `/problems/<slug>`. Raises NotFound for a slug that no error has."""
    kind = all_problems().get(slug)
    if kind is None:
        raise NotFound(f"there is no kind of problem called {slug!r}")
    page = page_templates.get_template("problem_kind.html")
    return page.render(
        drawn_from="problem_kind", kind=kind, status=status_of(kind), explained=explain(kind)
    )


def from_database(error: DBAPIError | psycopg.Error | PoolTimeout | OSError) -> BoundsError:
    """Turn a database error into one of ours by its SQLSTATE, without its text."""
    if isinstance(error, PoolTimeout):
        return Busy("all database connections are taken")
    if isinstance(error, OSError):
        return DatabaseUnreachable("the database is not reachable")
    orig = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(orig, "sqlstate", None) or ""
    lost = isinstance(orig, psycopg.OperationalError | psycopg.InterfaceError)
    found: BoundsError
    if state.startswith("22") or (not state and isinstance(orig, psycopg.DataError)):
        found = Invalid("a value in the request is not one that the database can hold")
    elif state == "57014":
        found = TookTooLong("the database stopped the question because it took too long")
    elif state == "25P03":  # its limit for a transaction that asks nothing
        found = TookTooLong("too long was computed between two questions to the database")
    elif state == "53100":
        found = DiskFull("the database has no room left on its disk")
    elif state.startswith("53"):
        found = Busy("the database has no room for another question just now")
    elif state[:2] == "08" or state[:4] == "57P0" or (not state and lost):
        found = DatabaseUnreachable("the database is not reachable")
    elif state in {"40001", "40P01", "55P03"}:
        found = Busy("somebody else is changing the same thing; try again")
    elif state in {"23505", "23503", "23P01"}:
        found = Conflict("what was sent conflicts with what is already stored")
    else:
        found = OurFault("something went wrong on our side")
    log.warning("database error", extra={"sqlstate": state, "told_as": found.slug})
    return found
