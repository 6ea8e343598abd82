"""Stores which areas of a release share a border, once; who touches whom is told by `methods.contiguity`."""

from __future__ import annotations

import geopandas as gpd
import shapely
from sqlalchemy.orm import Session

from boundaries.crs import BNG
from boundaries.database import copy_rows, named_sql
from boundaries.methods.contiguity import touching_pairs

# Outlines drawn more coarsely than this do not meet along their borders closely enough to say who
# touches whom; the finer layer of the same set answers that.
BORDERS_WITHIN_M = 50.0


def store_touching(session: Session, release_id: str) -> int:
    """Store which areas of a release share a border, for those that no earlier call has done.

    Pairs are told apart by the areas that stand in none yet; those and whatever lies around them
    are measured, so that a second place does not do the first one's work again. Gives the new pairs.
    """
    rows = session.execute(
        named_sql(__file__, "untouched"), {"release_id": release_id}
    ).all()  # code, outline, is_new
    if not any(row.is_new for row in rows):
        return 0
    frame = gpd.GeoDataFrame(
        {"code": [row.code for row in rows]},
        geometry=shapely.from_wkb([bytes(row.outline) for row in rows]),
        crs=BNG,
    )
    fresh = {row.code for row in rows if row.is_new}
    pairs = touching_pairs(frame)
    pairs = pairs[pairs["code_a"].isin(fresh) | pairs["code_b"].isin(fresh)]
    return copy_rows(
        session,
        "touching_pairs",
        ("release_id", "code_a", "code_b", "border_m"),
        zip(
            [release_id] * len(pairs), pairs["code_a"], pairs["code_b"], pairs["shared_border_m"].tolist(),
            strict=True,
        ),
    )  # fmt: skip
