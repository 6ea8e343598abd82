"""Reads which turns a day lies after, so that what was told of one day is given of every other between the same."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sqlalchemy.orm import Session

from app.regions.methods.turns import Turns
from app.regions.queries import last_turns, periods_of_targets
from app.strategies.evaluate import time_of
from app.strategies.methods.promise import year_of
from boundaries.queries import layer_on


def turns_before(session: Session, day: date, *, demo: bool) -> Turns:
    """Read the turns that a day lies after. Raises LayerMissing."""
    last = last_turns(session, day, demo=demo)
    own = {slug: turned_on for (kind, slug), turned_on in last.items() if kind == "own"}
    until = time_of(day)
    begun = Counter(
        slug
        for slug, period in periods_of_targets(session, demo=demo)
        if (year_of(period) or 0.0) <= until
    )
    return Turns(
        last.get(("geography", "")), layer_on(session, "lad", day, demo=demo).id, last.get(("living", "")),
        {slug: (own.get(slug), begun[slug]) for slug in {*own, *begun}},
    )  # fmt: skip
