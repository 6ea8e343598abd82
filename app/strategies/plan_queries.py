"""Reads of actions, and of what they may be linked to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.neighbourhoods.tables import Neighbourhood
from app.resources.tables import Programme
from app.strategies.tables import PlannedAction, Target
from app.strategies.targets import national_targets
from boundaries.errors import NotFound


class UnknownAction(NotFound):
    """There is no action of that id."""

    slug = "unknown-action"
    title = "No such action"


def list_actions(
    session: Session, partnership_slug: str | None = None, neighbourhood: str | None = None
) -> list[PlannedAction]:
    """List actions, all or one partnership's, or those for one neighbourhood, in order of what is due first."""
    query = select(PlannedAction).order_by(PlannedAction.due_on, PlannedAction.id)
    if partnership_slug is not None:
        query = query.where(PlannedAction.partnership_slug == partnership_slug)
    if neighbourhood is not None:
        query = query.where(PlannedAction.neighbourhoods.any(neighbourhood))  # type: ignore[arg-type]
    return list(session.scalars(query))


def get_action(session: Session, action_id: str) -> PlannedAction:
    """One action. Raises UnknownAction."""
    row = session.get(PlannedAction, action_id)
    if row is None:
        raise UnknownAction(f"there is no action {action_id[:80]!r}; /api/v1/actions lists them")
    return row


def action_body(row: PlannedAction, day: date) -> dict[str, Any]:
    """Write an action as the API sends it; overdue: due before a day and neither done nor dropped."""
    return {
        "id": row.id, "partnership": row.partnership_slug, "title": row.title, "theme": row.theme,
        "owner": row.owner, "neighbourhoods": list(row.neighbourhoods), "targets": list(row.targets),
        "programmes": list(row.programmes), "starts_on": row.starts_on, "due_on": row.due_on,
        "status": row.status, "note": row.note,
        "overdue": row.due_on < day and row.status not in ("done", "dropped"),
    }  # fmt: skip


def neighbourhoods_of(session: Session, partnership_slug: str, said: Collection[str]) -> set[str]:
    """Tell which of some slugs are neighbourhoods of a partnership."""
    query = select(Neighbourhood.slug).where(
        Neighbourhood.partnership_slug == partnership_slug, Neighbourhood.slug.in_(list(said))
    )
    return set(session.scalars(query)) if said else set()


def targets_for(session: Session, partnership_slug: str, said: Collection[str]) -> set[str]:
    """Tell which of some ids are targets of a partnership, or national ones."""
    query = select(Target.id).where(
        Target.partnership_slug == partnership_slug, Target.id.in_(list(said))
    )
    own = set(session.scalars(query)) if said else set()
    return own | (set(said) & set(national_targets()))


def programmes_for(session: Session, partnership_slug: str, said: Collection[str]) -> set[str]:
    """Tell which of some ids are published programmes, or a partnership's own."""
    query = select(Programme.id).where(
        Programme.id.in_(list(said)),
        Programme.partnership_slug.is_(None) | (Programme.partnership_slug == partnership_slug),
    )
    return set(session.scalars(query)) if said else set()
