"""Has the database join lines with their places by hashing, whatever it knows of how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from boundaries.database import named_sql

# Enough for the places of some hundred thousand lines.
MEMORY = "64MB"


@contextmanager
def joined_by_hash(session: Session) -> Iterator[None]:
    """Let the statements of the block join by hashing alone, with memory for it; as usual afterwards.

    A ledger is a heavy question, of which few run at once, so the memory is bounded.
    """
    asked = named_sql(__file__, "room_to_group")
    before = session.execute(asked, {"otherwise": "off", "memory": MEMORY}).scalar_one()
    yield
    session.execute(asked, {"otherwise": "on", "memory": before})
