"""Vector tiles of England's small areas over HTTP, beside tipg of PyPI in the same run; and how long warming takes.

CPU milliseconds a tile, of the server's processes and the database's together. Ours is told twice: drawn
(the store is emptied before each round and every tile is asked for once), and from the store.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
import psycopg
import psycopg.conninfo

from app.dependencies import today
from app.ogc.actions import finish
from app.ogc.warming import warm_pages, warm_tiles
from app.sessions import writing
from app.settings import Settings
from app.tiles.methods.tile_grid import tiles_of_boxes
from app.tiles.queries import Shown
from bench.features import LOADED, RELEASE, peer_environment
from bench.own_postgis import postgis_with
from bench.processes import GZIP, cpu_s, family, running, settle, spent_ms
from bench.serving import SERVER, free_port
from boundaries.database import make_engine

#: what must be reached at a level: times cheaper than tipg, drawn and from the store
BARS = {7: (1.4, None), 8: (1.4, None), 9: (1.4, None), 10: (1.4, 200), 12: (2, 40)}
TILES = 30
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


def run(mirror: Path) -> bool:
    """Load England's small areas of 2011 with their levels into a PostGIS of its own; whether every bar was met."""
    from app.areas.releases import warm_release

    with postgis_with(RELEASE, mirror) as url:
        with writing(make_engine(url, pool_size=0, statement_timeout_s=600)) as session:
            warm_release(session, "bench", RELEASE)
        return measure(url)


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
        ours = measure_ours(url, database, folder)
        try:
            peer = measure_tipg(plain, database, folder)
        except (subprocess.CalledProcessError, RuntimeError, httpx.HTTPError) as problem:
            print(f"tipg could not be measured: {str(problem)[-300:]}")
            peer = {}
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS public.bench_lsoa")
        return all([tell(ours, peer), measure_warming(url, database, folder)])


def tell(ours: dict[int, tuple[float, float]], peer: dict[int, float]) -> bool:
    """Print each level with its ratios; whether every bar was met."""
    met = bool(peer)
    for z, (drawn, stored) in ours.items():
        said = f"tile at level {z}: {drawn:.2f} CPU ms drawn, {stored:.3f} from the store"
        if z in peer:
            said += f"; tipg {peer[z]:.1f} ({peer[z] / drawn:.1f} and {peer[z] / stored:.0f} times ours)"
            for bar, value in zip(BARS[z], (drawn, stored), strict=True):
                met = met and (bar is None or peer[z] >= bar * value)
        print(said)
    return met


def measure_ours(url: str, database: int, folder: Path) -> dict[int, tuple[float, float]]:
    """Measure this service: tiles drawn, then from the store, many times over so that a tick tells."""
    port, data = free_port(), folder / "ours"
    tiles = f"http://127.0.0.1:{port}/ogc/collections/{RELEASE}/tiles/WebMercatorQuad"
    found = {}
    with (
        running([sys.executable, "-c", SERVER, url, str(data), str(port)], port, {}) as server,
        httpx.Client(timeout=60, headers={"Accept-Encoding": "gzip"}) as client,
    ):
        client.get(f"{tiles}/5/10/15").raise_for_status()
        time.sleep(4)  # what is made ready in the background has begun by then
        settle(server)
        for z in BARS:
            asked = [f"{tiles}/{z}/{y}/{x}" for y, x in places(z)]
            for each in asked[:12]:  # statements are prepared after some times
                client.get(each)
            shutil.rmtree(data / "tiles", ignore_errors=True)
            drawn = spent_ms(server, database, asked, client, GZIP)
            found[z] = (drawn, spent_ms(server, database, asked * 40, client, GZIP))
    return found


def measure_tipg(url: str, database: int, folder: Path) -> dict[int, float]:
    """Measure tipg under uvicorn, one worker, on the same outlines."""
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
    with (
        running(command, port, settings) as server,
        httpx.Client(timeout=120, headers={"Accept-Encoding": "gzip"}) as client,
    ):
        time.sleep(2)
        found = {}
        for z in BARS:
            asked = [f"{tiles}/{z}/{x}/{y}" for y, x in places(z)]
            for each in asked[:12]:
                client.get(each).raise_for_status()
            found[z] = spent_ms(server, database, asked, client, GZIP)
        return found


def measure_warming(url: str, database: int, folder: Path) -> bool:
    """Keep all pages and tiles of the release finished; whether two cores do it in time."""
    settings = Settings(data_dir=folder / "warm")
    engine = make_engine(url, pool_size=0, statement_timeout_s=600)
    started, before = time.monotonic(), cpu_s([*family(database)]) + time.process_time()
    with writing(engine) as session:
        finish(session, RELEASE, today())
    tiles = warm_tiles(settings, engine, Shown(RELEASE, today()), lambda _words: None)
    pages = warm_pages(settings, engine, RELEASE, lambda _words: None)
    wall_s = time.monotonic() - started
    spent_s = cpu_s([*family(database)]) + time.process_time() - before
    print(
        f"warmed {tiles:,} tiles and {pages:,} pages in {wall_s:.1f} s of wall, {spent_s:.1f} s of CPU on two cores"
    )
    return spent_s / 2 < WARM_S


if __name__ == "__main__":
    print("every bar met" if measure(sys.argv[1]) else "some bar was missed")
