"""HTTP face of the audit trail: what was written, for administrators; tokens are made by the command line alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.access.queries import list_events
from app.dependencies import Administrator, Paging, WriteSession

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
