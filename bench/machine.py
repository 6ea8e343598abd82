"""How quick the machine is just then: printed beside figures by the clock, which are worth no more than it is.

A shared host can be half as quick an hour later, and one that takes back what memory a guest leaves free lends every
page of it anew: whatever has rested for a second then waits for its memory, and first answers most of all.
"""

from __future__ import annotations

import mmap
import time

RESTED_S = 1.0
_PAGES, _PAGE_BYTES = 4_096, 4_096


def told() -> str:
    """Tell what a fixed piece of work takes, and a page of fresh memory after a rest."""
    return f"machine: a fixed piece of work {work_ms():.0f} ms, a fresh page of memory {fresh_page_us():.1f} µs"


def work_ms() -> float:
    """Measure a fixed piece of work of Python's that needs no fresh memory; the best of five."""
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        total = 0
        for n in range(300_000):
            total += n & 7
        spent.append(time.perf_counter() - began)
    return 1000 * min(spent)


def fresh_page_us() -> float:
    """Measure what it takes to be lent a page of memory of 4 kB, after a rest; microseconds."""
    time.sleep(RESTED_S)
    with mmap.mmap(-1, _PAGES * _PAGE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as lent:
        began = time.perf_counter()
        for at in range(0, _PAGES * _PAGE_BYTES, _PAGE_BYTES):
            lent[at] = 1
        return 1e6 * (time.perf_counter() - began) / _PAGES


if __name__ == "__main__":
    print(told())
