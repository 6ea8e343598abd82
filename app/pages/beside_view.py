"""What lies beside one area, for its page: what it lies in, contains and overlaps of one type, with shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.areas.relations import beside, day_of, relation_items, types_drawn
from app.findings.words import edition
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, Invalid
from boundaries.methods.relations import COVERS, EQUALS, OVERLAPS, TOUCHES, WITHIN
from boundaries.queries import LayerMissing, get_area

# The rows with the largest shares; the file holds the rest.
ROWS_SHOWN = 50
WORDS = {
    EQUALS: "is the same ground as", WITHIN: "lies in", COVERS: "contains", OVERLAPS: "overlaps",
}  # fmt: skip


@dataclass(frozen=True)
class BesideView:
    """The rows of one chosen type, how many there are, and the types there are to choose from.

    The shares are fractions or None where they are not known; said: what they rest on; day: that asked about.
    """

    chosen: str
    choices: list[tuple[str, str]]
    rows: list[dict[str, Any]]
    total: int
    said: str
    day: date | None
    release: str = ""


def beside_view(
    session: Session, code: str, chosen: str | None, asked: date | None, today: date
) -> BesideView | None:
    """Relate an area to those of a type, that asked for or the usual; None where no layer draws it.

    Raises Invalid for a type that does not exist.
    """
    if chosen is not None and chosen not in AREA_TYPES:
        raise Invalid(
            f"there is no area type {chosen[:40]!r}; there are {', '.join(AREA_TYPES)}",
            [Fault("unknown area type", "/beside", value=chosen[:40])],
        )
    area = get_area(session, code)
    day = day_of(session, area, asked, today)
    kind = chosen or ("wd" if area.type == "lad" else "lad")
    drawn = types_drawn(session, demo=area.demo)
    choices = [(one, AREA_TYPES[one].plural) for one in drawn]
    try:
        found = beside(session, area, kind, day)
    except LayerMissing:
        if chosen is None or kind in drawn:
            return None
        return BesideView(kind, choices, [], 0, "Nothing loaded draws that type of area.", asked)
    items = [
        {**item, "words": WORDS[item["relation"]]}
        for item in relation_items(found)
        if item["relation"] != TOUCHES
    ]
    items.sort(key=lambda item: (-item["share_of_this"], -item["share_of_that"], item["code"]))
    said = (
        f"{edition(found.this.id)} against {edition(found.that.id)} ({found.quality}) on {day.day} {day:%B %Y}; "
        f"what is thinner than {found.tolerance_m:g} m is passed over, and areas that only touch are left out."
    )
    return BesideView(kind, choices, items[:ROWS_SHOWN], len(items), said, asked, found.that.id)
