"""HTTP face of files of money: brought in or rehearsed, listed, taken out."""

from __future__ import annotations

import tempfile
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from app.access.queries import Actor
from app.dependencies import (
    Heavy,
    Paging,
    ReadSession,
    WriteSession,
    signed_in,
    today,
)
from app.partnerships.queries import get_partnership
from app.resources import actions, queries
from app.resources.kinds import KINDS, check_kind, kinds_of_files
from app.resources.mapping_routes import read_asked
from app.resources.mappings import AskedMapping, FileMapping
from app.resources.partnership_money import partnership_ground
from app.resources.schemas import PlainRows, report_body
from app.resources.storing import ImportReport
from boundaries import deadlines
from boundaries.errors import Fault, Invalid, NotFound, Refused

router = APIRouter(tags=["resources"])
MAX_IN_MEMORY = 1_000_000


class NothingToStore(Refused):
    """A file of money has no row that could be stored."""

    slug = "nothing-to-store"
    title = "No row of the file can be stored"


ReadBy = Annotated[AskedMapping, Depends(read_asked)]


class Sent(NamedTuple):
    """A file, or rows, as they came in a body."""

    source: bytes | list[dict[str, Any]]
    name: str


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return Response(text, status, media_type="application/json", headers=headers)


async def read_sent(
    request: Request,
    name: Annotated[
        str | None, Query(max_length=200, description="name of a file sent as the body")
    ] = None,
) -> Sent:
    """Take a file out of a form (field `file`) or of the body itself, or rows out of JSON. Raises Invalid."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    deadlines.allow_long()  # rows as JSON too: each is placed
    if media == "application/json":
        return _rows_of(await request.body(), name or "file")
    if media == "multipart/form-data":
        async with request.form(max_files=1, max_fields=10) as form:
            found = form.get("file")
            if not isinstance(found, UploadFile):
                raise Invalid(
                    "the form has no file",
                    [Fault("send the file in the field 'file'", pointer="/file")],
                )
            return Sent(await found.read(), (found.filename or "file")[:200])
    # On disk until it is whole: of a body that is refused half way nothing has filled the memory.
    with tempfile.SpooledTemporaryFile(max_size=MAX_IN_MEMORY) as held:
        async for chunk in request.stream():
            held.write(chunk)
        held.seek(0)
        return Sent(held.read(), name or "file")


def _rows_of(body: bytes, name: str) -> Sent:
    try:
        given = orjson.loads(body)
        if isinstance(given, dict) and ("grants" in given or "features" in given):
            return Sent(body, name)  # 360Giving or GeoJSON under JSON's own media type
        rows = PlainRows.model_validate({"rows": given} if isinstance(given, list) else given)
    except ValidationError as error:
        faults = [
            Fault(each["msg"], pointer="/" + "/".join(str(part) for part in each["loc"]))
            for each in error.errors()
        ]
        raise Invalid(
            "the rows cannot be read: send a list of objects, or {rows, name}", faults
        ) from error
    except orjson.JSONDecodeError as error:
        raise Invalid("the body is not JSON") from error
    return Sent(rows.rows, rows.name)


_BODIES: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": PlainRows.model_json_schema()},
        }
    }
}
Partnership = Annotated[str | None, Query(max_length=120, description="slug the file is for")]


@router.post("/rehearsals/resources", dependencies=[Heavy], openapi_extra=_BODIES)
def rehearse(
    session: ReadSession, sent: Annotated[Sent, Depends(read_sent)], asked: ReadBy, partnership: Partnership = None
) -> Response:  # fmt: skip
    """Say where each row of a file of money would go; stores nothing and needs no token."""
    read_by = asked.read(session, partnership)
    report = _bring_in(session, "rehearsal", sent, partnership, read_by, commit=False)
    return _json(report_body(report))


@router.post("/resources", status_code=201, dependencies=[Heavy], openapi_extra=_BODIES)
def bring_in(
    session: WriteSession,
    actor: Annotated[Actor, Depends(signed_in)],
    sent: Annotated[Sent, Depends(read_sent)],
    asked: ReadBy,
    partnership: Partnership = None,
) -> Response:
    """Bring a file of money in: 360Giving, GeoJSON, or a plain table with what, amount, year, funder, place.

    `map` names a plain table's own titles, `place` what its words mean; `save_map` keeps both for the
    partnership, and `mapping` uses what was kept.

    Needs a token that may change the partnership, or an administrator's where none is named.
    `POST /rehearsals/resources` shows first where each row would go.
    """
    if not (actor.may_edit(partnership) if partnership is not None else actor.is_administrator):
        raise NotFound(f"there is no partnership {partnership!r} that this token may change")
    read_by = asked.read(session, partnership)
    report = _bring_in(session, actor, sent, partnership, read_by, commit=True)
    if not report.rows_stored and report.same_as is None:
        raise NothingToStore(f"{report.as_line()}: nothing was stored", report.faults)
    asked.keep(session, actor, partnership, read_by)
    headers = {"Location": f"/api/v1/resources/{report.file_id}"} if report.file_id else {}
    return _json(report_body(report), 201 if report.stored else 200, headers)


def _bring_in(
    session: Session, actor: Actor | str, sent: Sent, partnership: str | None, read_by: FileMapping, *, commit: bool
) -> ImportReport:  # fmt: skip
    demo, found = False, None
    if partnership is not None:
        demo = get_partnership(session, partnership).demo
        found = partnership_ground(session, partnership, today())
    return actions.import_resources(
        session,
        actor,
        sent.source,
        sent.name,
        partnership_slug=partnership,
        found=found,
        mapping=read_by,
        demo=demo,
        commit=commit,
    )


@router.get("/resources")
def list_resources(
    request: Request, session: ReadSession, page: Paging,
    kind: Annotated[str | None, Query(max_length=40, description=", ".join(KINDS))] = None,
) -> Response:  # fmt: skip
    """Files of resources: what each is and holds, whose it is, and its rows in, stored and refused.

    `holds` names the kinds of resources in a file, `read_at` where each kind is read.
    """
    check_kind(kind)
    after = page.after_key(str)
    holds = kinds_of_files(session)
    files = [
        {**each, "holds": held, "read_at": {one: KINDS[one][1] for one in held}}
        for each in queries.list_files(session)
        if kind in (held := holds.get(each["id"], [])) or kind is None
    ]
    rest = [each for each in files if after is None or each["id"] > after[0]]
    shown = rest[: page.limit]
    last = (shown[-1]["id"],) if len(rest) > len(shown) else None
    return _json(page.answer(request, shown, len(files), last))


@router.get("/resources/{file_id}")
def show_resources(session: ReadSession, file_id: Annotated[str, Path(max_length=120)]) -> Response:
    """One file of money with its refused rows, each with the rule it broke."""
    body = queries.file_as_body(queries.get_file(session, file_id))
    return _json({**body, "refused": queries.refusals_of(session, file_id)})


@router.delete("/resources/{file_id}", status_code=204)
def take_out(
    request: Request, session: WriteSession, file_id: Annotated[str, Path(max_length=120)]
) -> Response:
    """Take a file of money out with all its lines; needs a token that may change its partnership."""
    actor = signed_in(request, session)
    row = queries.get_file(session, file_id)
    slug = row.partnership_slug
    if not (actor.may_edit(slug) if slug is not None else actor.is_administrator):
        raise NotFound(f"there is no file of resources {file_id!r} that this token may change")
    actions.remove_resources(session, actor, file_id)
    return Response(status_code=204)
