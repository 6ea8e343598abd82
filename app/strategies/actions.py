"""Writes of targets: make, change, remove; each checked and audited in the caller's transaction."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.access.audit import as_trail, changed_between, record
from app.access.queries import Actor
from app.indicators.rows import IndicatorRow
from app.indicators.values import find_indicators
from app.partnerships.actions import slug_of
from app.partnerships.queries import get_partnership
from app.strategies.checking import Said, TargetInvalid, check_target
from app.strategies.tables import Target
from app.strategies.targets import UnknownTarget, national_targets
from boundaries.errors import Conflict, Fault

_OF_SAID = [field.name for field in dataclasses.fields(Said) if field.name != "is_record"]


class TargetExists(Conflict):
    """The partnership has a target of that title."""

    slug = "target-exists"
    title = "That target exists"


def make_target(
    session: Session, actor: Actor | str, partnership_slug: str, said: Said, day: date, *,
    known_as: str | None = None,
) -> Target:  # fmt: skip
    """Keep a target of a partnership, under an id that it had elsewhere or one made of its title.

    Raises UnknownPartnership, TargetInvalid, TargetExists.
    """
    get_partnership(session, partnership_slug)
    target_id = known_as or f"{partnership_slug}-{slug_of(said.title)}"[:120]
    values = _checked(session, said, day)
    if session.get(Target, target_id) is not None or target_id in national_targets():
        raise TargetExists(
            f"there is already a target {target_id!r}: change it, or name this one otherwise"
        )
    row = Target(id=target_id, partnership_slug=partnership_slug, made_by=str(actor), **values)
    session.add(row)
    session.flush()
    detail = {"kind": row.kind, "due": row.due_period, "after": as_trail(values)}
    record(session, actor, "create", f"target:{target_id}", detail)
    return row


def lock_target(session: Session, target_id: str) -> Target:
    """Get a target to change it; whoever else means to waits until this transaction ends. Raises UnknownTarget."""
    row = session.get(Target, target_id, with_for_update=True)
    if row is None:
        raise UnknownTarget(f"there is no target {target_id[:80]!r} that can be changed")
    return row


def change_target(
    session: Session, actor: Actor | str, target_id: str, changes: dict[str, Any], day: date
) -> Target:
    """Change some fields of a target; what comes of it is checked whole. Raises UnknownTarget, TargetInvalid."""
    row = lock_target(session, target_id)
    now = {name: getattr(row, name) for name in _OF_SAID}
    if "indicator_id" in changes and changes["indicator_id"] != row.indicator_id:
        # Words and unit were the other series': they are asked of the new one unless they are said.
        now |= {"measure": "", "unit": ""}
    now["milestones"] = [(str(period), float(str(figure))) for period, figure in row.milestones]
    # A target whose end has passed since it was made may still be put right.
    said = Said(**{**now, "is_record": True, **changes})
    values = _checked(session, said, day)
    changed = changed_between({name: getattr(row, name) for name in values}, values)
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    session.flush()
    detail = {"fields": sorted(changes), "changed": changed, "revision": row.revision}
    record(session, actor, "change", f"target:{target_id}", detail)
    return row


def remove_target(session: Session, actor: Actor | str, target_id: str) -> None:
    """Remove a target; the trail keeps what it was. Raises UnknownTarget."""
    row = lock_target(session, target_id)
    was = as_trail({name: getattr(row, name) for name in _OF_SAID})
    session.delete(row)
    session.flush()
    record(session, actor, "remove", f"target:{target_id}", {"before": was})


def _checked(session: Session, said: Said, day: date) -> dict[str, Any]:
    """Give the columns of a target that passes every check."""
    series = _series(session, said.indicator_id)
    kind = check_target(said, series, day)
    values = {name: getattr(said, name) for name in _OF_SAID}
    worse = said.higher_is_worse
    if worse is None:
        assert series is not None, "checked: without a series it is said"
        worse = series.direction == "higher-is-worse"
    return values | {
        "kind": kind, "title": said.title.strip(), "higher_is_worse": worse,
        "milestones": [[period, figure] for period, figure in said.milestones],
        "measure": said.measure or (series.full_title if series is not None else ""),
        "unit": said.unit or (series.unit if series is not None else ""),
    }  # fmt: skip


def _series(session: Session, indicator_id: str | None) -> IndicatorRow | None:
    if indicator_id is None:
        return None
    found = find_indicators(session, [indicator_id]).get(indicator_id)
    if found is None:
        detail = f"indicator: there is none {indicator_id[:80]!r} here; /api/v1/indicators lists those held"
        raise TargetInvalid(
            detail,
            [
                Fault(
                    detail, pointer="/indicator", value=indicator_id[:80], rule="indicator-is-held"
                )
            ],
        )
    return found
