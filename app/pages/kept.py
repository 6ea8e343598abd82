"""Pages that were made before, kept for as long as the database shows exactly the same data.

The key holds PostgreSQL's own snapshot (`app.sessions.MOMENT`): two statements under equal snapshots see
the same rows, and any transaction that writes anything moves it on. So no page is ever older than the data, and no
writer needs to know what it makes stale.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from fastapi import Request
from sqlalchemy.orm import Session

from app.dependencies import today
from app.pages.desk_links import note_reader
from app.sessions import moment_of

MOST_KEPT = 64


class Kept:
    """The latest `most` texts by key, the one unused for longest leaving first; safe among threads."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._texts: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> str | None:
        """Give the text of a key, or None."""
        with self._lock:
            found = self._texts.get(key)
            if found is not None:
                self._texts.move_to_end(key)
            return found

    def keep(self, key: Hashable, written: str) -> None:
        """Keep a text; the one unused for longest makes room."""
        with self._lock:
            self._texts[key] = written
            self._texts.move_to_end(key)
            while len(self._texts) > self._most:
                self._texts.popitem(last=False)


def kept_text(request: Request, session: Session, make: Callable[[], str]) -> str:
    """Give what `make` writes for this address today, made anew where the data may differ in anything.

    `make` may depend on the address, the day, the settings and the database alone; `session` sees one
    moment of the database, as every ReadSession does. What raises is not kept.
    """
    note_reader(request, session)
    state = request.app.state
    if not hasattr(state, "kept_pages"):
        state.kept_pages = Kept()
    kept: Kept = state.kept_pages
    key = (request.url.path, request.url.query, today(), moment_of(session))
    found = kept.find(key)
    if found is not None:
        return found
    written = make()
    kept.keep(key, written)
    return written
