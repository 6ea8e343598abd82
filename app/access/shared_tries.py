"""Failed sign-ins by address, counted by all of a machine's processes together; knows nothing of tokens.

They stand in a small file of the data folder, under a digest of the address and never the address itself.
Deleting the file forgives what was tried and nothing else; so does starting the machine again, from which the
clock counts that they are timed by: the same for all processes, and set by nobody.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.access.tries import MOST, MOST_ADDRESSES, REFILL_S, Tries
from app.logs import get_logger

log = get_logger(__name__)

FILE_NAME = "sign-in-tries.sqlite"
WAIT_S = 2.0
_MAKE = "CREATE TABLE IF NOT EXISTS tries (address TEXT PRIMARY KEY, left REAL NOT NULL, seen REAL NOT NULL)"
_READ = """
SELECT CASE WHEN seen > :now + :another THEN :most
            ELSE min(:most, left + max(0, :now - seen) / :refill_s) END
FROM tries WHERE address = :address"""
_WRITE = """
INSERT INTO tries VALUES (:address, :most - 1, :now)
ON CONFLICT (address) DO UPDATE
SET left = CASE WHEN seen > :now + :another THEN :most - 1
                ELSE max(0, min(:most, left + max(0, :now - seen) / :refill_s) - 1) END,
    seen = CASE WHEN seen > :now + :another THEN :now ELSE max(seen, :now) END"""
# As in memory: the address not heard of for longest makes room; one whose ten are back is not needed.
_FORGET = """
DELETE FROM tries
WHERE seen < :now - :most * :refill_s OR seen > :now + :another
   OR address IN (SELECT address FROM tries ORDER BY seen DESC LIMIT -1 OFFSET :addresses)"""
# Processes read the clock a moment apart; what is so much later was counted before the machine began anew.
ANOTHER_START_S = 60.0
_BOUNDS = {"most": float(MOST), "refill_s": REFILL_S, "another": ANOTHER_START_S}


class SharedTries:
    """Ten failures at once, then one every half minute, by address; by all processes over one data folder.

    Where the file cannot be used, this process counts for itself, and says so.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._own = Tries()

    def wait_s(self, address: str, now: float) -> float:
        """Seconds until the address may try again; 0 when it may now. `now` is seconds since the machine began."""
        try:
            with self._opened() as shared:
                row = shared.execute(
                    _READ, {"address": _digest(address), "now": now, **_BOUNDS}
                ).fetchone()
        except (OSError, sqlite3.Error) as problem:
            return self._alone(problem).wait_s(address, now)
        left = float(MOST) if row is None else float(row[0])
        return 0.0 if left >= 1 else (1 - left) * REFILL_S

    def failed(self, address: str, now: float) -> None:
        """Count a try that failed."""
        try:
            with self._opened() as shared:
                shared.execute(_WRITE, {"address": _digest(address), "now": now, **_BOUNDS})
                shared.execute(_FORGET, {"addresses": MOST_ADDRESSES, "now": now, **_BOUNDS})
        except (OSError, sqlite3.Error) as problem:
            self._alone(problem).failed(address, now)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=WAIT_S)) as shared, shared:
            shared.execute(_MAKE)
            yield shared

    def _alone(self, problem: Exception) -> Tries:
        log.warning("sign-ins are counted alone", extra={"reason": type(problem).__name__})
        return self._own


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:32]
