"""How loading and answering hold up at the size of England, on an invented nation, without any real file.

Makes 110 invented counties, loads them into a PostGIS of its own, and prints each step beside its raw
limit: binary COPY of the same rows into a bare table. Then it asks a server in another process, each
question beside `/healthz` of the same run, in time by the clock and in processor time of the server
and the database together. `python -m bench.scale 4` does the same with 4 counties, in seconds.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from app.dev.sample_nation.nation import ENGLAND_COUNTIES, SampleNation, make_nation
from app.places.nation import load_nation
from app.sessions import writing
from bench.own_postgis import own_postgis
from bench.serving import SERVER, free_port
from boundaries.database import make_engine

TABLES = (
    "areas", "memberships", "successions", "boundaries", "touching_pairs", "postcodes", "weights",
    "index_values", "resource_lines",
)  # fmt: skip
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
Ask = Callable[[], httpx.Response]


def run(counties: int = ENGLAND_COUNTIES, postcodes_per_area: float = 30) -> None:
    """Print the three tables: making, loading and asking."""
    started = time.perf_counter()
    nation = make_nation(counties=counties, postcodes_per_area=postcodes_per_area)
    spent = time.perf_counter() - started
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    small = len(nation.layers["lsoa-2021-12-demo"].frame)
    print(
        f"made {counties} counties in {spent:.1f} s, {peak_gb:.1f} GB at most: {small} small areas,"
    )
    print(f"  {len(nation.postcodes)} postcodes, {len(nation.lines)} ledger lines\n")
    with own_postgis() as (server, url, folder):
        load(url, nation)
        postmaster = server.status().pid
        assert postmaster is not None, "running"
        port = free_port()
        with subprocess.Popen(
            [sys.executable, "-c", SERVER, url, str(folder), str(port)]
        ) as process:
            try:
                ask_all(f"http://127.0.0.1:{port}", nation, process.pid, postmaster)
            finally:
                process.terminate()


def load(url: str, nation: SampleNation) -> None:
    """Load the nation, print each step's time, then all of it beside bare copies of the same rows."""
    last = started = time.perf_counter()

    def told(words: str) -> None:
        nonlocal last
        now = time.perf_counter()
        print(f"{now - last:8.1f} s  {words}")
        last = now

    with writing(make_engine(url, pool_size=0, statement_timeout_s=900)) as session:
        load_nation(session, nation, told)
    whole = time.perf_counter() - started
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    print(f"\n{'table':16} {'MB':>7} {'raw s':>7}")
    limit = 0.0
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("ANALYZE")
        for table in TABLES:
            size_bytes, seconds = raw_copy(connection, table)
            limit += seconds
            print(f"{table:16} {size_bytes / 1e6:7.1f} {seconds:7.2f}")
    print(f"load {whole:.1f} s, raw limit {limit:.1f} s: {whole / limit:.1f} times\n")


def raw_copy(connection: psycopg.Connection, table: str) -> tuple[int, float]:
    """Copy a table's rows out, then time their binary COPY into a bare table; returns bytes and seconds."""
    name, bare = sql.Identifier(table), sql.Identifier(f"bare_{table}")
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(name)) as copy:
            blocks = [bytes(block) for block in copy]
        cursor.execute(sql.SQL("CREATE UNLOGGED TABLE {} (LIKE {})").format(bare, name))
        started = time.perf_counter()
        with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(bare)) as copy:
            for block in blocks:
                copy.write(block)
        seconds = time.perf_counter() - started
        cursor.execute(sql.SQL("DROP TABLE {}").format(bare))
    return sum(len(block) for block in blocks), seconds


def questions(client: httpx.Client, nation: SampleNation) -> dict[str, Ask]:
    """Name each question; the first partnership has one placed line in seven, the other a usual number."""
    busy, outline = nation.partnerships[0], nation.partnerships[1]
    usual = nation.partnerships[-1]
    spot = nation.postcodes.iloc[len(nation.postcodes) // 2]
    point = {"easting": int(spot["easting"]), "northing": int(spot["northing"])}
    four = sorted(nation.layers["lad-2023-05-demo"].frame["code"])[:4]

    def get(path: str, **asked: Any) -> Ask:
        return lambda: client.get(path, params=asked)

    return {
        "healthz (raw limit)": get("/healthz"),
        "home page": get("/"),
        "lookup, point": get("/api/v1/lookup/point", **point),
        "lookup, postcode": get(f"/api/v1/lookup/postcode/{spot['postcode']}"),
        "one area": get(f"/api/v1/areas/{four[0]}"),
        "areas by name": get("/api/v1/areas", q=nation.plans[-1].towns[0].name[:6]),
        "areas of a district": get("/api/v1/areas", type="lsoa", within=four[0]),
        "search page, a name": get("/search", q=nation.plans[-1].towns[0].name),
        "search page, a wrong name": get("/search", q="Brakswortham"),
        "releases": get("/api/v1/releases"),
        "POST /align, four districts": lambda: client.post("/api/v1/align", json={"codes": four}),
        "alignment, two districts": get(f"/api/v1/partnerships/{usual.slug}/alignment"),
        "alignment, an outline": get(f"/api/v1/partnerships/{outline.slug}/alignment"),
        "designate": get("/api/v1/designate", partnership=usual.slug, worst=10),
        "designate, an outline": get("/api/v1/designate", partnership=outline.slug, worst=10),
        "ledger, usual": get(f"/api/v1/partnerships/{usual.slug}/ledger"),
        "ledger, very many lines": get(f"/api/v1/partnerships/{busy.slug}/ledger"),
        "partnership page, usual": get(f"/partnerships/{usual.slug}"),
        "partnership page, very many": get(f"/partnerships/{busy.slug}"),
        "map of a partnership": get(f"/partnerships/{usual.slug}/map.geojson"),
        "list of partnerships": get("/api/v1/partnerships"),
        "ledger files": get("/api/v1/resources"),
    }


def ask_all(address: str, nation: SampleNation, server: int, postmaster: int) -> None:
    """Ask every question, first once and then some times, and print its times beside the raw limit."""
    with httpx.Client(base_url=address, timeout=120) as client:
        for _ in range(200):
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        limit: tuple[float, float] | None = None
        print(
            f"{'question':30} {'first ms':>9} {'ms':>8} {'x limit':>8} {'CPU ms':>8} {'x limit':>8}"
        )
        for name, ask in questions(client, nation).items():
            try:
                first, wall, processor = timed(ask, server, postmaster)
            except httpx.HTTPStatusError as refused:
                print(f"{name:30} answered {refused.response.status_code}")
                continue
            limit = limit or (wall, max(processor, 0.1))
            print(
                f"{name:30} {first:9.1f} {wall:8.1f} {wall / limit[0]:8.1f} "
                f"{processor:8.1f} {processor / limit[1]:8.1f}"
            )


def timed(ask: Ask, server: int, postmaster: int) -> tuple[float, float, float]:
    """Ask once, then for a second or three times; gives the first, the median and the processor's ms each."""
    spent: list[float] = []
    before = 0.0
    until = 0.0
    while len(spent) < 4 or (time.perf_counter() < until and len(spent) < 400):
        started = time.perf_counter()
        answer = ask()
        spent.append((time.perf_counter() - started) * 1000)
        if answer.is_error:
            answer.raise_for_status()
        if len(spent) == 1:
            before, until = processor_ms(server, postmaster), time.perf_counter() + 1.0
    processor = (processor_ms(server, postmaster) - before) / (len(spent) - 1)
    return spent[0], statistics.median(spent[1:]), processor


def processor_ms(server: int, postmaster: int) -> float:
    """Sum the processor time that the server, the database and all that it started have used."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        process, parent = int(stat.parent.name), int(fields[1])
        if process in (server, postmaster):
            total += sum(int(ticks) for ticks in fields[11:15])
        elif parent == postmaster:
            total += int(fields[11]) + int(fields[12])
    return total * TICK_MS


if __name__ == "__main__":
    run(*(int(word) for word in sys.argv[1:3]))
