"""Alembic's entry: one connection, one lock, one metadata gathered from every room's tables."""

from __future__ import annotations

import time

from alembic import context
from geoalchemy2 import alembic_helpers
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

import boundaries.tables  # noqa: F401  fills the metadata
from app.access import tables as access
from app.agreements import tables as agreements
from app.imports import tables as imports
from app.indicators import tables as indicators
from app.indicators import value_tables as indicator_values
from app.neighbourhoods import tables as neighbourhoods
from app.ogc import tables as features
from app.partnerships import tables as partnerships
from app.priorities import tables as priorities
from app.rasters import tables as rasters
from app.regions import tables as regions
from app.resources import import_tables as resource_imports
from app.resources import tables as resources
from app.sources import tables as sources
from app.statements import tables as statements
from app.strategies import tables as strategies
from boundaries import level_tables as levels
from boundaries import plan_tables as plans
from boundaries import share_tables as shares
from boundaries import tables as geography
from boundaries.database import Base

# Importing a room's tables puts them into the one metadata.
ROOMS = (
    geography, plans, shares, levels, access, agreements, partnerships, indicators, indicator_values, rasters, regions,
    priorities, neighbourhoods, imports, features, resources, resource_imports, sources, statements,
    strategies,
)  # fmt: skip
MIGRATION_LOCK = (
    40_316_001  # any fixed number: two programs that start at once migrate one after the other
)

# Behind a reader of 4 s others stood still 4 s while a migration waited for its lock, and 0.1 s with this.
LOCK_WAIT, PAUSE_S, PATIENCE_S = "100ms", 0.5, 120.0
STATEMENT_S = 1800  # an index over the nation's outlines


def include_object(
    obj: object, name: str | None, kind: str, reflected: bool, compare_to: object
) -> bool:
    """Leave PostGIS's own tables alone."""
    return bool(alembic_helpers.include_object(obj, name, kind, reflected, compare_to))


def run() -> None:
    """Migrate the database whose address the caller put into the configuration's attributes."""
    url: str = context.config.attributes["url"]
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, connect_args={"options": f"-c statement_timeout={STATEMENT_S}s"})
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            migrate_once(engine)
            break
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or time.monotonic() > give_up_at:
                raise
        # Undone as a whole; a moment in which those who were kept waiting go on.
        time.sleep(PAUSE_S)
    engine.dispose()


def migrate_once(engine: Engine) -> None:
    """Migrate in one transaction, which gives up where a reader holds a table: others would wait behind us."""
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            render_item=alembic_helpers.render_item,
            process_revision_directives=alembic_helpers.writer,
            compare_type=True,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            # Only now: one program waits for the other as long as that takes.
            connection.execute(
                text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": LOCK_WAIT}
            )
            context.run_migrations()
        connection.commit()


run()
