"""Unpacks a zip that a stranger made, or says which entry is why it will not.

It trusts no size that the archive states: bytes are counted while they are inflated (SAFETY.md C3).
"""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from boundaries.errors import Fault, Refused

MAX_ENTRIES = 100
MAX_INFLATED_BYTES = 500 * 1024 * 1024
MAX_RATIO = 100
# Below this an honest file of repeated bytes may well deflate better than 100 to 1.
RATIO_COUNTS_FROM_BYTES = 1024 * 1024
CHUNK = 1 << 20
NESTED = {".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz", ".tgz", ".zst"}


class UnsafeArchive(Refused):
    """A zip file with an entry that is not unpacked."""

    slug = "unsafe-archive"
    title = "The zip file was refused"


def _refuse(source: Path, entry: str, why: str) -> UnsafeArchive:
    detail = f"the zip file was refused: {why}"
    return UnsafeArchive(detail, [Fault(why, file=source.name, value=entry[:200])])


def _check_name(source: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if "\\" in name or "\x00" in name:
        raise _refuse(source, name, "an entry's name has a backslash or a NUL")
    if name.startswith("/") or ":" in name.split("/")[0]:
        raise _refuse(source, name, "an entry has an absolute path")
    if ".." in PurePosixPath(name).parts:
        raise _refuse(source, name, "an entry points outside the archive (..)")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refuse(source, name, "an entry is a symbolic link")
    if entry.flag_bits & 0x1:
        raise _refuse(source, name, "an entry is encrypted")
    if PurePosixPath(name).suffix.lower() in NESTED:
        raise _refuse(source, name, "an archive lies in the archive")


def unpack(source: Path, folder: Path) -> list[Path]:
    """Unpack the files of a zip, flat, into an empty folder; give their paths.

    Entries keep only the last part of their name, with its stem replaced by one of our own for
    each stem (so that the parts of a shapefile stay together); folders and macOS's `__MACOSX`
    are passed over. Raises UnsafeArchive with the entry's name for: `..`, absolute, backslash,
    symbolic link, encryption, more than 100 entries, more than 500 MB or 100 times the size once
    inflated, an archive in the archive, a damaged archive, two entries of one name.
    """
    written: list[Path] = []
    stems: dict[str, str] = {}
    total = 0
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                why = f"it has {len(entries)} entries; at most {MAX_ENTRIES} are unpacked"
                raise _refuse(source, "", why)
            for entry in entries:
                _check_name(source, entry)
            for entry in entries:
                path = PurePosixPath(entry.filename)
                if entry.is_dir() or "__MACOSX" in path.parts or path.name.startswith("."):
                    continue
                stem = stems.setdefault(str(path.with_suffix("")), f"part{len(stems)}")
                target = folder / f"{stem}{path.suffix.lower()}"
                if target.exists():
                    raise _refuse(source, entry.filename, "two entries have one name")
                total = _inflate(source, archive, entry, target, total)
                written.append(target)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise _refuse(source, "", f"it is damaged or uses an unknown method ({error})") from error
    return written


def _inflate(
    source: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, total: int
) -> int:
    size = 0
    with archive.open(entry) as packed, target.open("xb") as out:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if total + size > MAX_INFLATED_BYTES:
                why = f"it inflates to more than {MAX_INFLATED_BYTES >> 20} MB"
                raise _refuse(source, entry.filename, why)
            if size > max(RATIO_COUNTS_FROM_BYTES, MAX_RATIO * entry.compress_size):
                why = f"an entry inflates to more than {MAX_RATIO} times its size"
                raise _refuse(source, entry.filename, why)
            out.write(chunk)
    return total + size
