"""How far the rows of a file are, told to who listens while it is read, checked, placed and stored; keeps nothing.

Where nobody listens, as in every request and command, counting costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from boundaries.errors import Fault

Row = TypeVar("Row")
READING, CHECKING, PLACING, STORING = "reading", "checking", "placing", "storing"
STEPS = (READING, CHECKING, PLACING, STORING)
EVERY = 50


class Listener(Protocol):
    """Who is told. It is told often, and is quick about it."""

    def rows(self, step: str, done: int, total: int | None) -> None:
        """Hear how many rows of a step are done, and of how many where that is known."""

    def refused(self, faults: Sequence[Fault]) -> None:
        """Hear what was found in rows that are refused."""


_listening: ContextVar[Listener | None] = ContextVar("row_counts", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell somebody of every row from here to the end of the block."""
    before = _listening.set(listener)
    try:
        yield
    finally:
        _listening.reset(before)


def counted(rows: Iterable[Row], step: str, total: int | None = None) -> Iterator[Row]:
    """Give rows one by one and tell how many were asked for."""
    listener = _listening.get()
    return iter(rows) if listener is None else _told(rows, step, total, listener)


def _told(rows: Iterable[Row], step: str, total: int | None, listener: Listener) -> Iterator[Row]:
    done = 0
    listener.rows(step, 0, total)
    for row in rows:
        yield row
        done += 1
        if done % EVERY == 0:
            listener.rows(step, done, total)
    listener.rows(step, done, done)


def tell_rows(step: str, done: int, total: int | None) -> None:
    """Tell how far a step is that takes its rows all at once."""
    listener = _listening.get()
    if listener is not None:
        listener.rows(step, done, total)


def tell_refused(faults: Sequence[Fault]) -> None:
    """Tell what was found in rows that are refused."""
    listener = _listening.get()
    if listener is not None and faults:
        listener.refused(faults)
