"""How fast a national database is kept, brought back and migrated both ways, beside pg_dump alone in the same run.

`python -m bench.keeping DATA_DIR` works on a copy of a data folder with the nation loaded: it migrates a clone
of the database down and up, and restores its backup into the place of the database in use.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from app.dev.backups import count_table, make_backup, one_moment, tables_of
from app.dev.client_programs import Client, client_of
from app.dev.database_choice import open_database, private_postgres
from app.dev.private_postgres import PrivatePostgres
from app.dev.restore_places import private_place
from app.dev.restoring import restore
from app.operations import newest_migration
from app.settings import Settings
from bench.processes import cpu_s, family
from boundaries.database import migrate

BACKUP_MB_S, ENTERED_S, RESTORE_S = 40.0, 10.0, 180.0
# How far down: each step on the way takes its tables' rows along, and the way up makes them anew.
OLDEST = 5
COPIED = "CREATE DATABASE steps OWNER bounds_owner TEMPLATE bounds STRATEGY file_copy"


def quiet(_words: str) -> None:
    """Say nothing."""


def run(data_dir: Path) -> bool:
    """Print what each took; say whether the bars were met."""
    settings = Settings(data_dir=data_dir)
    with (
        open_database(settings) as addresses,
        tempfile.TemporaryDirectory(dir=data_dir) as name,
    ):
        migrate(addresses.owner)
        client, folder = client_of(settings, addresses.owner), Path(name)
        server = private_postgres(settings)
        spent = _Spent(server)
        client.run(
            "pg_dump", ["-Fc", "-Z1", f"--file={folder / 'alone'}", f"--dbname={client.address}"]
        )
        alone = spent.since()
        (folder / "alone").unlink()
        whole = make_backup(client, folder / "all.dump", entered_only=False, progress=quiet)
        rate = whole.manifest.database_bytes / 1e6 / whole.manifest.seconds
        sizes = [whole.manifest.database_bytes / 1e6, whole.manifest.file_bytes / 1e6]
        print(f"pg_dump alone: {alone}")
        print(
            f"backup: {sizes[0]:,.0f} MB of database into {sizes[1]:,.0f}, every row hashed: {rate:.0f} MB/s"
            f" ({verdict(rate >= BACKUP_MB_S)} {BACKUP_MB_S:.0f}), {spent.since()}"
        )
        entered = make_backup(client, folder / "entered.zip", entered_only=True, progress=quiet)
        entered_s = entered.manifest.seconds
        print(
            f"what people entered: {entered_s:.1f} s ({verdict(entered_s <= ENTERED_S)} {ENTERED_S:.0f})"
        )
        steps(settings, client)
        spent.since()
        began = time.perf_counter()
        done = restore(
            private_place(settings, server), whole.file, quiet, force=True, drop_former=True
        )
        restore_s = time.perf_counter() - began
        parts = ", ".join(f"{what} {took:.0f}" for what, took in done.seconds.items())
        print(
            f"restore: {done.rows:,} rows in {restore_s:.0f} s ({verdict(restore_s <= RESTORE_S)} {RESTORE_S:.0f}):"
            f" {spent.since()}; {parts}"
        )
    return rate >= BACKUP_MB_S and entered_s <= ENTERED_S and restore_s <= RESTORE_S


def verdict(good: bool) -> str:
    """A bar's word."""
    return "met" if good else "MISSED"


class _Spent:
    """Tells what passed since it was last asked: seconds, and the processor's, of this program and the server."""

    def __init__(self, server: PrivatePostgres) -> None:
        self._pid = int((server.home / "data" / "postmaster.pid").read_text().splitlines()[0])
        self._at = (time.perf_counter(), self._cpu_s())

    def _cpu_s(self) -> float:
        return cpu_s(family(os.getpid())) + cpu_s(family(self._pid))

    def since(self) -> str:
        before, self._at = self._at, (time.perf_counter(), self._cpu_s())
        wall_s, spent_s = (now - then for now, then in zip(self._at, before, strict=True))
        return f"{wall_s:.0f} s, {spent_s:.0f} of a processor"


def steps(settings: Settings, client: Client) -> None:
    """Migrate a clone down one step after the other and up again, and compare the rows that no step touches."""
    server = private_postgres(settings)
    chief = client_of(settings, server.url("postgres", "postgres")).connect_address()
    with psycopg.connect(chief, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS steps")
        connection.execute(COPIED)
    url = server.url(database="steps")
    there = client.at("steps")
    newest = newest_migration() or "0000"
    before = counted(there)
    took: dict[str, float] = {}
    numbers = [f"{number:04}" for number in range(OLDEST, int(newest) + 1)]
    for number in reversed(numbers[:-1]):
        began = time.perf_counter()
        migrate(url, f"down:{number}")
        took[f"down to {number}"] = time.perf_counter() - began
    below = counted(there)
    for number in numbers[1:]:
        began = time.perf_counter()
        migrate(url, number)
        took[f"up to {number}"] = time.perf_counter() - began
    after = counted(there)
    with psycopg.connect(there.connect_address()) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row == (newest,), "every step was taken"
    changed = [name for name in before if before[name] != after.get(name)]
    lost = [name for name in changed if name in below]
    slowest = sorted(took.items(), key=lambda each: -each[1])[:3]
    print(
        f"migrations: {len(took)} steps of {sum(took.values()):.1f} s, slowest "
        + ", ".join(f"{what} {seconds:.1f} s" for what, seconds in slowest)
        + f"; tables made anew: {', '.join(sorted(set(changed) - set(lost))) or 'none'}"
        + f"; rows otherwise after both ways: {', '.join(lost) or 'none'}"
    )
    server.run_sql("DROP DATABASE steps WITH (FORCE)")


def counted(client: Client) -> dict[str, int]:
    """Rows of every table."""
    with one_moment(client) as connection:
        return {
            name: count_table(connection, name).rows
            for name in tables_of(connection)
            if name != "alembic_version"
        }


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(
            "python -m bench.keeping DATA_DIR (a copy of a data folder with the nation loaded)"
        )
    subprocess.run(["uptime"], check=False)
    sys.exit(0 if run(Path(sys.argv[1])) else 1)
