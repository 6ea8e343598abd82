"""What one area covers, lies within, overlaps and touches, for the wire, the command line and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.areas.queries import NotOnThatDay
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault
from boundaries.history import successors
from boundaries.methods.relations import COVERS, EQUALS, OVERLAPS, TOUCHES, WITHIN
from boundaries.overlaps import overlaps_of
from boundaries.queries import (
    DrawnBy,
    LayerMissing,
    get_area,
    is_alive,
    layer_on,
)
from boundaries.tables import Area, Release

# What an address asks for → the relations of this area to the others that answer it.
ASKED: Mapping[str, tuple[str, ...]] = {
    "covers": (COVERS, EQUALS),
    "within": (WITHIN, EQUALS),
    "overlaps": (OVERLAPS,),
    "touches": (TOUCHES,),
}
# Without a type: those that people ask about; others are asked by name.
USUAL_TYPES = ("rgn", "cty", "lad", "wd", "par", "msoa", "lsoa")
MAX_TOLERANCE_M = 500.0


@dataclass(frozen=True)
class Beside:
    """How one area lies to those of one type: the layers that said so, and a row for each area it meets.

    rows: columns of `boundaries.overlaps.overlaps_of`, name and type.
    """

    area: Area
    day: date
    this: DrawnBy
    that: DrawnBy
    tolerance_m: float
    rows: pd.DataFrame

    @property
    def quality(self) -> str:
        """Give the lesser quality of both layers: an answer is no better than the worse of its outlines."""
        order = ("official", "best-fit", "approximate", "invented")
        return max(self.this.quality, self.that.quality, key=order.index)


def day_of(session: Session, area: Area, asked: date | None, today: date) -> date:
    """Choose the day on which an area is related: the one asked, today, or the last or first day of its life.

    Raises NotOnThatDay, naming the successors, for a day asked that lies outside its life.
    """
    if asked is not None and not is_alive(area, asked):
        named = ", ".join(s.new_code for s in successors(session, area.code)) or "none recorded"
        raise NotOnThatDay(
            f"{area.name} ({area.code}) lived from {area.valid_from or 'before the records begin'} to "
            f"{area.valid_to or 'today'}; successors: {named}",
            [Fault("outside its life", pointer="/as_at", value=str(asked))],
        )
    day = asked or today
    if is_alive(area, day):
        return day
    if area.valid_to is not None and area.valid_to <= day:
        return area.valid_to - timedelta(days=1)
    return area.valid_from or day


def beside(
    session: Session, area: Area, area_type: str, day: date, tolerance_m: float | None = None
) -> Beside:
    """Relate an area to those of a type that live on a day. Raises LayerMissing, ToleranceTooLarge."""
    this = layer_on(session, _drawn_as(area.type), day, demo=area.demo)
    that = layer_on(session, _drawn_as(area_type), day, demo=area.demo)
    found = overlaps_of(session, area.code, this.id, that.id, tolerance_m=tolerance_m)
    known = {
        one.code: one
        for one in session.scalars(select(Area).where(Area.code.in_(found["code"].tolist())))
    }
    # A layer of another day may draw what was not there, and a temporal set draws many years at once.
    alive = [code in known and is_alive(known[code], day) for code in found["code"]]
    rows = found[alive].reset_index(drop=True)
    rows.insert(1, "name", [known[code].name for code in rows["code"]])
    rows.insert(2, "type", [known[code].type for code in rows["code"]])
    usual_m = this.tolerance_m + that.tolerance_m
    return Beside(area, day, this, that, usual_m if tolerance_m is None else tolerance_m, rows)


def types_drawn(session: Session, *, demo: bool) -> list[str]:
    """List the area types of which a release is served, in the order of the registry."""
    served = set(
        session.scalars(
            select(Release.area_type)
            .where(Release.state == "served", Release.demo == demo)
            .distinct()
        )
    )
    return [kind for kind in AREA_TYPES if kind in served]


def _drawn_as(area_type: str) -> str:
    """Name the type whose layer draws areas of a type: unparished ground is drawn among the parishes."""
    return "par" if area_type == "ncp" else area_type


def relations_body(
    session: Session, code: str, asked_for: Sequence[str], area_type: str | None, asked: date | None,
    today: date, tolerance_m: float | None,
) -> dict[str, Any]:  # fmt: skip
    """Write what an area covers, lies within, overlaps or touches: about, and items in order of type and code.

    Raises UnknownArea, NotOnThatDay, LayerMissing where no layer draws the type (or the area) that
    day, ToleranceTooLarge.
    """
    area = get_area(session, code, asked or today)
    day = day_of(session, area, asked, today)
    layer_on(session, _drawn_as(area.type), day, demo=area.demo)
    wanted = {relation for one in asked_for for relation in ASKED[one]}
    found: list[tuple[str, Beside]] = []
    for kind in (area_type,) if area_type else USUAL_TYPES:
        try:
            found.append((kind, beside(session, area, kind, day, tolerance_m)))
        except LayerMissing:
            if area_type:
                raise
    items = [
        item
        for kind, one in found
        for item in relation_items(one)
        if item["relation"] in wanted and (item["type"] == kind or not area_type)
    ]
    return {
        "code": area.code, "name": area.name, "type": area.type, "as_at": day,
        "layers": [
            {
                "type": kind, "release": one.that.id, "this_release": one.this.id,
                "quality": one.quality, "tolerance_m": one.tolerance_m, "missing": one.that.missing,
                "attribution": one.that.attribution,
            }
            for kind, one in found
        ],
        "items": sorted(items, key=lambda item: (item["type"], item["code"])),
    }  # fmt: skip


def relation_items(one: Beside) -> list[dict[str, Any]]:
    """Write each area beside another as the wire carries it; a share that is not known is null."""
    rows = one.rows.astype(object).where(one.rows.notna(), None)
    return [
        {
            "code": row.code, "name": row.name, "type": row.type, "relation": row.relation,
            "overlap_m2": row.overlap_m2, "share_of_this": row.share_of_this,
            "share_of_that": row.share_of_that,
            "postcodes": None if row.postcodes is None else int(row.postcodes),
            "postcode_share_of_this": row.postcode_share_of_this,
            "postcode_share_of_that": row.postcode_share_of_that,
            "population_share_of_this": row.people_share_of_this,
            "population_share_of_that": row.people_share_of_that,
            "release": one.that.id, "quality": one.quality,
        }
        for row in rows.itertuples(index=False)
    ]  # fmt: skip
