"""Which small areas of a partnership some drawn outlines stand for; keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.neighbourhoods.choosing import MOSTLY, Choosable, Entered
from app.neighbourhoods.figures import figures_of
from app.neighbourhoods.saying import say_outline
from boundaries.errors import Fault, Invalid
from boundaries.untrusted import measure_untrusted_ground

# Each is overlaid by itself, so that one that chooses nothing can be named.
MOST_OUTLINES = 50


def areas_of_outlines(
    session: Session, outlines: Sequence[tuple[str, Any]], among: Choosable, file: str
) -> Entered:
    """Choose the small areas with at least half of their people in an outline, as a larger area's code would.

    outlines : name and area (BNG, valid). An outline that chooses nothing here, and what it chooses beyond the
    partnership, are listed. Raises Invalid for more than fifty.
    """
    if len(outlines) > MOST_OUTLINES:
        detail = (
            f"the file has {len(outlines):,} outlines; at most {MOST_OUTLINES} choose areas at once"
        )
        raise Invalid(detail, [Fault(detail, "/file", file=file, value=str(len(outlines)))])
    chosen: set[str] = set()
    left: list[Fault] = []
    for number, (name, outline) in enumerate(outlines, start=1):
        ground = say_outline(outline, demo=among.demo).ground
        weights = figures_of(
            session, ground, area_set=among.area_set, measure=measure_untrusted_ground
        ).weights
        found = {str(code) for code in weights.index[weights["people_share"] >= MOSTLY]}
        inside = found & set(among.areas.index)
        chosen |= inside
        if not inside:
            detail = "no small area of this partnership has half of its people in this outline"
            left.append(Fault(detail, "/file", file=file, row=number, value=name[:80]))
        elif beyond := len(found - inside):
            detail = f"{beyond} of the small areas in this outline lie outside this partnership"
            left.append(Fault(detail, "/file", file=file, row=number, value=name[:80]))
    return Entered(tuple(sorted(chosen)), tuple(left))
