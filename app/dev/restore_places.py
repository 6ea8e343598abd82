"""Where a restore goes: the private server, whose superuser we are, or a given one, where we are who we are."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from app.dev.client_programs import Client, client_of
from app.dev.private_postgres import OWNER, PrivatePostgres
from app.dev.restoring import EMPTY, Place, RestoreFailed
from app.dev.role_rights import give_rights
from app.settings import Settings

# Every server has it, and nobody works in it.
MAINTENANCE = "postgres"
# As images of PostGIS call it.
WITH_POSTGIS = "template_postgis"
NEEDS_TEMPLATE = (
    "that user may not bring PostGIS into a new database; let a superuser run once: CREATE DATABASE template_postgis"
    " IS_TEMPLATE true; and in that database: CREATE EXTENSION postgis; CREATE EXTENSION pg_trgm"
)
_MAY_MAKE = """
SELECT rolsuper OR EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'postgis' AND trusted),
       EXISTS (SELECT FROM pg_database WHERE datname = %s AND datistemplate)
  FROM pg_roles WHERE rolname = current_user
"""


def private_place(settings: Settings, server: PrivatePostgres) -> Place:
    """The running private server."""
    return Place(
        owner=client_of(settings, server.url()),
        chief=client_of(settings, server.url("postgres", MAINTENANCE)),
        owner_role=OWNER,
        fit_out=lambda database: server.fit_out(database, bare=True),
        rights=lambda database: give_rights(server, database),
        data_dir=settings.data_dir,
        is_private=True,
    )


def given_place(settings: Settings, address: str) -> Place:
    """The server that BOUNDS_DATABASE_URL names, whose user needs CREATEDB.

    PostGIS comes by a superuser, or else with the template that one made. Raises RestoreFailed without either.
    """
    owner = client_of(settings, address)
    with psycopg.connect(owner.connect_address(), autocommit=True) as connection:
        row = connection.execute(_MAY_MAKE, [WITH_POSTGIS]).fetchone()
    may_bring, has_template = row or (False, False)
    if not may_bring and not has_template:
        raise RestoreFailed(NEEDS_TEMPLATE)
    return Place(
        owner=owner,
        chief=owner.at(MAINTENANCE),
        owner_role=None,
        fit_out=_extensions(owner) if may_bring else lambda _database: None,
        rights=None,
        data_dir=settings.data_dir,
        is_private=False,
        template=EMPTY if may_bring else WITH_POSTGIS,
    )


def _extensions(owner: Client) -> Callable[[str], None]:
    def fit_out(database: str) -> None:
        with psycopg.connect(owner.at(database).connect_address(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            if connection.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
            ).fetchone():
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")

    return fit_out
