"""How long the national comparison of two layers takes: geopandas, SQL in PostGIS, this program, and Dask on processes.

Run as `python -m bench.batch ADDRESS [WORKERS]` over a database that holds both layers. All measure the same
outlines once; what is kept is compared row by row. Refuses nothing: a bar missed is said.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from boundaries.crs import BNG
from boundaries.dask_relate import dask_cluster, relate_on
from boundaries.database import make_engine
from boundaries.layer_overlaps import COLUMNS, Layer, default_tolerance, measure_layers, read_layer
from boundaries.methods.relations import relate
from boundaries.tables import Release

PAIR = ("lsoa-2021-12-bgc", "lad-2025-05-bgc")
IN_SQL = text(
    "SELECT count(*), sum(shared) FROM (SELECT CASE WHEN ST_CoveredBy(a.geom, b.geom) THEN ST_Area(a.geom)"
    " ELSE ST_Area(ST_Intersection(a.geom, b.geom)) END AS shared"
    " FROM boundaries AS a JOIN boundaries AS b ON ST_Intersects(a.geom, b.geom)"
    " WHERE a.release_id = :a AND b.release_id = :b) AS pairs WHERE shared > 0.0001"
)


def run(address: str, workers: int = 2) -> bool:
    """Print seconds, pairs and square kilometres by engine; returns whether all that is kept is the same."""
    engine = make_engine(address, pool_size=0, statement_timeout_s=3600)
    with Session(engine) as session, dask_cluster(None, workers) as client:
        releases = [session.get_one(Release, name) for name in PAIR]
        a, b = (read_layer(session, release) for release in releases)
        tolerance_m = default_tolerance(*releases)

        def ours(
            way: Callable[..., Any], progress: Callable[[float], None] | None = None
        ) -> pd.DataFrame:
            return measure_layers(
                session, a, b, tolerance_m, threads=2, progress=progress, relate_with=way
            )[list(COLUMNS)]

        there = relate_on(client)
        killed: list[int] = []

        def kill(share: float) -> None:
            if not killed and share > 0.3:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        print(f"{PAIR[0]} ({len(a.codes):,}) with {PAIR[1]} ({len(b.codes):,})")
        _say("geopandas.overlay", *_timed(lambda: _overlaid(a, b)))
        _say("SQL in PostGIS", *_timed(lambda: _in_sql(session)))
        here, seconds = _timed(lambda: ours(relate))
        _say("--engine postgres", _sums(here), seconds)
        on_dask, seconds = _timed(lambda: ours(there))
        _say(f"--engine dask, {workers} processes", _sums(on_dask), seconds)
        after_kill, seconds = _timed(lambda: ours(there, kill))
        _say("the same, a worker killed with -9", _sums(after_kill), seconds)
    same = _same(here, on_dask) and _same(here, after_kill) and bool(killed)
    print("kept tables are the same" if same else "KEPT TABLES DIFFER")
    return same


def _overlaid(a: Layer, b: Layer) -> tuple[int, float]:
    frames = [
        gpd.GeoDataFrame({name: layer.codes}, geometry=layer.shapes, crs=BNG)
        for name, layer in (("a", a), ("b", b))
    ]
    found = gpd.overlay(frames[0], frames[1], how="intersection", keep_geom_type=True)
    areas = found.area
    return int((areas > 1e-4).sum()), float(areas.sum()) / 1e6


def _in_sql(session: Session) -> tuple[int, float]:
    pairs, shared = session.execute(IN_SQL, {"a": PAIR[0], "b": PAIR[1]}).one()
    return int(pairs), float(shared) / 1e6


def _sums(found: pd.DataFrame) -> tuple[int, float]:
    return int((found["overlap_m2"] > 0).sum()), float(found["overlap_m2"].sum()) / 1e6


def _timed(make: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    made = make()
    return made, time.perf_counter() - began


def _say(engine: str, sums: tuple[int, float], seconds: float) -> None:
    print(f"{engine:<36} {seconds:7.1f} s  {sums[0]:>8,} pairs  {sums[1]:>14,.3f} km2")


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    words = ["code_a", "code_b", "relation"]
    numbers = [name for name in COLUMNS if name not in words]
    return bool(
        one[words].equals(other[words])
        and np.allclose(one[numbers], other[numbers], rtol=1e-9, atol=1e-6, equal_nan=True)
    )


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1], *map(int, sys.argv[2:3])) else 1)
