"""Moves a private database to the newest PostgreSQL installed: a backup from the old one, restored into a new one.

The former folder is kept under another name. Refuses where the old version's programs are gone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from app.dev.backups import make_backup
from app.dev.client_programs import client_of
from app.dev.database_choice import private_postgres
from app.dev.postgres_binaries import PostgresMissing, find_binaries
from app.dev.private_postgres import PrivatePostgres, StillInUse
from app.dev.restore_places import private_place
from app.dev.restoring import restore
from app.settings import Settings
from boundaries.errors import NotFound


class Upgraded(NamedTuple):
    """Which version the private database had and has, and where its former folder is; None where it stayed."""

    old_major: int
    new_major: int
    former: Path | None


def upgrade(
    settings: Settings, progress: Callable[[str], None], *, again: bool = False
) -> Upgraded:
    """Move the private database into a cluster of the newest installed version; `again` also into one of its own.

    Raises NotFound, PostgresMissing, StillInUse, and what a backup and a restore raise. Until the folders
    are exchanged, at the end, the old one is only read.
    """
    old = private_postgres(settings)
    had = old.status().postgres_major
    if had is None:
        raise NotFound(f"there is no private database in {old.home}: `bounds db start` makes one")
    newest = find_binaries(settings.pg_bindir)
    if newest.major == had and not again:
        return Upgraded(had, had, None)
    try:
        programs = find_binaries(needed_major=had)
    except PostgresMissing as problem:
        raise PostgresMissing(
            f"{problem.detail}; only the old programs can read {old.home}. Without them, move it away"
            " and run `bounds db restore` with the last backup"
        ) from problem
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = settings.data_dir / f"upgrade-{stamp}"
    folder.mkdir(mode=0o700)
    made = PrivatePostgres(
        settings.data_dir / f"postgres-{stamp}",
        bindir=newest.bindir,
        runtime_dir=settings.runtime_dir,
    )
    reading = PrivatePostgres(old.home, bindir=programs.bindir, runtime_dir=settings.runtime_dir)
    try:
        address = reading.ensure_running()
        progress(f"PostgreSQL {had} gives a backup")
        backup = make_backup(
            client_of(settings, address), folder, entered_only=False, progress=progress
        )
        reading.release()
        if reading.status().is_running:
            raise StillInUse("another process uses the private database; end it, then upgrade")
        made.ensure_running()
        restore(private_place(settings, made), backup.file, progress, drop_former=True)
        made.release()
        former = settings.data_dir / f"postgres-{had}-before-{stamp}"
        old.home.rename(former)
        made.home.rename(old.home)
    finally:
        reading.release()
        made.release()
        if made.home.exists():
            shutil.rmtree(made.home)
        shutil.rmtree(folder, ignore_errors=True)
    return Upgraded(had, newest.major, former)
