"""The private server's configuration text, fitted to this machine's memory."""

from __future__ import annotations

import os
from pathlib import Path

MEBIBYTE = 1024 * 1024
MAX_CONNECTIONS = 60
READER = "bounds_ro"
ROLES = ("postgres", "bounds_owner", "bounds_rw", READER)


def conf_text(socket_dir: Path, *, memory_bytes: int, small_shm: bool, throwaway: bool) -> str:
    """Write conf.d/bounds.conf.

    `memory_bytes` is the least of the machine's and the container's; `small_shm` says that /dev/shm
    is too small for parallel queries; `throwaway` switches off durability for a database that is
    deleted after use, and for nothing else.
    """
    buffers = max(64, min(2048, memory_bytes // 8 // MEBIBYTE))
    maintenance = max(64, min(512, memory_bytes // 16 // MEBIBYTE))
    cache = max(128, memory_bytes // 2 // MEBIBYTE)
    lines = [
        "listen_addresses = ''",
        f"unix_socket_directories = {quoted(_list_item(str(socket_dir)))}",
        "unix_socket_permissions = 0700",
        f"max_connections = {MAX_CONNECTIONS}",
        f"shared_buffers = {buffers}MB",
        f"effective_cache_size = {cache}MB",
        "work_mem = 32MB",
        f"maintenance_work_mem = {maintenance}MB",
        "max_parallel_workers_per_gather = 2",
        "jit = off",
        "random_page_cost = 1.1",
        "wal_compression = on",
        "max_wal_size = 2GB",
        "min_wal_size = 256MB",
        "idle_in_transaction_session_timeout = 5min",
        "log_min_duration_statement = 2s",
        # The values asked with are postcodes and outlines of people: they stay out of the log.
        "log_parameter_max_length = 0",
        "log_parameter_max_length_on_error = 0",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "postgis.gdal_enabled_drivers = 'DISABLE_ALL'",
    ]
    if small_shm:
        lines.append("dynamic_shared_memory_type = mmap")
    if throwaway:
        # Nothing else: with asynchronous commit a killed test server would lose committed rows.
        lines.append("fsync = off")
    else:
        # Nobody copies this server: rows and indexes of a table that the same transaction made or emptied, as in a
        # restore, go to its own file and not to the log as well.
        lines += ["wal_level = minimal", "max_wal_senders = 0"]
    return "\n".join(["# Written by Bounds at every start; changes here are lost.", *lines, ""])


def hba_text() -> str:
    """Write pg_hba.conf: only local sockets, only the operating system's word for who calls."""
    return "# Written by Bounds.\nlocal all all peer map=bounds\n"


def ident_text(os_users: list[str]) -> str:
    """Write pg_ident.conf: the given operating system users may be each of the four roles."""
    lines = ["# Written by Bounds."]
    lines += [f"bounds {_ident_name(user)} {role}" for user in os_users for role in ROLES]
    return "\n".join([*lines, ""])


def roles_sql() -> str:
    """Write the statements that make the roles; run once, as superuser, in database `postgres`.

    `bounds_owner` owns tables and migrates, `bounds_rw` is the API, `bounds_ro` is for QGIS and
    notebooks: it reads schema gis (migration 0008 lets it) and no table.
    """
    return """\
CREATE ROLE bounds_owner LOGIN;
CREATE ROLE bounds_rw LOGIN;
CREATE ROLE bounds_ro LOGIN;
ALTER ROLE bounds_rw SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE bounds_ro SET default_transaction_read_only = on;
ALTER ROLE bounds_ro SET statement_timeout = '5min';
"""


def database_sql(*, has_trigrams: bool) -> str:
    """Write the statements that fit out one database for Bounds; run as superuser inside it."""
    return f"""\
{bare_database_sql(has_trigrams=has_trigrams)}
GRANT USAGE ON SCHEMA public TO bounds_rw, bounds_ro;
ALTER DEFAULT PRIVILEGES FOR ROLE bounds_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bounds_rw;
ALTER DEFAULT PRIVILEGES FOR ROLE bounds_owner IN SCHEMA public
  GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO bounds_rw;
"""


def bare_database_sql(*, has_trigrams: bool) -> str:
    """Write what a database needs of a superuser before a backup is restored into it.

    No rights of the other roles: they come with the backup, and rights given by default beforehand
    would stay beside them.
    """
    trigrams = "CREATE EXTENSION IF NOT EXISTS pg_trgm;" if has_trigrams else ""
    return f"""\
CREATE EXTENSION IF NOT EXISTS postgis;
{trigrams}
ALTER SCHEMA public OWNER TO bounds_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
"""


def memory_bytes() -> int:
    """Say how much memory this process may count on: the least of the machine's and its limits."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):  # cgroup 2, cgroup 1
        try:
            written = Path("/sys/fs/cgroup", name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if written.isdigit():
            limits.append(int(written))
    return min(limits)


def has_small_shm() -> bool:
    """Say whether /dev/shm is missing or under 256 MiB, as in a default container (64 MiB)."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return True
    return room.f_frsize * room.f_blocks < 256 * MEBIBYTE


def quoted(text: str) -> str:
    """Put a value in the single quotes of a PostgreSQL configuration file."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _list_item(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _ident_name(name: str) -> str:
    # Quoted, a name with spaces or a leading slash is a name and not a pattern.
    return '"' + name.replace('"', '""') + '"'
