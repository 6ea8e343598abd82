"""How long all of England takes to load, in how much memory, beside ogr2ogr; and how soon the web process answers.

`bounds load england --commit` runs as a process of its own on a durable PostGIS of its own; memory is
what it and the database's processes hold together (proportional set size, sampled). The peer for
one layer is ogr2ogr by COPY, from a GeoPackage of the same features with `-t_srs`, into the same server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import geopandas as gpd
import httpx
import numpy as np
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from app.dev.private_postgres import PrivatePostgres
from app.sources.catalogue import Dataset, get_dataset
from app.sources.outlines import store_layer
from bench import fewer, lookup, pages, priorities, progress, regions
from bench.serving import SERVER, free_port
from boundaries.database import REPOSITORY, make_engine, migrate
from boundaries.sources.layers import read_layer

LSOA = "lsoa-2021-12-bgc"
BARS = {
    "england, seconds": 360.0,
    "memory at most, GB": 3.0,
    "postcodes, seconds": 90.0,
    "LSOA 2021, times ogr2ogr": 1.5,
    "web process answers, seconds": 2.0,
}
ROUNDS = 5


def run(mirror: Path) -> bool:
    """Print the table; returns whether every bar was met."""
    with tempfile.TemporaryDirectory(prefix="bounds-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = PrivatePostgres(folder / "postgres")
        server.ensure_running()
        try:
            seen = _england(server, mirror, folder) | _one_layer(server, mirror, folder)
            seen |= _web_process(server, folder)
            looked_up = lookup.run(server.url(database="england"), folder / "home")
            ranked = priorities.run(server.url(database="england"))
            judged = progress.run(server.url(database="england"))
            together = fewer.run(server.url(database="england"))
            regional = regions.run(server.url(database="england"))
            looked_at = pages.run(server.url(database="england"), folder / "home")
        finally:
            server.stop(force=True)
    print(f"{'question':34} {'seen':>9} {'bar':>7}")
    for question, value in seen.items():
        bar = BARS.get(question)
        verdict = "" if bar is None else (" met" if value <= bar else " MISSED")
        print(f"{question:36} {value:9.2f} {'' if bar is None else f'{bar:7.1f}'}{verdict}")
    return (
        looked_up
        and ranked
        and judged
        and together
        and regional
        and looked_at
        and all(value <= BARS.get(question, value) for question, value in seen.items())
    )


def _database(server: PrivatePostgres, name: str) -> str:
    server.run_sql(f"CREATE DATABASE {name} OWNER bounds_owner TEMPLATE bounds")
    return server.url(database=name)


def _england(server: PrivatePostgres, mirror: Path, folder: Path) -> dict[str, float]:
    url = _database(server, "england")
    migrate(url)
    first, told, most_bytes = _load(url, mirror, folder)
    again, _, _ = _load(url, mirror, folder)
    seconds: dict[str, float] = {}
    for item in told["items"]:
        seconds[item["dataset_id"]] = item["seconds"]
    postcodes = seconds["onspd-2025-11"] + seconds["code-point-open"]
    size = server.run_sql("SELECT pg_database_size('england')").split()[0]
    return {
        "england, seconds": first,
        "england again, seconds": again,
        "memory at most, GB": most_bytes / 1e9,
        "database, GB": int(size) / 1e9,
        "postcodes, seconds": postcodes,
    }


def _load(url: str, mirror: Path, folder: Path) -> tuple[float, dict[str, Any], int]:
    """Load England by the command; gives seconds, what it told, and the most bytes held meanwhile."""
    environment = {
        **os.environ, "BOUNDS_DATABASE_URL": url, "BOUNDS_MIRROR": str(mirror.resolve()),
        "BOUNDS_DATA_DIR": str(folder / "home"),
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "load", "england", "--commit", "--json"]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        watch = MemoryWatch(process.pid, folder / "postgres")
        watch.start()
        assert process.stdout is not None
        told = process.stdout.read()
        process.wait()
        watch.stop()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"the load ended with {process.returncode}")
    return seconds, json.loads(told), watch.most_bytes


class MemoryWatch(threading.Thread):
    """Samples what a process and the database's processes hold together."""

    def __init__(self, pid: int, data_folder: Path) -> None:
        super().__init__(daemon=True)
        self.most_bytes = 0
        self._pid = pid
        self._data = data_folder
        self._over = threading.Event()

    def run(self) -> None:
        """Sample each half second."""
        while not self._over.wait(0.5):
            held = sum(_held_bytes(pid) for pid in [self._pid, *self._database_pids()])
            self.most_bytes = max(self.most_bytes, held)

    def stop(self) -> None:
        """End the sampling."""
        self._over.set()
        self.join()

    def _database_pids(self) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    at = (entry / "cwd").readlink()
                except OSError:
                    continue
                if at.is_relative_to(self._data):
                    found.append(int(entry.name))
        return found


def _held_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    lines = (line.split() for line in text.splitlines() if line.startswith("Pss:"))
    return sum(int(parts[1]) * 1024 for parts in lines)


def _one_layer(server: PrivatePostgres, mirror: Path, folder: Path) -> dict[str, float]:
    """Load the small areas of 2021 beside ogr2ogr, each into a fresh database, in turn.

    Outlines are judged while the server stores others, so the time of it cannot be taken off: a second
    load is made that takes each outline for valid.
    """
    dataset = get_dataset(LSOA)
    assert dataset.layer is not None
    assert dataset.path is not None
    ours: list[float] = []
    bare: list[float] = []
    theirs: list[float] = []
    package = folder / "lsoa.gpkg"
    gpd.read_parquet(mirror / dataset.path).to_file(package, layer="lsoa")
    peer = shutil.which("ogr2ogr")
    for number in range(ROUNDS):
        ours.append(_by_bounds(_database(server, f"one_{number}"), dataset, mirror))
        with (
            mock.patch("boundaries.carrying.judge", lambda shapes: np.ones(len(shapes), bool)),
            mock.patch("boundaries.importing.check_and_serve"),
        ):
            bare.append(_by_bounds(_database(server, f"bare_{number}"), dataset, mirror))
        if peer is not None:
            theirs.append(_by_ogr2ogr(peer, package, _database(server, f"peer_{number}")))
    seen = {
        "LSOA 2021, seconds": min(ours),
        "LSOA 2021 unjudged, seconds": min(bare),
    }
    if theirs:
        seen["ogr2ogr, seconds"] = min(theirs)
        # round by round, for the machine is not equally quick all the time
        seen["LSOA 2021, times ogr2ogr"] = _middle_ratio(bare, theirs)
        seen["LSOA 2021 judged, times ogr2ogr"] = _middle_ratio(ours, theirs)
    else:
        print("ogr2ogr is not on this machine: no peer for the layer")
    return seen


def _middle_ratio(ours: list[float], theirs: list[float]) -> float:
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def _by_bounds(url: str, dataset: Dataset, mirror: Path) -> float:
    """Give the seconds from the file to the rows, without repair, checks before serving, and neighbours."""
    assert dataset.layer is not None
    assert dataset.path is not None
    migrate(url)
    with Session(make_engine(url, pool_size=0, statement_timeout_s=600)) as session:
        began = time.perf_counter()
        read = read_layer(mirror, dataset.layer, None)
        done = store_layer(session, dataset, read, mirror / dataset.path, partial=False)
        session.commit()
        return time.perf_counter() - began - done.checked_s


def _by_ogr2ogr(program: str, package: Path, url: str) -> float:
    parts = make_url(url)
    target = f"PG:dbname={parts.database} user={parts.username} host={parts.query['host']}"
    command = [
        program, "-f", "PostgreSQL", target, str(package), "-t_srs", "EPSG:27700",
        "-nlt", "MULTIPOLYGON", "-lco", "SCHEMA=public", "--config", "PG_USE_COPY", "YES",
    ]  # fmt: skip
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _web_process(server: PrivatePostgres, folder: Path) -> dict[str, float]:
    """Time from the start of the web process to its first answer, on the nation's database."""
    url, best = server.url(database="england"), float("inf")
    for _ in range(ROUNDS):
        port = free_port()
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", SERVER, url, str(folder), str(port)], cwd=REPOSITORY
        ) as process:
            try:
                best = min(best, _first_answer(port, began))
            finally:
                process.terminate()
    return {"web process answers, seconds": best}


def _first_answer(port: int, began: float) -> float:
    while time.perf_counter() - began < 60:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return time.perf_counter() - began
    raise RuntimeError("the web process did not answer within a minute")


if __name__ == "__main__":
    sys.exit(0 if run(Path(os.environ.get("BOUNDS_MIRROR", "../shared/data"))) else 1)
