"""Restores a backup into a new database, checks it there, and only then lets it take the old one's name.

Until the last moment the database in use is not touched, and then it is kept under another name. Refuses
what is no backup, is damaged or newer, and a database that others are using.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, sql
from sqlalchemy import make_url

from app.dev.backup_files import ENTERED, BackupUnfit, Counted, Manifest, check_file
from app.dev.backups import SESSION, count_table, tables_of
from app.dev.client_programs import Client
from app.dev.entered import ENTERED as ENTERED_TABLES
from app.dev.entered import count_entered, forget_entered, set_counters, stage, store_staged
from app.operations import newest_migration
from app.problems import DiskFull
from boundaries.database import migrate
from boundaries.errors import Conflict, Fault, Unavailable

# In the archive's list: what the new database has already, as superuser's work.
NOT_OURS = (" EXTENSION ", " COMMENT - EXTENSION ", " TABLE DATA public spatial_ref_sys ")
AT_ONCE = 4
# Nothing is lost where this session's last commits are: a restore that broke off begins again. An index is built by
# one process, for another is built beside it.
QUICK = (
    "-c synchronous_commit=off -c maintenance_work_mem=256MB -c max_parallel_maintenance_workers=0"
)
ROOM = 1.2
EMPTY = "template0"
FILE_COPY_SINCE = 150_000
# Answers finished from the rows of the former database, in the data folder: made anew when asked for.
FINISHED = ("features", "tiles", "lookup")

Progress = Callable[[str], None]


class DatabaseBusy(Conflict):
    """Others use the database: stop the service first, or restore with --force, which cuts them off."""

    slug = "database-busy"
    title = "The database is being used"


class RestoreFailed(Unavailable):
    """The new database is not what the backup says; it was dropped, and the one in use was not touched."""

    slug = "restore-failed"
    title = "The backup could not be restored"


class Restored(NamedTuple):
    """What a restore did: the backup's words, the former database's new name, the rows, how long each part took."""

    manifest: Manifest
    former: str
    rows: int
    seconds: dict[str, float]


class Place(NamedTuple):
    """How databases are made where the restore goes: `owner` reaches it as the tables' owner, `chief` may rename.

    fit_out: gives a new database its extensions and the owner's rights, before rows come; rights: gives the
    roles theirs afterwards, where the backup came from a server without these roles. template: what a new database
    is copied from, where fit_out may not bring the extensions.
    """

    owner: Client
    chief: Client
    owner_role: str | None
    fit_out: Callable[[str], None]
    rights: Callable[[str], None] | None
    data_dir: Path
    is_private: bool
    template: str = EMPTY


def restore(
    place: Place, file: Path, progress: Progress, *, force: bool = False, drop_former: bool = False
) -> Restored:
    """Put a backup in the place of the database in use.

    Raises BackupUnfit, NotFound, DatabaseBusy, DiskFull, RestoreFailed, ProgramFailed.
    """
    watch = _Watch(progress)
    watch.begin("checking the file")
    manifest = check_file(file, newest_migration() or "")
    current = str(make_url(place.owner.address).database)
    _check_room(place, manifest)
    if not force:
        _check_idle(place, current)
    new = f"{current}_new_{secrets.token_hex(4)}"
    try:
        if manifest.kind == ENTERED:
            watch.begin("copying the database in use")
            with _alone(place, current):
                _create(place, new, template=current)
            watch.begin("storing what people entered")
            _restore_entered(place.owner.at(new), file, manifest)
        else:
            watch.begin("restoring")
            _create(place, new, template=place.template)
            place.fit_out(new)
            _restore_whole(place, new, file, manifest)
            watch.begin("checking rows and checksums")
            _check_whole(place.owner.at(new), manifest)
        watch.begin("bringing it to this version, gathering statistics")
        migrate(place.owner.at(new).connect_address())
        if place.rights is not None and not manifest.has_roles and manifest.kind != ENTERED:
            place.rights(new)
        with _connected(place.owner.at(new)) as connection:
            connection.execute("ANALYZE")
        watch.begin("taking the old one's place")
        former = _swap(place, current, new)
    finally:
        with _connected(place.chief) as connection:
            _drop(connection, new)
    for name in FINISHED:
        shutil.rmtree(place.data_dir / name, ignore_errors=True)
    if drop_former:
        with _connected(place.chief) as connection:
            _drop(connection, former)
    seconds = watch.end()
    rows = sum(each.rows for each in manifest.tables.values())
    return Restored(manifest, former, rows, seconds)


class _Watch:
    """Says what is done now, and remembers how long each thing took."""

    def __init__(self, progress: Progress) -> None:
        self._say = progress
        self._since = datetime.now(UTC)
        self._at = ""
        self._took: dict[str, float] = {}

    def begin(self, what: str) -> None:
        self.end()
        self._at = what
        self._say(what)

    def end(self) -> dict[str, float]:
        now = datetime.now(UTC)
        if self._at:
            self._took[self._at] = round((now - self._since).total_seconds(), 1)
        self._since, self._at = now, ""
        return self._took


@contextmanager
def _connected(client: Client) -> Iterator[Connection[Any]]:
    with psycopg.connect(client.connect_address(), options=SESSION, autocommit=True) as connection:
        yield connection


def _check_room(place: Place, manifest: Manifest) -> None:
    if not place.is_private:
        return  # another machine's disk
    free, needed = shutil.disk_usage(place.data_dir).free, int(manifest.database_bytes * ROOM)
    if free < needed:
        raise DiskFull(
            f"the restored database needs about {needed / 1e6:,.0f} MB beside the one in use, and"
            f" {place.data_dir} has {free / 1e6:,.0f} MB free; nothing was begun"
        )


def _check_idle(place: Place, current: str) -> None:
    with _connected(place.chief) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            [current],
        ).fetchone()
    if row is not None and row[0]:
        raise DatabaseBusy(
            f"{row[0]} connections use the database: stop the service first, or say --force, which"
            " cuts them off"
        )


def _create(place: Place, name: str, *, template: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    if place.owner_role is not None:
        statement += sql.SQL(" OWNER {}").format(sql.Identifier(place.owner_role))
    try:
        with _connected(place.chief) as connection:
            if connection.info.server_version >= FILE_COPY_SINCE and template != EMPTY:
                # Files as they are: 3 GB through the write-ahead log would take minutes.
                statement += sql.SQL(" STRATEGY file_copy")
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise RestoreFailed(
            "that user may not make databases; let a superuser run: ALTER ROLE … CREATEDB"
        ) from error


def _drop(connection: Connection[Any], name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    connection.execute(statement.format(sql.Identifier(name)))


def _restore_whole(place: Place, new: str, file: Path, manifest: Manifest) -> None:
    """Let pg_restore make the tables in a new database; a broken foreign key ends it."""
    client = place.owner.at(new)
    listed = client.run("pg_restore", ["--list", str(file)]).splitlines()
    kept = [line for line in listed if not any(words in line for words in NOT_OURS)]
    with _connected(client) as connection:
        row = connection.execute(
            "SELECT to_regrole('bounds_rw'), to_regrole('bounds_ro')"
        ).fetchone()
    has_roles = manifest.has_roles and row is not None and None not in row
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.write("\n".join(kept) + "\n")
        chosen.flush()
        arguments = [
            "--exit-on-error", "--no-owner", f"--jobs={AT_ONCE}", f"--use-list={chosen.name}",
            f"--dbname={client.address}", *([] if has_roles else ["--no-privileges"]), str(file),
        ]  # fmt: skip
        client._replace(environment={**client.environment, "PGOPTIONS": QUICK}).run(
            "pg_restore", arguments
        )


def _check_whole(client: Client, manifest: Manifest) -> None:
    """See that every table holds the rows that it held, and none is missing or over. Raises RestoreFailed."""

    def count(name: str) -> tuple[str, Counted]:
        with _connected(client) as connection:
            return name, count_table(connection, name, manifest.hashed)

    with _connected(client) as connection:
        names = tables_of(connection)
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    # The largest first, so that none is left to be counted alone at the end.
    names.sort(key=lambda name: -manifest.tables[name].rows if name in manifest.tables else 0)
    with ThreadPoolExecutor(AT_ONCE) as counting:
        found = dict(counting.map(count, names))
    faults = [
        Fault(f"the backup had {manifest.tables.get(name)}, the new database has {found.get(name)}", value=name)
        for name in sorted(found.keys() | manifest.tables.keys())
        if found.get(name) != manifest.tables.get(name)
    ]  # fmt: skip
    if row is None or row[0] != manifest.migration:
        faults.append(Fault("its migration is not the one the backup names", value=str(row)))
    if faults:
        raise RestoreFailed(
            "the new database is not what the backup says; nothing was changed", faults
        )


def _restore_entered(client: Client, file: Path, manifest: Manifest) -> None:
    """Put the entered rows of a backup in the place of those of a copy, in one transaction, and check them."""
    with (
        zipfile.ZipFile(file) as archive,
        psycopg.connect(client.connect_address(), options=SESSION) as connection,
    ):
        try:
            forget_entered(connection)
            for table in ENTERED_TABLES:
                if (columns := manifest.columns.get(table.name)) is None:
                    continue  # a table that came after the backup
                staged = stage(connection, table, columns)
                statement = sql.SQL("COPY {} FROM STDIN").format(staged)
                with (
                    connection.cursor() as cursor,
                    archive.open(f"{table.name}.copy") as opened,
                    cursor.copy(statement) as copy,
                ):
                    while chunk := opened.read(1 << 20):
                        copy.write(chunk)
                store_staged(connection, table, columns)
            faults = [
                Fault(f"the backup had {held}, the new database has {found}", value=table.name)
                for table in ENTERED_TABLES
                if (held := manifest.tables.get(table.name)) is not None
                and (found := count_entered(connection, table, manifest.columns[table.name]))
                != held
            ]
            if faults:
                raise RestoreFailed("not every entered row came back; nothing was changed", faults)
            set_counters(connection)
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
            raise BackupUnfit(
                "the entered rows do not fit the imported ones that are here: load first what the backup"
                f" stood on ({' '.join(str(error).split())[:300]})"
            ) from error


@contextmanager
def _alone(place: Place, database: str) -> Iterator[None]:
    """Keep everybody out of a database: its sessions are ended, and none begins until the block is over."""
    name = sql.Identifier(database)
    with _connected(place.chief) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                [database],
            )
            yield
        finally:
            # Renamed meanwhile: then it is opened under its new name.
            with suppress(psycopg.errors.InvalidCatalogName):
                connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


def _swap(place: Place, current: str, new: str) -> str:
    """Give the new database the name of the one in use, and that one a name with the day; gives that name."""
    stamp = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    former = f"{current}_before_{stamp}"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    names = {each: sql.Identifier(each) for each in (current, new, former)}
    with _alone(place, current), _connected(place.chief) as connection:
        connection.execute(rename.format(names[current], names[former]))
        try:
            connection.execute(rename.format(names[new], names[current]))
        except psycopg.Error:
            connection.execute(rename.format(names[former], names[current]))
            raise
        connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(names[former])
        )
    return former
