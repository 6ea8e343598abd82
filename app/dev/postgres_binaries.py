"""Where the PostgreSQL programs are that can serve PostGIS; installs nothing and starts nothing."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import NamedTuple

from boundaries.errors import Unavailable

OLDEST_MAJOR = 14
PROGRAMS = ("initdb", "postgres", "pg_ctl", "psql")
# Debian and Ubuntu, Red Hat, Homebrew on both processors, Postgres.app.
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

HOW_TO_INSTALL = """\
  Debian/Ubuntu : sudo apt-get install -y --no-install-recommends postgresql-postgis     \
(or: ./bounds db install)
  macOS         : brew install postgis        (or Postgres.app, which brings PostGIS)
  Windows       : use WSL 2 with Ubuntu
  any           : export BOUNDS_DATABASE_URL=postgresql://user:password@host:5432/db        \
(PostGIS 3.3 or newer)"""


class PostgresMissing(Unavailable):
    """No PostgreSQL that can serve PostGIS is installed, or not the one a data folder needs."""

    slug = "no-postgis"
    title = "PostGIS is not installed"


class Binaries(NamedTuple):
    """One installed PostgreSQL: the folder of its programs and its major version."""

    bindir: Path
    major: int

    def program(self, name: str) -> str:
        """Give the full path of one of its programs."""
        return str(self.bindir / name)


def find_binaries(
    bindir: Path | None = None,
    *,
    needed_major: int | None = None,
    places: Iterable[str] = USUAL_PLACES,
) -> Binaries:
    """Find the newest PostgreSQL with PostGIS, or the one whose major version is `needed_major`.

    `bindir` (BOUNDS_PG_BINDIR) is looked in alone when given; otherwise `places`, then the folder
    that `pg_config` on the path names. Raises PostgresMissing, saying how to install it.
    """
    looked_in = [str(bindir)] if bindir else [*places, "pg_config --bindir"]
    folders = [bindir] if bindir else _candidate_folders(places)
    found = sorted(
        {each for folder in folders if (each := _inspect(folder))}, key=lambda each: each.major
    )
    if not found:
        raise PostgresMissing(
            "no PostgreSQL with PostGIS was found.\n"
            f"{HOW_TO_INSTALL}\nlooked in: {', '.join(looked_in)}"
        )
    if needed_major is None:
        return found[-1]
    for each in found:
        if each.major == needed_major:
            return each
    installed = ", ".join(str(each.major) for each in found)
    raise PostgresMissing(
        f"the data folder was made by PostgreSQL {needed_major}, but only {installed} is installed;"
        f" install postgresql-{needed_major}-postgis-3 or, with both installed, run `bounds db upgrade`"
    )


def _candidate_folders(places: Iterable[str]) -> Iterator[Path]:
    for pattern in places:
        yield from (Path(name) for name in glob(pattern))
    if (pg_config := shutil.which("pg_config")) and (named := _ask(pg_config, "--bindir")):
        yield Path(named)


@functools.lru_cache(maxsize=32)
def _inspect(bindir: Path) -> Binaries | None:
    """Say what is in a folder, or None where it lacks a program, PostGIS, or is too old.

    Asked once in a process: every question put to psql would start two programs before it.
    """
    if not all((bindir / program).is_file() for program in PROGRAMS):
        return None
    version = re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", _ask(str(bindir / "postgres"), "-V"))
    if version is None or int(version[1]) < OLDEST_MAJOR:
        return None
    major = int(version[1])
    if not any((each / "extension/postgis.control").is_file() for each in _shares(bindir, major)):
        return None
    return Binaries(bindir.resolve(), major)


def _shares(bindir: Path, major: int) -> Iterator[Path]:
    if (bindir / "pg_config").is_file() and (
        named := _ask(str(bindir / "pg_config"), "--sharedir")
    ):
        yield Path(named)
    yield Path(f"/usr/share/postgresql/{major}")
    yield bindir.parent / "share"
    yield bindir.parent / "share/postgresql"


def _ask(program: str, question: str) -> str:
    """Run a program for one line of answer; empty where it cannot run."""
    try:
        answer = subprocess.run(
            [program, question], capture_output=True, text=True, timeout=20, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
