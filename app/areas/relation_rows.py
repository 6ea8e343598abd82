"""The rows that shares of overlap are made of: one area beside those of a type, with the m² of each and of both."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.areas.queries import ground_m2
from app.areas.relations import Beside, beside, day_of, relation_items
from app.exports.sheets import Kind, Sheet
from boundaries.methods.relations import TOUCHES
from boundaries.overlaps import people_beside
from boundaries.queries import get_area

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("type", "text"), ("relation", "text"), ("overlap_m2", "number"),
    ("this_m2", "number"), ("that_m2", "number"), ("share_of_this", "number"), ("share_of_that", "number"),
    ("postcodes", "whole"), ("this_release", "text"), ("release", "text"),
)  # fmt: skip
_PEOPLE: tuple[tuple[str, Kind], ...] = (
    ("overlap_people", "number"), ("this_people", "number"), ("that_people", "number"),
)  # fmt: skip


def relation_sheet(
    session: Session, code: str, area_type: str, asked: date | None, today: date, tolerance_m: float | None = None,
    *, with_people: bool = False,
) -> Sheet:  # fmt: skip
    """Give the rows in order of code; what only touches shares no ground and has none.

    with_people : count the people of both and of each too, by the postcodes that the shares of people are made of.

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
    if with_people:
        _count_people(session, found, rows)
    rows.sort(key=lambda row: str(row["code"]))
    columns = _COLUMNS + _PEOPLE if with_people else _COLUMNS
    return Sheet(area_type, f"{area.name} beside {area_type}", columns, rows)


def _count_people(session: Session, found: Beside, rows: list[dict[str, Any]]) -> None:
    """Write into rows the people that their shares are made of; where no share is known there are none."""
    counted = people_beside(session, found.area.code, found.this.id, found.that.id)
    by_code = counted.set_index("code").to_dict("index")
    for row in rows:
        if row["population_share_of_this"] is None and row["population_share_of_that"] is None:
            continue
        people = by_code[row["code"]]
        row |= {
            "overlap_people": people["people"],
            "this_people": people["people_of_this"],
            "that_people": people["people_of_that"],
        }
