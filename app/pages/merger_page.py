"""The page of rehearsed mergers: which partnerships, and what one of them all would be; works without scripts."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.dependencies import AsAt, Heavy, ReadSession
from app.pages.rendering import page
from app.rehearsals.merger_sheets import money_sheet
from app.rehearsals.mergers import merge_partnerships, read_slugs
from boundaries.errors import Invalid, NotFound

router = APIRouter(include_in_schema=False)


@router.get("/mergers", response_class=HTMLResponse, dependencies=[Heavy])
def merger_page(
    request: Request, session: ReadSession, day: AsAt,
    partnerships: Annotated[str, Query(max_length=2000)] = "",
    stage: Annotated[str, Query(max_length=40)] = "awarded",
) -> HTMLResponse:  # fmt: skip
    """Name partnerships and read what a merger of them would do; what is wrong with the names is said at the field."""
    body, problem = None, ""
    if partnerships.strip():
        try:
            body = merge_partnerships(session, read_slugs(partnerships), day, stage=stage)
        except (Invalid, NotFound) as refused:
            problem = refused.detail
    query = urlencode({"partnerships": partnerships, "as_at": day, "stage": stage})
    answer = page(
        request, "mergers.html", body=body, problem=problem, asked=partnerships, stage=stage, query=query,
        money=money_sheet(body).rows if body else [], kept=request.query_params.get("as_at", ""),
    )  # fmt: skip
    if problem:
        answer.status_code = 422
    return answer
