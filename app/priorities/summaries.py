"""What an index says of one place: a partnership's or any authorities' small areas, national ranks kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.indicators.queries import get_index
from app.indicators.summaries import COMPUTED, summarise
from app.priorities import queries
from boundaries.errors import Fault, Invalid


def refuse_two_questions(area_type: str | None, partnership: str | None, areas: str | None) -> None:
    """Refuse a question that asks for two things at once. Raises Invalid."""
    if sum(given is not None for given in (area_type, partnership, areas)) > 1:
        detail = "give one of area_type, partnership, areas"
        raise Invalid(detail, [Fault(detail, pointer="/area_type")])


def summarise_place(
    session: Session, day: date, index_id: str, areas: str | None, partnership: str | None,
    measure: str = "imd",
) -> dict[str, Any]:  # fmt: skip
    """Summarise an index for a partnership, or for codes and names with commas between.

    Raises whatever finding the place raises, UnknownIndex, MeasureNotHeld.
    """
    index = get_index(session, index_id)
    if partnership is not None:
        place = queries.find_partnership_place(session, partnership)
    else:
        words = [word.strip() for word in (areas or "").split(",") if word.strip()]
        place = queries.find_place(session, words, day)
    ground = queries.find_ground(session, place, index)
    made = summarise(session, index_id, list(ground.codes), measure)
    return {
        "code": None, "name": place.title, "partnership": place.partnership_slug, **made.as_plain(),
        "basis": {name: COMPUTED for name, value in made.figures.items() if value is not None},
        "border_cases": ground.border_cases,
    }  # fmt: skip
