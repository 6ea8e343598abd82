"""The page of a partnership's statements of use: the same figures as their JSON, in tables."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.indicators.queries import get_index
from app.pages.kept import kept_text
from app.pages.missing_view import or_missing
from app.pages.plan_receipts import statement_receipts
from app.pages.rendering import fill, written_page
from app.pages.works import thanks
from app.statements.queries import statements_of_use
from app.statements.routes import Asked, Slug
from app.statements.wording import STATUS_WORDS
from boundaries.errors import NotFound

router = APIRouter(include_in_schema=False)


@router.get(
    "/partnerships/{slug}/statement-of-use", response_class=HTMLResponse, dependencies=[Heavy]
)
def statement_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked, day: AsAt
) -> HTMLResponse:
    """What a partnership did with its programmes' allocations in a year, and what is unallocated."""

    def make() -> str:
        body = statements_of_use(session, slug, asked, day)
        told = {
            "year": body["year"], "programme": asked.programme_id, "index": asked.index_id,
            "revision": asked.revision,
        }  # fmt: skip
        return fill(
            request, "statement.html", body=body, status_words=STATUS_WORDS, sources=_sources(body),
            thanks=_thanks(session, body), ranked_by=_index_words(session, body["index"]),
            receipts=statement_receipts(slug, body),
            choices=_choices(body, asked.programme_id),
            address=f"/api/v1/partnerships/{quote(slug)}/statement-of-use",
            query=urlencode({name: value for name, value in told.items() if value is not None}),
        )  # fmt: skip

    return written_page(
        request,
        kept_text(request, session, or_missing(request, session, slug, "Statement of use", make)),
    )


def _choices(body: dict[str, Any], programme_id: str | None) -> dict[str, Any]:
    """Give the years and programmes that the form offers, with the one that is shown."""
    stated = [
        {"id": each["programme"]["id"], "title": each["caption"]} for each in body["statements"]
    ]
    others = [{"id": each["id"], "title": each["title"]} for each in body["other_programmes"]]
    years = sorted({*body["years"], *([body["year"]] if body["year"] else [])}, reverse=True)
    return {"years": years, "programmes": [*stated, *others], "programme": programme_id}


def _thanks(session: Session, body: dict[str, Any]) -> list[str]:
    """Thank whoever made the index by which money is told to lie in neighbourhoods."""
    return thanks(session, indices=[body["index"]] if body["statements"] and body["index"] else [])


def _index_words(session: Session, index_id: str) -> str:
    """Name the index by which priorities lie; a signed statement's may be held no longer."""
    try:
        return get_index(session, index_id).title
    except NotFound:
        return index_id


def _sources(body: dict[str, Any]) -> list[dict[str, Any]]:
    """List what the statements rest on, each once."""
    listed = {
        (each["title"], each["publisher"]): each
        for statement in body["statements"]
        for each in (*statement["sources"], *statement["line_sources"])
    }
    return [listed[key] for key in sorted(listed)]
