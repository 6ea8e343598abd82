"""HTTP face of a programme's own record: make one, change it, remove it, bring a table of its allocations in."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.dependencies import (
    IfMatch,
    WriteSession,
    content_etag,
    require_if_match,
    signed_in,
    today,
)
from app.problems import NotAllowed
from app.resources import own_programmes
from app.resources.methods.programme_record import Record
from app.resources.programme_queries import UnknownProgramme, show_programme
from app.resources.programme_schemas import NewProgramme, ProgrammeChanges
from app.resources.programme_tables import import_programme_table
from app.resources.routes import NothingToStore, Sent, read_sent
from app.resources.schemas import report_body
from app.resources.tables import Programme
from boundaries.errors import Invalid, NotFound

router = APIRouter(tags=["resources"])
SignedIn = Annotated[Actor, Depends(signed_in)]
ProgrammeId = Annotated[str, Path(max_length=220)]


def _allowed(session: WriteSession, actor: SignedIn, programme_id: ProgrammeId) -> Programme:
    """Get the programme to change, with the rights checked. Raises UnknownProgramme, NotAllowed."""
    row = own_programmes.lock_programme(session, programme_id)
    if row.partnership_slug is None and not actor.is_administrator:
        raise NotAllowed("a published programme is an administrator's to change")
    if row.partnership_slug is not None and not actor.may_edit(row.partnership_slug):
        # Whether others may change it is not for them to learn; reading is public.
        raise UnknownProgramme(f"there is no programme {programme_id[:80]!r}")
    return row


def _to_change(
    session: WriteSession, actor: SignedIn, match: IfMatch, programme_id: ProgrammeId
) -> Programme:
    """Get the programme to change, with the rights and the ETag checked. Raises UnknownProgramme, Stale."""
    row = _allowed(session, actor, programme_id)
    require_if_match(match, content_etag(orjson.dumps(show_programme(session, row.id))))
    return row


Allowed = Annotated[Programme, Depends(_allowed)]
ToChange = Annotated[Programme, Depends(_to_change)]
_TABLES: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}


def _answer(session: Session, row: Programme, status: int = 200) -> Response:
    body = orjson.dumps(show_programme(session, row.id))
    headers = {"ETag": content_etag(body), "Location": f"/api/v1/programmes/{row.id}"}
    return Response(body, status, headers, media_type="application/json")


@router.post("/programmes", status_code=201, response_class=Response)
def create_programme(session: WriteSession, actor: SignedIn, given: NewProgramme) -> Response:
    """Keep a programme with its places and allocations: a partnership's own, or (administrators) a published one.

    Lines of money whose `programme` words equal its title or id draw on it from now on.
    """
    if given.partnership is None and not actor.is_administrator:
        raise NotAllowed("a programme of no partnership is an administrator's to make")
    if given.partnership is not None and not actor.may_edit(given.partnership):
        raise NotFound(f"there is no partnership {given.partnership!r} that this token may change")
    said = given.as_plain()
    partnership, name = said.pop("partnership", None), said.pop("id", None)
    row = own_programmes.create_programme(
        session, actor, Record(**said), partnership=partnership, day=today(), name=name
    )
    return _answer(session, row, 201)


@router.patch("/programmes/{programme_id}", response_class=Response)
def change_programme(
    session: WriteSession, actor: SignedIn, row: ToChange, given: ProgrammeChanges
) -> Response:
    """Change some fields of a programme; `eligible_areas` and `allocations` replace those of its own record."""
    changed = own_programmes.change_programme(session, actor, row.id, given.as_plain(), today())
    return _answer(session, changed)


@router.delete("/programmes/{programme_id}", status_code=204)
def remove_programme(session: WriteSession, actor: SignedIn, row: ToChange) -> Response:
    """Remove a programme with its own record; its lines stay. Not while files or statements rest on it."""
    own_programmes.remove_programme(session, actor, row.id)
    return Response(status_code=204)


@router.post(
    "/programmes/{programme_id}/table", status_code=201, response_class=Response,
    openapi_extra=_TABLES,
)  # fmt: skip
def bring_table_in(
    session: WriteSession,
    actor: SignedIn,
    row: Allowed,
    sent: Annotated[Sent, Depends(read_sent)],
    dry_run: Annotated[bool, Query(description="only say what would happen")] = False,
) -> Response:
    """Bring a CSV or XLSX of places and allocations in: columns place, year, amount; each refused row is listed."""
    if not isinstance(sent.source, bytes):
        raise Invalid("send a CSV or an XLSX; rows as JSON go into `allocations` of the programme")
    report = import_programme_table(
        session, actor, row.id, sent.source, sent.name, today(), commit=not dry_run
    )
    if not report.rows_stored and report.same_as is None:
        raise NothingToStore(f"{report.as_line()}: nothing was stored", report.faults)
    body = orjson.dumps(report_body(report))
    headers = {"Location": f"/api/v1/resources/{report.file_id}"} if report.file_id else {}
    return Response(body, 201 if report.stored else 200, headers, media_type="application/json")
