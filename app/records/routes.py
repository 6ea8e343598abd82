"""HTTP face of records: the whole of a partnership's, as JSON, a workbook or one table of it as CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from app.dependencies import Heavy, ReadSession, content_etag, not_modified, reader, today
from app.exports import csv, xlsx
from app.partnerships.queries import get_partnership
from app.records.methods.columns import TABLES
from app.records.queries import record_of
from app.records.sheets import write_json, write_table, write_workbook
from boundaries.errors import NotFound

router = APIRouter(tags=["records"])
Slug = Annotated[str, Path(max_length=120)]
VARY = {"Vary": "Authorization, Cookie"}


class UnknownTable(NotFound):
    """A record has no table of that name."""

    slug = "unknown-table"
    title = "No such table"


def _with_drafts(request: Request, session: ReadSession, slug: Slug) -> bool:
    """Say whether who asks may write the partnership, and so sees its drafts. Raises NotSignedIn for a bad token."""
    get_partnership(session, slug)
    actor = reader(request, session)
    return actor is not None and actor.may_edit(slug)


Drafts = Annotated[bool, Depends(_with_drafts)]


@router.get("/partnerships/{slug}/record", response_class=Response, dependencies=[Heavy])
@router.get("/partnerships/{slug}/record.json", response_class=Response, dependencies=[Heavy])
def read_record(request: Request, session: ReadSession, slug: Slug, drafts: Drafts) -> Response:
    """Everything that is kept of a partnership, table by table; `POST /imports/record` takes it in again.

    Who may write the partnership gets the strategy's draft too.
    """
    body = write_json(record_of(session, slug, today(), drafts=drafts))
    return _answer(request, body, "application/json", f"{slug}-record.json", drafts=drafts)


@router.get("/partnerships/{slug}/record.xlsx", response_class=Response, dependencies=[Heavy])
def read_record_xlsx(
    request: Request, session: ReadSession, slug: Slug, drafts: Drafts
) -> Response:
    """The same as a workbook with a sheet for each table; it is taken in again like the JSON."""
    book = write_workbook(record_of(session, slug, today(), drafts=drafts))
    return _answer(request, book, xlsx.MEDIA_TYPE, f"{slug}-record.xlsx", drafts=drafts)


@router.get("/partnerships/{slug}/record/{table}.csv", response_class=Response, dependencies=[Heavy])  # fmt: skip
def read_record_csv(
    request: Request, session: ReadSession, slug: Slug, drafts: Drafts,
    table: Annotated[str, Path(max_length=40, description="members, targets, actions, …")],
) -> Response:  # fmt: skip
    """One table of it as CSV: members, targets, actions, managers, …"""
    if table not in TABLES:
        raise UnknownTable(f"a record has no table {table!r}; there are {', '.join(TABLES)}")
    body = write_table(record_of(session, slug, today(), drafts=drafts), table)
    return _answer(request, body, csv.MEDIA_TYPE, f"{slug}-{table}.csv", drafts=drafts)


def _answer(request: Request, body: bytes, media_type: str, name: str, *, drafts: bool) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **VARY}
    if drafts:
        return Response(
            body, headers={**headers, "Cache-Control": "private, no-store"}, media_type=media_type
        )
    etag = content_etag(body)
    unchanged = not_modified(request, etag, VARY)
    if unchanged is not None:
        return unchanged
    return Response(body, headers={**headers, "ETag": etag}, media_type=media_type)
