"""What a partnership agreed to do: keeps, changes and removes actions, each checked and audited in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.access.audit import as_trail, changed_between, record
from app.access.queries import Actor
from app.partnerships.actions import slug_of
from app.partnerships.methods.members import holds_contact
from app.partnerships.queries import get_partnership
from app.strategies.plan_queries import (
    UnknownAction,
    lines_for,
    neighbourhoods_of,
    programmes_for,
    targets_for,
)
from app.strategies.tables import PlannedAction
from boundaries.errors import Conflict, Fault, Invalid

STATUSES = ("planned", "under way", "done", "dropped")
ENDED = ("done", "dropped")
MOST_LINKS = 200
_FIELDS = (
    "title", "theme", "owner", "neighbourhoods", "targets", "programmes", "lines", "starts_on", "due_on",
    "status", "note",
)  # fmt: skip


class ActionInvalid(Invalid):
    """An action was said in a way that cannot be kept."""

    slug = "action-invalid"
    title = "That is not an action"


class ActionExists(Conflict):
    """The partnership has an action of that title."""

    slug = "action-exists"
    title = "That action exists"


def make_action(
    session: Session, actor: Actor | str, partnership_slug: str, said: Mapping[str, Any], *,
    known_as: str | None = None,
) -> PlannedAction:  # fmt: skip
    """Keep an action of a partnership, under an id that it had elsewhere or one made of its title.

    Raises UnknownPartnership, ActionInvalid, ActionExists.
    """
    get_partnership(session, partnership_slug)
    values = {"theme": None, "starts_on": None, "status": "planned", "note": None, **said}
    values = {name: values.get(name) for name in _FIELDS}
    _check(session, partnership_slug, values)
    action_id = known_as or f"{partnership_slug}-{slug_of(values['title'])}"[:120]
    if session.get(PlannedAction, action_id) is not None:
        detail = f"there is already an action {action_id!r}: change it, or name this one otherwise"
        raise ActionExists(detail)
    row = PlannedAction(
        id=action_id, partnership_slug=partnership_slug, made_by=str(actor), **values
    )
    session.add(row)
    session.flush()
    record(session, actor, "create", f"action:{action_id}", {"after": as_trail(values)})
    return row


def lock_action(session: Session, action_id: str) -> PlannedAction:
    """Get an action to change it; whoever else means to waits until this transaction ends. Raises UnknownAction."""
    row = session.get(PlannedAction, action_id, with_for_update=True)
    if row is None:
        raise UnknownAction(f"there is no action {action_id[:80]!r} that can be changed")
    return row


def change_action(
    session: Session, actor: Actor | str, action_id: str, changes: Mapping[str, Any]
) -> PlannedAction:
    """Change some fields of an action; what comes of it is checked whole. Raises UnknownAction, ActionInvalid."""
    row = lock_action(session, action_id)
    values = {name: changes.get(name, getattr(row, name)) for name in _FIELDS}
    _check(session, row.partnership_slug, values)
    changed = changed_between({name: getattr(row, name) for name in _FIELDS}, values)
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    session.flush()
    detail = {"fields": sorted(changes), "changed": changed, "revision": row.revision}
    record(session, actor, "change", f"action:{action_id}", detail)
    return row


def remove_action(session: Session, actor: Actor | str, action_id: str) -> None:
    """Remove an action; the trail keeps what it was. Raises UnknownAction."""
    row = lock_action(session, action_id)
    was = as_trail({name: getattr(row, name) for name in _FIELDS})
    session.delete(row)
    session.flush()
    record(session, actor, "remove", f"action:{action_id}", {"before": was})


def _check(session: Session, partnership_slug: str, values: dict[str, Any]) -> None:
    faults = list(_words(values)) + [
        fault
        for name, known, rule in (
            ("neighbourhoods", neighbourhoods_of, "neighbourhood-of-the-partnership"),
            ("targets", targets_for, "target-of-the-partnership"),
            ("programmes", programmes_for, "programme-is-held"),
            ("lines", lines_for, "line-is-held"),
        )
        for fault in _links(name, values[name] or [], known(session, partnership_slug, values[name] or []), rule)
    ]  # fmt: skip
    if faults:
        raise ActionInvalid("; ".join(fault.detail for fault in faults), faults)
    for name in ("neighbourhoods", "targets", "programmes", "lines"):
        values[name] = list(dict.fromkeys(values[name] or []))
    values["title"], values["owner"] = values["title"].strip(), values["owner"].strip()


def _words(values: Mapping[str, Any]) -> Iterator[Fault]:
    if not slug_of(str(values["title"] or "")):
        yield _fault("title", values["title"], "at least one of a-z or 0-9", "title-required")
    if not str(values["owner"] or "").strip():
        yield _fault("owner", "", "some words", "owner-required")
    if holds_contact(str(values["owner"] or "")):
        hint = "an organisation or a role; people's addresses and numbers are not kept"
        yield _fault("owner", "", hint, "no-personal-contact")
    if values["status"] not in STATUSES:
        yield _fault("status", values["status"], f"one of {', '.join(STATUSES)}", "status-is-known")
    starts, due = values["starts_on"], values["due_on"]
    if not isinstance(due, date):
        yield _fault("due_on", "", "say by when", "due-required")
    elif starts is not None and starts > due:
        yield _fault("due_on", due, f"it cannot be due before it starts, on {starts}", "due-after-start")  # fmt: skip


def _links(name: str, said: Collection[str], known: Collection[str], rule: str) -> Iterator[Fault]:
    if len(said) > MOST_LINKS:
        yield _fault(name, len(said), f"at most {MOST_LINKS}", "not-too-many")
    for at, one in enumerate(said):
        if one not in known:
            words = {
                "neighbourhoods": "no neighbourhood of this partnership",
                "targets": "no national target, and none of this partnership's",
                "programmes": "no programme that is held",
                "lines": "no line of money of a published file or of this partnership's",
            }[name]
            yield _fault(f"{name}/{at}", one, f"{one[:80]!r} is {words}", rule)


def _fault(name: str, value: object, hint: str, rule: str) -> Fault:
    return Fault(f"{name}: {hint}", pointer=f"/{name}", value=str(value)[:80], rule=rule)
