"""The page on which an editor writes down which members signed a partnership's strategy, and on which day."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.access.cookies import page_actor
from app.access.queries import Actor
from app.dependencies import WriteSession, today
from app.findings.asking import Slug
from app.pages.desk_forms import (
    DeskActor,
    SentForm,
    desk_page,
    faults_by_field,
    lines_of,
    status_for,
    text_of,
    to_sign_in,
)
from app.pages.record_kind import require_editor
from app.pages.rendering import PRIVATE
from app.strategies.written import sign_strategy
from app.strategies.written_queries import strategy_of
from boundaries.errors import BoundsError, Fault, Invalid

router = APIRouter(include_in_schema=False)
_NAMED = {"member": "Members", "signed_on": "Day"}


def _shown(
    request: Request, session: Session, actor: Actor, slug: str, ticked: list[str], on: str,
    problem: BoundsError | None = None,
) -> HTMLResponse:  # fmt: skip
    body: dict[str, Any] = strategy_of(session, slug, today())
    return desk_page(
        request, "sign_offs.html", actor, status=status_for(problem), body=body, slug=slug, ticked=ticked, on=on,
        problem=problem, faults=faults_by_field(problem), named=_NAMED,
    )  # fmt: skip


@router.get("/desk/sign-offs/{slug}", response_class=HTMLResponse)
def sign_offs(request: Request, session: WriteSession, slug: Slug) -> Response:
    """The members of today, who signed the newest published version, and boxes for those who did not."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    require_editor(actor, slug)
    return _shown(request, session, actor, slug, [], today().isoformat())


@router.post("/desk/sign-offs/{slug}", response_class=Response)
def sign(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, slug: Slug
) -> Response:
    """Keep that the ticked members signed on a day: all of them or none."""
    require_editor(actor, slug)
    ticked, on = lines_of(form, "member"), text_of(form, "signed_on")
    try:
        day = _day(on)
        if not ticked:
            raise Invalid("nobody is ticked", [Fault("tick who signed", pointer="/member")])
        with session.begin_nested():
            for member in ticked:
                sign_strategy(session, actor, slug, member, day, today())
    except BoundsError as problem:
        session.expire_all()  # who was written down before the fault is so no more
        return _shown(request, session, actor, slug, ticked, on, problem)
    return RedirectResponse(f"/partnerships/{slug}/strategy#signed", 303, PRIVATE)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        detail = "a day as 2026-11-30"
        raise Invalid(detail, [Fault(detail, "/signed_on", value=written[:20])]) from None
