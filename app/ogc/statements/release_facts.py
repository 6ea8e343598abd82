"""What the areas of served releases are in sum: how far they reach, how many, when they live, what they say.

Worked out by one look at every area, once for each state of the geography: the database keeps it for processes
that have just begun.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, NamedTuple

import orjson
import shapely
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.latest import Latest
from app.logs import get_logger
from app.ogc.spans import Span
from app.ogc.tables import GeographyFacts
from app.sessions import FAILURES
from boundaries.crs import Bounds
from boundaries.database import named_sql
from boundaries.moments import IS_A_MOMENT
from boundaries.tables import Area, Release

log = get_logger(__name__)
#: of the one row of what is kept
_NAME = "releases"
# Nobody waits longer for what is only kept for others.
_LONGEST = "2s"


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


class Known(NamedTuple):
    """Of every served release its facts and, in degrees, its reach; of every type the first day that any area lives."""

    facts: dict[str, Facts]
    extents: dict[str, Bounds]
    first_days: dict[str, date | None]


_known: Latest[Known] = Latest(4)


def known_of(session: Session, stamp: int) -> Known:
    """Give what is known in the state of the geography that `stamp` names: as it is kept, or worked out and kept."""

    def find_or_read() -> Known:
        body = session.scalar(
            select(GeographyFacts.body).where(
                GeographyFacts.name == _NAME, GeographyFacts.mark == str(stamp)
            )
        )
        if body is not None:
            return _read_back(orjson.loads(body))
        found = _read(session)
        if session.info.get(IS_A_MOMENT):  # what others do not see yet may never be
            _keep(session, stamp, found)
        return found

    return _known.get((session.get_bind().engine.url, stamp), find_or_read)


def facts_of(session: Session, stamp: int, release_id: str) -> Facts:
    """Give a release's facts in the state of the geography that `stamp` names."""
    return known_of(session, stamp).facts.get(release_id, NOTHING)


def first_day_of(session: Session, stamp: int, area_type: str) -> date | None:
    """Give the first day that any area of a type is known to live."""
    return known_of(session, stamp).first_days.get(area_type)


def _read(session: Session) -> Known:
    boxes = session.execute(named_sql(__file__, "release_extents")).all()
    served = list(session.scalars(select(Release.id).where(Release.state == "served")))
    rows = session.execute(named_sql(__file__, "release_facts"), {"releases": served})
    facts = {
        row.release_id: Facts(
            row.drawn, row.first_day, row.last_start, row.first_end, str(row.digest)
        )
        for row in rows
    }
    days = session.execute(select(Area.type, func.min(Area.valid_from)).group_by(Area.type))
    extents = {row.release_id: shapely.from_wkb(bytes(row.extent)).bounds for row in boxes}
    return Known(facts, extents, {row[0]: row[1] for row in days})


def _keep(session: Session, stamp: int, found: Known) -> None:
    """Keep it in a transaction of its own beside the one that it was read in; a copy keeps nothing."""
    body = orjson.dumps(
        {
            "facts": {release_id: asdict(one) for release_id, one in found.facts.items()},
            "extents": found.extents, "first_days": found.first_days,
        }
    )  # fmt: skip
    values = {"name": _NAME, "mark": str(stamp), "body": body}
    try:
        with Session(session.get_bind()) as own, own.begin():
            # The engine of a reading session opens read-only transactions.
            own.execute(text("SET TRANSACTION READ WRITE"))
            own.execute(select(func.set_config("statement_timeout", _LONGEST, True)))
            own.execute(
                insert(GeographyFacts).values(values).on_conflict_do_update(
                    index_elements=[GeographyFacts.name],
                    set_={"mark": values["mark"], "body": body, "kept_at": func.now()},
                )
            )  # fmt: skip
    except FAILURES as failure:
        log.info("facts of releases were not kept", extra={"reason": type(failure).__name__})


def _read_back(kept: dict[str, Any]) -> Known:
    names = [field.name for field in fields(Facts)]
    facts = {}
    for release_id, one in kept["facts"].items():
        said: dict[str, Any] = {name: one[name] for name in names}
        for name in ("first_day", "last_start", "first_end"):
            said[name] = _day(said[name])
        facts[release_id] = Facts(**said)
    extents = {release_id: tuple(box) for release_id, box in kept["extents"].items()}
    return Known(facts, extents, {kind: _day(day) for kind, day in kept["first_days"].items()})


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
