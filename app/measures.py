"""What an operator watches beside requests: places for work, imports, the database, the disk; as Prometheus text.

Of a database that does not answer only that is said; nothing here names an address, a person or a place.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from app.dependencies import Gate
from app.imports.queries import count_runs
from app.sessions import FAILURES, reading

STARTED_AT = time.time()
_DATABASE = text("""
SELECT pg_database_size(current_database()) AS bytes,
       coalesce(extract(epoch FROM max(now() - xact_start) FILTER (WHERE pid <> pg_backend_pid())), 0) AS longest_s,
       (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS most,
       (SELECT count(*) FROM pg_locks WHERE NOT granted) AS waiting
FROM pg_stat_activity WHERE datname = current_database()""")
_CONNECTIONS = text("""
SELECT coalesce(state, 'of another user') AS state, count(*) AS connections
FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1""")


class Measure(NamedTuple):
    """One thing measured now: its values by label."""

    name: str
    kind: str
    meaning: str
    values: Mapping[str, float]  # by the value of `label`; "" where there is none
    label: str = ""


def measures_as_text(state: Any) -> str:
    """Everything measured of this process and its database now, as Prometheus text (version 0.0.4)."""
    measures = [*_of_process(state)]
    try:
        with reading(state.engine, state.settings.statement_timeout_s) as session:
            measures += _of_database(session)
    except FAILURES:
        pass  # bounds_database_up says so
    return "".join(_as_lines(measure) for measure in measures)


def _as_lines(measure: Measure) -> str:
    lines = [f"# HELP {measure.name} {measure.meaning}", f"# TYPE {measure.name} {measure.kind}"]
    for key, value in sorted(measure.values.items()):
        named = f'{{{measure.label}="{key}"}}' if measure.label else ""
        lines.append(f"{measure.name}{named} {value:.10g}")
    return "\n".join(lines) + "\n"


def _of_process(state: Any) -> Iterator[Measure]:
    yield Measure(
        "bounds_process_start_time_seconds", "gauge", "When this process began.", {"": STARTED_AT}
    )
    engine: Engine = state.engine
    if isinstance(engine.pool, QueuePool):
        used, most = engine.pool.checkedout(), engine.pool.size()
        yield Measure(
            "bounds_pool_connections", "gauge", "Connections of this process to its database.",
            {"in use": used, "idle": engine.pool.checkedin()}, "state",
        )  # fmt: skip
        yield Measure("bounds_pool_connections_limit", "gauge", "The most of them.", {"": most})
    gate: Gate = state.gate
    yield Measure(
        "bounds_heavy_requests", "gauge", "Heavy requests of this process.",
        {"running": gate.running, "waiting": gate.waiting}, "state",
    )  # fmt: skip
    yield Measure("bounds_heavy_requests_limit", "gauge", "Places for them.", {"": gate.places})
    yield Measure(
        "bounds_heavy_refused_total", "counter", "Heavy requests sent away.", {"": gate.refused}
    )
    free = _free_bytes(state.settings.data_dir)
    if free is not None:
        yield Measure(
            "bounds_disk_free_bytes", "gauge", "Free on the disk of the data folder.", {"": free}
        )


def _free_bytes(folder: Path) -> float | None:
    try:
        return float(shutil.disk_usage(folder).free)
    except OSError:
        return None


def _of_database(session: Session) -> Iterator[Measure]:
    found = session.execute(_DATABASE).one()
    yield Measure("bounds_database_bytes", "gauge", "Size of the database.", {"": found.bytes})
    yield Measure(
        "bounds_database_longest_transaction_seconds", "gauge",
        "Age of its oldest open transaction.", {"": float(found.longest_s)},
    )  # fmt: skip
    yield Measure(
        "bounds_database_lock_waits", "gauge", "Locks that are waited for.", {"": found.waiting}
    )
    connections = {row.state: row.connections for row in session.execute(_CONNECTIONS)}
    yield Measure(
        "bounds_database_connections", "gauge", "Connections to it of everybody.", connections, "state"
    )  # fmt: skip
    yield Measure(
        "bounds_database_connections_limit", "gauge", "The most that it takes.", {"": found.most}
    )
    runs = count_runs(session)
    yield Measure(
        "bounds_imports", "gauge", "Imports written down, by how they stand.", runs.by_status, "status"
    )  # fmt: skip
    yield Measure(
        "bounds_imports_oldest_running_seconds", "gauge",
        "How long ago the oldest that runs was begun.", {"": runs.oldest_running_s},
    )  # fmt: skip
