"""How fast two national layers are compared, beside geopandas.overlay, and whether the answers are the same.

Run as `python -m bench.overlaps MIRROR [ADDRESS]`; without the address of a database that holds the layers
and the postcodes, they are loaded into one that is thrown away. Both sides measure the same outlines in
one run, read afresh each round so that neither finds an index made by the other; the best of the rounds
counts. Then 10,000 pairs are drawn and eroded outright, and some are asked of PostGIS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.own_postgis import own_postgis
from boundaries.crs import BNG
from boundaries.database import REPOSITORY, make_engine
from boundaries.layer_overlaps import default_tolerance, read_layer
from boundaries.methods.relations import NO_GROUND_M2, relate
from boundaries.overlaps import THREADS, compute_overlaps
from boundaries.share_tables import OverlapTable
from boundaries.tables import Release
from tests.support.brute_force import relation_of

LSOA, LAD, PARISH = "lsoa-2021-12-bgc", "lad-2025-05-bgc", "par-2019-04-bestfit"
# Postcodes are placed by the small areas of 2011 too.
NEEDED = (LSOA, LAD, PARISH, "lsoa-2011-12-bgc", "onspd-2025-11", "code-point-open")
PAIRS = ((LSOA, LAD, 3.0), (PARISH, LAD, 2.0))
SECONDS_WITH_POSTCODES = 10.0
ROUNDS = 3
DRAWN, ASKED_OF_POSTGIS, SEED = 10_000, 500, 20251127


def run(mirror: Path, address: str | None = None) -> bool:
    """Print the tables; returns whether every bar was met and every answer was the same."""
    if address is not None:
        return _measure(address)
    with own_postgis(throwaway=False) as (_, url, folder):
        _load(url, mirror, folder)
        return _measure(url)


def _load(url: str, mirror: Path, folder: Path) -> None:
    environment = {
        **os.environ, "BOUNDS_DATABASE_URL": url, "BOUNDS_MIRROR": str(mirror.resolve()),
        "BOUNDS_DATA_DIR": str(folder / "home"),
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "load", *NEEDED, "--commit", "--json"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.DEVNULL)


def _measure(url: str) -> bool:
    engine = make_engine(url, pool_size=0, statement_timeout_s=600)
    met = []
    print(
        f"{'layers':42} {'overlay s':>9} {'Bounds s':>8} {'times':>6} {'bar':>4} {'largest difference of a share':>30}"
    )
    with Session(engine) as session:
        for one, other, bar in PAIRS:
            times, most = _beside_overlay(session, one, other)
            met += [times >= bar, most <= 1e-6]
    with Session(engine) as session, session.begin():
        session.query(OverlapTable).delete()
        kept = compute_overlaps(session, LSOA, LAD)
        print(
            f"{LSOA} with {LAD}, read, related, postcodes and people shared, kept: {kept.seconds:.1f} s "
            f"(bar {SECONDS_WITH_POSTCODES:.0f}), {kept.pairs:,} pairs"
        )
        met.append(kept.seconds <= SECONDS_WITH_POSTCODES)
        met.append(_as_drawn(session) and _as_postgis(session))
        session.rollback()
    return all(met)


def _fresh(session: Session, release_id: str) -> tuple[Any, Any]:
    release = session.get(Release, release_id)
    assert release is not None, f"{release_id} is not loaded"
    layer = read_layer(session, release)
    return layer.codes, layer.shapes


def _beside_overlay(session: Session, one: str, other: str) -> tuple[float, float]:
    """Give how many times faster than geopandas.overlay, and the largest difference of a share."""
    theirs, ours = [], []
    for _ in range(ROUNDS):
        codes_a, a = _fresh(session, one)
        codes_b, b = _fresh(session, other)
        left = gpd.GeoDataFrame({"a": codes_a}, geometry=a, crs=BNG)
        right = gpd.GeoDataFrame({"b": codes_b}, geometry=b, crs=BNG)
        seconds, drawn = _timed(
            lambda left=left, right=right: gpd.overlay(left, right, keep_geom_type=True)
        )
        theirs.append(seconds)
        _, a = _fresh(session, one)
        _, b = _fresh(session, other)
        tolerance_m = default_tolerance(
            session.get_one(Release, one), session.get_one(Release, other)
        )
        seconds, found = _timed(lambda a=a, b=b, t=tolerance_m: relate(a, b, t, threads=THREADS))
        ours.append(seconds)
    area = dict(zip(codes_a, shapely.area(a), strict=True))
    drawn["m2"] = drawn.geometry.area
    peer = drawn.groupby(["a", "b"])["m2"].sum()
    own = pd.Series(
        found.overlap_m2, index=pd.MultiIndex.from_arrays([codes_a[found.a], codes_b[found.b]])
    )
    both = pd.concat([own, peer], axis=1, keys=["own", "peer"]).fillna(0.0)
    of = np.array([area[code] for code in both.index.get_level_values(0)])
    most = float(((both["own"] - both["peer"]).abs() / of).max())
    times = min(theirs) / min(ours)
    bar = next(bar for a_id, b_id, bar in PAIRS if (a_id, b_id) == (one, other))
    print(
        f"{one + ' x ' + other:42} {min(theirs):9.2f} {min(ours):8.2f} {times:6.1f} {bar:4.0f} {most:30.1e}"
    )
    return times, most


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def _picked(
    session: Session, one: str, other: str, many: int
) -> tuple[Any, Any, list[tuple[int, int]], float]:
    """Pick pairs of two layers by chance: three quarters that meet, the rest anywhere."""
    (_, a), (_, b) = _fresh(session, one), _fresh(session, other)
    rng = np.random.default_rng(SEED)
    far, near = shapely.STRtree(a).query(b, predicate="intersects")
    chosen = rng.choice(len(near), min(len(near), 3 * many // 4), replace=False)
    pairs = list(zip(near[chosen].tolist(), far[chosen].tolist(), strict=True))
    rest = many - len(pairs)
    pairs += list(
        zip(
            rng.integers(len(a), size=rest).tolist(),
            rng.integers(len(b), size=rest).tolist(),
            strict=True,
        )
    )
    tolerance_m = default_tolerance(session.get_one(Release, one), session.get_one(Release, other))
    return a, b, pairs, tolerance_m


def _as_drawn(session: Session) -> bool:
    """Compare relations and areas with those of pieces drawn and eroded outright."""
    wrong, counts = 0, {}
    for one, other, many in ((LSOA, LAD, DRAWN // 2), (PARISH, LAD, DRAWN - DRAWN // 2)):
        a, b, pairs, tolerance_m = _picked(session, one, other, many)
        found = relate(a, b, tolerance_m, threads=THREADS)
        seen = {(int(i), int(j)): (str(r), m) for i, j, m, r in zip(*found, strict=True)}
        for i, j in pairs:
            relation, area = seen.get((i, j), (None, 0.0))
            counts[relation] = counts.get(relation, 0) + 1
            drawn = float(shapely.intersection(a[i], b[j]).area)
            wrong += relation != relation_of(a[i], b[j], tolerance_m)
            wrong += abs(area - drawn) > NO_GROUND_M2 + 1e-9 * a[i].area
    told = ", ".join(
        f"{count:,} {relation or 'apart'}" for relation, count in sorted(counts.items(), key=str)
    )
    print(f"{sum(counts.values()):,} pairs drawn and eroded outright ({told}): {wrong} differ")
    return wrong == 0


_BY_POSTGIS = text(
    "SELECT ST_Covers(b.geom, a.geom), ST_Covers(a.geom, b.geom), ST_Area(ST_Intersection(a.geom, b.geom))"
    " FROM boundaries AS a, boundaries AS b"
    " WHERE a.release_id = :one AND a.code = :a AND b.release_id = :other AND b.code = :b"
)


def _as_postgis(session: Session) -> bool:
    """Compare exact relations and areas with those of PostGIS on the same pairs."""
    wrong, largest = 0, 0.0
    codes_a, codes_b = _fresh(session, LSOA)[0], _fresh(session, LAD)[0]
    a, b, pairs, _ = _picked(session, LSOA, LAD, ASKED_OF_POSTGIS)
    found = relate(a, b, 0.0, threads=THREADS)
    seen = {(int(i), int(j)): (str(r), m) for i, j, m, r in zip(*found, strict=True)}
    for i, j in pairs:
        within, covers, area = session.execute(
            _BY_POSTGIS, {"one": LSOA, "a": codes_a[i], "other": LAD, "b": codes_b[j]}
        ).one()
        relation, own = seen.get((i, j), (None, 0.0))
        wrong += (relation in ("within", "equals")) != within
        wrong += (relation in ("covers", "equals")) != covers
        largest = max(largest, abs(own - area) / a[i].area)
    print(
        f"{len(pairs)} of them asked of PostGIS: {wrong} differ, areas by {largest:.1e} of the smaller one"
    )
    return wrong == 0 and largest <= 1e-6


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None) else 1)
