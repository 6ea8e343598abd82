"""`bounds doctor`: what this machine has of what Bounds needs, and what to do about the rest."""

from __future__ import annotations

import ctypes.util
import json
import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.dev.backup_files import WHOLE, list_backups
from app.dev.cluster_folders import BALLAST_BYTES, MIB
from app.dev.database_choice import open_database
from app.dev.postgres_binaries import OLDEST_MAJOR, find_binaries
from app.dev.postgres_conf import memory_bytes
from app.lacks import find_lacks
from app.operations import newest_migration
from app.sessions import applied_migration, reading, serves_on
from app.settings import PREFIX, Settings
from boundaries.database import make_engine
from boundaries.errors import BoundsError

OLDEST_POSTGIS = (3, 3)
MOST_SKEW_S = 5.0
LEAST_MEMORY_MB = 2000
# A nightly one, and half a day to notice that it failed.
OLDEST_BACKUP_H = 36
_NOW = text("SELECT extract(epoch FROM clock_timestamp())")
# Read by the ./bounds script, not by the program.
SCRIPT_VARIABLES = {"BOUNDS_YES", "BOUNDS_PYTHON", "BOUNDS_VENV"}
# An outer GDAL's or PROJ's data files mislead the copies that the Python packages bring.
POISONS = ("GDAL_DATA", "PROJ_LIB", "PROJ_DATA")

doctor_app = typer.Typer(help="Check this machine (no command), or a file of yours.")


class Check(NamedTuple):
    """One thing looked at: its name, whether it is well, and what was seen or what to do."""

    name: str
    is_well: bool
    detail: str


def check_machine(settings: Settings, environ: Mapping[str, str]) -> list[Check]:
    """Look at Python, the settings, the disk, the database, printing and the browser files."""
    return [
        _python(),
        _variables(settings, environ),
        _disk(settings.data_dir),
        *([] if settings.database_url else [_programs(settings)]),
        *_database_checks(settings),
        _memory(),
        _backups(settings),
        _library("Pango, for PDF", "pango-1.0", "libpango-1.0-0"),
        _library("Pango for fonts, for PDF", "pangoft2-1.0", "libpangoft2-1.0-0"),
        _mirror(settings),
    ]


@doctor_app.callback(invoke_without_command=True)
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Check this machine; exit 1 where something is not well."""
    if context.invoked_subcommand is not None:
        return
    checks = check_machine(context.obj.settings, os.environ)
    if as_json:
        typer.echo(json.dumps([check._asdict() for check in checks]))
    else:
        for check in checks:
            typer.echo(f"{'ok ' if check.is_well else 'BAD'}  {check.name}: {check.detail}")
    if not all(check.is_well for check in checks):
        raise typer.Exit(1)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= (3, 11), f"{version}, {sys.executable}")


def _variables(settings: Settings, environ: Mapping[str, str]) -> Check:
    known = {row.name for row in settings.rows()} | SCRIPT_VARIABLES
    odd = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    odd += [name for name in POISONS if name in environ]
    if odd:
        return Check("settings", False, f"unset these, Bounds does not know them: {', '.join(odd)}")
    return Check("settings", True, "every BOUNDS_ variable is a known one")


def _disk(data_dir: Path) -> Check:
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    may_write = os.access(existing, os.W_OK | os.X_OK)
    is_open = bool(data_dir.exists() and data_dir.stat().st_mode & stat.S_IWOTH)
    said = f"{data_dir}, {free // MIB:,} MB free" + ("" if may_write else ", may not be written")
    said += ", may be written by everybody: chmod o-w" if is_open else ""
    return Check("data folder", may_write and not is_open and free > BALLAST_BYTES, said)


def _programs(settings: Settings) -> Check:
    try:
        found = find_binaries(settings.pg_bindir)
    except BoundsError as problem:
        return Check("PostgreSQL", False, problem.detail)
    return Check("PostgreSQL", True, f"{found.major} with PostGIS, {found.bindir}")


def _database_checks(settings: Settings) -> list[Check]:
    """The database and its versions, and where it answers its tables, its clock, and what is missing or stale."""
    kind = "given" if settings.database_url else "private"
    try:
        with open_database(settings) as addresses:
            engine = make_engine(addresses.owner, pool_size=0)
            with engine.connect() as connection:
                server = str(connection.execute(text("SHOW server_version")).scalar_one())
                postgis = str(connection.execute(text("SELECT postgis_lib_version()")).scalar_one())
                now = float(connection.execute(_NOW).scalar_one())
            skew_s = abs(now - time.time())
            is_new = _numbers(postgis) >= OLDEST_POSTGIS and _numbers(server)[0] >= OLDEST_MAJOR
            told = f"{kind}, PostgreSQL {server}, PostGIS {postgis} (14 and 3.3 or newer)"
            clock = f"the database's and this machine's differ by {skew_s:.1f} s"
            return [
                Check("database", is_new, told),
                Check("clock", skew_s < MOST_SKEW_S, clock),
                *_contents(engine, settings.data_dir),
            ]
    except BoundsError as problem:
        return [Check("database", False, problem.detail)]
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return [Check("database", False, f"the {kind} one does not answer as PostGIS: {reason}")]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _contents(engine: Engine, data_dir: Path) -> list[Check]:
    """The tables' version, and each thing that is missing or stale; a rehearsal leaves nothing to mend."""
    applied, newest = applied_migration(engine), newest_migration()
    if not serves_on(applied, newest):
        said = f"at migration {applied}, this version at {newest}: `bounds db migrate`"
        return [Check("tables", False, said)]
    whose = "this" if applied == newest else "a newer"
    with reading(engine) as session:
        lacks = find_lacks(session, data_dir)
    return [
        Check("tables", True, f"those of {whose} version, migration {applied}"),
        # What was never loaded is no fault of the machine.
        *(
            Check(lack.name, lack.kind == "missing", f"{lack.kind}: {lack.detail}")
            for lack in lacks
        ),
    ]


def _memory() -> Check:
    megabytes = memory_bytes() // MIB
    return Check("memory", megabytes >= LEAST_MEMORY_MB, f"{megabytes:,} MB (2,000 or more)")


def _backups(settings: Settings) -> Check:
    folder = settings.backup_dir
    if folder is None:
        return Check(
            "backups", True, "no folder is named: BOUNDS_BACKUP_DIR, `bounds db backup FOLDER`"
        )
    whole = [manifest for _, manifest in list_backups(folder) if manifest.kind == WHOLE]
    if not whole:
        return Check("backups", False, f"none of everything in {folder}")
    age = datetime.now(UTC) - datetime.fromisoformat(whole[-1].made_at)
    hours = age.total_seconds() / 3600
    said = f"the newest of {len(whole)} is {hours:.0f} hours old, of {whole[-1].file_bytes / 1e6:,.0f} MB"
    return Check("backups", hours <= OLDEST_BACKUP_H, said)


def _library(name: str, library: str, package: str) -> Check:
    found = ctypes.util.find_library(library)
    return Check(name, found is not None, found or f"missing: apt-get install {package}")


def _mirror(settings: Settings) -> Check:
    if settings.mirror is None:
        return Check("mirror", True, "none: files come from their publishers")
    count = sum(1 for _ in settings.mirror.rglob("*"))
    return Check("mirror", count > 0, f"{settings.mirror}, {count:,} files and folders")
