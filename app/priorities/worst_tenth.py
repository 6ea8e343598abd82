"""Councils and partnerships by their share of small areas in one index's most deprived tenth; shakes no rule."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.exports.sheets import Kind, Sheet
from app.indicators.queries import IndexRow, get_index
from app.indicators.worst_tenth import ranked_councils
from app.priorities.worst_tenth_queries import ranked_partnerships

Places = Literal["councils", "partnerships"]
COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("small_areas", "whole"), ("in_worst_tenth", "whole"), ("share", "number"),
    ("index", "text"), ("release", "text"), ("attribution", "text"),
)  # fmt: skip


def ranked_places(session: Session, index: IndexRow, of: Places, day: date) -> list[dict[str, Any]]:
    """List the places that an index has figures for, the highest share first; a partnership's code is its slug."""
    ranked = ranked_councils(session, day, index.id)
    if of == "partnerships":
        ranked = ranked_partnerships(session, ranked)
    rows = []
    for one in ranked:
        worst, areas = one.found.get(index.id, (0, 0))
        if areas and one.demo == index.demo:
            share = worst / areas
            rows.append((-share, one.name, one.code, worst, areas))
    return [
        {"code": code, "name": name, "small_areas": areas, "in_worst_tenth": worst, "share": round(worst / areas, 6)}
        for _, name, code, worst, areas in sorted(rows)
    ]  # fmt: skip


def worst_tenth_sheet(session: Session, index_id: str, of: Places, day: date) -> Sheet:
    """Write them as a table, each row with the index that it is by. Raises UnknownIndex."""
    index = get_index(session, index_id)
    told = {"index": index.id, "release": index.release_id, "attribution": index.attribution}
    title = f"{of.capitalize()} by small areas in the most deprived 10% of the {index.title}"
    rows = [row | told for row in ranked_places(session, index, of, day)]
    return Sheet("worst_tenth", title, COLUMNS, rows)
