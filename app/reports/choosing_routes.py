"""HTTP face of the small areas that a partnership chooses neighbourhoods from."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.orm import Session

from app.dependencies import Heavy, Paging, ReadSession
from app.exports import csv
from app.exports.sheets import Kind, Sheet
from app.neighbourhoods.choosing import Choosable, choosable_areas
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from boundaries.queries import releases_of

router = APIRouter(tags=["neighbourhoods"])
Slug = Annotated[str, Path(max_length=120)]
COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("people", "whole"), ("households", "whole"), ("area_set", "text"),
    ("release", "text"), ("people_source", "text"), ("attribution", "text"),
)  # fmt: skip


@router.get("/partnerships/{slug}/small-areas", dependencies=[Heavy])
def small_areas(request: Request, session: ReadSession, page: Paging, slug: Slug) -> dict[str, Any]:
    """The small areas of a partnership with people and households, by name; neighbourhoods are built from them."""
    key = page.after_key(int)
    among = choosable_areas(session, slug)
    rows = among.as_plain()
    begun = 0 if key is None else max(0, int(key[0]))
    shown = rows[begun : begun + page.limit]
    last = [begun + len(shown)] if begun + len(shown) < len(rows) else None
    return {**page.answer(request, shown, len(rows), last), **_told(session, among)}


@router.get("/partnerships/{slug}/small-areas.csv", response_class=Response, dependencies=[Heavy])
def small_areas_table(session: ReadSession, slug: Slug) -> Response:
    """All of them as CSV, each row with the set it is of and what its counts are."""
    among = choosable_areas(session, slug)
    told = _told(session, among)
    rows = [row | told for row in among.as_plain()]
    written = csv.write_csv(Sheet("small_areas", f"Small areas of {slug}", COLUMNS, rows))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-small-areas.csv"'}
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)


def _told(session: Session, among: Choosable) -> dict[str, Any]:
    drawn = [f"{one.title}. {one.attribution}" for one in releases_of(session, [among.release_id])]
    counted = [] if among.demo else credit_lines(session, PEOPLE, POSTCODES)
    return {
        "area_set": among.area_set, "release": among.release_id, "people_source": among.people_source,
        "attribution": " ".join((*drawn, *counted)),
    }  # fmt: skip
