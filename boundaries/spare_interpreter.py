"""Keeps one interpreter started for the next question about something that a user sent; used once, then ended.

Starting Python and its geometry library took most of the time of a good outline. The spare one
waits for its question on standard input with nothing of any caller's in it, sets its own limits when
the question comes (`untrusted_worker`), answers it and ends: no two questions ever share a process.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import threading
from collections.abc import Callable


class Spare:
    """One process started ahead of need, made by `start` of a key; whoever takes it owns it."""

    def __init__(self, start: Callable[[str], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._ready: tuple[int, str, subprocess.Popen[bytes]] | None = None
        atexit.register(self.end)

    def take(self, key: str) -> subprocess.Popen[bytes]:
        """Give the waiting process if it is of this key and of this very process, else a new one; raises OSError."""
        with self._lock:
            ready, self._ready = self._ready, None
        if ready is not None:
            owner, its_key, process = ready
            # A process that a parent of ours started is the parent's: both would write to it.
            if owner == os.getpid():
                if its_key == key and process.poll() is None:
                    return process
                _end(process)
        return self._start(key)

    def refill(self, key: str) -> None:
        """Start the next one, unless one waits already; that none could be started is told at the next `take`."""
        with self._lock:
            if self._ready is not None:
                return
            try:
                self._ready = (os.getpid(), key, self._start(key))
            except OSError:
                self._ready = None

    def end(self) -> None:
        """End the waiting process, if any."""
        with self._lock:
            ready, self._ready = self._ready, None
        if ready is not None and ready[0] == os.getpid():
            _end(ready[2])


def _end(process: subprocess.Popen[bytes]) -> None:
    with process:
        process.kill()
