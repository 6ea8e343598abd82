"""How long the answers of one real place take over HTTP, beside the least that the same server can do.

Loads Hastings and Rother into a PostGIS of its own, serves it by uvicorn in another process, and asks
each address some times. The peer is `/healthz` of the same server in the same run (the raw limit:
a request through all of the middleware that asks nothing), and for outlines `geopandas.overlay`.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import shapely
from sqlalchemy import select

from app.dependencies import today
from app.partnerships.tables import Partnership
from app.places.load import load_place
from app.sessions import writing
from bench.own_postgis import own_postgis
from bench.verdicts import load_layer
from boundaries.database import make_engine
from boundaries.queries import layer_on
from boundaries.tables import Boundary

SLUG = "hastings-and-rother"
FOUR = ["E07000061", "E07000062", "E07000063", "E07000064"]
# Hertfordshire's, of which the outline is published too.
TEN = [f"E07{n:06d}" for n in (95, 96, 98, 99, 102, 103, 240, 241, 242, 243)]
HERTFORDSHIRE = "E10000015"
OUTLINE_OF_TEN = "POST /align, an outline of ten"
SERVER = """
import sys
from pathlib import Path
from app.main import create_app
from app.settings import Settings
from boundaries.database import make_engine
from app.slow_clients import ImpatientProtocol
import uvicorn
app = create_app(Settings(data_dir=Path(sys.argv[2])), make_engine(sys.argv[1]))
# As `bounds serve` does, but for its lines about requests.
uvicorn.run(
    app, port=int(sys.argv[3]), log_level="error", access_log=False, server_header=False, http=ImpatientProtocol,
    loop="app.dealing:DealingLoop",
)
"""


def free_port() -> int:
    """Find a port that nobody listens on, so that no other server is measured by mistake."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def median_ms(
    ask: Callable[[], httpx.Response], times: int = 15, pause_s: float = 0.0
) -> tuple[float, float]:
    """Ask once cold and then some times warm; returns the first and the median, in milliseconds.

    pause_s: waited before each, for what is got ready between one caller and the next.
    """
    spent = []
    for _ in range(times + 1):
        time.sleep(pause_s)
        started = time.perf_counter()
        answer = ask()
        spent.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    return spent[0], statistics.median(spent[1:])


def questions(
    client: httpx.Client, ten: dict[str, Any]
) -> dict[str, tuple[Callable[[], httpx.Response], float | None]]:
    """Name each question with the bar it must stay under, in milliseconds; `ten` is an outline of ten districts."""
    designate: dict[str, Any] = {"partnership": SLUG, "index": "imd-2019", "worst": 10}
    return {
        "healthz (raw limit)": (lambda: client.get("/healthz"), None),
        "POST /align, four districts": (
            lambda: client.post("/api/v1/align", json={"codes": FOUR}),
            300.0,
        ),
        "POST /align, ten districts": (
            lambda: client.post("/api/v1/align", json={"codes": TEN}),
            300.0,
        ),
        OUTLINE_OF_TEN: (
            lambda: client.post("/api/v1/align", json={"geometry": ten, "crs": "EPSG:27700"}),
            300.0,
        ),
        "overlaps of 400 partnerships": (
            lambda: client.get("/api/v1/partnerships/overlaps", params={"limit": 1000}),
            5000.0,
        ),
        "GET /designate": (lambda: client.get("/api/v1/designate", params=designate), 500.0),
        "GET ledger": (lambda: client.get(f"/api/v1/partnerships/{SLUG}/ledger"), None),
        "partnership page": (lambda: client.get(f"/partnerships/{SLUG}"), 500.0),
        "view page": (
            lambda: client.get("/view", params={"councils": ["E07000062", "E07000064"]}),
            500.0,
        ),
    }


def run(mirror: Path) -> bool:
    """Print the table; returns whether every bar was met."""
    met = True
    with own_postgis() as (_, url, folder):
        started = time.perf_counter()
        with writing(make_engine(url, pool_size=0, statement_timeout_s=300)) as session:
            load_place(session, mirror, "Hastings, Rother", lambda _words: None)
        print(f"load of Hastings and Rother: {time.perf_counter() - started:.1f} s")
        make_partnerships(url, 400)
        counties = load_layer(mirror, "cty_2021").set_index("code").geometry
        ten = shapely.geometry.mapping(counties[HERTFORDSHIRE])
        port = free_port()
        with subprocess.Popen(
            [sys.executable, "-c", SERVER, url, str(folder), str(port)]
        ) as process:
            try:
                met = _ask_all(f"http://127.0.0.1:{port}", ten)
            finally:
                process.terminate()
    return met


def make_partnerships(url: str, count: int) -> None:
    """Make partnerships of 1 to 10 random districts each, to be laid over one another."""
    rng = np.random.default_rng(13)
    with writing(make_engine(url, pool_size=0)) as session:
        day = today()
        layer = layer_on(session, "lad", day)
        drawn = select(Boundary.code).where(Boundary.release_id == layer.id).order_by(Boundary.code)
        codes = list(session.scalars(drawn))
        for n in range(count):
            own = rng.choice(codes, int(rng.integers(1, 11)), replace=False).tolist()
            row = {
                "slug": f"bench-{n:03d}",
                "name": f"Bench {n}",
                "kind": "csp",
                "authorities": sorted(own),
            }
            session.add(Partnership(**row, members=[], demo=False, version=1))


def _ask_all(address: str, ten: dict[str, Any]) -> bool:
    met = True
    with httpx.Client(base_url=address, timeout=60) as client:
        for _ in range(600):
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        limit = None
        print(f"{'question':36} {'cold ms':>9} {'warm ms':>9} {'x limit':>8} {'bar ms':>7}")
        for name, (ask, bar) in questions(client, ten).items():
            cold, warm = median_ms(ask, pause_s=1.0 if name == OUTLINE_OF_TEN else 0.0)
            limit = limit or warm
            verdict = "" if bar is None else ("met" if warm < bar else "MISSED")
            met = met and verdict != "MISSED"
            shown = "" if bar is None else f"{bar:7.0f}"
            print(f"{name:36} {cold:9.1f} {warm:9.1f} {warm / limit:8.1f} {shown:>7} {verdict}")
    return met
