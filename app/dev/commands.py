"""`bounds db …` for the private database; backup and migration commands are added by the root."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from app.dev.client_programs import for_libpq, without_password
from app.dev.cluster_folders import MIB
from app.dev.database_choice import check_given, open_database, private_postgres
from app.dev.postgres_binaries import find_binaries
from app.dev.postgres_conf import READER
from app.dev.private_postgres import OWNER
from app.operations import newest_migration
from app.sessions import applied_migration, serves_on
from app.settings import Settings
from boundaries.database import make_engine, migrate
from boundaries.errors import Conflict, NotFound

db_app = typer.Typer(
    no_args_is_help=True,
    help="The database: the private PostGIS of this machine, or the one BOUNDS_DATABASE_URL names.",
)

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


class GivenDatabase(Conflict):
    """The command is for the private database, and another one is in use."""

    slug = "given-database"
    title = "Another database is in use"


def _settings(context: typer.Context) -> Settings:
    settings: Settings = context.obj.settings
    return settings


def _refuse_given(settings: Settings, verb: str) -> None:
    if settings.database_url is not None:
        raise GivenDatabase(
            f"BOUNDS_DATABASE_URL is set, so the private database is not used: unset it to {verb} it"
        )


@db_app.command()
def start(
    context: typer.Context,
    keep: Annotated[
        bool, typer.Option(help="Leave it running until `bounds db stop`, or until Ctrl-C.")
    ] = True,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="Give back the laid-by room of a full disk first.")
    ] = False,
) -> None:
    """Start the private database; `--no-keep` stays in the foreground and stops it at Ctrl-C."""
    settings = _settings(context)
    _refuse_given(settings, "start")
    server = private_postgres(settings)
    if emergency:
        server.free_space_for_recovery()
    with open_database(settings):
        if keep:
            server.keep_running()
        status = server.status()
        typer.echo(f"running: PostgreSQL {status.postgres_major}, pid {status.pid}, {server.home}")
        if not keep:
            typer.echo("Ctrl-C stops it.", err=True)
            signal.pause()


@db_app.command()
def stop(
    context: typer.Context,
    force: Annotated[
        bool, typer.Option("--force", help="Even where another process is using it.")
    ] = False,
) -> None:
    """Stop the private database."""
    settings = _settings(context)
    _refuse_given(settings, "stop")
    stopped = private_postgres(settings).stop(force=force)
    typer.echo("stopped" if stopped else "it was not running")


@db_app.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """Say which database is in use and whether it runs."""
    settings = _settings(context)
    told: dict[str, object]
    if settings.database_url is not None:
        told = {"kind": "given", "url": without_password(settings.database_url)}
    else:
        seen = private_postgres(settings).status()
        told = {
            "kind": "private",
            "running": seen.is_running,
            "home": str(seen.home),
            "pid": seen.pid,
            "socket_dir": str(seen.socket_dir) if seen.socket_dir else None,
            "postgres": seen.postgres_major,
            "kept": seen.is_kept,
            "free_disk_mb": _free_mb(seen.home),
        }
    if as_json:
        typer.echo(json.dumps(told))
        return
    words = {"True": "yes", "False": "no", "None": "-"}
    for name, value in told.items():
        typer.echo(f"{name.replace('_', ' '):<12} {words.get(str(value), value)}")


@db_app.command()
def url(
    context: typer.Context,
    read_only: Annotated[
        bool,
        typer.Option(
            "--read-only",
            help="For QGIS and notebooks: reads the views of schema gis (docs/gis.md).",
        ),
    ] = False,
) -> None:
    """Print the address for other programs; of a given database without its password."""
    settings = _settings(context)
    if settings.database_url is not None:
        address = without_password(settings.database_url)
        if read_only:
            address = _reading_only(address)
            typer.echo(
                "the same user as BOUNDS_DATABASE_URL: this address only starts every transaction"
                " read-only; the server's operator can make a user with rights on schema gis alone",
                err=True,
            )
        typer.echo(address)
        return
    role = READER if read_only else OWNER
    address = private_postgres(settings).url(role)
    if read_only and not private_postgres(settings).status().is_kept:
        typer.echo(
            "it answers while Bounds runs; `bounds db start` keeps the database running", err=True
        )
    typer.echo(address.replace("postgresql+psycopg://", "postgresql://", 1))


@db_app.command("migrate")
def migrate_database(context: typer.Context) -> None:
    """Bring the database in use to the tables of this version; those of a newer one are left as they are."""
    settings = _settings(context)
    with open_database(settings) as addresses:
        if settings.database_url is not None:
            check_given(addresses.owner)
        newest = newest_migration()
        applied = applied_migration(make_engine(addresses.owner, pool_size=0))
        if applied != newest and serves_on(applied, newest):
            typer.echo(
                f"the tables are those of a newer version (migration {applied}); this one serves on them"
            )
            return
        migrate(addresses.owner)
    typer.echo("the tables are those of this version")


@db_app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database in use; further arguments go to psql."""
    settings = _settings(context)
    with open_database(settings) as addresses:
        parts = make_url(addresses.owner)
        program = shutil.which("psql")
        if settings.database_url is None:
            program = find_binaries(settings.pg_bindir).program("psql")
        if program is None:
            raise NotFound("psql is not installed: apt-get install postgresql-client")
        # The password goes by the environment: anybody may read a command line.
        password = parts.password or parts.query.get("password")
        environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
        command = [program, without_password(addresses.owner), *context.args]
        code = subprocess.call(command, env=environment)
    raise typer.Exit(code)


@db_app.command()
def install(context: typer.Context) -> None:
    """Install PostGIS where it is missing (Debian, Ubuntu), and say what is here."""
    # `./bounds db install` has installed it by the time this runs; what is left is to look.
    found = find_binaries(_settings(context).pg_bindir)
    typer.echo(f"PostgreSQL {found.major} with PostGIS: {found.bindir}")


def _reading_only(address: str) -> str:
    """Let every transaction at an address begin read-only; options that it has already stay."""
    parts = make_url(address)
    held = parts.query.get("options", ())
    options = [*([held] if isinstance(held, str) else held), "-c default_transaction_read_only=on"]
    return for_libpq(parts.update_query_dict({"options": " ".join(options)}))


def _free_mb(home: Path) -> int:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    return shutil.disk_usage(existing).free // MIB
