"""Keeps a process's memory near what it uses, and what it keeps for long out of the collector's rounds.

glibc keeps what threads have freed in arenas of their own, eight a processor, and after one large block takes the
next ones from them too: after a file of the nation's small areas a service that needs 200 MB held 500.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import time
from functools import cache
from pathlib import Path
from threading import Event, Thread

from app.request_counts import RequestCounts

#: glibc's numbers of what may be set, and to what: two arenas; large blocks by themselves, which return when freed
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
_SET = ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, 8_000_000), (_TRIM_THRESHOLD, 16_000_000))
LOOKED_AT_S = 1.0
#: growth that is worth giving back: looking through the arenas takes some milliseconds
GROWTH_BYTES = 16_000_000
#: between two looks at most, where what has grown is in use; and between two collections at least
SELDOM_S = 10.0
#: how long a process's first collection waits for a moment in which nobody is being answered: it goes through all
#: that was loaded, and holds every thread up for a fifth of a second; later ones find that settled
PATIENCE_S = 3.0
_GLANCE_S = 0.02


def give_back_memory() -> bool:
    """Return free pages to the system; says whether any were, False where the C library cannot."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return False
    return bool(trim(0))


def keep_arenas_few() -> bool:
    """Set how memory is kept, for as long as the process lives; False where the C library cannot.

    To be called before threads begin, for arenas that there are stay, and before Arrow has a pool: its own sets
    some 10 MB aside for each thread that writes a file, which nobody gives back.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    told = [mallopt(name, value) for name, value in _SET]
    return all(each == 1 for each in told)


@cache
def settle_what_is_loaded() -> None:
    """Take what a process loaded before it serves out of the collector's rounds, once; it lives as long as the process.

    The first page would go through all of it: a seventh of a second, in which nothing is answered.
    """
    gc.freeze()


def own_bytes() -> int:
    """Tell how much memory of this process is in no file; 0 where the system does not say."""
    try:
        _, resident, of_files, *_ = Path("/proc/self/statm").read_text().split()
    except OSError:
        return 0
    return (int(resident) - int(of_files)) * os.sysconf("SC_PAGE_SIZE")


class Trimming:
    """Gives memory back, in the background, whenever a service has grown; settles what stays."""

    def __init__(self, counts: RequestCounts, looked_at_s: float = LOOKED_AT_S) -> None:
        self._counts = counts
        self._looked_at_s = looked_at_s
        self._at_first = 0
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="trimming", daemon=True)

    def start(self) -> None:
        """Begin to look; what grows from now on is seen."""
        self._at_first = own_bytes()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()

    def _lets_others_first(self) -> bool:
        """Wait until nobody is being answered, or no longer; says whether to stop altogether."""
        give_up_at = time.monotonic() + PATIENCE_S
        while self._counts.open and time.monotonic() < give_up_at:
            if self._stopped.wait(_GLANCE_S):
                return True
        return self._stopped.is_set()

    def _run(self) -> None:
        least = settled = self._at_first
        collected_at = -math.inf
        pause_s = self._looked_at_s
        while not self._stopped.wait(pause_s):
            grown = own_bytes()
            if grown < least + GROWTH_BYTES:
                pause_s = self._looked_at_s
                continue
            is_due = time.monotonic() >= collected_at + SELDOM_S
            if collected_at == -math.inf and self._lets_others_first():
                return
            if is_due:
                # What refers to itself holds whole answers of the database until it is looked for.
                gc.collect()
                collected_at = time.monotonic()
            give_back_memory()
            left = own_bytes()
            least = min(least, left)
            if is_due and left >= settled + GROWTH_BYTES:
                # Larger than ever: what is left is kept for long (routes, the names of an atlas), and would be
                # gone through again and again while answers are written.
                gc.freeze()
                settled = left
            is_worth_it = grown - left >= GROWTH_BYTES
            pause_s = self._looked_at_s if is_worth_it else min(2 * pause_s, SELDOM_S)
