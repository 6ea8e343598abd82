"""Lays a release out for maps: its outlines at each level in metres of the map, found without those of other releases.

What is laid out says nothing new: it is what `boundaries` and `boundary_levels` hold, carried over once
so that no tile has to. Whoever finds no sheet, or one of other outlines, draws from those tables.
"""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from boundaries.crs import WEB_MERCATOR
from boundaries.database import named_sql
from boundaries.level_tables import MapSheet, ReleaseLevel
from boundaries.tables import Release

#: the map is 40,075,017 m wide: the rest keeps neighbouring strips apart
STRIP_M = 100_000_000
#: the sheet of a release that shows its outlines as they were published
AS_PUBLISHED = 0.0


def lay_out(session: Session, release_id: str) -> bool:
    """Lay a release out where it is not, or its outlines have changed; whether anything was done.

    Waits for another that lays out the same.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:said, 0))"),
        {"said": f"map sheets|{release_id}"},
    )
    release = session.get_one(Release, release_id, populate_existing=True)
    levels = levels_of(session, release_id)
    wanted = [AS_PUBLISHED, *(tolerance_m for tolerance_m, _ in levels)]
    if sorted(sheets_of(session, release, levels)) == sorted(wanted):
        return False
    session.execute(delete(MapSheet).where(MapSheet.release_id == release_id))
    made_of = _made_of(release, levels)
    for tolerance_m in wanted:
        sheet = session.scalar(
            insert(MapSheet)
            .values(release_id=release_id, tolerance_m=tolerance_m, made_of=made_of)
            .returning(MapSheet.id)
        )
        session.execute(
            named_sql(__file__, "lay_out"),
            {
                "sheet": sheet, "release_id": release_id, "mercator": WEB_MERCATOR, "strip_m": STRIP_M,
                "level_m": None if tolerance_m == AS_PUBLISHED else tolerance_m,
            },
        )  # fmt: skip
    session.execute(text("ANALYZE map_shapes"))
    return True


def levels_of(session: Session, release_id: str) -> list[tuple[float, int]]:
    """List the levels of a release, the finest first, with their corners."""
    query = select(ReleaseLevel.tolerance_m, ReleaseLevel.corners)
    rows = session.execute(
        query.where(ReleaseLevel.release_id == release_id).order_by(ReleaseLevel.tolerance_m)
    )
    return [(row.tolerance_m, row.corners) for row in rows]


def sheets_of(
    session: Session, release: Release, levels: list[tuple[float, int]]
) -> dict[float, int]:
    """Name the sheets of a release as it is now, by level; empty where it is not laid out."""
    found = select(MapSheet.tolerance_m, MapSheet.id).where(
        MapSheet.release_id == release.id, MapSheet.made_of == _made_of(release, levels)
    )
    return {row.tolerance_m: row.id for row in session.execute(found)}


def _made_of(release: Release, levels: list[tuple[float, int]]) -> str:
    written = [release.sha256, release.loaded_at, release.features_stored, levels]
    return hashlib.sha256(json.dumps(written, default=str).encode()).hexdigest()[:32]
