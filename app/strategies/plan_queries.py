"""Reads of actions, and of what they may be linked to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.neighbourhoods.tables import Neighbourhood
from app.resources.tables import Programme, ResourceFile, ResourceLine
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
        query = query.where(PlannedAction.neighbourhoods.contains([neighbourhood]))
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
        "programmes": list(row.programmes), "lines": list(row.lines),
        "starts_on": row.starts_on, "due_on": row.due_on,
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


def lines_for(session: Session, partnership_slug: str, said: Collection[str]) -> set[str]:
    """Tell which of some ids are lines of a published file of money, or of a partnership's own."""
    query = (
        select(ResourceLine.id)
        .join(ResourceFile, ResourceFile.id == ResourceLine.file_id)
        .where(
            ResourceLine.id.in_(list(said)),
            ResourceFile.partnership_slug.is_(None)
            | (ResourceFile.partnership_slug == partnership_slug),
        )
    )
    return set(session.scalars(query)) if said else set()


def names_of_links(session: Session, actions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Name the neighbourhoods, programmes and lines of money that some actions name, by slug or id.

    A line is named by its title, funder and pounds. What is no longer held is left out.
    """
    said = {
        kind: sorted({one for each in actions for one in each[kind]})
        for kind in ("neighbourhoods", "programmes", "lines")
    }
    if not any(said.values()):
        return {}
    places = select(Neighbourhood.slug, Neighbourhood.name).where(
        Neighbourhood.slug.in_(said["neighbourhoods"])
    )
    programmes = select(Programme.id, Programme.title).where(Programme.id.in_(said["programmes"]))
    lines = select(
        ResourceLine.id, ResourceLine.title, ResourceLine.funder, ResourceLine.amount_pence
    ).where(ResourceLine.id.in_(said["lines"]))
    named = {row[0]: row[1] for query in (places, programmes) for row in session.execute(query)}
    return named | {
        row.id: f"{row.title} ({row.funder}, £{row.amount_pence / 100:,.2f})"
        for row in session.execute(lines)
    }
