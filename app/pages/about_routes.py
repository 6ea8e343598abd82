"""The pages about the service: how figures are made, how accessible the pages are, what can go wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from app.pages.accessibility import statement_of
from app.pages.method_notes import list_notes, read_note
from app.pages.rendering import page
from app.problems import all_problems, explain, status_of
from app.settings import Settings

router = APIRouter(include_in_schema=False)

Name = Annotated[str, Path(max_length=60)]


@router.get("/methods", response_class=HTMLResponse)
def methods_page(request: Request) -> HTMLResponse:
    """Every note on how figures are made, with what it says in a sentence."""
    return page(request, "methods.html", notes=list_notes())


@router.get("/methods/{name}", response_class=HTMLResponse)
def method_page(request: Request, name: Name) -> HTMLResponse:
    """One note: formulae, sources, limits, worked example."""
    return page(request, "method.html", note=read_note(name))


@router.get("/accessibility", response_class=HTMLResponse)
def accessibility_page(request: Request) -> HTMLResponse:
    """The accessibility statement: what is tested, what is not, and whom to tell of what cannot be used."""
    settings: Settings = request.app.state.settings
    return page(request, "accessibility.html", told=statement_of(settings))


@router.get("/problems", response_class=HTMLResponse)
def problems_page(request: Request) -> HTMLResponse:
    """Every kind of problem that this service tells of, by status."""
    kinds = [
        (status_of(kind), kind.slug, kind.title, explain(kind)) for kind in all_problems().values()
    ]
    return page(request, "problems.html", kinds=sorted(kinds))
