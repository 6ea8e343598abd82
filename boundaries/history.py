"""Reads what an area followed and what followed it, link by link and as a whole chain with dates and shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.database import named_sql
from boundaries.tables import Area, Succession


@dataclass(frozen=True)
class Step:
    """One link of a chain and where it stands.

    direction: `before` or `after` the area asked. steps: how many links away. share: of the old area's
    people that the new one took over. share_of_asked: of the people of the area asked that came this
    way (after), or of the old area's people that came to the area asked (before); None where a share
    on the way is not known.
    """

    direction: str
    steps: int
    old_code: str
    old_name: str | None
    new_code: str
    new_name: str | None
    changed_on: date
    kind: str
    share: float | None
    share_of_asked: float | None
    method: str | None
    source: str


def chain_of(session: Session, code: str) -> list[Step]:
    """List every link before and after an area, the earliest change first; a cycle in the links ends it."""
    rows = session.execute(named_sql(__file__, "history"), {"code": code}).mappings()
    return [Step(**row) for row in rows]


def successors(session: Session, code: str) -> list[Succession]:
    """List what followed an area, in order of code; one that a census left unchanged does not follow itself."""
    rows = session.scalars(
        select(Succession)
        .where(Succession.old_code == code, Succession.new_code != code)
        .order_by(Succession.new_code, Succession.changed_on)
    )
    return list(rows)


def predecessors(session: Session, code: str) -> list[Succession]:
    """List what an area followed, in order of code; not itself."""
    rows = session.scalars(
        select(Succession)
        .where(Succession.new_code == code, Succession.old_code != code)
        .order_by(Succession.old_code, Succession.changed_on)
    )
    return list(rows)


def codes_on(session: Session, codes: Iterable[str], day: date) -> list[str]:
    """Write the ground of some districts in the codes of a day, in order of code; only where it is the same ground.

    One that had not begun is written as what it was made of, if that went into it whole; those that
    had ended as what followed them, if that was made of nothing else. Where neither is so the code
    stays, and whoever asks for it on that day is told what followed it: the ground is never changed.
    """
    done: set[str] = set()
    ended: dict[str, set[str]] = {}
    todo = sorted(set(codes))
    while todo:
        area = session.get(Area, todo.pop())
        if area is None:
            continue
        if area.valid_from is not None and area.valid_from > day:
            parts = _whole_parts(session, area)
            todo += parts
            done |= set() if parts else {area.code}
        elif area.valid_to is not None and area.valid_to <= day:
            after = [link for link in successors(session, area.code) if link.share == 1]
            if len(after) != 1:
                done.add(area.code)
                continue
            follower = session.get(Area, after[0].new_code)
            together = ended.setdefault(after[0].new_code, set())
            together.add(area.code)
            if follower is not None and together >= set(_whole_parts(session, follower)):
                todo.append(follower.code)
                del ended[follower.code]
        else:
            done.add(area.code)
    return sorted(done.union(*ended.values()))


def _whole_parts(session: Session, area: Area) -> list[str]:
    """List the areas of the same type that an area was made of; none where one of them went into it in part."""
    links = [
        link
        for link in predecessors(session, area.code)
        if (before := session.get(Area, link.old_code)) is not None and before.type == area.type
    ]
    return [link.old_code for link in links] if all(link.share == 1 for link in links) else []
