"""The inside of one import: a process of its own with limits, which ends with the service that started it.

`python -m app.imports.worker ID`; started by `app.imports.running` and by nothing else. What it does stands
or falls in one transaction with the line that says how it ended.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import orjson
from sqlalchemy import Engine

from app.access.queries import Actor, actor_of_token, known
from app.access.walls import let_in
from app.imports.actions import end_run, kept_path, note_step
from app.imports.kinds import KINDS, Outcome, read_said
from app.imports.queries import MOST_SHOWN, RunRow, get_run
from app.problems import from_database, problem_body
from app.row_counts import READING, listening
from app.sessions import FAILURES, reading, writing
from boundaries.database import make_engine
from boundaries.errors import BoundsError, Fault, Refused

CPU_S = 900
MEMORY_MB = 6144
STATEMENT_S = 600.0
# Faults that are shown while an import runs; all that are kept of it come with its end.
MOST_TOLD = 100


class TokenEnded(Refused):
    """The token that began an import was revoked, or expired, before the import had its turn."""

    slug = "token-ended"
    title = "The token works no longer"


class _Undone(Exception):
    """Ends the transaction of a rehearsal, or of an import that somebody ended before."""


def run(engine: Engine, folder: Path, run_id: str) -> str:
    """Bring the file of one import in, or rehearse it; gives how it ended, which the row says too."""
    with reading(engine) as session:
        row = get_run(session, run_id)
        actor = actor_of_token(session, row.token_id)
    said = read_said(row.kind, row.given)
    told = Told(engine, run_id)
    told.rows(READING, 0, None)
    try:
        if actor is None:
            raise TokenEnded("the token that this import was begun with works no longer")
        with listening(told):
            return _in_one_transaction(engine, row, said, kept_path(folder, run_id), actor)
    except BoundsError as problem:
        return _refuse(engine, row, problem)
    except FAILURES as error:
        return _refuse(engine, row, from_database(cast(Any, error)))


class Told:
    """Writes down how far an import is while it runs, in short changes of their own: at most a few a second."""

    def __init__(self, engine: Engine, run_id: str, every_s: float = 0.4) -> None:
        self._engine, self._run_id, self._every_s = engine, run_id, every_s
        self._step, self._at = "", 0.0
        self._refused: list[dict[str, Any]] = []
        self._rows: set[int | str | None] = set()

    def rows(self, step: str, done: int, total: int | None) -> None:
        """Write down a step's rows, where a step begins or the last writing is long enough ago."""
        now = time.monotonic()
        if step == self._step and now - self._at < self._every_s:
            return
        self._step, self._at = step, now
        found = {"rows_refused": len(self._rows), "refused": self._refused}
        # Who only looks on holds nothing up.
        with suppress(*FAILURES), writing(self._engine) as session:
            let_in(session, None)
            note_step(session, self._run_id, step, done, total, found if self._rows else None)

    def refused(self, faults: Sequence[Fault]) -> None:
        """Keep what was found in rows that are refused, the first of it to be shown."""
        self._rows.update(fault.row for fault in faults)
        left = MOST_TOLD - len(self._refused)
        self._refused += [
            {"row": each.row, "column": each.column, "value": each.value, "detail": each.detail, "rule": each.rule}
            for each in faults[: max(0, left)]
        ]  # fmt: skip


def _in_one_transaction(engine: Engine, row: RunRow, said: Any, path: Path, actor: Actor) -> str:
    found: list[Outcome] = []
    status = "interrupted"
    try:
        with writing(engine, STATEMENT_S) as session:
            known(session, actor)
            found.append(KINDS[row.kind].run(session, actor, path, row.file_name, said, row.stores))
            status = "done" if found[0].rows_stored else "refused"
            if not row.stores or status == "refused":
                raise _Undone
            if not end_run(session, row.id, status, _bounded(found[0].report), found[0].rows_in):
                raise _Undone
            return status
    except _Undone:
        with writing(engine) as session:
            let_in(session, None)
            end_run(session, row.id, status, _bounded(found[0].report), found[0].rows_in)
        return status


def _refuse(engine: Engine, row: RunRow, problem: BoundsError) -> str:
    report = _bounded(problem_body(problem, f"/api/v1/imports/{row.id}"))
    with writing(engine) as session:
        let_in(session, None)
        end_run(session, row.id, "refused", report, 0)
    return "refused"


def _bounded(report: dict[str, Any]) -> dict[str, Any]:
    """Keep the first rows of each long list of a report, and say how many there were."""
    shown: dict[str, Any] = {}
    for name, each in report.items():
        shown[name] = each
        if isinstance(each, list) and len(each) > MOST_SHOWN:
            shown[name] = each[:MOST_SHOWN]
            shown[f"{name}_count"] = len(each)
    # Plain values alone: what NumPy counted becomes numbers, and what is no number nothing.
    plain = orjson.dumps(
        shown, default=str, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    )
    return dict(orjson.loads(plain))


def _end_with_the_service() -> None:
    """Wait for the end of standard input, which the service holds open while it lives."""
    # Not by `sys.stdin`, whose lock this thread would hold when the interpreter ends: it would be ended by a signal.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(1)


def _limit_self() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB << 20, MEMORY_MB << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(run_id: str) -> int:
    """Run one import under limits; 0 when the row says how it ended."""
    _limit_self()
    told = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    from app.rasters.stored import use_folder
    from boundaries.crs import use_grid
    from boundaries.gdal_drivers import lock_down_gdal

    data_dir = Path(told["data_dir"])
    lock_down_gdal()
    use_grid(data_dir / "proj")
    use_folder(data_dir / "rasters")
    engine = make_engine(told["database_url"], pool_size=0, statement_timeout_s=STATEMENT_S)
    run(engine, data_dir / "imports", run_id)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
