"""Engines of tests: they keep their connections, as the service does, and close them when nobody holds them."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict

from sqlalchemy import Engine, Pool, event

from boundaries.database import make_engine

# Engines of a worker whose connections stay open. A private server takes sixty of all workers together.
MOST_OPEN = 6
_open: OrderedDict[int, weakref.ref[Pool]] = OrderedDict()
_lock = threading.Lock()


def open_engine(url: str, *, statement_timeout_s: float = 15.0) -> Engine:
    """Open an engine that needs no closing: its connections end with it, or when others were used since.

    A server process that has just begun reads the catalogue anew before it plans anything. Over all the
    tables that takes longer than what most tests ask of it, so one is kept for the next question.
    """
    engine = make_engine(url, pool_size=5, statement_timeout_s=statement_timeout_s)
    weakref.finalize(engine, engine.pool.dispose)
    number, pool = id(engine.pool), weakref.ref(engine.pool)

    def used(*_: object) -> None:
        """Close what the engine unused for longest keeps, where this is one too many."""
        with _lock:
            _open[number] = pool
            _open.move_to_end(number)
            closing = [_open.popitem(last=False)[1]() for _ in range(len(_open) - MOST_OPEN)]
        for each in closing:
            if each is not None:
                each.dispose()

    event.listen(engine.pool, "checkout", used)
    return engine
