"""The rows that shares of overlap are made of: one area beside those of a type, with the m² of each and of both."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.areas.queries import ground_m2
from app.areas.relations import beside, day_of, relation_items
from app.exports.sheets import Kind, Sheet
from boundaries.methods.relations import TOUCHES
from boundaries.queries import get_area

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("type", "text"), ("relation", "text"), ("overlap_m2", "number"),
    ("this_m2", "number"), ("that_m2", "number"), ("share_of_this", "number"), ("share_of_that", "number"),
    ("postcodes", "whole"), ("this_release", "text"), ("release", "text"),
)  # fmt: skip


def relation_sheet(
    session: Session, code: str, area_type: str, asked: date | None, today: date, tolerance_m: float | None = None
) -> Sheet:  # fmt: skip
    """Give the rows in order of code; what only touches shares no ground and has none.

    Raises UnknownArea, NotOnThatDay, LayerMissing, ToleranceTooLarge.
    """
    area = get_area(session, code, asked or today)
    found = beside(session, area, area_type, day_of(session, area, asked, today), tolerance_m)
    rows = [item for item in relation_items(found) if item["relation"] != TOUCHES]
    ground = ground_m2(session, found.that.id, [row["code"] for row in rows])
    this_m2 = ground_m2(session, found.this.id, [area.code]).get(area.code)
    for row in rows:
        row |= {
            "this_m2": this_m2,
            "that_m2": ground.get(row["code"]),
            "this_release": found.this.id,
        }
    rows.sort(key=lambda row: str(row["code"]))
    return Sheet(area_type, f"{area.name} beside {area_type}", _COLUMNS, rows)
