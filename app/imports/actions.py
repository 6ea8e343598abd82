"""Writes of imports: begun with a file, cancelled, begun again; the caller owns the transaction."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from psycopg.errors import UniqueViolation
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.imports.kinds import check_may, read_said
from app.imports.queries import KILLED, RunRow, UnknownImport, is_silent, may_see
from app.imports.tables import ImportRun
from app.problems import Busy
from boundaries.errors import Conflict, Invalid

MOST_RUNNING = 10


class AlreadyRunning(Conflict):
    """The same file is being brought in just now; the import is named."""

    slug = "import-already-running"
    title = "It is being brought in already"


class HasEnded(Conflict):
    """The import has ended: there is nothing to cancel. Or it has not, and cannot be begun again."""

    slug = "import-has-ended"
    title = "Too late, or too early"


class FileGone(Conflict):
    """The file of this import is no longer kept: send it again."""

    slug = "import-file-gone"
    title = "The file is no longer kept"


class KeptFile(NamedTuple):
    """A file that was sent, on disk until its import has ended well."""

    run_id: str
    name: str
    sha256: str
    bytes: int


def new_id() -> str:
    """An id that nobody can guess."""
    return token_hex(16)


def kept_path(folder: Path, run_id: str) -> Path:
    """Where the file of an import lies; a run's id is hexadecimal, and so no path leads elsewhere."""
    if len(run_id) != 32 or set(run_id) - set("0123456789abcdef"):
        raise UnknownImport(f"there is no import {run_id[:80]!r}")
    return folder / run_id


def begin_run(
    session: Session, actor: Actor, kind: str, given: Mapping[str, Sequence[str]], file: KeptFile
) -> str:
    """Write down that an import is to run, every fault of what is said of it told at once; gives its id.

    Raises Invalid, NotAllowed, NotFound, AlreadyRunning, Busy.
    """
    said = read_said(kind, given)
    check_may(actor, kind, said)
    if not file.bytes:
        raise Invalid("the file is empty")
    end_silent(session)
    running = func.count().filter(ImportRun.status == "running")
    if (session.scalar(select(running)) or 0) >= MOST_RUNNING:
        raise Busy(f"{MOST_RUNNING} imports wait or run already; try again in a minute")
    session.add(
        ImportRun(
            id=file.run_id, kind=kind, partnership_slug=getattr(said, "partnership", None),
            token_id=actor.token_id, given={name: list(values) for name, values in given.items()},
            file_name=file.name, sha256=file.sha256, bytes=file.bytes, stores=not said.dry_run,
        )
    )  # fmt: skip
    try:
        session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise AlreadyRunning("the same file is being brought in just now: see /jobs") from error
    detail = {"kind": kind, "rehearsal": said.dry_run, "bytes": file.bytes}
    record(session, actor, "begin", f"import:{file.run_id}", detail)
    return file.run_id


def end_silent(session: Session) -> None:
    """Mark as interrupted what says that it runs although its service is no more."""
    session.execute(
        update(ImportRun)
        .where(is_silent())
        .values(status="interrupted", ended_at=func.now(), report={"detail": KILLED})
    )


def cancel_run(session: Session, actor: Actor, row: RunRow) -> None:
    """Ask a running import to end; its transaction is undone. Raises UnknownImport, HasEnded."""
    _require(actor, row)
    if row.status != "running":
        raise HasEnded(f"the import has ended: it is {row.status}")
    session.execute(update(ImportRun).where(ImportRun.id == row.id).values(cancel_asked=True))
    record(session, actor, "cancel", f"import:{row.id}", {})


def repeat_run(
    session: Session, actor: Actor, row: RunRow, folder: Path, *, stores: bool | None = None
) -> str:
    """Begin an ended import again with the same file, to store what was rehearsed where `stores`; gives the new id."""
    _require(actor, row)
    if row.status == "running":
        raise HasEnded("the import still runs: cancel it first")
    old = kept_path(folder, row.id)
    if not old.is_file():
        raise FileGone("the file is no longer kept: send it again")
    made = new_id()
    given: dict[str, Any] = dict(row.given)
    if stores is not None:
        given["dry_run"] = ["false" if stores else "true"]
    again = KeptFile(made, row.file_name, row.sha256, row.bytes)
    begin_run(session, actor, row.kind, given, again)
    # After what may be refused, which would leave the file's second name behind.
    kept_path(folder, made).hardlink_to(old)
    return made


def _require(actor: Actor, row: RunRow) -> None:
    if not may_see(actor, row):
        raise UnknownImport(f"there is no import {row.id!r}")


def note_step(
    session: Session, run_id: str, step: str, done: int = 0, total: int | None = None,
    report: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write down how far an import that runs is: its step, the rows of it, and what was found in rows so far.

    Waits for nobody: while somebody else changes the import, how far it is goes untold.
    """
    values: dict[str, Any] = {"step": step, "rows_done": done, "rows_total": total}
    if report is not None:
        values["report"] = report
    running = (ImportRun.id == run_id) & (ImportRun.status == "running")
    free = select(ImportRun.id).where(running).with_for_update(skip_locked=True)
    session.execute(update(ImportRun).where(ImportRun.id.in_(free)).values(values))


def end_run(session: Session, run_id: str, status: str, report: dict[str, Any], rows: int) -> bool:
    """Write down how an import ended; False where somebody ended it before, and then what it did must be undone."""
    done = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.status == "running", ~ImportRun.cancel_asked)
        .values(
            status=status, step="ended", report=report, rows_done=rows, rows_total=rows,
            ended_at=func.now(),
        )
        .returning(ImportRun.id)
    )  # fmt: skip
    return done.first() is not None


def interrupt_run(session: Session, run_id: str, why: str) -> None:
    """Write down that an import ended before its end; one that told how it ended keeps that."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.status == "running")
        .values(status="interrupted", ended_at=func.now(), report={"detail": why})
    )


def say_alive(session: Session, run_ids: Sequence[str]) -> list[str]:
    """Write down that these imports are cared for; gives those that somebody wants cancelled."""
    rows = session.execute(
        update(ImportRun)
        .where(ImportRun.id.in_(list(run_ids)), ImportRun.status == "running")
        .values(alive_at=func.now())
        .returning(ImportRun.id, ImportRun.cancel_asked)
    )
    return [row.id for row in rows if row.cancel_asked]


def digest_of(path: Path) -> tuple[str, int]:
    """The checksum and size of a file, which is on the disk by then and not only on its way."""
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
        return hashlib.file_digest(opened, "sha256").hexdigest(), path.stat().st_size
