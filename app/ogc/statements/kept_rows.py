"""Gathers the records that become features: properties, and an outline or point in metres where there is one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import shapely
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.neighbourhoods.queries import list_neighbourhoods
from app.neighbourhoods.shapes import shape_of
from app.partnerships.tables import Partnership
from app.priorities.tables import Designation
from app.reports.queries import line_points
from app.resources.tables import ResourceLine
from boundaries.errors import BoundsError
from boundaries.footprints import outline_of_codes
from boundaries.history import codes_on
from boundaries.tables import Boundary, Release

NOT_DRAWN = "not drawn: a layer that it needs is not loaded"


class Row(NamedTuple):
    """One record: its key, what it says, and its shape (British National Grid) or None."""

    key: str
    properties: dict[str, Any]
    shape: Any


def partnership_rows(session: Session, day: date) -> list[Row]:
    """Give every partnership: its own outline, or its councils' joined as drawn on the day (or its last)."""
    found = session.execute(
        select(Partnership, Partnership.geom.ST_AsBinary()).order_by(Partnership.slug)
    )
    return [_partnership(session, row, outline, day) for row, outline in found]


def _partnership(session: Session, row: Partnership, outline: Any, day: date) -> Row:
    shape, drawn = None, "as drawn"
    if outline is not None:
        shape = shapely.from_wkb(bytes(outline))
    else:
        asked = row.valid_from if row.valid_to is not None and row.valid_to <= day else day
        shape, drawn = None, NOT_DRAWN
        try:
            codes = codes_on(session, row.authorities, asked or day)
            shape, _ = outline_of_codes(session, codes, asked or day, demo=row.demo)
            drawn = "the outlines of its councils joined"
        except BoundsError:
            pass  # said in `drawn`: the record itself is no less there
    said = {
        "slug": row.slug, "name": row.name, "kind": row.kind, "authorities": " ".join(row.authorities),
        "lead": row.lead, "valid_from": row.valid_from, "valid_to": row.valid_to, "drawn": drawn,
    }  # fmt: skip
    return Row(row.slug, said, shape)


def neighbourhood_rows(session: Session, _day: date) -> list[Row]:
    """Give every neighbourhood in its newest version."""
    rows = []
    for each in list_neighbourhoods(session):
        try:
            shape, drawn = shape_of(session, each.footprint_id)
        except BoundsError:
            shape, drawn = None, NOT_DRAWN
        said = {
            "slug": each.slug, "name": each.name, "partnership": each.partnership_slug,
            "kind": each.kind, "version": each.version, "drawn": drawn,
        }  # fmt: skip
        rows.append(Row(each.slug, said, None if shape is None or shape.is_empty else shape))
    return rows


def designated_rows(session: Session, _day: date) -> list[Row]:
    """Give each area that a saved designation selected, drawn as that designation's set of small areas is."""
    rows: list[Row] = []
    for saved in session.scalars(select(Designation).order_by(Designation.id)):
        result: dict[str, Any] = saved.result
        areas = [area for area in result["areas"] if area["selected"]]
        shapes = _outlines(session, [area["code"] for area in areas])
        for area in areas:
            said = {
                "designation": saved.id, "designation_name": saved.name,
                "partnership": saved.partnership_slug, "index": saved.index_id,
                **{name: area.get(name) for name in ("code", "name", "rank", "decile", "people")},
                "designated_on": saved.created_at.date(),
            }  # fmt: skip
            rows.append(Row(f"{saved.id}.{area['code']}", said, shapes.get(area["code"])))
    return rows


def _outlines(session: Session, codes: Iterable[str]) -> dict[str, Any]:
    """Give outlines by code: of the served releases that draw one, the finest, the latest."""
    found = session.execute(
        select(Boundary.code, Boundary.geom.ST_AsBinary())
        .join(Release, Release.id == Boundary.release_id)
        .where(Release.state == "served", Boundary.code.in_(list(codes)))
        .ext(distinct_on(Boundary.code))
        .order_by(Boundary.code, Release.tolerance_m, Release.published_on.desc(), Release.id)
    ).all()
    shapes = shapely.from_wkb([bytes(row[1]) for row in found])
    return dict(zip([row[0] for row in found], shapes, strict=True))


def resource_rows(session: Session, _day: date) -> list[Row]:
    """Give every line of money; whom it was paid to is left out, since that may be a person."""
    lines = session.execute(
        select(
            ResourceLine.id, ResourceLine.title, ResourceLine.funder, ResourceLine.programme,
            ResourceLine.theme, ResourceLine.stage, ResourceLine.amount_pence, ResourceLine.currency,
            ResourceLine.awarded_on, ResourceLine.financial_year, ResourceLine.grade,
            ResourceLine.place_code, ResourceLine.place_name, ResourceLine.file_id.label("file"),
        ).order_by(ResourceLine.id)
    ).mappings()  # fmt: skip
    rows = [dict(row) for row in lines]
    shown = line_points(session, [row["id"] for row in rows if row["grade"] in ("A", "B", "C")])
    made = []
    for row in rows:
        at = shown.get(row["id"])
        said = row | {"shown_at": at.shown_at if at else None}
        made.append(Row(row["id"], said, at.point if at else None))
    return made
