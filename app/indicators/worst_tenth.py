"""How many small areas of each council are in the most deprived tenth of each index; asks no designation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, INDICES, mark_of_tables
from boundaries.database import named_sql
from boundaries.moments import sees_a_moment


@dataclass(frozen=True)
class Ranked:
    """A council or partnership with its small areas in the most deprived tenth, by index id."""

    code: str
    name: str
    demo: bool
    found: dict[str, tuple[int, int]]


# A day's councils by every index: 300 kB. The tables and today's map ask for one day.
MOST_KEPT = 4
_kept: Latest[tuple[Ranked, ...]] = Latest(MOST_KEPT)
# All of England is counted: who asks meanwhile waits for that answer rather than counting too.
_counting = Lock()


def ranked_councils(session: Session, day: date, index_id: str | None = None) -> list[Ranked]:
    """List the councils whose small areas are here, with (worst, areas) by index: by each, or by one alone.

    Counted once while indices and geography are as they are; the rows are shared, and nobody changes them.
    """
    if not sees_a_moment(session):
        return _count(session, day, index_id)
    key = (mark_of_tables(session, (*GEOGRAPHY, *INDICES)), day)
    with _counting:
        every = _kept.get(key, lambda: tuple(_count(session, day, None)))
    if index_id is None:
        return list(every)
    found = (
        Ranked(one.code, one.name, one.demo, {index_id: one.found[index_id]})
        for one in every
        if index_id in one.found
    )
    return sorted(found, key=lambda one: one.code)


def _count(session: Session, day: date, index_id: str | None) -> list[Ranked]:
    asked = {"day": day, "index_id": index_id}
    rows = session.execute(named_sql(__file__, "worst_tenth_by_council"), asked).all()
    found: dict[tuple[str, str, bool], dict[str, tuple[int, int]]] = defaultdict(dict)
    for one, code, name, demo, areas, worst in rows:
        found[code, name, demo][one] = (worst, areas)
    return [Ranked(*key, by_index) for key, by_index in found.items()]


def added_up(
    by_council: Mapping[str, Mapping[str, tuple[int, int]]], codes: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Add up what is found in some councils, by the indices that all of them have."""
    found = [by_council.get(code, {}) for code in codes]
    shared = set(found[0]).intersection(*found) if found else set()
    return {
        index_id: (sum(one[index_id][0] for one in found), sum(one[index_id][1] for one in found))
        for index_id in sorted(shared)
    }
