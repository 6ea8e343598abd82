"""Forgets what nobody needs any more, by age: ended imports and their files, sessions, answers kept, old logs.

What people entered is never touched; of the audit trail only what is older than was said.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text

from app.access.audit import COMMAND_LINE, record
from app.access.browsers import LONGEST
from app.sessions import writing
from app.settings import Settings

DAY_S = 86_400
_IMPORTS = text(
    "DELETE FROM import_runs WHERE status <> 'running'"
    " AND coalesce(ended_at, alive_at) < now() - make_interval(days => :days) RETURNING id"
)
_SESSIONS = text(
    "DELETE FROM browser_sessions WHERE begun_at < now() - make_interval(secs => :longest_s) RETURNING 1"
)
_ANSWERS = text("DELETE FROM sent_once WHERE begun_at < now() - interval '1 day' RETURNING 1")
_AUDIT = text(
    "DELETE FROM audit_events WHERE at < now() - make_interval(days => :days) RETURNING 1"
)
_KNOWN = text("SELECT id FROM import_runs")
_FORMER = text("SELECT datname FROM pg_database WHERE datname LIKE '%\\_before\\_%' ORDER BY 1")


class Tidied(NamedTuple):
    """What was forgotten, by kind, and former databases that a restore left, which only a person removes."""

    forgotten: dict[str, int]
    former: list[str]


class _OnlyCounted(Exception):
    """Ends the transaction of a rehearsal."""


def tidy(
    engine: Engine, settings: Settings, *, audit_days: int | None = None, dry_run: bool = False
) -> Tidied:
    """Forget what is older than the settings say; `audit_days` None keeps the whole trail; `dry_run` only counts."""
    forgotten: dict[str, int] = {}
    former: list[str] = []
    files: list[Path] = []
    try:
        with writing(engine) as session:
            days = {"days": settings.keep_days}
            forgotten["imports"] = len(session.execute(_IMPORTS, days).all())
            longest = {"longest_s": LONGEST.total_seconds()}
            forgotten["sessions"] = len(session.execute(_SESSIONS, longest).all())
            forgotten["answers to repeated requests"] = len(session.execute(_ANSWERS).all())
            if audit_days is not None:
                forgotten["audit events"] = len(session.execute(_AUDIT, {"days": audit_days}).all())
            known = set(session.scalars(_KNOWN))
            former = list(session.scalars(_FORMER))
            files = [*_old_files(settings, known)]
            forgotten["files"] = len(files)
            if dry_run:
                raise _OnlyCounted
            record(session, COMMAND_LINE, "tidy", "database", dict(forgotten))
    except _OnlyCounted:
        return Tidied(forgotten, former)
    for file in files:
        file.unlink(missing_ok=True)
    return Tidied(forgotten, former)


def _old_files(settings: Settings, known: set[str]) -> Iterator[Path]:
    """Files of imports that no row names, and logs that were turned over, older than the days said."""
    before = time.time() - settings.keep_days * DAY_S
    imports = settings.data_dir / "imports"
    for file in imports.iterdir() if imports.is_dir() else ():
        # One that is just being sent has no row yet.
        if file.is_file() and file.name not in known and file.stat().st_mtime < time.time() - DAY_S:
            yield file
    turned = settings.data_dir / "postgres" / "postgres.log.1"
    if turned.is_file() and turned.stat().st_mtime < before:
        yield turned
