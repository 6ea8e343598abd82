"""How many small areas of each council are in the most deprived tenth of each index; asks no designation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from boundaries.database import named_sql


@dataclass(frozen=True)
class Ranked:
    """A council or partnership with its small areas in the most deprived tenth, by index id."""

    code: str
    name: str
    demo: bool
    found: dict[str, tuple[int, int]]


def ranked_councils(session: Session, day: date, index_id: str | None = None) -> list[Ranked]:
    """List the councils whose small areas are here, with (worst, areas) by index: by each, or by one alone."""
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
