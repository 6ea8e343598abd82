"""Runs PostgreSQL's own programs against the database in use; shows no password to who lists processes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import URL, make_url

from app.dev.postgres_binaries import PostgresMissing, find_binaries
from app.dev.postgres_processes import PLAIN_ENVIRONMENT
from app.settings import Settings
from boundaries.errors import Unavailable

LAST_LINES = 5


class ProgramFailed(Unavailable):
    """A program of PostgreSQL's (pg_dump, pg_restore) ended with an error; its last lines are told."""

    slug = "postgres-program-failed"
    title = "PostgreSQL's program failed"


class Client(NamedTuple):
    """Where a database is and how its programs are called: an address without a password, and their environment."""

    address: str
    environment: dict[str, str]
    folder: str | None

    def at(self, database: str) -> Client:
        """The same server's other database."""
        moved = make_url(self.address)._replace(database=database)
        return self._replace(address=for_libpq(moved))

    def connect_address(self) -> str:
        """The address with its password, for a connection of this process."""
        password = self.environment.get("PGPASSWORD")
        if password is None:
            return self.address
        return for_libpq(make_url(self.address).update_query_dict({"password": password}))

    def run(self, program: str, arguments: Sequence[str]) -> str:
        """Run one program to its end; gives what it printed. Raises ProgramFailed, PostgresMissing."""
        path = f"{self.folder}/{program}" if self.folder else shutil.which(program)
        if path is None or not os.access(path, os.X_OK):
            raise PostgresMissing(f"{program} is not installed: apt-get install postgresql-client")
        done = subprocess.run(
            [path, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", check=False,
        )  # fmt: skip
        if done.returncode != 0:
            said = "\n".join(done.stderr.strip().splitlines()[-LAST_LINES:])
            raise ProgramFailed(f"{program} failed: {said or done.returncode}")
        return done.stdout


def client_of(settings: Settings, address: str) -> Client:
    """Say how PostgreSQL's programs reach the database at `address`: the private server's own, or the newest."""
    parts = make_url(address)
    password = parts.password or parts.query.get("password")
    environment = dict(PLAIN_ENVIRONMENT if settings.database_url is None else os.environ)
    if password:
        environment["PGPASSWORD"] = str(password)
    try:
        folder = str(find_binaries(settings.pg_bindir).bindir)
    except PostgresMissing:
        folder = None  # a machine that only has the client programs
    return Client(without_password(address), environment, folder)


def without_password(address: str) -> str:
    """The address for libpq, its password left out."""
    # URL.set() takes None for "leave as it is", so the field is replaced.
    parts = make_url(address)._replace(password=None)
    return for_libpq(parts.difference_update_query(["password", "sslpassword"]))


def for_libpq(parts: URL) -> str:
    """Write an address as libpq reads it."""
    # libpq reads %20 as a space and leaves + as it is; SQLAlchemy writes a space as +.
    before, mark, query = parts.set(drivername="postgresql").render_as_string().partition("?")
    return before + mark + query.replace("+", "%20")
