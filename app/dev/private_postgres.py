"""A PostGIS of our own, made from the installed PostgreSQL: socket only, no port, no password.

One cluster lives in one home folder. Any number of processes may use it at once; the last one out
stops it. It refuses folders it did not make, other people's folders, and other users' connections.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from app.dev import postgres_conf
from app.dev.cluster_folders import (
    SOCKET_NAME,
    check_space,
    clear_socket_dir,
    free_ballast,
    give_to,
    make_home,
    make_socket_dir,
    write_ballast,
)
from app.dev.cluster_locks import UsersLock, locked
from app.dev.postgres_binaries import Binaries, find_binaries
from app.dev.postgres_processes import (
    PostgresFailed,
    ServerUser,
    end_processes,
    find_servers_of,
    is_process_alive,
    is_server_of,
    read_pid_file,
    server_user,
)
from boundaries.errors import Conflict

DATABASE = "bounds"
OWNER = "bounds_owner"
START_PATIENCE_S = 60
LOG_ROTATE_BYTES = 10_000_000


class StillInUse(Conflict):
    """Other processes are using the private database."""

    slug = "database-in-use"
    title = "The private database is in use"


class Status(NamedTuple):
    """What `bounds db status` tells; `socket_dir` and `pid` are None when it is not running."""

    home: Path
    is_running: bool
    pid: int | None
    socket_dir: Path | None
    postgres_major: int | None
    is_kept: bool


class PrivatePostgres:
    """The private cluster in `home`.

    `throwaway` gives up durability for speed, for clusters that are removed after use. `bindir`
    names the PostgreSQL programs; `runtime_dir` is the login session's folder for sockets.
    """

    def __init__(
        self,
        home: Path,
        *,
        throwaway: bool = False,
        bindir: Path | None = None,
        runtime_dir: Path | None = None,
    ) -> None:
        self.home = Path(os.path.abspath(home))
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self.throwaway = throwaway
        self._bindir = bindir
        self._runtime_dir = runtime_dir
        self._users = UsersLock(self.home)

    def ensure_running(self) -> str:
        """Make and start the cluster where needed, count ourselves as a user, give the owner's URL.

        Raises PostgresMissing, PostgresFailed. Safe to call again, and from many processes at once.
        """
        user = server_user()
        make_home(self.home, user, open_to_all=self.throwaway)
        with locked(self.home) as lock:
            # A server without the mark was left by a run that died while making the cluster.
            if not (self._ready_mark.exists() and self._is_alive(user)):
                self._start(user, lock)
            self._users.hold()
        atexit.unregister(self.release)
        atexit.register(self.release)
        return self.url()

    def restart_if_killed(self) -> bool:
        """Start the server again where it died without being asked to; True where that was so.

        A server that was stopped, by `stop --force` or by hand, took its pid file along and stays
        down. The address stays what it was: the socket's folder follows from the home's.
        """
        if not self._users.is_held:
            return False
        found = read_pid_file(self.data)
        if found is None or is_process_alive(found.pid):
            return False
        user = server_user()
        with locked(self.home) as lock:
            if self._is_alive(user):
                return False  # another process was quicker
            is_kept = self._keep_mark.exists()
            self._start(user, lock)
            if is_kept:
                self.keep_running()
        return True

    def release(self) -> None:
        """Stop using the cluster; the last user stops it, unless somebody asked to keep it."""
        if not self._users.is_held:
            return  # never held, or we are a fork of the process that holds it
        atexit.unregister(self.release)
        if self.home.exists():
            with locked(self.home):
                if not self._keep_mark.exists() and not self._users.is_used_by_others():
                    self._stop(server_user(), "fast")
                self._users.let_go()
        self._users.let_go()

    def keep_running(self) -> None:
        """Leave the server up when its last user leaves, until `stop`."""
        self._keep_mark.touch()

    def stop(self, *, force: bool = False) -> bool:
        """Stop the server now; False where it was not running.

        Raises StillInUse where another process uses it, unless `force`.
        """
        if not self.home.exists():
            return False
        user = server_user()
        with locked(self.home):
            if not force and self._users.is_used_by_others():
                raise StillInUse(
                    "another process uses the private database; end it, or stop with --force"
                )
            self._keep_mark.unlink(missing_ok=True)
            return self._stop(user, "fast")

    def status(self) -> Status:
        """Say whether it runs, where, and under which process id."""
        found = read_pid_file(self.data) if os.access(self.data, os.X_OK) else None
        alive = found is not None and is_server_of(self.data, found.pid, server_user())
        return Status(
            home=self.home,
            is_running=alive,
            pid=found.pid if found and alive else None,
            socket_dir=Path(found.socket_dir) if found and alive else None,
            postgres_major=self._data_major(),
            is_kept=self._keep_mark.exists(),
        )

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """Give the SQLAlchemy address of a database of the running cluster, for one role."""
        return (
            f"postgresql+psycopg://{quote(role)}@/{quote(database)}?host={quote(self.socket_dir())}"
        )

    def socket_dir(self) -> str:
        """Give the folder of the running server's socket. Raises PostgresFailed if it is down.

        It is read from postmaster.pid, because the folder a login session would choose differs
        from the one a timer job would.
        """
        found = read_pid_file(self.data)
        if found is None or not found.socket_dir:
            raise PostgresFailed(f"the private database in {self.home} is not running")
        return found.socket_dir

    def run_sql(self, sql: str, *, database: str = "postgres", role: str = "postgres") -> str:
        """Run statements through psql, stopping at the first error; gives plain rows of text."""
        return self._psql(server_user(), sql, database, role)

    def fit_out(self, database: str, *, bare: bool = False) -> None:
        """Give a database the extensions, schema rights and default privileges Bounds relies on.

        `bare` leaves the rights of the roles to the backup that is restored into it.
        """
        self._fit_out(server_user(), database, bare=bare)

    def free_space_for_recovery(self) -> None:
        """Remove the ballast file, so that a server on a full disk can start again."""
        free_ballast(self.home)

    def remove(self) -> None:
        """Stop a throw-away cluster at once and delete its folder."""
        if not self.throwaway:
            raise ValueError("only a throw-away cluster may be removed")
        self._users.let_go()
        atexit.unregister(self.release)
        if self.home.exists():
            with locked(self.home):
                self._stop(server_user(), "immediate")
            shutil.rmtree(self.home)

    @property
    def _keep_mark(self) -> Path:
        return self.home / ".keep"

    @property
    def _ready_mark(self) -> Path:
        return self.home / ".ready"

    @property
    def _making_mark(self) -> Path:
        return self.home / ".making"

    def _data_major(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
            return None

    def _is_alive(self, user: ServerUser) -> bool:
        """Say whether the server lives and answers; waits while it is still starting."""
        deadline = time.monotonic() + START_PATIENCE_S
        while (found := read_pid_file(self.data)) and is_server_of(self.data, found.pid, user):
            if found.state.startswith("ready") and _answers(found.socket_dir):
                return True
            if time.monotonic() > deadline:
                raise PostgresFailed(
                    f"the private database (pid {found.pid}) has not answered for"
                    f" {START_PATIENCE_S} s; see {self.log}"
                )
            time.sleep(0.02)
        return False

    def _start(self, user: ServerUser, lock: int) -> None:
        is_ready = self._ready_mark.exists()
        if is_ready and self._data_major() is None:
            raise PostgresFailed(
                f"{self.data} was a database and now lacks PG_VERSION; restore it from a backup."
                " Nothing was deleted"
            )
        if self.data.exists() and not is_ready and not self._making_mark.exists():
            raise PostgresFailed(f"{self.data} exists and was not made by Bounds; move it away")
        check_space(self.home)
        self._keep_mark.unlink(missing_ok=True)
        if self.data.exists():
            self._clear_leftovers(user)
        binaries = find_binaries(
            self._bindir, needed_major=self._data_major() if is_ready else None
        )
        if not is_ready:
            self._make_cluster(binaries, user, lock)
        self._run_server(binaries, user)
        if not is_ready:
            self._psql(user, postgres_conf.roles_sql(), "postgres", "postgres")
            self._psql(user, f"CREATE DATABASE {DATABASE} OWNER {OWNER}", "postgres", "postgres")
            self._fit_out(user, DATABASE)
            self._psql(user, "CHECKPOINT", "postgres", "postgres")
            self._ready_mark.touch()
            self._making_mark.unlink(missing_ok=True)
        if not self.throwaway:
            write_ballast(self.home)

    def _make_cluster(self, binaries: Binaries, user: ServerUser, lock: int) -> None:
        """Run initdb; what a killed run left half made is removed first.

        initdb inherits the lock: should we be killed, the next run waits until it has ended too.
        """
        self._making_mark.touch()
        if self.data.exists():
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        give_to(user, self.data)
        command = [
            *[binaries.program("initdb"), "-D", str(self.data), "-U", "postgres", "-E", "UTF8"],
            *["--locale=C.UTF-8", "--auth-local=peer", "--auth-host=reject", "--data-checksums"],
            *(["--no-sync"] if self.throwaway else []),
        ]
        done = user.run(command, keep_open=(lock,))
        if done.returncode != 0:
            raise PostgresFailed(f"initdb failed: {_last_lines(done.stderr + done.stdout)}")
        os_users = sorted({user.name, "root"} if user.is_other else {user.name})
        (self.data / "pg_hba.conf").write_text(postgres_conf.hba_text(), encoding="utf-8")
        (self.data / "pg_ident.conf").write_text(
            postgres_conf.ident_text(os_users), encoding="utf-8"
        )
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("include_dir = 'conf.d'\n")
        (self.data / "conf.d").mkdir(mode=0o700)
        give_to(user, self.data / "conf.d")

    def _run_server(self, binaries: Binaries, user: ServerUser) -> None:
        text = postgres_conf.conf_text(
            make_socket_dir(self.home, user, self._runtime_dir),
            memory_bytes=postgres_conf.memory_bytes(),
            small_shm=postgres_conf.has_small_shm(),
            throwaway=self.throwaway,
        )
        (self.data / "conf.d" / "bounds.conf").write_text(text, encoding="utf-8")
        if self.log.exists() and self.log.stat().st_size > LOG_ROTATE_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        give_to(user, self.log)
        command = [binaries.program("pg_ctl"), "-D", str(self.data), "-l", str(self.log)]
        done = user.run([*command, "-w", "-t", "60", "-s", "start"])
        if done.returncode != 0:
            raise PostgresFailed(
                f"PostgreSQL did not start. The last lines of {self.log}:\n"
                + _last_lines(self.log.read_text(encoding="utf-8", errors="replace"))
            )

    def _stop(self, user: ServerUser, mode: str) -> bool:
        found = read_pid_file(self.data) if self.data.exists() else None
        alive = found is not None and is_server_of(self.data, found.pid, user)
        if alive:
            binaries = find_binaries(self._bindir, needed_major=self._data_major())
            command = [binaries.program("pg_ctl"), "-D", str(self.data), "-m", mode]
            user.run([*command, "-w", "-t", "60", "-s", "stop"])
        if self.data.exists():
            self._clear_leftovers(user)
        if found:
            clear_socket_dir(found.socket_dir, user)
        return alive

    def _clear_leftovers(self, user: ServerUser) -> None:
        """End what a killed server left running, and remove its pid file and socket."""
        found = read_pid_file(self.data)
        if servers := find_servers_of(self.data, user):
            end_processes(servers, self.data, user)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if found:
            clear_socket_dir(found.socket_dir, user)

    def _fit_out(self, user: ServerUser, database: str, *, bare: bool = False) -> None:
        asked = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
        has_trigrams = bool(self._psql(user, asked, database, "postgres").strip())
        write = postgres_conf.bare_database_sql if bare else postgres_conf.database_sql
        self._psql(user, write(has_trigrams=has_trigrams), database, "postgres")

    def _psql(self, user: ServerUser, sql: str, database: str, role: str) -> str:
        binaries = find_binaries(self._bindir, needed_major=self._data_major())
        command = [binaries.program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        done = user.run([*command, "-h", self.socket_dir(), "-U", role, "-d", database], stdin=sql)
        if done.returncode != 0:
            raise PostgresFailed(f"the private database refused: {_last_lines(done.stderr)}")
        return done.stdout


def _answers(socket_dir: str) -> bool:
    """Say whether something takes calls on the socket; a server just killed may still be listed."""
    with socket.socket(socket.AF_UNIX) as call:
        try:
            call.connect(str(Path(socket_dir) / SOCKET_NAME))
        except OSError:
            return False
    return True


def _last_lines(text: str, count: int = 8) -> str:
    return "\n".join(text.strip().splitlines()[-count:])
