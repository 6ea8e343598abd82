"""Keeps the last few answers in memory, so that none is worked out twice; asks nothing itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Latest(Generic[Value]):
    """Answers by key, the one unused for longest leaving first; safe among threads.

    A key names all that its answer follows from, so that none is ever older than the data. What is
    given is shared: nobody changes it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value], *, keeps: bool = True) -> Value:
        """Give what is kept under a key, or make and keep it; without `keeps` neither take nor keep.

        Two that ask for the same at once may both make it: waiting for the other would hold a connection.
        """
        if not keeps:
            return make()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def holds(self, key: Hashable) -> bool:
        """Say whether something is kept under a key now; it may have left by the time that it is asked for."""
        with self._lock:
            return key in self._kept

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is kept."""
        return not self._kept
