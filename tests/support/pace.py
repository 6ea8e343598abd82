"""How slow a processor is just now: what a bar of seconds is multiplied by where others share the machine."""

from __future__ import annotations

import time

#: processor seconds of the work below on a quiet core of 2.6 GHz, on which the bars were set (2026-11)
QUIET_S = 0.028


def times_slower() -> float:
    """Do a fixed piece of work; gives how many times as long it took as on a quiet machine, never under 1.

    A core that two processes share takes up to twice the processor time for the same work.
    """
    began = time.process_time()
    total = 0
    for number in range(500_000):
        total += number * number
    return max(1.0, (time.process_time() - began) / QUIET_S)
