"""The pages of single datasets: an index, an indicator, a release of boundaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.dependencies import ReadSession, today
from app.pages.dataset_view import DatasetPage, index_page
from app.pages.indicator_view import indicator_page
from app.pages.kept import kept_text
from app.pages.release_view import release_page
from app.pages.rendering import fill, written_page

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(max_length=120)]


def _answer(request: Request, session: Session, make: Callable[[], DatasetPage]) -> HTMLResponse:
    def write() -> str:
        return fill(request, "dataset.html", data=make(), today=today())

    return written_page(request, kept_text(request, session, write))


@router.get("/data/indices/{index_id}", response_class=HTMLResponse)
def one_index(request: Request, session: ReadSession, index_id: Id) -> HTMLResponse:
    """An index of deprivation: which councils stand where, its small areas on the map, its measures."""
    return _answer(request, session, lambda: index_page(session, index_id, today()))


@router.get("/data/indicators/{indicator_id}", response_class=HTMLResponse)
def one_indicator(
    request: Request, session: ReadSession, indicator_id: Id,
    period: Annotated[str | None, Query(max_length=40)] = None,
) -> HTMLResponse:  # fmt: skip
    """An indicator: its worst and best, its map by fifths, every value of a period."""
    return _answer(request, session, lambda: indicator_page(session, indicator_id, today(), period))


@router.get("/data/releases/{release_id}", response_class=HTMLResponse)
def one_release(request: Request, session: ReadSession, release_id: Id) -> HTMLResponse:
    """A release of boundaries: what it draws, how well, its map, its areas by name."""
    return _answer(request, session, lambda: release_page(session, release_id, today()))
