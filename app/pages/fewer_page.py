"""The page of fewer partnerships: which of those held here stand on one ground, and which might be one."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.dependencies import Heavy
from app.pages.rendering import fill, written_page
from app.strategies.fewer_routes import Asked

router = APIRouter(include_in_schema=False)
MOST_SHOWN = 200


@router.get("/fewer", response_class=HTMLResponse, dependencies=[Heavy])
def fewer_page(request: Request, find: Asked) -> HTMLResponse:
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
            shown=body["pairs"][:MOST_SHOWN],
            query=urlencode(asked),
            kept={
                name: request.query_params[name]
                for name in ("as_at", "demo")
                if name in request.query_params
            },
        ),
    )
