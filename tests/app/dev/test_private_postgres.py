"""The private cluster on real servers: killed, shared, half made, side by side, other users."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from app.dev.cluster_locks import locked
from app.dev.postgres_processes import PostgresFailed, find_servers_of, is_server_of, server_user
from app.dev.private_postgres import PrivatePostgres, StillInUse

REPOSITORY = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.database]


def connect(server: PrivatePostgres, role: str = "bounds_owner") -> psycopg.Connection:
    return psycopg.connect(server.url(role).replace("+psycopg", ""), autocommit=True)


def one(server: PrivatePostgres, sql: str, role: str = "bounds_owner") -> object:
    with connect(server, role) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


def pid_of(server: PrivatePostgres) -> int:
    pid = server.status().pid
    assert pid is not None
    return pid


def kill_9(server: PrivatePostgres) -> int:
    """Kill the postmaster as a crash would, and wait until the kernel has done it."""
    pid = pid_of(server)
    os.kill(pid, signal.SIGKILL)
    while is_server_of(server.data, pid, server_user()):
        time.sleep(0.005)
    return pid


USER_OF_CLUSTER = """
import sys
from pathlib import Path
from app.dev.private_postgres import PrivatePostgres
server = PrivatePostgres(Path(sys.argv[1]), throwaway=True)
print(server.ensure_running(), flush=True)
sys.stdin.readline()
server.release()
"""


def start_user(home: Path, **options: object) -> subprocess.Popen[str]:
    """Another process that uses the cluster until it is sent a line."""
    python = options.pop("python", sys.executable)
    return subprocess.Popen(
        [str(python), "-c", USER_OF_CLUSTER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        **options,  # type: ignore[call-overload]
    )


def test_roles_have_the_rights_of_their_work(server: PrivatePostgres) -> None:
    with connect(server) as owner:
        owner.execute("CREATE TABLE places (code text PRIMARY KEY)")
    with connect(server, "bounds_rw") as api:
        api.execute("INSERT INTO places VALUES ('E07000062')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            api.execute("COPY places TO PROGRAM 'cat'")
    with connect(server, "bounds_ro") as public:
        refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
        for statement in ("SELECT code FROM places", "DELETE FROM places"):
            with pytest.raises(refusals):
                public.execute(statement)
    extensions = one(server, "SELECT array_agg(extname::text ORDER BY extname) FROM pg_extension")
    assert extensions == ["pg_trgm", "plpgsql", "postgis"]


def test_no_tcp_port_is_opened_and_two_clusters_stand_side_by_side(
    server: PrivatePostgres, home: Path
) -> None:
    other = PrivatePostgres(home.with_name("other"), throwaway=True)
    try:
        other.ensure_running()
        assert one(server, "SHOW listen_addresses") == ""
        assert server.socket_dir() != other.socket_dir()
        listening = {
            line.split()[9]
            for name in ("tcp", "tcp6")
            if (table := Path("/proc/net", name)).exists()
            for line in table.read_text().splitlines()[1:]
            if line.split()[3] == "0A"  # LISTEN
        }
        for pid in (pid_of(server), pid_of(other)):
            opened = {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()}
            assert opened, "the server's files can be seen, or this test proves nothing"
            assert not opened & {f"socket:[{inode}]" for inode in listening}
    finally:
        other.remove()


def test_committed_rows_outlive_kill_9_of_the_server_and_open_ones_do_not(
    server: PrivatePostgres, home: Path
) -> None:
    server.remove()
    server = PrivatePostgres(home)  # as people have it, not as tests do
    server.ensure_running()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    open_one = psycopg.connect(server.url().replace("+psycopg", ""))
    open_one.execute("INSERT INTO kept SELECT generate_series(1, 500)")
    backend = open_one.info.backend_pid
    killed = kill_9(server)

    PrivatePostgres(home).ensure_running()

    assert pid_of(server) != killed
    assert not is_server_of(server.data, backend, server_user())
    assert one(server, "SELECT count(*) FROM kept") == 1000
    with pytest.raises(psycopg.OperationalError):
        open_one.execute("SELECT 1")
    open_one.close()


def test_a_busy_backend_left_by_kill_9_is_ended(server: PrivatePostgres) -> None:
    url = server.url().replace("+psycopg", "")
    busy = psycopg.connect(url)
    backend = busy.info.backend_pid
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000000000)")
    kill_9(server)
    server.ensure_running()
    assert backend not in find_servers_of(server.data, server_user())
    assert one(server, "SELECT 1") == 1
    busy.close()


def test_a_stale_pid_file_naming_a_stranger_does_not_stop_a_start(
    server: PrivatePostgres,
) -> None:
    socket_dir = server.socket_dir()
    server.stop(force=True)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lines = [str(stranger.pid), str(server.data), "1700000000", "5432", socket_dir, "", "", ""]
        (server.data / "postmaster.pid").write_text("\n".join(lines))
        assert not server.status().is_running
        server.ensure_running()
        assert one(server, "SELECT 1") == 1
        assert stranger.poll() is None, "the stranger was left alone"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_zombie_named_postgres_is_not_alive(home: Path) -> None:
    home.mkdir()
    lookalike = home / "postgres"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", lookalike)
    process = subprocess.Popen([lookalike, "60"], cwd=home)
    try:
        deadline = time.monotonic() + 5
        while not is_server_of(home, process.pid, server_user()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert is_server_of(home, process.pid, server_user())
    finally:
        process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
    assert not is_server_of(home, process.pid, server_user())
    process.wait()


def test_clean_stop_leaves_no_process_no_socket_and_no_pid_file(server: PrivatePostgres) -> None:
    socket_dir = Path(server.socket_dir())
    assert server.stop() is True
    assert find_servers_of(server.data, server_user()) == []
    assert not socket_dir.exists()
    assert not (server.data / "postmaster.pid").exists()
    assert server.stop() is False


def test_the_last_user_out_stops_it_also_after_kill_9_of_another(home: Path) -> None:
    first, second = start_user(home), start_user(home)
    assert first.stdout is not None
    assert second.stdout is not None
    assert first.stdout.readline() == second.stdout.readline()
    watcher = PrivatePostgres(home, throwaway=True)
    with pytest.raises(StillInUse):
        watcher.stop()
    first.kill()
    first.communicate()
    assert watcher.status().is_running
    second.communicate("\n")
    assert not watcher.status().is_running


def test_keep_leaves_it_running_until_stopped(server: PrivatePostgres) -> None:
    server.keep_running()
    server.release()
    assert server.status().is_running
    assert server.status().is_kept
    assert server.stop() is True
    assert not server.status().is_kept


def test_eight_starts_at_once_make_one_cluster(home: Path) -> None:
    started = [start_user(home) for _ in range(8)]
    addresses = {process.stdout.readline() for process in started if process.stdout}
    assert len(addresses) == 1
    server = PrivatePostgres(home, throwaway=True)
    assert one(server, "SELECT 1") == 1
    for process in started:
        process.communicate("\n")
    assert not server.status().is_running


def test_initdb_killed_half_way_is_made_again(home: Path) -> None:
    process = start_user(home, start_new_session=True)
    deadline = time.monotonic() + 30
    while not (home / "data" / "PG_VERSION").exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert not (home / ".ready").exists(), "it was killed before it was done"
    server = PrivatePostgres(home, throwaway=True)
    server.ensure_running()
    assert one(server, "SELECT postgis_lib_version() IS NOT NULL") is True
    assert (home / ".ready").exists()


def test_a_strange_data_folder_is_refused_and_kept(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(PostgresFailed, match="was not made by Bounds"):
        PrivatePostgres(home).ensure_running()
    assert (home / "data" / "thesis.txt").read_text() == "years of work"


def test_a_finished_cluster_without_pg_version_is_never_deleted(server: PrivatePostgres) -> None:
    server.stop(force=True)
    (server.data / "PG_VERSION").unlink()
    with pytest.raises(PostgresFailed, match="Nothing was deleted"):
        server.ensure_running()
    assert (server.data / "base").is_dir()


def test_a_socket_folder_of_somebody_else_is_refused(server: PrivatePostgres, home: Path) -> None:
    socket_dir = Path(server.socket_dir())
    server.stop(force=True)
    socket_dir.symlink_to(home)
    try:
        with pytest.raises(PostgresFailed, match="is a link"):
            server.ensure_running()
    finally:
        socket_dir.unlink()


def test_a_lock_held_too_long_names_its_holder(home: Path) -> None:
    home.mkdir()
    with (
        locked(home),
        pytest.raises(PostgresFailed, match=rf"for 0 s \(pid {os.getpid()}\)"),
        locked(home, patience_s=0.1),
    ):
        pass


def test_a_home_that_the_server_user_cannot_enter_is_said_so() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the server as another user")
    with (
        tempfile.TemporaryDirectory() as closed,  # mode 0700
        pytest.raises(PostgresFailed, match=r"cannot enter .* outside /root"),
    ):
        PrivatePostgres(Path(closed) / "home").ensure_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused_by_the_folder_and_by_the_server(server: PrivatePostgres) -> None:
    psql = ["psql", "-h", server.socket_dir(), "-U", "postgres", "-d", "bounds", "-c", "SELECT 1"]
    plain = {"PATH": os.environ["PATH"]}
    options = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/", "env": plain}
    shut = subprocess.run(psql, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert shut.returncode != 0
    assert "Permission denied" in shut.stderr
    folder = Path(server.socket_dir())
    folder.chmod(0o755)
    (folder / ".s.PGSQL.5432").chmod(0o777)
    opened = subprocess.run(psql, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    folder.chmod(0o700)
    assert opened.returncode != 0
    assert "Peer authentication failed" in opened.stderr


NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


def python_of_nobody() -> str | None:
    """A Python and checkout that an ordinary user may use; root's own may lie under /root."""
    check = "import sys, app.dev.private_postgres; sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if not subprocess.call([python, "-c", check], cwd=REPOSITORY, **NOBODY):  # type: ignore[call-overload]
                return python
        except OSError:
            continue
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_runs_a_cluster_of_their_own() -> None:
    python = python_of_nobody()
    if python is None:
        pytest.skip("no Python and checkout here that an ordinary user may read")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 65534, 65534)
        home = Path(folder) / "bounds"
        process = start_user(home, python=python, **NOBODY)
        assert process.stdout is not None
        address = process.stdout.readline()
        assert address.startswith(
            "postgresql+psycopg://bounds_owner@/bounds?host=/tmp/bounds-65534-"
        )
        pid = int((home / "data" / "postmaster.pid").read_text().splitlines()[0])
        assert is_server_of(home / "data", pid, server_user())
        assert Path(f"/proc/{pid}").stat().st_uid == 65534
        process.communicate("\n")
        assert not is_server_of(home / "data", pid, server_user())


def is_started_again(server: PrivatePostgres) -> bool:
    # As the watch does, more than once: a killed process counts as alive until it is a zombie.
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if server.restart_if_killed():
            return True
        time.sleep(0.02)
    return False


def test_a_killed_server_is_started_again_at_the_same_address(server: PrivatePostgres) -> None:
    address = server.url()
    assert not server.restart_if_killed()
    killed = kill_9(server)
    assert is_started_again(server)
    assert pid_of(server) != killed
    assert server.url() == address
    assert one(server, "SELECT 1") == 1


def test_a_server_stopped_on_purpose_stays_down(server: PrivatePostgres) -> None:
    server.stop(force=True)
    assert not server.restart_if_killed()
    assert not server.status().is_running


def test_a_restart_keeps_the_wish_to_outlive_all_users(server: PrivatePostgres) -> None:
    server.keep_running()
    kill_9(server)
    assert is_started_again(server)
    assert server.status().is_kept


def test_what_was_asked_with_stays_out_of_the_servers_log(server: PrivatePostgres) -> None:
    with connect(server, "postgres") as connection:
        connection.execute("SET log_min_duration_statement = 0")
        connection.execute("SELECT %s::text", ("TN34 1AA",))
    told = server.log.read_text(encoding="utf-8")
    assert "SELECT $1::text" in told
    assert "TN34 1AA" not in told
