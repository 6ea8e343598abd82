"""How long a ledger over 100,000 lines of one partnership takes over HTTP, by every view, without any real file.

Makes three invented counties with 130,000 lines, of which 100,000 and more are awarded money that the first
partnership reads, loads them into a PostGIS of its own and asks a server in another process. Beside each answer
stand `/healthz` of the same run (a request that asks nothing) and, once, the raw limit in the database (one bare
sum of the same lines by place) and the same ledger with every line. Bar: each view warm in under a second.
Run as `python -m bench.ledger`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

import httpx
from sqlalchemy import text

from app.dev.sample_nation.nation import SampleNation, make_nation
from app.places.nation import load_nation
from app.resources.methods.views import VIEWS
from app.sessions import writing
from bench.own_postgis import own_postgis
from bench.scale import timed
from bench.serving import SERVER, free_port
from boundaries.database import make_engine

COUNTIES, LINES, LEAST = 3, 130_000, 100_000
BAR_S = 1.0
_BARE = """
SELECT count(*), sum(pence) FROM (
    SELECT place_kind, place_code, place_postcode, count(*), sum(amount_pence) AS pence
    FROM resource_lines WHERE stage = 'awarded' AND demo GROUP BY 1, 2, 3
) AS places
"""


def run() -> bool:
    """Print each view's first and median time and processor time; say whether the bar was met."""
    nation = make_nation(counties=COUNTIES, lines=LINES)
    with own_postgis() as (server, url, folder):
        engine = make_engine(url, pool_size=0, statement_timeout_s=900)
        with writing(engine) as session:
            load_nation(session, nation, lambda _: None)
        with engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            started = time.perf_counter()
            connection.execute(text(_BARE)).all()
            bare_s = time.perf_counter() - started
            connection.rollback()
        engine.dispose()
        postmaster = server.status().pid
        assert postmaster is not None, "running"
        port = free_port()
        with subprocess.Popen(
            [sys.executable, "-c", SERVER, url, str(folder), str(port)]
        ) as process:
            try:
                return _ask(f"http://127.0.0.1:{port}", nation, process.pid, postmaster, bare_s)
            finally:
                process.terminate()


def _ask(address: str, nation: SampleNation, server: int, postmaster: int, bare_s: float) -> bool:
    slug = nation.partnerships[0].slug
    slowest = 0.0
    with httpx.Client(base_url=address, timeout=300) as client:
        for _ in range(300):
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        _, healthy, _ = timed(lambda: client.get("/healthz"), server, postmaster)
        ledger = f"/api/v1/partnerships/{slug}/ledger"
        body = client.get(ledger, params={"lines": "none"}).json()
        lines = body["totals"]["file_lines"] + body["totals"]["recipient_only_lines"]
        print(f"ledger of {lines:,} awarded lines (at least {LEAST:,}); /healthz {healthy:.1f} ms;")
        print(f"one bare sum of them by place in the database {1000 * bare_s:.0f} ms\n")
        print(f"{'view':16} {'first ms':>9} {'ms':>8} {'x bare sum':>11} {'CPU ms':>8}")
        for by in VIEWS:
            asked = {"lines": "none", "by": by}
            first, median, spent = timed(
                partial(client.get, ledger, params=asked), server, postmaster
            )
            slowest = max(slowest, median / 1000)
            print(f"{by:16} {first:9.0f} {median:8.0f} {median / 1000 / bare_s:11.1f} {spent:8.0f}")
        asked = {"lines": "some", "limit": "100"}
        _, page, spent = timed(partial(client.get, ledger, params=asked), server, postmaster)
        print(
            f"{'a page of lines':16} {'':9} {page:8.0f} {page / 1000 / bare_s:11.1f} {spent:8.0f}"
        )
        started = time.perf_counter()
        client.get(ledger, params={"lines": "all"})
        whole_s = time.perf_counter() - started
    met = slowest < BAR_S and lines >= LEAST
    print(
        f"\nevery line and the estimate {whole_s:.1f} s; slowest view {slowest:.2f} s, {whole_s / slowest:.0f} times"
        f" less; bar {BAR_S:g} s: {'met' if met else 'missed'}"
    )
    return met


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
