"""HTTP face of accreditation: evidence by criterion, and the assessor's notes."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.dependencies import (
    Administrator,
    AsAt,
    Editor,
    Heavy,
    IfMatch,
    ReadSession,
    WriteSession,
    require_if_match,
    today,
    version_etag,
)
from app.exports import csv
from app.exports.csv import write_csv
from app.strategies.accreditation import (
    accreditation_of,
    find_note,
    lock_note,
    note_body,
    write_note,
)
from app.strategies.strategy_sheets import accreditation_sheet
from app.strategies.tables import AssessorNote

router = APIRouter(tags=["accreditation"])
Slug = Annotated[str, Path(max_length=120)]
CriterionId = Annotated[str, Path(max_length=40, description="effective, players, priorities, …")]


class NoteGiven(BaseModel):
    """The body of `PUT …/accreditation/{criterion}/note`: what the assessor says, and as what."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[str, Field(max_length=4000)]
    role: Annotated[str, Field(max_length=200, description="the assessor's post, no name")]


@router.get("/partnerships/{slug}/accreditation", response_class=Response, dependencies=[Heavy])
def read_accreditation(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """What the record shows of each of the six criteria: shown, partly or missing, with a link; never a score."""
    return _json(accreditation_of(session, slug, day))


@router.get("/partnerships/{slug}/accreditation.csv", response_class=Response, dependencies=[Heavy])
def read_accreditation_csv(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The same as one table: a row for each piece of evidence."""
    body = write_csv(accreditation_sheet(accreditation_of(session, slug, day)))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-accreditation.csv"'}
    return Response(body, media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/accreditation/{criterion}/note", response_class=Response)
def read_note(session: ReadSession, slug: Slug, criterion: CriterionId) -> Response:
    """The assessor's note of one criterion, null where there is none; its ETag is what a PUT is sent with."""
    return _note(criterion, find_note(session, slug, criterion))


@router.put("/partnerships/{slug}/accreditation/{criterion}/note", response_class=Response)
def put_note(
    session: WriteSession, _of: Editor, actor: Administrator, slug: Slug, criterion: CriterionId,
    match: IfMatch, given: NoteGiven,
) -> Response:  # fmt: skip
    """Write the assessor's note of one criterion; send the ETag of the same address as If-Match."""
    require_if_match(match, note_etag(criterion, lock_note(session, slug, criterion)))
    row = write_note(session, actor, slug, criterion, given.words, given.role, today())
    return _note(criterion, row)


def note_etag(criterion: str, row: AssessorNote | None) -> str:
    """Give the ETag of the note of a criterion, or of none yet."""
    return version_etag(f"note-{criterion}", row.revision if row else 0)


def _note(criterion: str, row: AssessorNote | None) -> Response:
    body = orjson.dumps({"criterion": criterion, "note": note_body(row)})
    headers = {"ETag": note_etag(criterion, row)}
    return Response(body, headers=headers, media_type="application/json")


def _json(told: object) -> Response:
    return Response(orjson.dumps(told), media_type="application/json")
