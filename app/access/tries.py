"""How often one address may try to sign in with a token that does not work; knows nothing of tokens."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 10
REFILL_S = 30.0
MOST_ADDRESSES = 10_000


class Tries:
    """Ten failures at once, then one every half minute, by address; one process counts for itself.

    The address not heard of for longest makes room, so that many of them cannot fill the memory.
    """

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str, now: float) -> float:
        """Seconds until the address may try again; 0 when it may now."""
        with self._lock:
            left = self._left_at(address, now)
        return 0.0 if left >= 1 else (1 - left) * REFILL_S

    def failed(self, address: str, now: float) -> None:
        """Count a try that failed."""
        with self._lock:
            left = self._left_at(address, now)
            self._left[address] = (max(0.0, left - 1), now)
            self._left.move_to_end(address)
            while len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)

    def _left_at(self, address: str, now: float) -> float:
        left, seen = self._left.get(address, (float(MOST), now))
        return min(float(MOST), left + (now - seen) / REFILL_S)
