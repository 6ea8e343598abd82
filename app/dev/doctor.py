"""`bounds doctor`: what this machine has of what Bounds needs, and what to do about the rest."""

from __future__ import annotations

import ctypes.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.dev.cluster_folders import BALLAST_BYTES, MIB
from app.dev.database_choice import open_database
from app.dev.postgres_binaries import find_binaries
from app.settings import PREFIX, Settings
from boundaries.database import make_engine
from boundaries.errors import BoundsError

OLDEST_POSTGIS = (3, 3)
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
        _database(settings),
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
    said = f"{data_dir}, {free // MIB:,} MB free" + ("" if may_write else ", may not be written")
    return Check("data folder", may_write and free > BALLAST_BYTES, said)


def _programs(settings: Settings) -> Check:
    try:
        found = find_binaries(settings.pg_bindir)
    except BoundsError as problem:
        return Check("PostgreSQL", False, problem.detail)
    return Check("PostgreSQL", True, f"{found.major} with PostGIS, {found.bindir}")


def _database(settings: Settings) -> Check:
    kind = "given" if settings.database_url else "private"
    try:
        with open_database(settings) as addresses:
            engine = make_engine(addresses.owner, pool_size=0)
            with engine.connect() as connection:
                server = connection.execute(text("SHOW server_version")).scalar_one()
                postgis = str(connection.execute(text("SELECT postgis_lib_version()")).scalar_one())
    except BoundsError as problem:
        return Check("database", False, problem.detail)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return Check("database", False, f"the {kind} one does not answer as PostGIS: {reason}")
    is_new_enough = tuple(int(part) for part in postgis.split(".")[:2]) >= OLDEST_POSTGIS
    return Check("database", is_new_enough, f"{kind}, PostgreSQL {server}, PostGIS {postgis}")


def _library(name: str, library: str, package: str) -> Check:
    found = ctypes.util.find_library(library)
    return Check(name, found is not None, found or f"missing: apt-get install {package}")


def _mirror(settings: Settings) -> Check:
    if settings.mirror is None:
        return Check("mirror", True, "none: files come from their publishers")
    count = sum(1 for _ in settings.mirror.rglob("*"))
    return Check("mirror", count > 0, f"{settings.mirror}, {count:,} files and folders")
