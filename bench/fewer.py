"""Measures the matrix of 400 partnerships: pairs on one ground with people, members and suggestions.

Run as `python -m bench.fewer URL` on a database with England. The partnerships are made of real councils and taken
out again. The peer is shapely: the outlines of the same partnerships, made beforehand, and the area of the
intersection of each pair that an index finds, in the same run; it knows no people, members or themes.
"""

from __future__ import annotations

import sys
import time
from datetime import date

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.dependencies import today
from app.partnerships.standings import Standings, read_standings
from app.sessions import reading
from app.strategies.fewer import fewer_partnerships
from bench.many_partnerships import MANY, many_partnerships
from boundaries.database import make_engine
from boundaries.queries import outlines

LONGEST_S = 5.0
# Of two partnerships of whole councils the ground in common is a sum of published areas; outlines differ by rounding.
ALIKE = 1e-6


def grounds_of(session: Session, standings: Standings) -> np.ndarray:  # type: ignore[type-arg]
    """Draw each partnership: its own outline, or its councils joined."""
    drawn = outlines(session, standings.tier.layer.id).set_index("code").geometry
    shapes = [
        row.outline if row.outline is not None else shapely.union_all(drawn[sorted(row.codes)].to_numpy())
        for row in standings.rows
    ]  # fmt: skip
    return np.array(shapes, dtype=object)


def measure(engine: Engine, day: date) -> dict[str, float]:
    """Work the matrix out twice and the peer once; seconds and processor seconds of this process."""
    with many_partnerships(engine, day), reading(engine, 600) as session:
        asked = []
        for _ in range(2):
            began, spent = time.perf_counter(), time.process_time()
            body = fewer_partnerships(session, day, demo=False)
            asked.append((time.perf_counter() - began, time.process_time() - spent))
        standings = read_standings(session, day, demo=False)
        shapes = grounds_of(session, standings)
        began, spent = time.perf_counter(), time.process_time()
        left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        once = left < right
        left, right = left[once], right[once]
        common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        peer = (time.perf_counter() - began, time.process_time() - spent)
    slugs = [row.slug for row in standings.rows]
    whole = {row.slug for row in standings.rows if row.outline is None}
    theirs = {
        (slugs[a], slugs[b]): float(m2)
        for a, b, m2 in zip(left.tolist(), right.tolist(), common.tolist(), strict=True)
    }
    compared = [
        abs(theirs.get((pair["a"], pair["b"]), 0.0) - pair["overlap_m2"]) / pair["overlap_m2"]
        for pair in body["pairs"]
        if pair["a"] in whole and pair["b"] in whole
    ]
    return {
        "partnerships": float(len(slugs)), "of them drawn": float(len(slugs) - len(whole)),
        "pairs on one ground": float(len(body["pairs"])), "suggestions": float(len(body["items"])),
        "first, s": asked[0][0], "again, s": asked[1][0], "again, CPU s": asked[1][1],
        "shapely, pairs that touch": float(len(left)), "shapely, s": peer[0], "shapely, CPU s": peer[1],
        "pairs compared": float(len(compared)), "differ at most, share": max(compared, default=0.0),
    }  # fmt: skip


def run(url: str) -> bool:
    """Print the figures beside the bar; returns whether it was met and the pairs are as shapely has them."""
    seen = measure(make_engine(url, statement_timeout_s=600), today())
    for words, figure in seen.items():
        print(f"{words:36} {figure:12.6g}")
    print(
        f"{'times faster than shapely, CPU':36} {seen['shapely, CPU s'] / seen['again, CPU s']:12.2f}"
    )
    met = seen["first, s"] <= LONGEST_S and seen["differ at most, share"] <= ALIKE
    verdict = "met" if met else "MISSED"
    print(f"{MANY} partnerships in {seen['first, s']:.2f} s (bar {LONGEST_S} s): {verdict}")
    return met


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1]) else 1)
