"""Makes hundreds of partnerships of real councils for a benchmark, and takes them out again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.partnerships.actions import create_partnership, remove_partnership
from app.partnerships.tiers import read_tier
from app.sessions import reading, writing
from boundaries.queries import outlines

MANY, DRAWN_EVERY, SEED = 400, 20, 20260
SECTORS = ("public", "private", "voluntary", "community")
ORGANISATIONS = 300


@contextmanager
def many_partnerships(engine: Engine, day: date, many: int = MANY) -> Iterator[list[str]]:
    """Keep `many` partnerships, made as an editor makes them, while the block runs; gives their slugs."""
    with reading(engine, 600) as session:
        asked = what_to_make(session, day, many)
    slugs: list[str] = []
    try:
        for given in asked:
            with writing(engine) as session:
                slugs.append(create_partnership(session, "bench", day=day, **given).slug)
        yield slugs
    finally:
        for slug in slugs:
            with writing(engine) as session:
                remove_partnership(session, "bench", slug)


def what_to_make(session: Session, day: date, many: int) -> list[dict[str, Any]]:
    """Choose partnerships of one to five councils that touch, one in twenty with an outline of its own.

    An outline is the councils' ground moved by a kilometre, so that it cuts others. Members are drawn from
    some hundreds of organisations. The same seed makes the same ones.
    """
    rng = np.random.default_rng(SEED)
    tier = read_tier(session, day, demo=False)
    drawn = outlines(session, tier.layer.id).set_index("code").geometry
    codes = [code for code in tier.frame["code"] if code in drawn.index]
    shapes = drawn[codes].to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    near: dict[int, list[int]] = {at: [] for at in range(len(codes))}
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a != b:
            near[a].append(b)
    rows: list[dict[str, Any]] = []
    for n in range(many):
        chosen = [int(rng.integers(len(codes)))]
        for _ in range(int(rng.integers(5))):
            beside = sorted({other for one in chosen for other in near[one]} - set(chosen))
            if beside:
                chosen.append(int(rng.choice(beside)))
        outline = None
        if n % DRAWN_EVERY == 0:
            ground = shapely.union_all(shapely.simplify(shapes[chosen], 50))
            moved = shapely.make_valid(shapely.transform(ground, lambda xy: xy + 1000.0))
            parts = [part for part in shapely.get_parts(moved) if part.geom_type == "Polygon"]
            outline = shapely.multipolygons(parts)
        members = [
            {"name": f"Organisation {one}", "sector": SECTORS[one % len(SECTORS)]}
            for one in sorted(rng.choice(ORGANISATIONS, size=8, replace=False).tolist())
        ]
        rows.append(
            {
                "name": f"Bench many {n:03d}", "kind": ("lsp", "csp", "other")[n % 3], "members": members,
                "authorities": [] if outline is not None else sorted(codes[one] for one in chosen),
                "outline": outline,
            }
        )  # fmt: skip
    return rows
