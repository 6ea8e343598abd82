"""Engines of tests: they keep their connections, as the service does, and close them when nobody holds them."""

from __future__ import annotations

import weakref

from sqlalchemy import Engine

from boundaries.database import make_engine


def open_engine(url: str, *, statement_timeout_s: float = 15.0) -> Engine:
    """Open an engine that needs no closing: its connections end with it.

    A server process that has just begun reads the catalogue anew before it plans anything. Over all the
    tables that takes longer than what most tests ask of it, so one is kept for the next question.
    """
    engine = make_engine(url, pool_size=5, statement_timeout_s=statement_timeout_s)
    weakref.finalize(engine, engine.pool.dispose)
    return engine
