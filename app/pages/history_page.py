"""The page of what was written of one public record; works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from app.access.history import history_of
from app.dependencies import ReadSession
from app.pages.rendering import fill, written_page

router = APIRouter(include_in_schema=False)
MOST_SHOWN = 200


@dataclass(frozen=True)
class HistoryView:
    """What the template reads: whose history it is, its newest events, and how many there are."""

    kind: str
    record_id: str
    events: list[dict[str, Any]]
    total: int

    def plain(self, value: object) -> str:
        """Write a field's value: words as they are, lists as JSON; what was not said is named so."""
        if value is None:
            return "not said"
        return value if isinstance(value, str) else orjson.dumps(value).decode()


@router.get("/history/{kind}/{record_id:path}", response_class=HTMLResponse)
def history_page(
    request: Request,
    session: ReadSession,
    kind: Annotated[str, Path(max_length=40)],
    record_id: Annotated[str, Path(max_length=220)],
) -> HTMLResponse:
    """Who (as a role) wrote what of a record, and when; before and after of each field."""
    events, total = history_of(session, kind, record_id, before=None, limit=MOST_SHOWN)
    view = HistoryView(kind, record_id, events, total)
    return written_page(request, fill(request, "history.html", view=view))
