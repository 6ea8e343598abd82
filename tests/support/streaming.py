"""A primary of a test's own and a streaming copy of it, both real; stopped, frozen and killed at will."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from app.dev.postgres_binaries import find_binaries
from app.dev.postgres_processes import read_pid_file, server_user
from app.dev.private_postgres import OWNER, PrivatePostgres
from boundaries.database import make_engine


class StreamingPair:
    """A primary with one database, and a copy that follows it over the primary's socket."""

    def __init__(self, bindir: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bounds-streaming-"))
        self.folder.chmod(0o755)
        self.primary = PrivatePostgres(self.folder / "postgres", throwaway=True, bindir=bindir)
        self.copy_data = self.folder / "copy"
        self.sockets = self.folder / "s"
        self._user = server_user()

    def take(self, other: PrivatePostgres, database: str) -> str:
        """Bring another server's database over; gives its address at the primary."""
        self.primary.ensure_running()
        with tempfile.TemporaryDirectory(prefix="bounds-dump-") as folder:
            Path(folder).chmod(0o777)
            dumped = f"{folder}/dump"
            self._run(
                "pg_dump",
                "-h",
                other.socket_dir(),
                "-U",
                "postgres",
                "-Fc",
                "-Z0",
                "-f",
                dumped,
                database,
            )
            self._run("createdb", *self._at_primary, "-O", OWNER, database)
            self._run("pg_restore", *self._at_primary, "-d", database, dumped)
        return self.primary.url(database=database)

    @property
    def _at_primary(self) -> tuple[str, ...]:
        return ("-h", self.primary.socket_dir(), "-U", "postgres")

    def start_copy(self) -> None:
        """Make the copy by pg_basebackup and let it follow."""
        with (self.primary.data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write("local replication postgres peer map=bounds\n")
        self.primary.run_sql("SELECT pg_reload_conf()")
        for folder in (self.copy_data, self.sockets):
            folder.mkdir(mode=0o700)
            if self._user.is_other:
                os.chown(folder, self._user.uid, self._user.gid)
        self._run(
            "pg_basebackup", "-D", str(self.copy_data), "-h", self.primary.socket_dir(),
            "-U", "postgres", "-X", "stream", "-R", "-c", "fast",
        )  # fmt: skip
        self.begin_copy()

    def begin_copy(self) -> None:
        """Start the copy's server, on a socket of its own."""
        options = (
            f"-k '{self.sockets}' -c hot_standby_feedback=on -c max_standby_streaming_delay=5s"
        )
        self._run(
            "pg_ctl", "-D", str(self.copy_data), "-l", str(self.copy_data / "copy.log"),
            "-o", options, "-w", "-s", "start",
        )  # fmt: skip

    def copy_url(self, primary_url: str) -> str:
        """The copy's address of the database that the primary has at `primary_url`."""
        return primary_url.partition("?")[0] + f"?host={self.sockets}"

    def ask_copy(self, url: str, statement: str) -> object:
        """One value of the copy, as superuser."""
        plain = self.copy_url(url).replace("+psycopg", "")
        with psycopg.connect(plain, user="postgres", autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
            return None if row is None else row[0]

    def pause(self, url: str) -> None:
        """Stop the copy's replay: from now on it falls behind."""
        self.ask_copy(url, "SELECT pg_wal_replay_pause()")
        while self.ask_copy(url, "SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(0.01)

    def resume(self, url: str) -> None:
        """Let the copy go on, and wait until it has caught up."""
        self.ask_copy(url, "SELECT pg_wal_replay_resume()")
        at = self.primary.run_sql("SELECT pg_current_wal_lsn()").strip()
        while not self.ask_copy(url, f"SELECT pg_last_wal_replay_lsn() >= '{at}'::pg_lsn"):
            time.sleep(0.01)

    def restart_primary(self) -> None:
        """Restart the primary as an operator would: fast, so that whoever is connected is cut off."""
        self._run(
            "pg_ctl", "-D", str(self.primary.data), "-l", str(self.primary.log), "-m", "fast",
            "-w", "-s", "restart",
        )  # fmt: skip

    def kill_copy(self) -> None:
        """Kill the copy's server with SIGKILL, and what it leaves running."""
        kill_server(self.copy_data)
        for left in (self.copy_data / "postmaster.pid", *self.sockets.glob(".s.PGSQL*")):
            left.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop both and delete everything."""
        if self.sockets.exists():
            self.kill_copy()
        self.primary.remove()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        binaries = find_binaries(None, needed_major=self.primary.status().postgres_major)
        done = self._user.run([binaries.program(program), *arguments])
        assert done.returncode == 0, done.stderr + done.stdout


def kill_server(data: Path) -> None:
    """End a server as a crash would: the first process, and those that it leaves."""
    found = read_pid_file(data)
    if found is None:
        return
    children = [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _parent(folder) == found.pid
    ]
    for pid in (found.pid, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _parent(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return None


def open_copy(url: str) -> Engine:
    """An engine over a copy as the service opens one: nobody waits for it."""
    engine = make_engine(url)
    engine.update_execution_options(reconnect_s=0.0)
    return engine
