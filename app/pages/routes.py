"""The pages that are not about one place: start, search, one area, what is loaded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.areas.finding import names_kept
from app.dependencies import AsAt, ReadSession, today
from app.pages.area_view import area_view
from app.pages.home_view import home_view
from app.pages.kept import kept_text
from app.pages.loaded_view import loaded_view
from app.pages.rendering import fill, page, written_page
from app.pages.search_view import search

router = APIRouter(include_in_schema=False)

Words = Annotated[str, Query(max_length=200)]
Code = Annotated[str, Path(max_length=40)]
Kind = Annotated[str | None, Query(max_length=40)]


@router.get("/", response_class=HTMLResponse)
def start_page(request: Request, session: ReadSession) -> HTMLResponse:
    """Search, the partnerships and councils that are loaded, and how the work goes."""

    def make() -> str:
        return fill(request, "home.html", home=home_view(session, today()))

    return written_page(request, kept_text(request, session, make))


@router.get("/search", response_class=HTMLResponse)
def search_page(request: Request, session: ReadSession, day: AsAt, q: Words = "") -> Response:
    """What some words stand for on a day: one answer leads straight to its page, several are listed."""
    found = search(session, q, day, names_kept(request, session))
    if found.leads_to:
        return RedirectResponse(found.leads_to, status_code=303)
    return page(request, "search.html", found=found)


@router.get("/areas/{code}", response_class=HTMLResponse)
def area_page(
    request: Request, session: ReadSession, code: Code, day: AsAt, beside: Kind = None
) -> HTMLResponse:
    """One area: its life, its map, what it belongs to and overlaps, what came before and after; today or on a day."""
    asked = day if "as_at" in request.query_params else None
    return page(request, "area.html", area=area_view(session, code, day, asked, beside))


@router.get("/data", response_class=HTMLResponse)
def loaded_page(request: Request, session: ReadSession) -> HTMLResponse:
    """What is loaded, from whom, and what every load stored, repaired, refused and left elsewhere."""

    def make() -> str:
        return fill(request, "data.html", loaded=loaded_view(session))

    return written_page(request, kept_text(request, session, make))
