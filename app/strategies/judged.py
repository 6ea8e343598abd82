"""Which districts a target is judged for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.indicators.values import find_indicators
from app.strategies.series import read_series
from app.strategies.targets import TargetRow
from boundaries.errors import Fault, Invalid
from boundaries.gss import normalise_code
from boundaries.queries import get_area

MOST_DISTRICTS = 400


def districts_judged(session: Session, target: TargetRow, areas: str | None) -> tuple[str, ...]:
    """Read codes of districts, or (None) name every one that the target's series has. Raises UnknownArea, Invalid."""
    if areas is None:
        row = find_indicators(session, [target.indicator_id or ""]).get(target.indicator_id or "")
        if row is None or row.area_type != "lad":
            return ()
        return tuple(read_series(session, row).index)
    words = [normalise_code(word) for word in areas.split(",") if word.strip()]
    if not words:
        detail = "areas: name at least one district, or leave it out"
        raise Invalid(detail, [Fault(detail, pointer="/areas")])
    if len(words) > MOST_DISTRICTS:
        detail = f"areas: at most {MOST_DISTRICTS} districts"
        raise Invalid(detail, [Fault(detail, pointer="/areas")])
    found = [get_area(session, word) for word in dict.fromkeys(words)]
    others = [area.code for area in found if area.type != "lad"]
    if others:
        detail = f"areas: districts are judged, and {', '.join(others[:5])} is none"
        raise Invalid(detail, [Fault(detail, pointer="/areas", value=others[0])])
    return tuple(sorted(area.code for area in found))
