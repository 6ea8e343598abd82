"""Counts what was answered since the process began, in the text format that Prometheus reads; keeps no address."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from threading import Lock

# Upper edges in seconds: half a second is what the pages promise.
EDGES_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class RequestCounts:
    """Answers by method, route class and status, and how long each class of route took.

    Everything kept is bounded: whatever a client makes up is counted under "other" or "none".
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._within: Counter[tuple[str, float]] = Counter()
        self._seconds: dict[str, float] = {}
        self._open = 0
        self._ended_at: float | None = None

    @property
    def open(self) -> int:
        """How many requests are under way."""
        return self._open

    @property
    def ended_at(self) -> float | None:
        """When the last request ended, by the clock of `time.monotonic`; None before the first did."""
        return self._ended_at

    def begin(self) -> None:
        """Count a request that begins."""
        with self._lock:
            self._open += 1

    def end(self) -> None:
        """Count a request that ended, however it did."""
        with self._lock:
            self._open -= 1
            self._ended_at = time.monotonic()

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is the template (never the address), status 0 a broken-off answer."""
        kind = route_class(route)
        edge = EDGES_S[bisect_left(EDGES_S, seconds)]
        with self._lock:
            self._answers[method if method in _METHODS else "other", kind, status] += 1
            self._within[kind, edge] += 1
            self._seconds[kind] = self._seconds.get(kind, 0.0) + seconds

    def as_text(self, *, is_database_up: bool) -> str:
        """Everything counted, as Prometheus text (version 0.0.4)."""
        with self._lock:
            answers, within = dict(self._answers), dict(self._within)
            seconds = dict(self._seconds)
        lines = [
            "# HELP bounds_database_up Whether the database answers, with tables that this version serves.",
            "# TYPE bounds_database_up gauge",
            f"bounds_database_up {int(is_database_up)}",
            "# HELP bounds_requests_total Requests answered, of this process.",
            "# TYPE bounds_requests_total counter",
        ]
        lines += [
            f'bounds_requests_total{{method="{method}",route="{kind}",status="{status}"}} {count}'
            for (method, kind, status), count in sorted(answers.items())
        ]
        lines += [
            "# HELP bounds_request_seconds Time until the last byte was handed over.",
            "# TYPE bounds_request_seconds histogram",
        ]
        for kind in sorted(seconds):
            so_far = 0
            for edge in EDGES_S:
                so_far += within.get((kind, edge), 0)
                named = "+Inf" if math.isinf(edge) else f"{edge:g}"
                lines.append(
                    f'bounds_request_seconds_bucket{{route="{kind}",le="{named}"}} {so_far}'
                )
            lines.append(f'bounds_request_seconds_sum{{route="{kind}"}} {seconds[kind]:.6f}')
            lines.append(f'bounds_request_seconds_count{{route="{kind}"}} {so_far}')
        return "\n".join(lines) + "\n"


@lru_cache(1024)
def route_class(route: str) -> str:
    """api, static, page, or none where no route took the address."""
    if route == "none":
        return "none"
    if route.startswith("/api/"):
        return "api"
    return "static" if route.startswith("/static") else "page"
