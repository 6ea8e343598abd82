"""What was written of one record, for everybody to read: when, by which role, and what each field was before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.access.queries import AuditRow, list_events
from app.access.tables import Token
from boundaries.errors import NotFound

# Records that everybody may read, each by its id; a statement's is PARTNERSHIP/PROGRAMME/YEAR. A token is
# nobody's to see: its trail is for administrators (`GET /audit`).
PUBLIC_KINDS = (
    "partnership", "target", "action", "programme", "neighbourhood", "neighbourhoods", "designation", "managers",
    "services", "budgets", "strategy", "statement", "accreditation", "release", "plan",
)  # fmt: skip
# Of what has drafts, only that which was shown to everybody is told.
_SHOWN = {"strategy": ("publish", "sign"), "statement": ("sign",)}
_TOLD = (
    "changed", "before", "after", "fields", "version", "reason", "member", "members", "on", "year", "criterion",
    "role", "made",
)  # fmt: skip
_NUMBER = re.compile(r"token (\d+)", re.ASCII)
_NEWEST, _LONGEST = 20, 80


class UnknownHistory(NotFound):
    """Nothing was ever written of such a record, or its history is not public."""

    slug = "unknown-history"
    title = "No such history"


def history_of(
    session: Session, kind: str, record_id: str, *, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Give what was written of a record, newest first, from before one number; with how many there are in all.

    A record that was removed keeps its history. `changed` holds [before, after] by field; it is empty of
    writes made before that was kept, which name their `fields` alone. Raises UnknownHistory.
    """
    found: list[AuditRow] = []
    total = 0
    if kind in PUBLIC_KINDS:
        found, total = list_events(
            session,
            subject=f"{kind}:{record_id}",
            among=("neighbourhoods", record_id) if kind == "neighbourhood" else None,
            verbs=_SHOWN.get(kind),
            before=before,
            limit=limit,
        )
    if not total:
        raise UnknownHistory(
            f"nothing was written of {kind[:40]} {record_id[:80]!r} that is public; kinds: {', '.join(PUBLIC_KINDS)}"
        )
    roles = _roles(session, found)
    return [
        {"id": each.id, "at": each.at, "who": roles[each.actor], "verb": each.verb, "changed": {}}
        | _told(each, kind)
        for each in found
    ], total


def _told(event: AuditRow, kind: str) -> dict[str, Any]:
    """Give what is told of an event: of many records written at once, their names only to who asks for them all."""
    told = {key: event.detail[key] for key in _TOLD if key in event.detail}
    if event.subject.startswith("neighbourhoods:"):
        changed = told.pop("changed", None)
        if kind != "neighbourhoods":
            told.pop("made", None)
        elif changed:
            told["changed_too"] = changed
    return told


def told_since(session: Session, subject: str, revision: int) -> str:
    """Tell in words what changed after a revision of a record, oldest first; empty where that was not kept."""
    events, _ = list_events(session, subject=subject, limit=_NEWEST)
    later = [each for each in reversed(events) if _revision(each) > revision]
    roles = _roles(session, later)
    return "; ".join(
        f"{roles[each.actor]} changed {'; '.join(_fields(each.detail))} (revision {_revision(each)})"
        for each in later
    )


class LastWritten(NamedTuple):
    """When something was last written, and by which role."""

    at: datetime
    who: str


def last_written(session: Session, subject: str) -> LastWritten | None:
    """Tell when something (`target:exe-fewer-fires`) was last written and by which role; None where nothing is kept."""
    events, _ = list_events(session, subject=subject, limit=1)
    if not events:
        return None
    return LastWritten(events[0].at.astimezone(UTC), _roles(session, events)[events[0].actor])


def _revision(event: AuditRow) -> int:
    number = event.detail.get("revision")
    return number if isinstance(number, int) else 0


def _fields(detail: Mapping[str, Any]) -> Iterator[str]:
    changed = detail.get("changed") or {}
    for field, (was, now) in changed.items():
        yield f"{field} from {_short(was)} to {_short(now)}"
    others = [each for each in detail.get("fields") or () if each not in changed]
    if others:
        yield ", ".join(others)
    if not changed and not others:
        yield "nothing"


def _short(value: object) -> str:
    words = orjson.dumps(value).decode()
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _roles(session: Session, events: list[AuditRow]) -> dict[str, str]:
    """Name the role behind each actor: never which token it was."""
    numbers = {
        event.actor: int(match[1])
        for event in events
        if (match := _NUMBER.fullmatch(event.actor)) is not None
    }
    tokens = session.execute(
        select(Token.id, Token.role, Token.partnership_slug).where(Token.id.in_(numbers.values()))
    )
    named = {
        row.id: f"an {row.role}" + (f" of {row.partnership_slug}" if row.partnership_slug else "")
        for row in tokens
    }
    return {
        event.actor: COMMAND_LINE if event.actor == COMMAND_LINE
        else named.get(numbers.get(event.actor, 0), "somebody whose role is not kept")
        for event in events
    }  # fmt: skip
