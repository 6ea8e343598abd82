"""Where a restore goes: the private server, whose superuser we are, or a given one, where we are who we are."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from app.dev.client_programs import Client, client_of
from app.dev.private_postgres import OWNER, PrivatePostgres
from app.dev.restoring import Place
from app.dev.role_rights import give_rights
from app.settings import Settings

# Every server has it, and nobody works in it.
MAINTENANCE = "postgres"


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
    """The server that BOUNDS_DATABASE_URL names; its user needs CREATEDB, and PostGIS a superuser or a trusted name."""
    owner = client_of(settings, address)
    return Place(
        owner=owner,
        chief=owner.at(MAINTENANCE),
        owner_role=None,
        fit_out=_extensions(owner),
        rights=None,
        data_dir=settings.data_dir,
        is_private=False,
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
