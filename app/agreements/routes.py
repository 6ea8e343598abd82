"""HTTP face of what is agreed for a neighbourhood: managers' posts, service agreements, devolved budgets."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.access.queries import Actor
from app.agreements import actions
from app.agreements.methods.checks import KINDS, MOST_PENCE
from app.agreements.queries import (
    Row,
    UnknownAgreement,
    agreed_for,
    get_record,
    list_records,
    record_body,
)
from app.agreements.sheets import agreement_sheets, kind_sheet
from app.dependencies import (
    Heavy,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    require_unchanged,
    signed_in,
    today,
    version_etag,
)
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.neighbourhoods.queries import UnknownNeighbourhood

router = APIRouter(tags=["agreements"])


def _kind(
    kind: Annotated[str, Path(max_length=40, description="managers, services or budgets")],
) -> str:
    if kind not in KINDS:
        raise UnknownAgreement(
            f"there is no kind {kind!r} of agreements; there are {', '.join(KINDS)}"
        )
    return kind


Kind = Annotated[str, Depends(_kind)]
RecordId = Annotated[str, Path(max_length=160)]
SignedIn = Annotated[Actor, Depends(signed_in)]
Words = Annotated[str, Field(max_length=1000)]
Partnership = Annotated[str | None, Query(max_length=120, description="slug")]
Neighbourhood = Annotated[str | None, Query(max_length=120, description="slug")]


class RecordFields(BaseModel):
    """The fields of every kind; those of another kind than the address names are refused.

    managers: role, organisation, starts_on, ends_on. services: service, provider, standard, measure,
    theme, starts_on, review_on, status. budgets: fund, programme, year, amount_pence, decided_by. All: note.
    """

    model_config = ConfigDict(extra="forbid")

    role: Words | None = None
    organisation: Words | None = None
    service: Words | None = None
    provider: Words | None = None
    standard: Annotated[str, Field(max_length=4000)] | None = None
    measure: Words | None = None
    theme: Annotated[str, Field(max_length=80)] | None = None
    status: Annotated[str, Field(max_length=20)] | None = None
    fund: Words | None = None
    programme: Annotated[str, Field(max_length=220)] | None = None
    year: Annotated[str, Field(max_length=20)] | None = None
    amount_pence: Annotated[int, Field(ge=-MOST_PENCE, le=2 * MOST_PENCE)] | None = None
    decided_by: Words | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    review_on: date | None = None
    note: Annotated[str, Field(max_length=4000)] | None = None

    def said(self) -> dict[str, Any]:
        """Give what was said."""
        return self.model_dump(exclude_unset=True, exclude={"neighbourhood"})


class NewRecord(RecordFields):
    """The body of a POST."""

    neighbourhood: Annotated[str, Field(max_length=120)]


@router.get("/neighbourhoods/{slug}/agreements", response_class=Response, dependencies=[Heavy])
def agreements(session: ReadSession, slug: Annotated[str, Path(max_length=120)]) -> Response:
    """All that is agreed for a neighbourhood, each budget beside the money that is known there, by stage."""
    return Response(orjson.dumps(agreed_for(session, slug, today())), media_type="application/json")


@router.get("/partnerships/{slug}/agreements.xlsx", response_class=Response, dependencies=[Heavy])
def agreements_xlsx(session: ReadSession, slug: Annotated[str, Path(max_length=120)]) -> Response:
    """Posts, service agreements and devolved budgets of a partnership's neighbourhoods, a sheet each."""
    rows = {kind: _bodies(session, kind, slug, None) for kind in KINDS}
    headers = {"Content-Disposition": f'attachment; filename="{slug}-agreements.xlsx"'}
    book = write_xlsx(agreement_sheets(rows))
    return Response(book, media_type=xlsx.MEDIA_TYPE, headers=headers)


@router.get("/agreements/{kind}.csv", response_class=Response)
def records_csv(
    session: ReadSession, kind: Kind, partnership: Partnership = None, neighbourhood: Neighbourhood = None
) -> Response:  # fmt: skip
    """The records of a kind as CSV."""
    body = write_csv(kind_sheet(kind, _bodies(session, kind, partnership, neighbourhood)))
    headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
    return Response(body, media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/agreements/{kind}")
def records(
    request: Request, session: ReadSession, page: Paging, kind: Kind, partnership: Partnership = None,
    neighbourhood: Neighbourhood = None,
) -> dict[str, Any]:  # fmt: skip
    """Managers' posts, service agreements or devolved budgets, in order of neighbourhood."""
    rows = list_records(session, kind, partnership, neighbourhood)
    key = page.after_key(str, str)
    left = [row for row in rows if key is None or (row.neighbourhood, row.id) > (key[0], key[1])]
    shown = left[: page.limit]
    last = [shown[-1].neighbourhood, shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [record_body(kind, row, today()) for row in shown], len(rows), last)


@router.post("/agreements/{kind}", response_class=Response, status_code=201)
def make(session: WriteSession, actor: SignedIn, kind: Kind, given: NewRecord) -> Response:
    """Keep a post, a service agreement or a devolved budget of a neighbourhood."""
    if not may_edit_ground(session, actor, given.neighbourhood):
        raise UnknownNeighbourhood(
            f"there is no neighbourhood {given.neighbourhood!r} that this token may change"
        )
    row = actions.make_record(session, actor, kind, given.neighbourhood, given.said())
    return _answer(kind, row, 201)


@router.get("/agreements/{kind}/{record_id}", response_class=Response)
def one(session: ReadSession, kind: Kind, record_id: RecordId) -> Response:
    """One record."""
    return _answer(kind, get_record(session, kind, record_id))


def _to_change(
    session: WriteSession, actor: SignedIn, match: IfMatch, kind: Kind, record_id: RecordId
) -> Row:
    row = actions.lock_record(session, kind, record_id)
    if not may_edit_ground(session, actor, row.neighbourhood):
        raise UnknownAgreement(f"there is no {record_id[:80]!r} among {kind} that can be changed")
    require_unchanged(session, match, f"{kind}:{row.id}", row.id, row.revision)
    return row


ToChange = Annotated[Row, Depends(_to_change)]


@router.patch("/agreements/{kind}/{record_id}", response_class=Response)
def change(
    session: WriteSession, row: ToChange, actor: SignedIn, kind: Kind, given: RecordFields
) -> Response:
    """Change some fields of a record; send the ETag you read as If-Match, so that nobody's change is lost."""
    return _answer(kind, actions.change_record(session, actor, kind, row.id, given.said()))


@router.delete("/agreements/{kind}/{record_id}", status_code=204)
def remove(session: WriteSession, row: ToChange, actor: SignedIn, kind: Kind) -> None:
    """Remove a record; send the ETag you read as If-Match."""
    actions.remove_record(session, actor, kind, row.id)


def may_edit_ground(session: WriteSession, actor: Actor, neighbourhood: str) -> bool:
    """Say whether an actor may change what is agreed for a neighbourhood. Raises UnknownNeighbourhood."""
    partnership = actions.partnership_of(session, neighbourhood)
    if partnership is None:  # nobody's ground: who may edit every partnership
        return actor.is_administrator or actor.partnership_slug is None
    return actor.may_edit(partnership)


def _bodies(
    session: ReadSession, kind: str, partnership: str | None, neighbourhood: str | None
) -> list[dict[str, Any]]:
    return [
        record_body(kind, row, today())
        for row in list_records(session, kind, partnership, neighbourhood)
    ]


def _answer(kind: str, row: Row, status: int = 200) -> Response:
    headers = {"ETag": version_etag(row.id, row.revision)}
    if status == 201:
        headers["Location"] = f"/api/v1/agreements/{kind}/{row.id}"
    body = orjson.dumps(record_body(kind, row, today()))
    return Response(body, status, headers, media_type="application/json")
