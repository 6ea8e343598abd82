"""The record of who changed what; written in the caller's transaction, so it stands or falls with the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.access.tables import AuditEvent

# Who acts when somebody with a shell on the machine uses `bounds`.
COMMAND_LINE = "command line"


def record(
    session: Session, actor: Actor | str, verb: str, subject: str, detail: Mapping[str, object]
) -> None:
    """Write down that `actor` did `verb` to `subject`, in the caller's transaction.

    `subject` names the thing as `kind:key` (`partnership:exe-valley`). `detail` is stored as JSON:
    what changed, never a token, a person's name or a geometry.
    """
    session.add(AuditEvent(actor=str(actor), verb=verb, subject=subject, detail=dict(detail)))
    session.flush()


def as_trail(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write the fields of a record as the trail keeps them: days as text, plain lists."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(dict(values), default=str))
    return plain


def changed_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give [before, after] of each field of a record that a write changed."""
    was, now = as_trail(before), as_trail(after)
    return {field: [was.get(field), now[field]] for field in now if was.get(field) != now[field]}
