"""HTTP face of statements of use: read one as JSON or CSV, write its words, sign it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from app.dependencies import (
    AsAt,
    Editor,
    Heavy,
    IfMatch,
    Reader,
    ReadSession,
    WriteSession,
    content_etag,
    for_reader,
    require_if_match,
    today,
)
from app.exports.csv import MEDIA_TYPE as CSV
from app.statements.actions import remove_draft, write_statement
from app.statements.queries import StatementAsked, statements_of_use
from app.statements.rows import statement_csv
from app.statements.schemas import StatementGiven

router = APIRouter(tags=["resources"])
Slug = Annotated[str, Path(max_length=120)]
Year = Annotated[
    str | None,
    Query(max_length=20, description="2001-02; default the last with an allocation or a line"),
]
ProgrammeId = Annotated[
    str | None, Query(max_length=220, description="id of a programme; default all that concern it")
]
IndexId = Annotated[
    str | None, Query(max_length=60, description="index of the priorities, e.g. imd-2019")
]
Revision = Annotated[
    int | None, Query(ge=1, le=10**6, description="of a written statement; default the newest")
]


def _asked(
    year: Year = None, programme: ProgrammeId = None, index: IndexId = None, revision: Revision = None
) -> StatementAsked:  # fmt: skip
    return StatementAsked(year, programme or None, index, revision)


Asked = Annotated[StatementAsked, Depends(_asked)]


@router.get("/partnerships/{slug}/statement-of-use", response_class=Response, dependencies=[Heavy])
def read_statement(
    session: ReadSession, actor: Reader, slug: Slug, asked: Asked, day: AsAt
) -> Response:
    """What a partnership did with its programmes' allocations in a year, of one programme or of each that concerns it.

    Allocation by status and source, lines by stage with refunds and regrants, what is unallocated,
    neighbourhoods, themes, outcomes. A signed statement is given as it was signed, with what newer
    data would change. A draft is in it for who may write it, by token or signed in, and for nobody else.
    """
    body = orjson.dumps(statements_of_use(session, slug, asked, day))
    headers = {"ETag": content_etag(body), **for_reader(actor)}
    return Response(body, media_type="application/json", headers=headers)


@router.get(
    "/partnerships/{slug}/statement-of-use.csv", response_class=Response, dependencies=[Heavy]
)
def read_statement_csv(
    session: ReadSession, actor: Reader, slug: Slug, asked: Asked, day: AsAt
) -> Response:
    """The same as one table: every figure in a row of its own."""
    body = statement_csv(statements_of_use(session, slug, asked, day))
    name = f"{slug}-statement-of-use.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **for_reader(actor)}
    return Response(body, media_type=CSV, headers=headers)


@router.put("/partnerships/{slug}/statement-of-use", response_class=Response, dependencies=[Heavy])
def put_statement(
    session: WriteSession, actor: Editor, slug: Slug, match: IfMatch, given: StatementGiven,
    year: Year = None, programme: ProgrammeId = None, index: IndexId = None,
) -> Response:  # fmt: skip
    """Write the words and sign-off of one programme's statement for a year, or (`sign`) sign it with its figures.

    Send as If-Match the ETag of the same address, read with your token: whoever signs has read the figures
    that are frozen.
    """
    asked, day = StatementAsked(year, programme or None, index), today()
    _require_match(session, slug, asked, match, day)
    said = given.model_dump(mode="json")
    write_statement(
        session, actor, slug, asked, said["words"], said["sign_off"], day,
        sign=given.sign, revise=given.revise,
    )  # fmt: skip
    body = orjson.dumps(statements_of_use(session, slug, asked, day))
    return Response(body, media_type="application/json", headers={"ETag": content_etag(body)})


@router.delete("/partnerships/{slug}/statement-of-use", status_code=204, dependencies=[Heavy])
def delete_draft(
    session: WriteSession, actor: Editor, slug: Slug, match: IfMatch,
    year: Year = None, programme: ProgrammeId = None,
) -> Response:  # fmt: skip
    """Remove the draft of one programme's statement for a year; what was signed is never removed."""
    asked = StatementAsked(year, programme or None)
    _require_match(session, slug, asked, match, today())
    remove_draft(session, actor, slug, asked)
    return Response(status_code=204)


def _require_match(
    session: WriteSession, slug: str, asked: StatementAsked, match: str, day: date
) -> None:
    """Hold the tag that was sent against what stands at the address now. Raises Stale."""
    if asked.year is not None and asked.programme_id is not None and match.strip() != "*":
        told = orjson.dumps(statements_of_use(session, slug, asked, day))
        require_if_match(match, content_etag(told))
