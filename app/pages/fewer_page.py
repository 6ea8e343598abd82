"""The page of fewer partnerships: which of those held here stand on one ground, and which might be one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.dependencies import Heavy, ReadSession
from app.pages.rendering import fill, written_page
from app.pages.works import thanks
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from app.strategies.fewer_routes import Asked

router = APIRouter(include_in_schema=False)
MOST_SHOWN = 200


@router.get("/fewer", response_class=HTMLResponse, dependencies=[Heavy])
def fewer_page(request: Request, session: ReadSession, find: Asked) -> HTMLResponse:
    """Suggestions with their reasons, then the matrix as a table; both thresholds stand in the address."""
    body = find()
    asked = {
        "as_at": body["as_at"], "at_least": body["at_least"], "members_at_least": body["members_at_least"],
    }  # fmt: skip
    if request.query_params.get("demo"):
        asked["demo"] = request.query_params["demo"]
    return written_page(
        request,
        fill(
            request,
            "fewer.html",
            body=body,
            thanks=_thanks(session, body, invented=asked.get("demo") == "true"),
            shown=body["pairs"][:MOST_SHOWN],
            query=urlencode(asked),
            kept={
                name: request.query_params[name]
                for name in ("as_at", "demo")
                if name in request.query_params
            },
        ),
    )


def _thanks(session: Session, body: dict[str, Any], *, invented: bool) -> list[str]:
    """Name what shared ground is measured by, where any is; people of invented places are nobody's."""
    if body["release"] is None:
        return []
    counted = [] if invented else credit_lines(session, PEOPLE, POSTCODES)
    return [*thanks(session, releases=[body["release"]]), *counted]
