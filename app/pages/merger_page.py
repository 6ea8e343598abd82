"""The page of rehearsed mergers: which partnerships, and what one of them all would be; works without scripts."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints

from app.dependencies import AsAt, Heavy, ReadSession
from app.pages.rendering import page
from app.partnerships.queries import list_partnerships
from app.rehearsals.merger_sheets import money_sheet
from app.rehearsals.mergers import merge_partnerships, read_slugs
from boundaries.errors import Invalid, NotFound

router = APIRouter(include_in_schema=False)
# Of more partnerships nobody finds one among boxes: then their addresses are typed.
MOST_CHOICES = 40
_Slugs = Annotated[str, StringConstraints(max_length=2000)]


@router.get("/mergers", response_class=HTMLResponse, dependencies=[Heavy])
def merger_page(
    request: Request, session: ReadSession, day: AsAt,
    partnerships: Annotated[tuple[_Slugs, ...], Query(max_length=MOST_CHOICES)] = (),
    stage: Annotated[str, Query(max_length=40)] = "awarded",
) -> HTMLResponse:  # fmt: skip
    """Name partnerships and read what a merger of them would do; what is wrong with the names is said at the field."""
    body, problem = None, ""
    asked = ",".join(each for each in partnerships if each.strip())
    if asked:
        try:
            body = merge_partnerships(session, read_slugs(asked), day, stage=stage)
        except (Invalid, NotFound) as refused:
            problem = refused.detail
    query = urlencode({"partnerships": asked, "as_at": day, "stage": stage})
    held, total = list_partnerships(session, after=None, limit=MOST_CHOICES, day=day)
    answer = page(
        request, "mergers.html", body=body, problem=problem, asked=asked, stage=stage, query=query,
        choices=held if total <= MOST_CHOICES else [], chosen=asked.split(","),
        names={row["slug"]: row["name"] for row in body["partnerships"]} if body else {},
        money=money_sheet(body).rows if body else [], kept=request.query_params.get("as_at", ""),
    )  # fmt: skip
    if problem:
        answer.status_code = 422
    return answer
