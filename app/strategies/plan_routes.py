"""HTTP face of actions: what a partnership agreed to do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.access.queries import Actor
from app.dependencies import (
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    require_unchanged,
    signed_in,
    today,
    version_etag,
)
from app.partnerships.queries import get_partnership
from app.strategies import plan
from app.strategies.plan_queries import UnknownAction, action_body, get_action, list_actions
from app.strategies.tables import PlannedAction
from boundaries.errors import NotFound

router = APIRouter(tags=["actions"])
ActionId = Annotated[str, Path(max_length=120)]
SignedIn = Annotated[Actor, Depends(signed_in)]
Words = Annotated[str, Field(max_length=400)]
Links = Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=1000)]


class ActionFields(BaseModel):
    """Every field of an action; what is left out of a change stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Words | None = None
    theme: Annotated[str, Field(max_length=80)] | None = None
    owner: Words | None = None
    neighbourhoods: Links | None = None
    targets: Links | None = None
    programmes: Links | None = None
    lines: Links | None = None
    starts_on: date | None = None
    due_on: date | None = None
    status: Annotated[str, Field(max_length=20)] | None = None
    note: Annotated[str, Field(max_length=4000)] | None = None

    def said(self) -> dict[str, Any]:
        """Give what was said."""
        return self.model_dump(exclude_unset=True, exclude={"partnership"})


class NewAction(ActionFields):
    """The body of `POST /actions`."""

    partnership: Annotated[str, Field(max_length=120)]


@router.get("/actions")
def actions(
    request: Request, session: ReadSession, page: Paging,
    partnership: Annotated[str | None, Query(max_length=120, description="slug")] = None,
    neighbourhood: Annotated[str | None, Query(max_length=120, description="slug")] = None,
) -> dict[str, Any]:  # fmt: skip
    """Actions by the day they are due: who does what, where, until when, for which targets, paid by what."""
    if partnership is not None:
        get_partnership(session, partnership)
    rows = list_actions(session, partnership, neighbourhood)
    key = page.after_key(str, str)
    left = [row for row in rows if key is None or (str(row.due_on), row.id) > (key[0], key[1])]
    shown = left[: page.limit]
    last = [str(shown[-1].due_on), shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [action_body(row, today()) for row in shown], len(rows), last)


@router.post("/actions", status_code=201)
def make(session: WriteSession, actor: SignedIn, given: NewAction) -> Response:
    """Keep an action of a partnership; its neighbourhoods and targets must be the partnership's own."""
    if not actor.may_edit(given.partnership):
        raise NotFound(f"there is no partnership {given.partnership!r} that this token may change")
    row = plan.make_action(session, actor, given.partnership, given.said())
    return _answer(row, 201)


@router.get("/actions/{action_id}")
def one(session: ReadSession, action_id: ActionId) -> Response:
    """One action."""
    return _answer(get_action(session, action_id))


def _to_change(
    session: WriteSession, actor: SignedIn, match: IfMatch, action_id: ActionId
) -> PlannedAction:
    row = plan.lock_action(session, action_id)
    if not actor.may_edit(row.partnership_slug):
        raise UnknownAction(f"there is no action {action_id[:80]!r} that can be changed")
    require_unchanged(session, match, f"action:{row.id}", row.id, row.revision)
    return row


ToChange = Annotated[PlannedAction, Depends(_to_change)]


@router.patch("/actions/{action_id}")
def change(session: WriteSession, row: ToChange, actor: SignedIn, given: ActionFields) -> Response:
    """Change some fields of an action; send the ETag you read as If-Match, so that nobody's change is lost."""
    return _answer(plan.change_action(session, actor, row.id, given.said()))


@router.delete("/actions/{action_id}", status_code=204)
def remove(session: WriteSession, row: ToChange, actor: SignedIn) -> None:
    """Remove an action; send the ETag you read as If-Match."""
    plan.remove_action(session, actor, row.id)


def _answer(row: PlannedAction, status: int = 200) -> Response:
    headers = {"ETag": version_etag(row.id, row.revision)}
    if status == 201:
        headers["Location"] = f"/api/v1/actions/{row.id}"
    body = orjson.dumps(action_body(row, today()))
    return Response(body, status, headers, media_type="application/json")
