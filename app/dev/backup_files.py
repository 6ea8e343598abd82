"""What a backup is on disk: the file, and beside it FILE.json that says what is in it; both whole, or it is none.

Refuses a file that is cut short, changed, of a newer Bounds, or no backup of Bounds at all.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from boundaries.errors import Conflict, Fault, NotFound, Refused

FORMAT = 2
# Backups of the first format say nothing of how their rows were hashed: as text, which takes four times as long.
FORMATS = (1, FORMAT)
AS_TEXT, AS_RECORDS = "text", "record"
WHOLE, ENTERED = "whole", "entered"
SUFFIX = {WHOLE: ".dump", ENTERED: ".zip"}
MAGIC = {WHOLE: b"PGDMP", ENTERED: b"PK\x03\x04"}
OF_OURS = re.compile(r"bounds-(whole|entered)-\d{8}T\d{6}Z\.(dump|zip)")


class BackupUnfit(Refused):
    """The file is not a backup of Bounds, was changed or cut short, or was made by a newer version."""

    slug = "backup-unfit"
    title = "That is no backup to restore from"


class BackupThere(Conflict):
    """A file of that name exists, and a backup never writes over another."""

    slug = "backup-exists"
    title = "That file exists"


@dataclass(frozen=True)
class Counted:
    """How many rows a table has, and the sum of their hashes: the same rows in any order give the same."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Manifest:
    """What FILE.json says of FILE."""

    kind: str
    made_at: str
    version: str
    migration: str
    postgres: str
    postgis: str
    database_bytes: int
    has_roles: bool
    file_bytes: int
    sha256: str
    tables: dict[str, Counted]
    columns: dict[str, list[str]]
    import_again: list[str]
    seconds: float
    hashed: str = AS_TEXT

    def written(self) -> bytes:
        """The text of FILE.json."""
        told = {"bounds_backup": FORMAT, **dataclasses.asdict(self)}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def manifest_path(file: Path) -> Path:
    """Where the words about a backup stand."""
    return file.with_name(f"{file.name}.json")


def choose_path(given: Path, kind: str, now: datetime | None = None) -> Path:
    """Say which file a backup becomes: the one given, or in a folder one named by the moment. Raises BackupThere."""
    file = given
    if given.is_dir():
        moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        file = given / f"bounds-{kind}-{moment}{SUFFIX[kind]}"
    if not file.parent.is_dir():
        raise NotFound(f"there is no folder {file.parent}")
    for each in (file, manifest_path(file)):
        if each.exists():
            raise BackupThere(
                f"{each} exists: name another file, or a folder to name it by the time"
            )
    return file


def digest(file: Path) -> str:
    """The checksum of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def put_down(part: Path, file: Path, manifest: Manifest) -> None:
    """Give a finished backup its name, the words about it last: a kill leaves a whole one or none."""
    _sync(part)
    part.replace(file)
    beside = manifest_path(file)
    half = beside.with_name(f".{beside.name}.part")
    half.write_bytes(manifest.written())
    half.chmod(0o600)
    _sync(half)
    half.replace(beside)
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(file: Path) -> Manifest:
    """Read what FILE.json says, without looking into FILE. Raises NotFound, BackupUnfit."""
    if not file.is_file():
        raise NotFound(f"there is no file {file}")
    beside = manifest_path(file)
    try:
        told: Any = orjson.loads(beside.read_bytes())
        if told.pop("bounds_backup") not in FORMATS:
            raise _unfit(file, f"{beside.name} is of another kind of backup")
        tables = {str(name): Counted(**each) for name, each in told.pop("tables").items()}
        manifest = Manifest(tables=tables, **told)
    except FileNotFoundError:
        raise _unfit(file, f"{beside.name}, which a backup has beside it, is not there") from None
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unfit(file, f"{beside.name} is not what a backup has beside it") from error
    if manifest.kind not in SUFFIX or manifest.hashed not in (AS_TEXT, AS_RECORDS):
        raise _unfit(file, f"{beside.name} names no kind of backup known here")
    return manifest


def check_file(file: Path, newest: str) -> Manifest:
    """See that a backup is whole, unchanged, and of this version or an older one. Raises NotFound, BackupUnfit."""
    manifest = read_manifest(file)
    with file.open("rb") as opened:
        if not opened.read(8).startswith(MAGIC[manifest.kind]):
            raise _unfit(file, "it is no archive of PostgreSQL's and none of entered rows")
    if (size := file.stat().st_size) != manifest.file_bytes:
        raise _unfit(
            file, f"it has {size:,} bytes and had {manifest.file_bytes:,} when it was made"
        )
    if digest(file) != manifest.sha256:
        raise _unfit(file, "its checksum is not the one it had when it was made")
    if manifest.migration > newest:
        raise _unfit(
            file,
            f"it is of a newer Bounds (migration {manifest.migration}; this one has {newest}):"
            " restore it with that version",
        )
    return manifest


def _unfit(file: Path, rule: str) -> BackupUnfit:
    return BackupUnfit(f"{file}: {rule}", [Fault(rule, file=file.name)])


def list_backups(folder: Path) -> list[tuple[Path, Manifest]]:
    """The whole backups of a folder that were named by their time, oldest first."""
    found = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if OF_OURS.fullmatch(file.name) and file.is_file():
            try:
                found.append((file, read_manifest(file)))
            except BackupUnfit:
                continue
    return sorted(found, key=lambda each: each[1].made_at)


def remove_older(folder: Path, kind: str, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups of one kind that Bounds named; touches no other file."""
    mine = [file for file, manifest in list_backups(folder) if manifest.kind == kind]
    gone = mine[: max(0, len(mine) - keep)]
    for file in gone:
        # First the words: what is left half removed is no backup any more.
        manifest_path(file).unlink()
        file.unlink()
    return gone
