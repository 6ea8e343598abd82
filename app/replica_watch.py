"""How far each copy of the database is behind its primary, looked at every second; decides nothing itself.

The lag is counted from the primary's own log: the age of the first position seen there that the copy has not
replayed. A copy's own clock cannot tell a quiet primary from a broken line. While the primary is away its copies
are as good as what was last seen of it.
"""

from __future__ import annotations

import threading
import time
from collections import deque

import psycopg
from sqlalchemy import Engine

from app.logs import get_logger

log = get_logger(__name__)

EVERY_S = 1.0
# A copy whose last good look is older than this is as good as dead.
STALE_S = 3.0
LONGEST_PAUSE_S = 30.0
_POLL_S = 0.005
_HERE = "SELECT CAST(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bigint)"
_WHO = "SELECT system_identifier FROM pg_control_system()"
_COPY = (
    "SELECT pg_is_in_recovery(), CAST(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS bigint)"
)


def lsn_text(high: str, low: str) -> int:
    """Read the two halves of a position in the log."""
    return (int(high, 16) << 32) + int(low, 16)


def as_lsn(position: int) -> str:
    """Write a position in the log as PostgreSQL does."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


class _Server:
    """One server, looked at by a thread of its own, so that one that hangs keeps nobody waiting."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        address = engine.url.set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.system = 0

    def start(self) -> None:
        """Look once in this thread, then every second in another."""
        self._look_safely()
        threading.Thread(target=self._go_on, name="replica watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _go_on(self) -> None:
        failures = 0
        while not self._stopping.wait(min(EVERY_S * 2**failures, LONGEST_PAUSE_S)):
            failures = 0 if self._look_safely() else min(failures + 1, 5)
        with self._lock:
            self._drop()

    def _look_safely(self) -> bool:
        try:
            with self._lock:
                self._look()
        except psycopg.Error as error:
            self._drop()
            self._failed(type(error).__name__)
            return False
        return True

    def _look(self) -> None:
        raise NotImplementedError

    def _failed(self, why: str) -> None:
        raise NotImplementedError

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, statement: str) -> tuple[object, ...]:
        if self._connection is None:
            # A pooler between forgets prepared statements, and takes no options at the start.
            self._connection = psycopg.connect(
                self._address, autocommit=True, connect_timeout=2, prepare_threshold=None
            )
            found = self._connection.execute(_WHO).fetchone()
            assert found is not None
            self.system = int(found[0])  # type: ignore[call-overload]
        row = self._connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row


class Primary(_Server):
    """The primary's positions of the last two minutes."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._seen: deque[tuple[float, int]] = deque(maxlen=120)

    def now(self) -> str | None:
        """Name the position that holds every write answered so far; None where the primary is away."""
        try:
            with self._lock:
                return as_lsn(self._position())
        except psycopg.Error:
            return None

    def lag_s(self, replayed: int) -> float | None:
        """Say for how long a copy has been behind that replayed so far; None before anything was seen."""
        seen = list(self._seen)
        if not seen:
            return None
        behind = next((at for at, position in seen if position > replayed), None)
        return 0.0 if behind is None else time.monotonic() - behind

    def _look(self) -> None:
        self._seen.append((time.monotonic(), self._position()))

    def _position(self) -> int:
        try:
            return int(self._ask(_HERE)[0])  # type: ignore[call-overload]
        except psycopg.Error:
            self._drop()  # it may have been restarted since
            return int(self._ask(_HERE)[0])  # type: ignore[call-overload]

    def _failed(self, why: str) -> None:
        log.warning("the primary could not be looked at", extra={"why": why})


class Copy(_Server):
    """One streaming replica: how far it is, and whether it may be asked."""

    def __init__(self, engine: Engine, primary: Primary) -> None:
        super().__init__(engine)
        self._primary = primary
        self._replayed = 0
        self._good_at = float("-inf")
        self._why = "not looked at yet"

    def is_usable(self, most_lag_s: float) -> bool:
        """Say whether it may be asked: looked at a moment ago, a copy of the primary, and not too far behind."""
        lag_s = self.lag_s()
        fresh = time.monotonic() - self._good_at < STALE_S
        return fresh and lag_s is not None and lag_s < most_lag_s

    def lag_s(self) -> float | None:
        """Say for how many seconds it has been behind; None where nothing is known."""
        return self._primary.lag_s(self._replayed)

    def has(self, position: int) -> bool:
        """Say whether it is known to have replayed a position."""
        return self._replayed >= position

    def wait_for(self, position: int, most_s: float) -> bool:
        """Wait a moment for a position to be replayed; False where it was not, or nobody answered."""
        give_up_at = time.monotonic() + most_s
        if not self._lock.acquire(timeout=most_s):
            return False
        try:
            while True:
                self._replayed = max(self._replayed, self._position())
                if self._replayed >= position:
                    return True
                if time.monotonic() + _POLL_S > give_up_at:
                    return False
                time.sleep(_POLL_S)
        except psycopg.Error as error:
            self._drop()
            self.fail(type(error).__name__)
            return False
        finally:
            self._lock.release()

    def fail(self, why: str) -> None:
        """Ask it no more until it was looked at again."""
        self._good_at = float("-inf")
        if why != self._why:
            log.warning("a copy of the database is not asked", extra={"why": why})
        self._why = why

    def standing(self, most_lag_s: float) -> dict[str, object]:
        """Say whether it is asked, how far it is behind, and why it is not asked."""
        usable, lag_s = self.is_usable(most_lag_s), self.lag_s()
        late = lag_s is not None and lag_s >= most_lag_s
        why = None if usable else ("too far behind" if late and not self._why else self._why)
        return {
            "usable": usable,
            "lag_s": None if lag_s is None else round(lag_s, 1),
            "why": why or (None if usable else "it does not answer"),
        }

    def _look(self) -> None:
        replayed = self._position()
        if self._primary.system and self.system != self._primary.system:
            self.fail("it is no copy of the primary")
            return
        self._replayed = replayed
        self._good_at, self._why = time.monotonic(), ""

    def _position(self) -> int:
        in_recovery, replayed = self._ask(_COPY)
        if not in_recovery:
            # Its history may be another one from here on.
            raise psycopg.OperationalError("it is a copy no longer")
        return int(replayed or 0)  # type: ignore[call-overload]

    def _failed(self, why: str) -> None:
        self.fail(why)
