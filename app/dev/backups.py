"""Makes backups of the database in use while it goes on serving: of everything, or of what people entered."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, sql

from app.dev.backup_files import (
    AS_RECORDS,
    AS_TEXT,
    ENTERED,
    WHOLE,
    Counted,
    Manifest,
    choose_path,
    digest,
    put_down,
)
from app.dev.client_programs import Client
from app.dev.entered import ENTERED as ENTERED_TABLES
from app.dev.entered import chosen_rows, columns_of, count_entered
from app.version import VERSION
from boundaries.errors import Conflict

# Of gzip: 3 GB in 21 s of one core and 9 % more bytes than at 6, which takes four times as long.
COMPRESSION = 1
READ_ME = """\
-- What people entered. In psql, in the folder where this archive was unpacked, into an empty database of
-- the same version; `bounds db restore` does the same with new numbers and checks.
"""
SESSION = (
    "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c timezone=UTC -c jit=off"
)


class NothingToKeep(Conflict):
    """The database has no tables of Bounds yet."""

    slug = "nothing-to-back-up"
    title = "There is nothing to keep"


class Backup(NamedTuple):
    """A backup that was made: its file and what was written about it."""

    file: Path
    manifest: Manifest


@contextmanager
def one_moment(client: Client, snapshot: str | None = None) -> Iterator[Connection[Any]]:
    """A reading connection that sees one moment of the database, that of another one where `snapshot` names it."""
    with psycopg.connect(client.connect_address(), options=SESSION, autocommit=True) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if snapshot is not None:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        yield connection
        connection.execute("COMMIT")


def make_backup(
    client: Client, given: Path, *, entered_only: bool, progress: Callable[[str], None]
) -> Backup:
    """Write a backup of one moment of the database to a file, or into a folder; nobody is kept waiting.

    Raises BackupThere, NotFound, ProgramFailed, NothingToKeep. A kill leaves `FILE.part` at most.
    """
    began = time.perf_counter()
    kind = ENTERED if entered_only else WHOLE
    file = choose_path(given, kind)
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with one_moment(client) as connection:
            about = _about(connection)
            if entered_only:
                progress("writing what people entered")
                tables, columns = _write_entered(connection, part)
            else:
                progress(f"writing {about['database_bytes'] / 1e6:,.0f} MB")
                tables, columns = _write_whole(client, connection, part), {}
        manifest = Manifest(
            kind=kind, made_at=datetime.now(UTC).isoformat(timespec="seconds"), version=VERSION,
            file_bytes=part.stat().st_size, sha256=digest(part), tables=tables, columns=columns,
            hashed=AS_TEXT if entered_only else AS_RECORDS,
            seconds=round(time.perf_counter() - began, 1), **about,
        )  # fmt: skip
        put_down(part, file, manifest)
    finally:
        part.unlink(missing_ok=True)
    return Backup(file, manifest)


def _about(connection: Connection[Any]) -> dict[str, Any]:
    """What else the words beside a backup say of the database."""
    row = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if row is None or row[0] is None:
        raise NothingToKeep("the database has no tables of Bounds: `bounds db migrate` makes them")
    asked = connection.execute(
        "SELECT (SELECT version_num FROM alembic_version), current_setting('server_version'),"
        " postgis_lib_version(), pg_database_size(current_database()),"
        " to_regrole('bounds_rw') IS NOT NULL AND to_regrole('bounds_ro') IS NOT NULL"
    ).fetchone()
    assert asked is not None, "a row of constants"
    return {
        "migration": asked[0],
        "postgres": asked[1],
        "postgis": asked[2],
        "database_bytes": asked[3],
        "has_roles": asked[4],
        "import_again": files_to_import_again(connection),
    }


def files_to_import_again(connection: Connection[Any]) -> list[str]:
    """Name the files of people's own behind imported rows: a whole backup holds the rows, none holds the files."""
    rows = connection.execute(
        "SELECT 'boundaries ' || source_file FROM releases WHERE NOT demo"
        " AND sha256 NOT IN (SELECT sha256 FROM dataset_loads)"
        " UNION SELECT 'raster ' || source_file FROM rasters WHERE dataset_id = 'upload' ORDER BY 1"
    )
    return [each for (each,) in rows]


def tables_of(connection: Connection[Any]) -> list[str]:
    """Every table of Bounds, by name."""
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'spatial_ref_sys' ORDER BY relname"
    )
    return [name for (name,) in rows]


def count_table(connection: Connection[Any], table: str, hashed: str = AS_RECORDS) -> Counted:
    """Count the rows of a table, with the sum of their hashes: of the values, or of the words they are written as."""
    of_a_row: sql.Composable = sql.SQL("hashtextextended(each::text, 0)")
    if hashed == AS_RECORDS:
        of_a_row = sql.SQL("hash_record(ROW({}))").format(_hashable(connection, table))
    statement = sql.SQL("SELECT count(*), coalesce(sum({}), 0) FROM {} AS each").format(
        of_a_row, sql.Identifier("public", table)
    )
    rows, checksum = connection.execute(statement).fetchone() or (0, 0)
    return Counted(rows, str(checksum))


def _hashable(connection: Connection[Any], table: str) -> sql.Composed:
    """The columns of a table in their order, as words where the database has no hash of the type."""
    columns = connection.execute(
        "SELECT attname, EXISTS (SELECT FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod"
        " WHERE amname = 'hash' AND opcintype = atttypid) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [sql.Identifier("public", table).as_string(connection)],
    )
    return sql.SQL(", ").join(
        sql.SQL("each.{}" if has_hash else "each.{}::text").format(sql.Identifier(name))
        for name, has_hash in columns
    )


def _write_whole(client: Client, connection: Connection[Any], part: Path) -> dict[str, Counted]:
    """Dump the moment that `connection` sees, and count it meanwhile over another connection."""
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None, "a function's answer"
    snapshot = row[0]
    arguments = [
        "--format=custom", f"--compress={COMPRESSION}", f"--snapshot={snapshot}",
        "--lock-wait-timeout=10s", f"--file={part}", f"--dbname={client.address}",
    ]  # fmt: skip
    with ThreadPoolExecutor(1) as beside:
        dumped = beside.submit(client.run, "pg_dump", arguments)
        with one_moment(client, snapshot) as reader:
            counted = {name: count_table(reader, name) for name in tables_of(reader)}
        dumped.result()
    return counted


def _write_entered(
    connection: Connection[Any], part: Path
) -> tuple[dict[str, Counted], dict[str, list[str]]]:
    """Copy the entered rows of each table twice into one archive: for the database, and as NDJSON for anybody."""
    counted: dict[str, Counted] = {}
    columns: dict[str, list[str]] = {}
    script = [READ_ME]
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        for table in ENTERED_TABLES:
            columns[table.name] = columns_of(connection, table.name)
            rows = chosen_rows(table, columns[table.name])
            counted[table.name] = count_entered(connection, table, columns[table.name])
            _copy_into(
                connection,
                sql.SQL("COPY ({}) TO STDOUT").format(rows),
                archive,
                f"{table.name}.copy",
            )
            # Not COPY of text: that would double every backslash of the JSON.
            _lines_into(connection, rows, columns[table.name], archive, f"{table.name}.ndjson")
            named = ", ".join(f'"{name}"' for name in columns[table.name])
            script.append(f"\\copy {table.name} ({named}) from '{table.name}.copy'\n")
        archive.writestr("entered.sql", "".join(script))
    return counted, columns


def _copy_into(
    connection: Connection[Any], statement: sql.Composed, archive: zipfile.ZipFile, name: str
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
        archive.open(name, "w", force_zip64=True) as opened,
    ):
        for chunk in copy:
            opened.write(chunk)


def _lines_into(
    connection: Connection[Any], rows: sql.Composed, columns: list[str], archive: zipfile.ZipFile, name: str
) -> None:  # fmt: skip
    """Write each row as a line of JSON; outlines as EWKT in the National Grid, to their last digit."""
    geometries = {
        column
        for (column,) in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name = %s AND udt_name = 'geometry'",
            [name.removesuffix(".ndjson")],
        )
    }
    shown = sql.SQL(", ").join(
        sql.SQL("ST_AsEWKT({0}) AS {0}" if column in geometries else "{0}").format(sql.Identifier(column))
        for column in columns
    )  # fmt: skip
    statement = sql.SQL(
        "SELECT to_jsonb(line)::text FROM (SELECT {} FROM ({}) AS chosen) AS line"
    ).format(shown, rows)
    with (
        psycopg.ServerCursor(connection, "lines") as cursor,
        archive.open(name, "w", force_zip64=True) as opened,
    ):
        for (line,) in cursor.execute(statement):
            opened.write(line.encode() + b"\n")
