"""What a database holds, told so that two moments can be compared; and an audit trail that takes nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Engine, TextClause, func, literal_column, select, text, union_all
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

import app.main  # noqa: F401 - brings every room's tables in
from app.access.tables import AuditEvent
from boundaries.database import Base

# Table → how many rows it holds, and a sum over where each stands and which transaction wrote it.
# Worked out from the releases, and put down by the service itself soon after it starts, whoever writes meanwhile.
PUT_DOWN_BY_ITSELF = frozenset({"geography_facts"})
Stored = Mapping[str, tuple[int, int]]


def stored(engine: Engine) -> Stored:
    """What every table holds: a row added, changed or taken out makes its table differ."""
    with engine.connect() as connection:
        found = connection.execute(_asked()).all()
    return {name: (int(rows), int(standing)) for name, rows, standing in found}


@cache
def _asked() -> TextClause:
    """The question over all tables, written out once: it is asked a thousand times in a run."""
    # A row's place, hashed with its transaction as the seed: neither is written as text for it and put together.
    row = literal_column("hashtidextended(ctid, xmin::text::bigint)")
    asked = [
        select(
            literal_column(f"'{table.name}'"),
            func.count(),
            func.coalesce(func.sum(row), literal_column("0")),
        ).select_from(table)
        for table in Base.metadata.sorted_tables
        if table.name not in PUT_DOWN_BY_ITSELF
    ]
    written = union_all(*asked).compile(dialect=postgresql.dialect())
    return text(str(written).replace(":", "\\:"))


def last_event(engine: Engine) -> int:
    """The number of the newest event of the audit trail."""
    with Session(engine) as session:
        return session.scalar(select(func.max(AuditEvent.id))) or 0


def events_after(engine: Engine, number: int) -> list[AuditEvent]:
    """The events of the audit trail after one number, in order."""
    with Session(engine, expire_on_commit=False) as session:
        asked = select(AuditEvent).where(AuditEvent.id > number).order_by(AuditEvent.id)
        return list(session.scalars(asked))


def break_the_trail(engine: Engine) -> None:
    """Make the database refuse every further event."""
    with Session(engine) as session, session.begin():
        session.execute(
            text(
                "CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the trail is closed'; END $$"
            )
        )
        session.execute(
            text(
                "CREATE TRIGGER refuse_event BEFORE INSERT ON audit_events "
                "FOR EACH ROW EXECUTE FUNCTION refuse_event()"
            )
        )
