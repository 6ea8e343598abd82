"""HTTP face of a neighbourhood's paper: PDF, Word file, and every figure of both as plain values."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.findings.asking import Slug
from app.reports.neighbourhood_paper import (
    figures_of_paper,
    print_neighbourhood,
    read_neighbourhood,
    write_neighbourhood_document,
)
from app.reports.word import MEDIA_TYPE as WORD

# The same answers beside the page and, under the names of the contract, beside the API's neighbourhood.
router = APIRouter(tags=["exports"])
pages = APIRouter(include_in_schema=False)

IndexId = Annotated[str | None, Query(max_length=60, description="index id, e.g. imd-2019")]
Version = Annotated[int | None, Query(ge=1, le=10**6, description="default the newest")]


def _named(body: bytes, media_type: str, how: str, name: str) -> Response:
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


@pages.get("/neighbourhoods/{slug}/report.pdf", response_class=Response, dependencies=[Heavy])
@router.get("/neighbourhoods/{slug}/report.pdf", response_class=Response, dependencies=[Heavy])
def neighbourhood_pdf(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> Response:  # fmt: skip
    """A neighbourhood's paper: what it is like, how it moved, beside whom, money, services, sources, as PDF/UA."""
    paper = read_neighbourhood(session, slug, index or None, day, version)
    return _named(print_neighbourhood(session, paper), "application/pdf", "inline", f"{slug}.pdf")


@pages.get("/neighbourhoods/{slug}/report.docx", response_class=Response, dependencies=[Heavy])
@router.get("/neighbourhoods/{slug}/report.docx", response_class=Response, dependencies=[Heavy])
def neighbourhood_word(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> Response:  # fmt: skip
    """The same paper as a Word file: real tables with header rows, the map with alternative text."""
    paper = read_neighbourhood(session, slug, index or None, day, version)
    return _named(write_neighbourhood_document(session, paper), WORD, "attachment", f"{slug}.docx")


@pages.get("/neighbourhoods/{slug}/report.json", response_class=Response, dependencies=[Heavy])
@router.get("/neighbourhoods/{slug}/report.json", response_class=Response, dependencies=[Heavy])
def neighbourhood_figures(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> Response:  # fmt: skip
    """Every figure of that paper as plain values."""
    paper = read_neighbourhood(session, slug, index or None, day, version)
    return Response(figures_of_paper(paper), media_type="application/json")
