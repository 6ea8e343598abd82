"""Reads what was measured of releases' borders and the levels they are simplified to; measures nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from boundaries.crs import WGS84
from boundaries.database import named_sql
from boundaries.level_tables import BoundaryLevel, MendedArea, ReleaseLevel, ReleaseTopology
from boundaries.tables import Release


@dataclass(frozen=True)
class BordersTold:
    """What is known of a release's borders: faults by span of days, levels, and how many areas were mended."""

    spans: tuple[ReleaseTopology, ...] = ()
    levels: tuple[ReleaseLevel, ...] = ()
    mended: int = 0
    mended_m2: float = 0.0

    @property
    def worst(self) -> ReleaseTopology | None:
        """The span with most ground in two areas, then in none; None where nothing was measured."""
        return max(self.spans, key=lambda one: (one.overlaps_m2, one.gaps_m2 or 0.0), default=None)


@dataclass
class _Gathered:
    spans: list[ReleaseTopology] = field(default_factory=list)
    levels: list[ReleaseLevel] = field(default_factory=list)
    mended: int = 0
    mended_m2: float = 0.0


def borders_told(session: Session) -> dict[str, BordersTold]:
    """Read what is known of every release's borders, by release; one that was never surveyed is absent."""
    gathered: dict[str, _Gathered] = defaultdict(_Gathered)
    for span in session.scalars(select(ReleaseTopology).order_by(ReleaseTopology.id)):
        gathered[span.release_id].spans.append(span)
    for level in session.scalars(
        select(ReleaseLevel).order_by(ReleaseLevel.release_id, ReleaseLevel.tolerance_m)
    ):
        gathered[level.release_id].levels.append(level)
    sums = select(
        MendedArea.release_id, func.count(), func.sum(MendedArea.taken_m2 + MendedArea.given_m2)
    ).group_by(MendedArea.release_id)
    for release_id, mended, mended_m2 in session.execute(sums):
        gathered[release_id].mended, gathered[release_id].mended_m2 = mended, mended_m2
    return {
        key: BordersTold(tuple(one.spans), tuple(one.levels), one.mended, one.mended_m2)
        for key, one in gathered.items()
    }


def mended_areas(session: Session, release_id: str) -> list[MendedArea]:
    """List the areas of a release that were mended for its levels, by code."""
    return list(
        session.scalars(
            select(MendedArea).where(MendedArea.release_id == release_id).order_by(MendedArea.code)
        )
    )


def judging_tolerance_m(release: Release) -> float:
    """Give the tolerance to judge a release's outlines by: the one measured where it was, else the stated one."""
    return release.own_tolerance_m or release.tolerance_m


def level_at_or_below(session: Session, release_id: str, tolerance_m: float) -> float | None:
    """Find the coarsest level of a release at or below a tolerance; None: only the outlines as published are."""
    return session.scalar(
        select(func.max(ReleaseLevel.tolerance_m)).where(
            ReleaseLevel.release_id == release_id, ReleaseLevel.tolerance_m <= tolerance_m
        )
    )


def level_geojson(
    session: Session, release_id: str, code: str, tolerance_m: float
) -> dict[str, Any] | None:
    """Read one outline of a level as GeoJSON text with its box; None where that level does not draw it."""
    row = (
        session.execute(
            named_sql(__file__, "level_geojson"),
            {"release_id": release_id, "code": code, "tolerance_m": tolerance_m, "decimals": 7},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def level_outlines(
    session: Session, release_id: str, tolerance_m: float, codes: Sequence[str] | None = None
) -> gpd.GeoSeries:
    """Read outlines of one level in degrees, by code, in order of code; None reads all."""
    query = select(BoundaryLevel.code, func.ST_AsBinary(BoundaryLevel.geom_wgs84)).where(
        BoundaryLevel.release_id == release_id, BoundaryLevel.tolerance_m == tolerance_m
    )
    if codes is not None:
        query = query.where(BoundaryLevel.code.in_(list(codes)))
    rows = session.execute(query.order_by(BoundaryLevel.code)).all()
    return gpd.GeoSeries(
        shapely.from_wkb([bytes(row[1]) for row in rows]), index=[row[0] for row in rows], crs=WGS84
    )
