"""Reads of outlines for drawing: the metric shape and its longitude and latitude, made once at import, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from boundaries.crs import BNG, WGS84
from boundaries.tables import Boundary

Box = tuple[float, float, float, float]


def read_outlines(
    session: Session, release_id: str, *, codes: Sequence[str] | None = None, box: Box | None = None
) -> gpd.GeoDataFrame:
    """Read outlines of one release as code, name, geometry (BNG) and geom_wgs84, in order of code.

    Only those of `codes`, and only those that meet `box` (west, south, east, north in metres),
    where these are given. An area that the release does not draw has no row.
    """
    query = select(
        Boundary.code, Boundary.name, func.ST_AsBinary(Boundary.geom), func.ST_AsBinary(Boundary.geom_wgs84)
    ).where(Boundary.release_id == release_id)  # fmt: skip
    if codes is not None:
        query = query.where(Boundary.code.in_(list(codes)))
    if box is not None:
        query = query.where(func.ST_Intersects(Boundary.geom, func.ST_MakeEnvelope(*box, BNG)))
    rows = session.execute(query.order_by(Boundary.code)).all()
    return outline_frame(
        [row[0] for row in rows], [row[1] for row in rows],
        shapely.from_wkb([bytes(row[2]) for row in rows]), shapely.from_wkb([bytes(row[3]) for row in rows]),
    )  # fmt: skip


def outline_frame(
    codes: Sequence[str], names: Sequence[str], metric: object, degrees: object
) -> gpd.GeoDataFrame:
    """Put codes, names and both shapes of areas together in the frame that maps draw."""
    return gpd.GeoDataFrame(
        {"code": list(codes), "name": list(names), "geom_wgs84": gpd.GeoSeries(degrees, crs=WGS84)},
        geometry=gpd.GeoSeries(metric, crs=BNG),
        crs=BNG,
    )
