"""HTTP face of a partnership's ground: who overlaps it and who lies beside it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.partnerships.neighbours import neighbours_of
from app.partnerships.overlaps import all_overlaps, overlaps_of

router = APIRouter(tags=["partnerships"])
Slug = Annotated[str, Path(max_length=100)]


@router.get("/partnerships/overlaps", dependencies=[Heavy])
def overlap_matrix(
    request: Request, session: ReadSession, page: Paging, day: AsAt,
    demo: Annotated[bool, Query(description="the invented partnerships")] = False,
) -> dict[str, Any]:  # fmt: skip
    """Every pair of a day's partnerships that share ground, by slug: area and people in common, both ways."""
    key = page.after_key(str, str)
    rows = all_overlaps(session, day, demo=demo)
    left = [row for row in rows if key is None or (row["a"], row["b"]) > key]
    shown = left[: page.limit]
    last = [shown[-1]["a"], shown[-1]["b"]] if len(left) > page.limit else None
    return page.answer(request, shown, len(rows), last)


@router.get("/partnerships/{slug}/overlaps", dependencies=[Heavy])
def overlaps(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """The other partnerships, of any kind, on the same ground: area, people and members in common."""
    return overlaps_of(session, slug, day)


@router.get("/partnerships/{slug}/neighbours", dependencies=[Heavy])
def neighbours(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """The authorities that share a border with a partnership, with its metres, and the partnerships beside it."""
    return neighbours_of(session, slug, day)
