"""`bounds db backup`, `restore`, `upgrade` and `tidy`: what each did is said in a few lines, or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.dev.backup_files import ENTERED, Manifest, remove_older
from app.dev.backups import make_backup
from app.dev.client_programs import client_of
from app.dev.database_choice import check_given, open_database, private_postgres
from app.dev.restore_places import given_place, private_place
from app.dev.restoring import restore
from app.dev.tidying import tidy
from app.dev.upgrading import upgrade
from app.settings import Settings
from boundaries.errors import Invalid

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def _say(line: str) -> None:
    typer.echo(line, err=True)


def backup_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a new file, or a folder to name it by the time")],
    entered_only: Annotated[
        bool,
        typer.Option(
            "--entered-only",
            help="Only what people entered and nobody can import again: seconds, and NDJSON inside.",
        ),
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="In a folder: remove all but the newest so many of this kind."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a backup of one moment, while the service goes on; FILE.json beside it says what is in it."""
    settings: Settings = context.obj.settings
    if keep is not None and not file.is_dir():
        raise Invalid("--keep counts the backups of a folder: give a folder, not a file")
    with open_database(settings) as addresses:
        if settings.database_url is not None:
            check_given(addresses.owner)
        made = make_backup(
            client_of(settings, addresses.owner), file, entered_only=entered_only, progress=_say
        )
    removed = [] if keep is None else remove_older(file, made.manifest.kind, keep)
    manifest = made.manifest
    speed = manifest.database_bytes / 1e6 / max(manifest.seconds, 0.1)
    if as_json:
        told = {
            "file": str(made.file), "kind": manifest.kind, "bytes": manifest.file_bytes, "seconds": manifest.seconds,
            "rows": _rows(manifest), "import_again": manifest.import_again,
            "removed": [str(each) for each in removed],
        }  # fmt: skip
        typer.echo(json.dumps(told))
        return
    typer.echo(f"{made.file}: {_rows(manifest):,} rows, {manifest.file_bytes / 1e6:,.1f} MB")
    if manifest.kind == ENTERED:
        typer.echo("not in it, for they can be imported again: all published files (`bounds load`)")
    else:
        typer.echo(f"{manifest.seconds} s, {speed:.0f} MB of database a second")
    for each in manifest.import_again:
        typer.echo(f"keep the file yourself: {each}")
    for gone in removed:
        typer.echo(f"removed: {gone}")


def restore_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a backup; FILE.json is beside it")],
    force: Annotated[
        bool, typer.Option("--force", help="Cut off who uses the database just now.")
    ] = False,
    drop_former: Annotated[
        bool, typer.Option("--drop-former", help="Do not keep the database that was in use.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Restore a backup into a new database, check it, and let it take the place of the one in use.

    A backup of what people entered is laid over the imported rows that are here.
    """
    settings: Settings = context.obj.settings
    with open_database(settings) as addresses:
        if settings.database_url is not None:
            place = given_place(settings, addresses.owner)
        else:
            place = private_place(settings, private_postgres(settings))
        done = restore(place, file, _say, force=force, drop_former=drop_former)
    if as_json:
        told = {
            "made_at": done.manifest.made_at, "kind": done.manifest.kind, "rows": done.rows,
            "former": None if drop_former else done.former, "seconds": done.seconds,
            "import_again": done.manifest.import_again,
        }  # fmt: skip
        typer.echo(json.dumps(told))
        return
    took = sum(done.seconds.values())
    typer.echo(f"restored: {done.rows:,} rows of {done.manifest.made_at}, in {took:.0f} s")
    if not drop_former:
        typer.echo(f"the former database is kept as {done.former}; when all is well:")
        typer.echo(f"  bounds db psql -c 'DROP DATABASE \"{done.former}\"'")
    if done.manifest.kind == ENTERED:
        typer.echo("what was imported is what was here; `bounds load` brings what is missing")
    typer.echo(
        "files of rasters are no part of a backup: `bounds doctor` says which are missing, and what brings each"
    )


def upgrade_command(context: typer.Context) -> None:
    """Move the private database to the newest PostgreSQL installed: a backup, and a restore beside it."""
    settings: Settings = context.obj.settings
    if settings.database_url is not None:
        raise Invalid("BOUNDS_DATABASE_URL is set: its operator upgrades that server")
    done = upgrade(settings, _say)
    if done.former is None:
        typer.echo(f"nothing to do: PostgreSQL {done.old_major} is the newest installed")
        return
    typer.echo(f"moved from PostgreSQL {done.old_major} to {done.new_major}")
    typer.echo(f"the former folder is kept: {done.former}; remove it when all is well")


def tidy_command(
    context: typer.Context,
    audit_days: Annotated[
        int | None,
        typer.Option("--audit-days", min=30, help="Forget also what the trail says of older days."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: Json = False,
) -> None:
    """Forget ended imports and their files, sessions, kept answers and old logs, by age (BOUNDS_KEEP_DAYS)."""
    settings: Settings = context.obj.settings
    done = tidy(context.obj(), settings, audit_days=audit_days, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(done._asdict()))
        return
    for kind, number in done.forgotten.items():
        typer.echo(f"{kind:<28} {number:>8,} {'would be forgotten' if dry_run else 'forgotten'}")
    for name in done.former:
        typer.echo(f"a former database, which a restore left, is still here: {name}")


def _rows(manifest: Manifest) -> int:
    return sum(each.rows for each in manifest.tables.values())


def add_backup_commands(group: typer.Typer) -> None:
    """Put them into `bounds db`."""
    group.command("backup")(backup_command)
    group.command("restore")(restore_command)
    group.command("upgrade")(upgrade_command)
    group.command("tidy")(tidy_command)
