"""HTTP face of the audit trail: all of it for administrators, that of a public record for everybody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.history import history_of
from app.access.queries import list_events
from app.dependencies import Administrator, Paging, ReadSession, WriteSession

router = APIRouter(tags=["access"])


@router.get("/audit")
def audit(
    request: Request,
    response: Response,
    page: Paging,
    _actor: Administrator,
    session: WriteSession,
    subject: Annotated[
        str | None,
        Query(
            max_length=200,
            description="one thing (partnership:exe-valley) or one kind of thing (partnership)",
        ),
    ] = None,
) -> dict[str, Any]:
    """Who wrote what and when, newest first; needs an administrator's token."""
    key = page.after_key(int)
    events, total = list_events(
        session, subject=subject, before=key[0] if key else None, limit=page.limit + 1
    )
    shown = events[: page.limit]
    last = [shown[-1].id] if len(events) > page.limit else None
    response.headers["Cache-Control"] = "no-store"
    return page.answer(request, [event._asdict() for event in shown], total, last)


@router.get("/history/{kind}/{record_id:path}")
def history(
    request: Request,
    page: Paging,
    session: ReadSession,
    kind: Annotated[str, Path(max_length=40)],
    record_id: Annotated[str, Path(max_length=220)],
) -> dict[str, Any]:
    """What was written of one record, newest first: when, by which role, and each field before and after."""
    key = page.after_key(int)
    events, total = history_of(
        session, kind, record_id, before=key[0] if key else None, limit=page.limit + 1
    )
    last = [events[page.limit - 1]["id"]] if len(events) > page.limit else None
    return page.answer(request, events[: page.limit], total, last)
