"""What the areas of served releases are in sum: how many, when they live, what they say; one statement for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.latest import Latest
from app.ogc.spans import Span
from boundaries.database import named_sql
from boundaries.tables import Area


@dataclass(frozen=True)
class Facts:
    """Of one release: between `last_start` and `first_end` all of its areas live (None: always)."""

    drawn: int
    first_day: date | None
    last_start: date | None
    first_end: date | None
    digest: str

    def all_live(self, span: Span) -> bool:
        """Say whether every area lives at some time in a span of days, so that none need be counted."""
        begins = self.last_start is None or span.last is None or self.last_start <= span.last
        return begins and (
            self.first_end is None or span.first is None or self.first_end > span.first
        )


NOTHING = Facts(0, None, None, None, "0")
_facts: Latest[Facts] = Latest(512)
_first_days: Latest[dict[str, date | None]] = Latest(4)


def facts_of(session: Session, stamp: int, release_id: str) -> Facts:
    """Give a release's facts in the state of the geography that `stamp` names."""
    return _facts.get(_key(session, stamp, release_id), lambda: _read(session, [release_id])[0])


def gather_facts(session: Session, stamp: int, release_ids: Sequence[str]) -> None:
    """Read the facts of many releases at once, for who is about to ask for each."""

    def gather() -> Facts:
        for release_id, found in zip(release_ids, _read(session, release_ids), strict=True):
            _facts.get(_key(session, stamp, release_id), lambda found=found: found)  # type: ignore[misc]
        return NOTHING

    _facts.get(_key(session, stamp, tuple(release_ids)), gather)


def first_day_of(session: Session, stamp: int, area_type: str) -> date | None:
    """Give the first day that any area of a type is known to live."""

    def read() -> dict[str, date | None]:
        query = select(Area.type, func.min(Area.valid_from)).group_by(Area.type)
        return {row[0]: row[1] for row in session.execute(query)}

    return _first_days.get(_key(session, stamp, ""), read).get(area_type)


def _key(session: Session, stamp: int, name: Any) -> Any:
    return session.get_bind().engine.url, stamp, name


def _read(session: Session, release_ids: Sequence[str]) -> list[Facts]:
    rows = session.execute(
        named_sql(__file__, "release_facts"), {"releases": list(release_ids)}
    ).all()
    found = {
        row.release_id: Facts(
            row.drawn, row.first_day, row.last_start, row.first_end, str(row.digest)
        )
        for row in rows
    }
    return [found.get(each, NOTHING) for each in release_ids]
