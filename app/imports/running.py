"""Imports that run beside the service: two at once, each in a process of its own; the others wait their turn."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import orjson
from sqlalchemy import Engine

from app.access.walls import let_in
from app.imports.actions import interrupt_run, say_alive
from app.imports.queries import get_run
from app.logs import get_logger
from app.sessions import FAILURES, reading, writing
from app.settings import Settings
from boundaries.untrusted_worker import ENVIRONMENT

log = get_logger(__name__)

AT_ONCE = 2
BEAT_S = 2.0
KEPT_S = 7 * 86_400
CHECKOUT = Path(__file__).resolve().parent.parent.parent
CANCELLED = "it was cancelled; nothing was stored"
BROKE_OFF = "it broke off, or ran into its limits of time and memory; nothing was stored"


class Runs:
    """The imports that this process of the service cares for; safe among threads."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self.folder = settings.data_dir / "imports"
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="import")
        self._lock = threading.Lock()
        self._processes: dict[str, subprocess.Popen[bytes] | None] = {}
        self._cancelled: set[str] = set()
        self._ending = threading.Event()
        self._beating: threading.Thread | None = None

    def start(self, run_id: str) -> None:
        """Let an import run that is written down and committed."""
        with self._lock:
            self._processes[run_id] = None
            if self._beating is None or not self._beating.is_alive():
                self._beating = threading.Thread(target=self._beat, daemon=True)
                self._beating.start()
        # In the context of the request that began it: its lines in the log carry that request's id.
        self._pool.submit(copy_context().run, self._run, run_id)

    def stop(self) -> None:
        """End what runs, undone, and write down that it was interrupted."""
        self._ending.set()
        with self._lock:
            left = dict(self._processes)
        for process in left.values():
            if process is not None:
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for run_id in left:
            self._interrupt(run_id, "the service was stopped; nothing was stored")

    def _run(self, run_id: str) -> None:
        try:
            if self._ending.is_set() or run_id in self._cancelled:
                return
            process = subprocess.Popen(
                [sys.executable, "-m", "app.imports.worker", run_id],
                cwd=CHECKOUT, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            log.info("import begun", extra={"run": run_id})
            with process:
                assert process.stdin is not None, "a pipe was asked for"
                process.stdin.write(self._head())
                process.stdin.flush()
                with self._lock:
                    self._processes[run_id] = process
                    if self._ending.is_set() or run_id in self._cancelled:
                        process.kill()
                while (
                    process.poll() is None
                ):  # not wait(): it would close what the process listens to
                    time.sleep(0.1)
            log.info("import ended", extra={"run": run_id, "code": process.returncode})
        except OSError as error:
            log.warning("import not started", extra={"run": run_id, "errno": error.errno})
        finally:
            why = CANCELLED if run_id in self._cancelled else BROKE_OFF
            if not self._ending.is_set():
                self._interrupt(run_id, why)
            with self._lock:
                self._processes.pop(run_id, None)
                self._cancelled.discard(run_id)

    def _head(self) -> bytes:
        # On its standard input: its environment and its arguments may be read by others.
        address = self._engine.url.set(drivername="postgresql")
        told = {
            "database_url": address.render_as_string(hide_password=False),
            "data_dir": str(self._settings.data_dir),
        }
        return orjson.dumps(told) + b"\n"

    def _beat(self) -> None:
        while not self._ending.wait(BEAT_S):
            with self._lock:
                mine = list(self._processes)
                if not mine:
                    self._beating = None
                    return
            try:
                with writing(self._engine) as session:
                    let_in(session, None)
                    cancelled = say_alive(session, mine)
            except FAILURES:
                continue  # the database restarts; a run that it broke off says so itself
            for run_id in cancelled:
                self._cancel(run_id)

    def _cancel(self, run_id: str) -> None:
        with self._lock:
            self._cancelled.add(run_id)
            process = self._processes.get(run_id)
        if process is not None:
            process.kill()
        else:
            self._interrupt(run_id, CANCELLED)

    def _interrupt(self, run_id: str, why: str) -> None:
        try:
            with writing(self._engine) as session:
                let_in(session, None)
                interrupt_run(session, run_id, why)
            with reading(self._engine) as session:
                row = get_run(session, run_id)
        except FAILURES:
            return  # its row falls silent, and that says the same
        if row.status == "done" and row.stores:
            (self.folder / run_id).unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    compiled = {} if sys.pycache_prefix is None else {"PYTHONPYCACHEPREFIX": sys.pycache_prefix}
    return {**ENVIRONMENT, **compiled}


def clear_old(folder: Path, now: float) -> None:
    """Remove files that nobody came back for within a week."""
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.is_file() and each.stat().st_mtime < now - KEPT_S:
            each.unlink(missing_ok=True)
