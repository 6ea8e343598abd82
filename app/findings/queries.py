"""Reads of what a place is drawn from: outlines in metres and degrees side by side, and whether all of it is loaded."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.partnerships.queries import Ground
from boundaries.crs import BNG, WGS84
from boundaries.database import named_sql
from boundaries.errors import NotFound
from boundaries.tables import Boundary

Box = tuple[float, float, float, float]


class PlaceNotLoaded(NotFound):
    """The council is known, but its small areas are not here; `./bounds up --place` loads them."""

    slug = "place-not-loaded"
    title = "Its small areas are not loaded"


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


def councils_loaded(session: Session, codes: Collection[str]) -> set[str]:
    """Which of some councils have small areas here."""
    return set(session.scalars(named_sql(__file__, "councils_loaded"), {"codes": sorted(codes)}))


def require_loaded(session: Session, ground: Ground) -> None:
    """Refuse a place of which one council's areas are missing: a part must not pass for the whole.

    Raises PlaceNotLoaded, naming the command that loads the place.
    """
    here = councils_loaded(session, ground.codes)
    absent = [
        name for code, name in zip(ground.codes, ground.names, strict=True) if code not in here
    ]
    if absent:
        raise PlaceNotLoaded(not_loaded_words(absent, ground.names))


def not_loaded_words(absent: Sequence[str], wanted: Sequence[str]) -> str:
    """Say which councils' small areas are not here, and the command that loads the place."""
    return (
        f"the small areas of {', '.join(absent)} are not loaded here; load the place with"
        f' ./bounds up --place "{", ".join(wanted)}"'
    )
