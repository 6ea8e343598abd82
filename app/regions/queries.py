"""Reads what was told of a region, for a process that has just begun, and the turns that its answers follow from."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, cast

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.marks import EVERY_INPUT, mark_of_partnerships, mark_of_tables, records_of_each
from app.regions.methods.turns import Turns
from app.regions.tables import RegionAnswer
from boundaries.database import named_sql

# Another one for each change of what is told or how: what an older program kept is not given.
TOLD = 2


def mark_of_answer(session: Session, turns: Turns, *, demo: bool) -> str:
    """Mark all that a region's answer of some day follows from; the same in every process, and on a copy."""
    parts = (mark_of_tables(session, EVERY_INPUT), mark_of_partnerships(session, demo=demo))
    # Each begins with the database's address, which is a process's own.
    told = [[str(each) for each in cast("tuple[object, ...]", part)[1:]] for part in parts]
    said = [TOLD, turns.every, told, records_of_each(session)]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def find_answer(session: Session, code: str, stage: str, mark: str) -> dict[str, Any] | None:
    """Give what was told under a mark, None where nothing is kept or it was told of other data."""
    found = session.scalar(
        select(RegionAnswer.body).where(
            RegionAnswer.code == code, RegionAnswer.stage == stage, RegionAnswer.mark == mark
        )
    )
    if found is None:
        return None
    body: dict[str, Any] = orjson.loads(found)
    body["as_at"] = date.fromisoformat(body["as_at"])
    for source in body["money"]["sources"]:
        source["date"] = date.fromisoformat(source["date"])
    return body


def last_turns(session: Session, day: date, *, demo: bool) -> dict[tuple[str, str], str]:
    """Give the last day up to one on which anything turned that follows from days alone; see the statement."""
    asked = {"day": day.isoformat(), "demo": demo}
    rows = session.execute(named_sql(__file__, "last_turns"), asked)
    return {(kind, slug): turned_on for kind, slug, turned_on in rows}


def periods_of_targets(session: Session, *, demo: bool) -> list[tuple[str, str]]:
    """List the periods of the series of each partnership's own targets, by slug."""
    rows = session.execute(named_sql(__file__, "periods_of_targets"), {"demo": demo})
    return [(slug, period) for slug, period in rows]


def answers_asked_for(session: Session) -> list[tuple[str, str]]:
    """List the regions and stages that somebody asked for, as far as an answer was kept."""
    rows = session.execute(
        select(RegionAnswer.code, RegionAnswer.stage).order_by(
            RegionAnswer.code, RegionAnswer.stage
        )
    )
    return [(code, stage) for code, stage in rows]
