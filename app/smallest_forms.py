"""Keeps browser files in the smallest forms that readers take; serves none, and believes none of another file.

They lie beside the files of others, made where Bounds is installed (`python -m app.smallest_forms`), so that the
first answer of a process is as small as its last: to make them is a second's work.
"""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import brotli

from app.assets import STATIC, AssetsMissing, manifest


class Coding(NamedTuple):
    """A coding as HTTP names it: how a form ends, how it is made at its smallest, and read."""

    ending: str
    make: Callable[[bytes], bytes]
    read: Callable[[bytes], bytes]


# A tenth fewer bytes than what is compressed for each answer, and thirty times the work. The smaller one first.
CODINGS = {
    "br": Coding(".br", lambda content: brotli.compress(content, quality=11), brotli.decompress),
    "gzip": Coding(".gz", lambda content: gzip.compress(content, 9, mtime=0), gzip.decompress),
}
_UNREADABLE = (OSError, EOFError, zlib.error, brotli.error)


def kept_forms(path: Path, static: Path = STATIC) -> dict[str, bytes]:
    """Read the forms of a file that lie ready, by coding: those alone that are of its content."""
    content = path.read_bytes()
    found: dict[str, bytes] = {}
    for coding, how in CODINGS.items():
        with suppress(*_UNREADABLE):
            form = _place(path, how, static).read_bytes()
            if how.read(form) == content:
                found[coding] = form
    return found


def make_forms(path: Path, static: Path = STATIC) -> dict[str, bytes]:
    """Give all forms of a file: what does not lie ready is made, and laid by where that is allowed."""
    content = path.read_bytes()
    found = kept_forms(path, static)
    for coding in CODINGS.keys() - found.keys():
        how = CODINGS[coding]
        found[coding] = how.make(content)
        with suppress(OSError):
            _lay_by(_place(path, how, static), found[coding])
    return found


def files_of_pages(static: Path = STATIC) -> list[Path]:
    """List the files that pages name. Raises AssetsMissing where those of others are not there."""
    named = (asset.url for asset in manifest(static).values())
    return [static / url.removeprefix("/static/").split("?")[0] for url in named]


def main() -> int:
    """Make what is missing; one line, and exit status 1 where the files themselves are."""
    try:
        files = files_of_pages()
    except AssetsMissing as problem:
        sys.stderr.write(f"error: {problem.detail}\n")
        return 1
    for path in files:
        make_forms(path)
    sys.stdout.write(f"{len(files)} browser files have their smallest forms\n")
    return 0


def _place(path: Path, how: Coding, static: Path) -> Path:
    return static / "vendor" / "small" / (path.name + how.ending)


def _lay_by(place: Path, form: bytes) -> None:
    """Lay a form by, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, delete=False) as file:
        file.write(form)
    Path(file.name).chmod(0o644)
    os.replace(file.name, place)


if __name__ == "__main__":
    sys.exit(main())
