"""Whether a disk has the room for what is about to be stored; says so before anything is begun."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.problems import DiskFull
from app.settings import Settings

# What PostgreSQL may write meanwhile, whatever the file's size: max_wal_size of the private database.
WAL_BYTES = 2 * 1024**3
# A file, its rows, and their indexes.
GROWTH = 3


class DiskShort(DiskFull):
    """The disk has not the room that a load or an import needs; it was not begun."""

    slug = "disk-short"
    title = "Not enough room on the disk"


def check_room(
    folder: Path, input_bytes: int, *, growth: int = GROWTH, free_bytes: int | None = None
) -> None:
    """See that the disk of the private database has room for an input. Raises DiskShort naming both."""
    needed = growth * input_bytes + WAL_BYTES
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free if free_bytes is None else free_bytes
    if free < needed:
        raise DiskShort(
            f"this needs about {needed / 1e9:.1f} GB of room, and the disk of the database has "
            f"{free / 1e9:.1f} GB free; nothing was begun"
        )


def check_import(settings: Settings | None, size: int | Path) -> None:
    """The same for a file, or for so many bytes; of a given database's disk nothing is known here. Raises DiskShort."""
    if settings is None or settings.database_url is not None:
        return
    if isinstance(size, Path):
        size = size.stat().st_size if size.is_file() else 0  # who reads it says that it is missing
    check_room(settings.data_dir, size)
