"""Reads about imports: one by its id, an editor's by their turn; one whose service fell silent is `interrupted`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.imports.tables import ImportRun
from boundaries.errors import NotFound

# A service says every two seconds that it lives; one that is so long silent was killed.
SILENT = timedelta(seconds=20)
KILLED = "the service ended while it ran; nothing was stored"
MOST_SHOWN = 500
LISTS = ("refused", "elsewhere", "notes", "findings", "errors", "candidates", "lines")


class UnknownImport(NotFound):
    """No import has this id, or it is not yours to see."""

    slug = "unknown-import"
    title = "No such import"


class RunRow(NamedTuple):
    """One import as it is now."""

    id: str
    kind: str
    partnership_slug: str | None
    token_id: int
    given: dict[str, Any]
    file_name: str
    sha256: str
    bytes: int
    stores: bool
    status: str
    step: str
    rows_done: int
    rows_total: int | None
    report: dict[str, Any] | None
    cancel_asked: bool
    begun_at: datetime
    ended_at: datetime | None


def is_silent() -> ColumnElement[bool]:
    """True of an import that says `running` while its service is no more."""
    return (ImportRun.status == "running") & (ImportRun.alive_at < func.now() - SILENT)


_COLUMNS = (
    ImportRun.id, ImportRun.kind, ImportRun.partnership_slug, ImportRun.token_id, ImportRun.given,
    ImportRun.file_name, ImportRun.sha256, ImportRun.bytes, ImportRun.stores,
    case((is_silent(), "interrupted"), else_=ImportRun.status), ImportRun.step, ImportRun.rows_done,
    ImportRun.rows_total, ImportRun.report, ImportRun.cancel_asked, ImportRun.begun_at, ImportRun.ended_at,
)  # fmt: skip


class RunCounts(NamedTuple):
    """How many imports stand how, and for how long the oldest that runs has been at it."""

    by_status: dict[str, int]
    oldest_running_s: float


def count_runs(session: Session) -> RunCounts:
    """Count the imports by how they stand now."""
    status = case((is_silent(), "interrupted"), else_=ImportRun.status)
    counted = session.execute(select(status, func.count()).group_by(status))
    by_status = {"running": 0, **{str(name): int(number) for name, number in counted}}
    begun = select(func.extract("epoch", func.now() - func.min(ImportRun.begun_at))).where(
        ImportRun.status == "running", ~is_silent()
    )
    return RunCounts(by_status, float(session.scalar(begun) or 0.0))


def get_run(session: Session, run_id: str) -> RunRow:
    """One import. Raises UnknownImport."""
    row = session.execute(select(*_COLUMNS).where(ImportRun.id == run_id)).one_or_none()
    if row is None:
        raise UnknownImport(f"there is no import {run_id[:80]!r}")
    return RunRow(*row)


def list_runs(
    session: Session, actor: Actor, *, before: tuple[str, str] | None, limit: int
) -> tuple[list[RunRow], int]:
    """The imports that an actor may see, newest first, before one of them; with how many there are in all."""
    mine: list[ColumnElement[bool]] = []
    if not actor.is_administrator:
        theirs = ImportRun.token_id == actor.token_id
        if actor.partnership_slug is not None:
            theirs = theirs | (ImportRun.partnership_slug == actor.partnership_slug)
        mine = [theirs]
    total = session.scalar(select(func.count()).select_from(ImportRun).where(*mine)) or 0
    if before is not None:
        at, run_id = datetime.fromisoformat(before[0]), before[1]
        mine.append(
            (ImportRun.begun_at < at) | ((ImportRun.begun_at == at) & (ImportRun.id < run_id))
        )
    rows = session.execute(
        select(*_COLUMNS)
        .where(*mine)
        .order_by(ImportRun.begun_at.desc(), ImportRun.id.desc())
        .limit(limit)
    )
    return [RunRow(*row) for row in rows], total


def may_see(actor: Actor | None, row: RunRow) -> bool:
    """Say whether an actor may see an import's rows, cancel it and repeat it."""
    if actor is None:
        return False
    if actor.is_administrator or actor.token_id == row.token_id:
        return True
    return row.partnership_slug is not None and actor.may_edit(row.partnership_slug)


def run_body(row: RunRow, *, whole: bool) -> dict[str, Any]:
    """Write an import as the API gives it; without `whole` the report's rows keep back what the file's cells hold.

    `done` and `total` count the rows of the step it is at (reading, checking, placing, storing; surveying counts looks
    at outlines), and of the file once it has ended; total is null until it is known. While it runs the report
    holds the first rows refused.
    """
    report = row.report
    if row.status == "interrupted" and "detail" not in (report or {}):
        report = (report or {}) | {"detail": KILLED}
    return {
        "id": row.id, "kind": row.kind, "status": row.status, "step": row.step, "done": row.rows_done,
        "total": row.rows_total, "rehearsal": not row.stores, "file": row.file_name if whole else None,
        "partnership": row.partnership_slug, "begun_at": row.begun_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "report": _shown(report, whole=whole),
    }  # fmt: skip


def _shown(report: dict[str, Any] | None, *, whole: bool) -> dict[str, Any] | None:
    if report is None or whole:
        return report
    kept = {
        name: each for name, each in report.items() if name not in (*LISTS, "standard", "detail")
    }
    counts = {
        f"{name}_count": len(report[name]) for name in LISTS if isinstance(report.get(name), list)
    }
    return kept | counts
