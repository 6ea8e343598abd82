"""Vector tiles of England's small areas over HTTP, beside tipg of PyPI in the same run; and how long warming takes.

CPU milliseconds a tile, of the server's processes and the database's together. Ours is told three times: drawn
before the release was laid out, drawn after `releases warm` laid it out (the store is emptied before each round
and every tile is asked for once, in both), and from the store, beside a server that sends as many bytes and does
nothing. tipg reads the outlines as published, at every level, and leaves out what is beyond its first 10,000 areas
of a tile; ours simplifies from level 10 up, and leaves nothing out. Ours and tipg are asked in turns, some rounds
long, and the best round of each counts: a shared machine is not as quick in one minute as in the next.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import httpx
import numpy as np
import psycopg
import psycopg.conninfo

from app.dependencies import today
from app.ogc.actions import finish
from app.ogc.warming import warm_all
from app.sessions import writing
from app.settings import Settings
from app.tiles.methods.tile_grid import tiles_of_boxes
from app.tiles.queries import Shown
from bench.features import LIMIT, LIMIT_BAR, LOADED, RELEASE, peer_environment
from bench.processes import GZIP, cpu_s, family, running, settle, spent_at_once_ms, spent_ms
from bench.serving import SERVER, free_port
from boundaries.database import make_engine

#: what must be reached at a level: times cheaper than tipg, drawn and from the store
BARS = {7: (1.4, None), 8: (1.4, None), 9: (1.4, None), 10: (1.4, 200), 12: (2, 40)}
TILES = 30
ROUNDS = 3
#: so many answers from the store are told apart by a clock of hundredths of a second: 25 microseconds each are 25 steps
COUNTED = 10_000
WARM_S = 30.0
#: longitude and latitude of the middles of cities
CITIES = (
    (-1.55, 53.80), (-2.24, 53.48), (-0.12, 51.51), (-1.90, 52.48), (-2.59, 51.45), (-1.15, 52.95), (-1.61, 54.97),
    (-2.98, 53.41), (-1.47, 53.38), (-1.40, 50.90),
)  # fmt: skip


def places(z: int) -> list[tuple[int, int]]:
    """Name the tiles of a level that cities lie in or beside, row and column."""
    reach = 0.12 if z > 9 else 0.02
    boxes = np.array(
        [(lon - reach, lat - reach / 2, lon + reach, lat + reach / 2) for lon, lat in CITIES]
    )
    found = tiles_of_boxes(boxes, z)
    return [found[n] for n in np.random.default_rng(7).permutation(len(found))[:TILES]]


def measure(url: str) -> bool:
    """Measure ours and tipg on the database at `url`; whether every bar was met."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        count = connection.execute(
            "SELECT count(*) FROM boundaries WHERE release_id = %s", (RELEASE,)
        )
        row = count.fetchone()
        if row is None or row[0] < LOADED:
            print(f"{RELEASE} is not loaded there: tiles are not measured")
            return False
        stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
        database = int(stat.rpartition(")")[2].split()[1])
    with tempfile.TemporaryDirectory(prefix="bounds-bench-") as made:
        folder = Path(made)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("DELETE FROM map_sheets WHERE release_id = %s", (RELEASE,))
        before = measure_ours(url, database, folder / "before")
        is_warm = measure_warming(url, database, folder)
        with ExitStack() as running_now:
            tipg = None
            try:
                tipg = running_now.enter_context(serving_tipg(plain, folder))
            except (subprocess.CalledProcessError, RuntimeError) as problem:
                print(f"tipg could not be measured: {str(problem)[-300:]}")
            rounds = []
            for n in range(ROUNDS):
                own = measure_ours(url, database, folder / f"ours-{n}", stored=True)
                rounds.append((own, {} if tipg is None else measure_tipg(*tipg, database)))
                print(f"round {n + 1}: {_told(*rounds[-1])}")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS public.bench_lsoa")
    ours = {z: Cost(*map(min, zip(*(own[z] for own, _ in rounds), strict=True))) for z in BARS}
    peer = {z: min(of_peer[z] for _, of_peer in rounds) for z in rounds[0][1]}
    return all([tell(before, ours, peer), is_warm])


class Cost(NamedTuple):
    """CPU milliseconds of a tile: drawn, from the store, and of as many bytes by themselves."""

    drawn: float
    stored: float = 0.0
    limit: float = 0.0


def _told(own: dict[int, Cost], peer: dict[int, float]) -> str:
    return "; ".join(
        f"level {z} {' '.join(f'{each:.3f}' for each in own[z])} tipg {peer.get(z, float('nan')):.1f}"
        for z in BARS
    )


def tell(before: dict[int, Cost], ours: dict[int, Cost], peer: dict[int, float]) -> bool:
    """Print each level with its ratios; whether every bar was met."""
    met = bool(peer)
    for z, own in ours.items():
        print(
            f"tile at level {z}: {before[z].drawn:.2f} CPU ms drawn, {own.drawn:.2f} laid out,"
            f" {own.stored:.3f} from the store ({own.limit:.3f} for its bytes alone)"
        )
        if z not in peer:
            continue
        times = peer[z] / own.drawn, peer[z] / own.stored
        for what, bar, seen in zip(("drawn", "stored"), BARS[z], times, strict=True):
            verdict = "" if bar is None else f": {'met' if seen >= bar else 'MISSED'} (bar {bar:g})"
            met = met and (bar is None or seen >= bar)
            print(f"    {what} {seen:.1f} times cheaper than tipg, {peer[z]:.1f}{verdict}")
        near = own.stored <= LIMIT_BAR * own.limit
        met = met and near
        print(
            f"    stored {own.stored / own.limit:.1f} times its bytes alone:"
            f" {'met' if near else 'MISSED'} (bar {LIMIT_BAR:g})"
        )
    return met


def measure_ours(url: str, database: int, data: Path, *, stored: bool = False) -> dict[int, Cost]:
    """Measure this service: tiles drawn, then from the store, many times over so that a tick tells."""
    port, limit_port = free_port(), free_port()
    tiles = f"http://127.0.0.1:{port}/ogc/collections/{RELEASE}/tiles/WebMercatorQuad"
    found: dict[int, Cost] = {}
    limits = [sys.executable, "-c", LIMIT, str(limit_port)]
    with (
        running([sys.executable, "-c", SERVER, url, str(data), str(port)], port, {}) as server,
        running(limits, limit_port, {}) as limit_server,
        httpx.Client(timeout=60, headers={"Accept-Encoding": "gzip"}) as client,
    ):
        client.get(f"{tiles}/5/10/15").raise_for_status()
        time.sleep(4)  # what is made ready in the background has begun by then
        settle(server, database)
        for y, x in places(11)[:12]:  # statements are prepared after some times
            client.get(f"{tiles}/11/{y}/{x}").raise_for_status()
        for z in BARS:
            asked = [f"{tiles}/{z}/{y}/{x}" for y, x in places(z)]
            shutil.rmtree(data / "tiles", ignore_errors=True)
            drawn = spent_ms(server, database, asked, client, GZIP)
            if not stored:
                found[z] = Cost(drawn)
                continue
            time.sleep(1)  # what was drawn is on disk by then
            sent = [int(client.get(each).headers["content-length"]) for each in asked]
            times = -(-COUNTED // len(asked))
            found[z] = Cost(
                drawn,
                spent_at_once_ms(server, database, asked * times, GZIP),
                spent_at_once_ms(
                    limit_server, None,
                    [f"http://127.0.0.1:{limit_port}/?{size}" for size in sent * times], GZIP,
                ),
            )  # fmt: skip
    return found


@contextmanager
def serving_tipg(url: str, folder: Path) -> Iterator[tuple[int, str]]:
    """Serve the same outlines by tipg under uvicorn, one worker; gives its process and the address of its tiles."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.bench_lsoa")
        connection.execute(
            "CREATE TABLE public.bench_lsoa AS SELECT code, name, area_m2, geom_wgs84 AS geom"
            " FROM boundaries WHERE release_id = %s ORDER BY code", (RELEASE,),
        )  # fmt: skip
        connection.execute("ALTER TABLE public.bench_lsoa ADD PRIMARY KEY (code)")
        connection.execute("CREATE INDEX ON public.bench_lsoa USING gist (geom)")
        connection.execute("ANALYZE public.bench_lsoa")
    python, port = peer_environment("tipg", folder), free_port()
    command = [
        str(python), "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error",
    ]  # fmt: skip
    parts = psycopg.conninfo.conninfo_to_dict(url)
    settings = {
        "DATABASE_URL": f"postgresql://{parts['user']}@{quote(str(parts['host']), safe='')}/{parts['dbname']}",
        "TIPG_DB_SCHEMAS": '["public"]', "TIPG_DB_TABLES": '["public.bench_lsoa"]',
    }  # fmt: skip
    tiles = f"http://127.0.0.1:{port}/collections/public.bench_lsoa/tiles/WebMercatorQuad"
    with running(command, port, settings) as server:
        time.sleep(2)
        yield server, tiles


def measure_tipg(server: int, tiles: str, database: int) -> dict[int, float]:
    """Ask tipg for the tiles of each level."""
    with httpx.Client(timeout=120, headers={"Accept-Encoding": "gzip"}) as client:
        found = {}
        for z in BARS:
            asked = [f"{tiles}/{z}/{x}/{y}" for y, x in places(z)]
            for each in asked[:12]:
                client.get(each).raise_for_status()
            found[z] = spent_ms(server, database, asked, client, GZIP)
        return found


def measure_warming(url: str, database: int, folder: Path) -> bool:
    """Lay the release out and keep all its pages and tiles finished; whether two cores do it in time."""
    settings = Settings(data_dir=folder / "warm")
    engine = make_engine(url, pool_size=0, statement_timeout_s=600)
    started, before = time.monotonic(), cpu_s([*family(database), *family(os.getpid())])
    with writing(engine) as session:
        finish(session, RELEASE, today())
    shown = [Shown(RELEASE, today())]
    tiles, pages = warm_all(settings, engine, shown, [RELEASE], lambda _words: None)
    wall_s = time.monotonic() - started
    spent_s = cpu_s([*family(database), *family(os.getpid())]) - before
    verdict = "met" if wall_s < WARM_S else "MISSED"
    print(
        f"warmed {tiles:,} tiles and {pages:,} pages in {wall_s:.1f} s: {verdict} (bar {WARM_S:g});"
        f" {spent_s:.1f} s of CPU, two cores busy {50 * spent_s / wall_s:.0f} % of the time"
    )
    return wall_s < WARM_S


if __name__ == "__main__":
    sys.exit(0 if measure(sys.argv[1].replace("postgresql://", "postgresql+psycopg://")) else 1)
