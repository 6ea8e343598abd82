"""Which server processes belong to a data folder, and how to end them; knows no SQL."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from boundaries.errors import Unavailable

# A fixed environment: PGHOST, PGDATA, PGOPTIONS and their like must not steer the private server.
PLAIN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class PostgresFailed(Unavailable):
    """The private database could not be made, started or stopped."""

    slug = "private-database-failed"
    title = "The private database does not work"


class ServerUser(NamedTuple):
    """The operating system user who runs the server: ourselves, or `postgres` where we are root."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def run(
        self,
        command: list[str],
        *,
        stdin: str | None = None,
        timeout_s: float = 120,
        keep_open: tuple[int, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user from `/`, output captured; `keep_open` lists files it inherits.

        Raises PostgresFailed where it cannot be run or gives no answer in time.
        """
        try:
            return subprocess.run(
                command,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
                cwd="/",
                env=PLAIN_ENVIRONMENT,
                pass_fds=keep_open,
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=[] if self.is_other else None,
            )
        except PermissionError as error:
            if not self.is_other:
                raise PostgresFailed(f"may not run {command[0]}: {error.strerror}") from error
            raise PostgresFailed(
                f"running as root and may not become the user `{self.name}`; run as an ordinary"
                " user, or set BOUNDS_DATABASE_URL"
            ) from error
        except FileNotFoundError as error:
            raise PostgresFailed(f"{command[0]} is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise PostgresFailed(f"{command[0]} gave no answer in {timeout_s:.0f} s") from error


def server_user() -> ServerUser:
    """Say who is to run the server. Raises PostgresFailed where root has no user `postgres`."""
    uid = os.geteuid()
    if uid != 0:
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError as error:
            raise PostgresFailed(
                f"the user id {uid} has no name on this system, and PostgreSQL needs one; set"
                " BOUNDS_DATABASE_URL"
            ) from error
        return ServerUser(name, uid, os.getegid(), is_other=False)
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError as error:
        raise PostgresFailed(
            "running as root and there is no user `postgres` to run the server; run as an ordinary"
            " user, or set BOUNDS_DATABASE_URL"
        ) from error
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=True)


class PidFile(NamedTuple):
    """What postmaster.pid says: process, socket folder (line 5) and state (line 8)."""

    pid: int
    socket_dir: str
    state: str


def read_pid_file(data: Path) -> PidFile | None:
    """Read postmaster.pid; None where there is none or it was only half written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")
        return PidFile(
            int(lines[0]),
            lines[4].strip() if len(lines) > 4 else "",
            lines[7].strip() if len(lines) > 7 else "",
        )
    except (FileNotFoundError, ValueError):
        return None


def is_server_of(data: Path, pid: int, user: ServerUser) -> bool:
    """Say whether `pid` is a living PostgreSQL whose working folder is `data`.

    `pg_ctl status` is not enough: where process 1 reaps late it calls a killed server running,
    and a number reused by a stranger looks like a server to it.
    """
    if not Path("/proc/self/stat").exists():  # macOS
        return _exists(pid) and user.run(["ps", "-o", "comm=", "-p", str(pid)]).stdout.strip() != ""
    if _name_and_state(pid) not in {("postgres", state) for state in "RSDTtI"}:
        return False
    return _working_folder(pid, user) == os.path.realpath(data)


def is_process_alive(pid: int) -> bool:
    """Say cheaply whether some process that is not a zombie has this number: enough to ask each second."""
    if not Path("/proc/self/stat").exists():  # macOS
        return _exists(pid)
    return _name_and_state(pid)[1] in set("RSDTtI")


def find_servers_of(data: Path, user: ServerUser) -> list[int]:
    """List every living PostgreSQL process, postmaster or backend, that works in `data`."""
    pids = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    return sorted(pid for pid in pids if is_server_of(data, pid, user))


def end_processes(pids: list[int], data: Path, user: ServerUser, *, patience_s: float = 5) -> None:
    """End leftover server processes: SIGQUIT, then after `patience_s` SIGKILL."""
    for sent in (signal.SIGQUIT, signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, sent)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + patience_s
        while pids and time.monotonic() < deadline:
            pids = [pid for pid in pids if is_server_of(data, pid, user)]
            if pids:
                time.sleep(0.02)
        if not pids:
            return
    raise PostgresFailed(f"server processes of {data} would not end: {', '.join(map(str, pids))}")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _name_and_state(pid: int) -> tuple[str, str]:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    # The name stands in brackets and may itself hold brackets and spaces.
    name, _, rest = line.partition("(")[2].rpartition(")")
    return name, rest.split()[0]


def _working_folder(pid: int, user: ServerUser) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    except PermissionError:
        if not user.is_other:
            return ""
        # Root in a container has no CAP_SYS_PTRACE and may not look; the process's own user may.
        return user.run(["readlink", f"/proc/{pid}/cwd"]).stdout.strip()
