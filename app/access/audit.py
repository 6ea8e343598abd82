"""The record of who changed what; written in the caller's transaction, so it stands or falls with the change."""

from __future__ import annotations

from collections.abc import Mapping

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
