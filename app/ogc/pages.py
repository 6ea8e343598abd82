"""The documents and features of the standard API as pages to read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.ogc.asking import Question
from app.ogc.describing import page_links
from app.ogc.forms import FORMS
from app.ogc.queries import names_of, read_page, read_rows
from app.ogc.statements.collections import About, Collection
from app.pages.rendering import page

_HEADERS = {"Vary": "Accept", "Cache-Control": "no-cache"}


def told_page(request: Request, title: str, told: str, written: Mapping[str, Any]) -> Response:
    """Show a document: its plain members as a list, its links as links."""
    rows = [
        (name, _shown(value))
        for name, value in written.items()
        if name not in {"links", "title", "description"}
    ]
    links = list(written.get("links", []))
    return page(
        request, "features_document.html", headers=_HEADERS, title=title, told=told, rows=rows,
        links=links,
    )  # fmt: skip


def list_page(request: Request, abouts: list[About]) -> Response:
    """Show the collections."""
    return page(request, "features_collections.html", headers=_HEADERS, abouts=abouts)


def feature_page(
    request: Request, session: Session, found: Collection, question: Question, base: str
) -> Response:
    """Show a page of features as a table, with the files that all of them can be had as."""
    answered = read_page(session, found, question)
    names = names_of(found, question)
    rows = list(chain.from_iterable(read_rows(session, found, question, shaped=False)))
    links = page_links(found.about, question, base, answered.following)
    following = next((each["href"] for each in links if each["rel"] == "next"), None)
    asked = {
        name: value
        for name, value in question.asked.items()
        if name not in {"f", "cursor", "limit"}
    }
    files = [
        (f"{base}/collections/{found.about.id}/items?{urlencode({**asked, 'f': name})}", form.told)
        for name, form in FORMS.items()
    ]
    return page(
        request, "features_items.html", headers=_HEADERS, about=found.about, names=names, rows=rows,
        matched=answered.matched, files=files,
        following=following.replace("f=json", "f=html") if following else None,
        own=f"{base}/collections/{found.about.id}/items",
    )  # fmt: skip


def _shown(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {each}" for name, each in value.items())[:4_000]
    return str(value)[:4_000]
