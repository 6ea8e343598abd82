"""Who led a partnership from when until when, as the trail tells it; before the trail begins nothing is known."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.access.queries import list_events

MOST_EVENTS = 1_000


class Lead(NamedTuple):
    """Who led. since : the day it was written, None where the trail does not say. until : None of today's lead."""

    name: str | None
    since: date | None
    until: date | None


def leads_of(session: Session, slug: str, lead: str | None) -> list[Lead]:
    """List the leads of a partnership, today's first; None is named where nobody led."""
    events, _ = list_events(session, subject=f"partnership:{slug}", limit=MOST_EVENTS)
    found: list[Lead] = []
    name, until = lead, None
    for event in events:
        day = event.at.date()
        if event.verb == "create":
            found.append(Lead(name, day, until))
            return found
        changed = event.detail.get("changed")
        was_now = changed.get("lead") if isinstance(changed, dict) else None
        if was_now is None:
            continue
        found.append(Lead(name, day, until))
        name, until = was_now[0], day
    return [*found, Lead(name, None, until)]
