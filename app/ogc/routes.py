"""HTTP face of OGC API Features: documents, pages of features, single features, files."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi import Path as PathValue
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from app.codings import compress_parts
from app.dependencies import Gate, not_modified, today, wants_headers_alone
from app.logs import get_logger
from app.ogc import describing, openapi
from app.ogc.actions import finish
from app.ogc.answers import GEOJSON, feature_body, headers_of, page_body
from app.ogc.asking import ITEM, Question, check_names, paged_for, read_question
from app.ogc.files import PARTS, write_file
from app.ogc.forms import FORMS
from app.ogc.pages import feature_page, list_page, told_page
from app.ogc.queries import check_asked, find_collection, list_ids, read_feature, read_page
from app.ogc.spans import Span
from app.ogc.spooling import Spool
from app.ogc.statements.collections import About, Collection
from app.problems import BadRequest, wants_page
from app.sessions import FAILURES, ask_the_primary, reading, reads_of, writing
from app.whole_files import MadeFile, coding_of_parts
from boundaries import deadlines
from boundaries.errors import Fault

log = get_logger(__name__)
router = APIRouter(include_in_schema=False)

# Without a bound of their own: what is too long for a name is 404 as any name that nothing bears.
CollectionId = Annotated[str, PathValue()]
FeatureId = Annotated[str, PathValue()]
MAKING_LIMIT_S = 120.0


async def _turn_for_files(request: Request) -> AsyncIterator[None]:
    """Hold a place of the process's gate while a file is written; pages need none. Raises Busy (503).

    A file that is sent as it is written takes the place with it (`request.state.place`), until it is whole.
    """
    if request.query_params.get("f") not in FORMS or wants_headers_alone(request):
        yield
        return
    gate: Gate = request.app.state.gate
    await gate.enter()
    place = request.state.place = Place(gate)
    try:
        yield
    finally:
        place.leave_unless_taken()


class Place:
    """A place at the gate that a thread may take over from the route, and then leaves itself."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._loop = gate, asyncio.get_running_loop()
        self._is_taken = False

    def take(self) -> None:
        """Take it over."""
        self._is_taken = True

    def leave(self) -> None:
        """Leave it, from any thread that took it."""
        self._loop.call_soon_threadsafe(self._gate.leave)

    def leave_unless_taken(self) -> None:
        """Leave it, where nobody took it over."""
        if not self._is_taken:
            self._gate.leave()


@router.get("")
@router.get("/")
def landing(request: Request) -> Response:
    """What there is."""
    return _document(request, describing.landing(_base(request)), "OGC API")


@router.get("/conformance")
def conformance(request: Request) -> Response:
    """The classes that hold."""
    return _document(request, describing.conformance(_base(request)), "Conformance")


@router.get("/api")
def api(request: Request) -> Response:
    """What can be asked, as OpenAPI 3.0."""
    form = _form(request, ("json", "html"))
    with _reading(request) as session:
        abouts = _abouts(session)
    written = openapi.document(_base(request), abouts)
    if form == "html":
        return told_page(request, "What can be asked", written["info"]["description"], written)
    return Response(orjson.dumps(written), media_type=describing.OPENAPI, headers=_vary())


@router.get("/collections")
def collections(request: Request) -> Response:
    """The collections."""
    _form(request, ("json", "html"))
    with _reading(request) as session:
        abouts = _abouts(session)
    written = describing.collections(abouts, _base(request))
    if _form(request, ("json", "html")) == "html":
        return list_page(request, abouts)
    return _json(written)


@router.get("/collections/{collection}")
def one_collection(request: Request, collection: CollectionId) -> Response:
    """One collection."""
    _form(request, ("json", "html"))
    about = _about(request, collection)
    return _document(request, describing.collection(about, _base(request)), about.title)


@router.get("/collections/{collection}/queryables")
def queryables(request: Request, collection: CollectionId) -> Response:
    """What filters may name."""
    return _schema(request, collection, queryables=True)


@router.get("/collections/{collection}/schema")
def schema(request: Request, collection: CollectionId) -> Response:
    """What features say."""
    return _schema(request, collection, queryables=False)


@router.get("/collections/{collection}/feature-schema")
def feature_schema(request: Request, collection: CollectionId) -> Response:
    """What a feature is as GeoJSON, for programs that make columns of it."""
    check_names(request.query_params, ())
    written = describing.feature_schema(_about(request, collection), _base(request))
    return Response(orjson.dumps(written), media_type="application/schema+json")


@router.get(
    "/collections/{collection}/items", dependencies=[Depends(_turn_for_files, scope="function")]
)
def items(request: Request, collection: CollectionId) -> Response:
    """Features: a page as GeoJSON or to read, or a file of all that is asked for."""
    form = _form(request, ("json", "html", *FORMS), read_names=False)
    question = read_question(request.query_params, is_file=form in FORMS)
    question = paged_for(question, request.headers.get("accept", ""))
    with ExitStack() as opened:
        session = opened.enter_context(_reading(request))
        found = _finished(request, session, collection, question.span)
        headers = headers_of(found, question, form, _base(request))
        unchanged = not_modified(request, headers["ETag"], headers)
        if unchanged is not None:
            return unchanged
        if form == "html":
            return feature_page(request, session, found, question, _base(request))
        if form in FORMS and wants_headers_alone(request):
            check_asked(found, question)
            return _file_headers(request, found.about.id, form, headers)
        if form in PARTS:
            parts = PARTS[form](session, found, question)
            return _sent_as_written(request, opened, parts, found.about.id, form, headers)
        if form in FORMS:
            return _file(session, found, question, form, headers)
        page = read_page(session, found, question)
    body = page_body(page, found.about, question, _base(request))
    return Response(body, media_type=GEOJSON, headers=headers)


@router.get("/collections/{collection}/items/{feature}")
def item(request: Request, collection: CollectionId, feature: FeatureId) -> Response:
    """One feature."""
    form = _form(request, ("json", "html"), read_names=False)
    question = read_question(request.query_params, ITEM)
    with _reading(request) as session:
        found = _finished(request, session, collection, question.span)
        headers = headers_of(found, question, f"{form}|{feature}", _base(request))
        text = read_feature(session, found, question, feature)
        unchanged = not_modified(request, headers["ETag"], headers)
        if unchanged is not None:
            return unchanged
    if form == "html":
        links = describing.feature_links(found.about, _base(request), feature, question.asked)
        said = {**json.loads(text)["properties"], "links": links}
        return told_page(request, feature, found.about.title, said)
    body = feature_body(text.encode(), found.about, _base(request), feature, question.asked)
    return Response(body, media_type=GEOJSON, headers=headers)


def _sent_as_written(
    request: Request, opened: ExitStack, parts: Generator[bytes], name: str, form: str,
    headers: dict[str, str],
) -> Response:  # fmt: skip
    """Send a file while a thread writes it, which closes the session and leaves the gate when it is whole."""
    said, place = FORMS[form], request.state.place
    coding = coding_of_parts(request, "Accept, Accept-Encoding")
    deadlines.allow_long()
    place.take()
    ending = opened.pop_all()
    ending.callback(place.leave)
    is_coded = "Content-Encoding" in coding
    spool = Spool(compress_parts(parts) if is_coded else parts, ending.close)
    spool.start()
    headers = headers | coding | _disposition(name, form)
    return StreamingResponse(spool.pieces(), media_type=said.media_type, headers=headers)


def _file_headers(request: Request, name: str, form: str, headers: dict[str, str]) -> Response:
    """Tell of a file all but its length, which is known when it is written: nothing is written for a HEAD."""
    coding = coding_of_parts(request, "Accept, Accept-Encoding") if form in PARTS else {}
    told = headers | coding | _disposition(name, form)
    return StreamingResponse(iter(()), media_type=FORMS[form].media_type, headers=told)


def _disposition(name: str, form: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{FORMS[form].ending}"'}


def _file(
    session: Session, found: Collection, question: Question, form: str, headers: dict[str, str]
) -> Response:
    """Write a file and send it; written whole before the first byte, so that a slow reader holds no session."""
    said = FORMS[form]
    deadlines.allow_long()
    with ExitStack() as undone:
        folder = Path(undone.enter_context(tempfile.TemporaryDirectory(prefix="bounds-features-")))
        path = folder / f"{found.about.id}.{said.ending}"
        write_file(session, found, question, form, path)
        sent = BackgroundTask(undone.pop_all().close)  # removed when the last byte is out
    return MadeFile(
        path, media_type=said.media_type, filename=path.name, headers=headers, background=sent
    )


def _reading(request: Request) -> Any:
    state = request.app.state
    return reading(reads_of(request), state.settings.statement_timeout_s)


def _base(request: Request) -> str:
    return f"{request.app.state.settings.base_url}/ogc"


def _finished(request: Request, session: Session, name: str, span: Span | None) -> Collection:
    """Find a collection, and have its features finished where they are not: by the first that asks."""
    day = today()
    found = find_collection(session, name, span, day)
    if found.ready:
        return found
    ask_the_primary(request)
    deadlines.allow_long()
    try:
        with writing(request.app.state.engine, MAKING_LIMIT_S) as making:
            finish(making, found.set_id, day)
    except FAILURES as failure:
        # Areas are composed from their outlines instead, with the same bytes.
        log.warning("features were not finished", extra={"reason": type(failure).__name__})
    session.rollback()  # begins another moment: what was just made is seen
    return find_collection(session, name, span, day)


def _about(request: Request, name: str) -> About:
    with _reading(request) as session:
        return find_collection(session, name, None, today()).about


def _abouts(session: Session) -> list[About]:
    day: date = today()
    return [find_collection(session, name, None, day).about for name in list_ids(session, day)]


def _schema(request: Request, name: str, *, queryables: bool) -> Response:
    form = _form(request, ("json", "html"))
    about = _about(request, name)
    written = describing.schema(about, _base(request), queryables=queryables)
    if form == "html":
        return told_page(request, about.title, about.description, written["properties"])
    return Response(orjson.dumps(written), media_type="application/schema+json", headers=_vary())


def _document(request: Request, written: dict[str, Any], title: str) -> Response:
    if _form(request, ("json", "html")) == "html":
        return told_page(request, title, str(written.get("description", "")), written)
    return _json(written)


def _json(written: dict[str, Any]) -> Response:
    return Response(orjson.dumps(written), media_type="application/json", headers=_vary())


def _vary() -> dict[str, str]:
    return {"Vary": "Accept"}


def _form(request: Request, allowed: tuple[str, ...], *, read_names: bool = True) -> str:
    """Read `f`, which goes before Accept; a browser is given HTML. Raises BadRequest (400)."""
    if read_names:
        check_names(request.query_params, ("f",))
    asked = request.query_params.get("f")
    if asked is None:
        return "html" if wants_page(request.headers.get("accept", "")) else "json"
    if asked not in allowed:
        detail = f"f is one of {', '.join(allowed)}, not {asked[:40]!r}"
        raise BadRequest(detail, [Fault(detail, pointer="/f", value=asked[:40])])
    return asked
