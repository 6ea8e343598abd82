"""How far the rows of a file are, told to who listens while it is read, checked, placed and stored; keeps nothing.

Where nobody listens, as in every request and command, counting costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from boundaries.errors import Fault

Row = TypeVar("Row")
READING, CHECKING, PLACING, STORING = "reading", "checking", "placing", "storing"
SURVEYING = "surveying"
STEPS = (READING, CHECKING, PLACING, STORING, SURVEYING)
# What a step counts, where it is not the rows of the file.
UNITS = {SURVEYING: "looks at outlines"}
EVERY = 50
SAID_EVERY_S = 2.0


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


class Lines:
    """Says on a line how far a step is that takes long, every two seconds; of what is soon done it says nothing."""

    def __init__(self, say: Callable[[str], None], every_s: float = SAID_EVERY_S) -> None:
        """Begin to count the time of the first step from here."""
        self._say, self._every_s = say, every_s
        self._step, self._at = "", time.monotonic()

    def rows(self, step: str, done: int, total: int | None) -> None:
        """Say how many rows of a step are done, where it is long ago that anything was said."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._at = step, now
        elif now - self._at >= self._every_s:
            self._at = now
            self._say(
                f"  {step}: {done:,}{f' of {total:,}' if total else ''} {UNITS.get(step, 'rows')}"
            )

    def refused(self, faults: Sequence[Fault]) -> None:
        """Leave it to the report, which lists every one."""


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
