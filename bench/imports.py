"""How fast files of money are brought in, beside the bare COPY of the same rows in the same run.

The grants are the publishers', repeated under new identifiers until there are 46,000. The database holds tables
and no areas: reading, checking, grading and storing are measured, and the asking for areas and postcodes.
"""

from __future__ import annotations

import gzip
import itertools
import json
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.resources.actions import GRANTS, import_resources
from bench.own_postgis import own_postgis
from boundaries.database import make_engine

ROWS = 46_000
BAR_S = 60.0


def grants_repeated(mirror: Path, rows: int) -> bytes:
    """Give a 360Giving package of the publishers' grants, repeated under new identifiers."""
    held = []
    for path in sorted((mirror / GRANTS).glob("*.json.gz")):
        held += json.loads(gzip.decompress(path.read_bytes()))["grants"]
    rounds = itertools.count()
    endless = (
        {**grant, "id": f"{number}-{turn}"} for turn in rounds for number, grant in enumerate(held)
    )
    return json.dumps({"grants": list(itertools.islice(endless, rows))}).encode()


def run(mirror: Path) -> bool:
    """Print seconds of the import and of the bare COPY, and their ratio; say whether the bar was met."""
    raw = grants_repeated(mirror, ROWS)
    with own_postgis(throwaway=False) as (_, url, _):
        engine = make_engine(url, pool_size=0, statement_timeout_s=600)
        took_s, cpu_s, stored = _import(engine, raw)
        copy_s = _copy(engine)
        engine.dispose()
    print(
        f"import: {stored:,} of {ROWS:,} grants ({len(raw) / 1e6:.0f} MB of JSON) in {took_s:.1f} s,"
        f" {cpu_s:.1f} s of them computing; bar {BAR_S:.0f} s; the bare COPY of the rows {copy_s:.2f} s,"
        f" {took_s / copy_s:.0f} times as fast"
    )
    return took_s < BAR_S and stored == ROWS


def _import(engine: Engine, raw: bytes) -> tuple[float, float, int]:
    began, computed = time.perf_counter(), time.process_time()
    with Session(engine) as session, session.begin():
        report = import_resources(session, COMMAND_LINE, raw, "grants.json", commit=True)
    return time.perf_counter() - began, time.process_time() - computed, report.rows_stored


def _copy(engine: Engine) -> float:
    """Copy the stored rows out as text, then time the COPY of that text into a bare table."""
    with engine.connect() as connection, connection.begin():
        driver = connection.connection.driver_connection
        assert driver is not None, "the connection is open"
        connection.execute(text("CREATE TEMP TABLE bare (LIKE resource_lines) ON COMMIT DROP"))
        with driver.cursor() as cursor:
            with cursor.copy("COPY resource_lines TO STDOUT") as copy:
                blocks = [bytes(block) for block in copy]
            began = time.perf_counter()
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for block in blocks:
                    copy.write(block)
            return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1])) else 1)
