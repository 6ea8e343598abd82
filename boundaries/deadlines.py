"""How long the work at hand may go on, and what is stopped when its time is over; knows nothing of HTTP.

Who answers a request begins a deadline; what works for it, in the same thread or one started for it, finds it here.
Work that nobody waits for (the command line, jobs) has none, and every question here is then answered at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from boundaries.errors import Unavailable


class TookTooLong(Unavailable):
    """The answer took longer to compute than the service allows; ask for less, or again later."""

    slug = "took-too-long"
    title = "It took too long"


class Deadline:
    """The time that one request has, from the last byte that its caller sent; safe among threads.

    What takes long by its nature (`allow_long`) has `long_s` instead of `short_s`.
    """

    def __init__(self, short_s: float, long_s: float, *, is_write: bool = False) -> None:
        self.limit_s = short_s
        self.is_over = False
        self._is_write = is_write
        self._has_stored = False
        self._done = ""
        self.longest_s = max(short_s, long_s)
        self._began = time.monotonic()
        self._storing = 0
        self._stops: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def restart(self) -> None:
        """Count from now: until here it was the caller who took the time."""
        self._began = time.monotonic()

    def allow_long(self) -> None:
        """Give it the time of what takes long by its nature."""
        self.limit_s = self.longest_s

    def left_s(self) -> float:
        """Say how many seconds are left; below 0 it is too late."""
        return self._began + self.limit_s - time.monotonic()

    def end(self) -> bool:
        """Say that the time is over; False while a commit is under way, whose outcome is the answer."""
        with self._lock:
            self.is_over = self._storing == 0
            return self.is_over

    def stop(self) -> None:
        """Let nothing begin any more, and stop what runs."""
        with self._lock:
            self.is_over = True
            # Under the lock: what ends meanwhile waits here, so that no other's work is stopped in its place.
            for each in self._stops.values():
                each()

    def check(self, done: str = "") -> None:
        """Raise TookTooLong where the time is over; `done` says how far the work has come."""
        self._done = done or self._done
        if self.is_over:
            raise TookTooLong(self.told())

    def told(self) -> str:
        """Say that it took too long, in words for the caller."""
        if self._has_stored:
            return f"it was stored, and its answer took longer than {self.limit_s:g} s: read what is stored"
        return f"the answer took longer than {self.limit_s:g} s and was given up" + (
            f"; {self._done}" if self._done else ""
        )

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called if the time ends within the block. Raises TookTooLong where it has."""
        mine = object()
        with self._lock:
            self.check()
            self._stops[mine] = stop
        try:
            yield
        finally:
            with self._lock:
                del self._stops[mine]

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Let the time not end within the block, a commit. Raises TookTooLong where it has ended."""
        with self._lock:
            self.check()
            self._storing += 1
        try:
            yield
            self._has_stored = self._is_write
        finally:
            with self._lock:
                self._storing -= 1


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def begin(deadline: Deadline) -> Token[Deadline | None]:
    """Put what follows under a deadline, until `leave`."""
    return _current.set(deadline)


def leave(token: Token[Deadline | None]) -> None:
    """Go back to what was before."""
    _current.reset(token)


def current() -> Deadline | None:
    """The deadline of the work at hand, if it has one."""
    return _current.get()


def check(done: str = "") -> None:
    """Raise TookTooLong where the time of the work at hand is over; `done` says how far it had come."""
    deadline = _current.get()
    if deadline is not None:
        deadline.check(done)


def allow_long() -> None:
    """Give the work at hand the time of what takes long by its nature."""
    deadline = _current.get()
    if deadline is not None:
        deadline.allow_long()


def left_s(most_s: float) -> float:
    """Say how long the work at hand may wait: what is left to it, at least an instant, at most `most_s`."""
    deadline = _current.get()
    return most_s if deadline is None else min(most_s, max(deadline.left_s(), 0.01))


@contextmanager
def stopped_by(stop: Callable[[], None]) -> Iterator[None]:
    """Have `stop` called if the time of the work at hand ends within the block. Raises TookTooLong where it has."""
    deadline = _current.get()
    if deadline is None:
        yield
        return
    with deadline.stopping(stop):
        yield


@contextmanager
def storing() -> Iterator[None]:
    """Let the time of the work at hand not end within the block, a commit. Raises TookTooLong where it has ended."""
    deadline = _current.get()
    if deadline is None:
        yield
        return
    with deadline.storing():
        yield


@contextmanager
def unhurried() -> Iterator[None]:
    """Free the block from the deadline that it was begun under: it works for all who ask, not for one."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)
