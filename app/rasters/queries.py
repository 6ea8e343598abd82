"""Reads about rasters: which are held, what their bands are, and what is kept of each over areas and footprints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.rasters.stored import is_here
from app.rasters.tables import (
    Raster,
    RasterBand,
    RasterFootprintValue,
    RasterValue,
    RasterZoneTable,
)
from boundaries.crs import BNG
from boundaries.database import among, named_sql
from boundaries.errors import NotFound
from boundaries.rebasing import CENSUS_SETS, CENSUS_TYPES
from boundaries.tables import Area, Boundary, Release


class UnknownRaster(NotFound):
    """There is no raster of that id, or it has no such band."""

    slug = "unknown-raster"
    title = "No such raster"


def list_rasters(session: Session, *, demo: bool | None = None) -> list[Raster]:
    """Every raster held, in order of id; with `demo` only those of the real or of the invented ground."""
    query = select(Raster).order_by(Raster.id)
    if demo is not None:
        query = query.where(Raster.demo.is_(demo))
    return list(session.scalars(query))


def lacks_its_file(session: Session, dataset_id: str) -> bool:
    """Say whether a published grid's rows are here and its file is not, as after a restore into another folder."""
    stored = session.scalars(select(Raster).where(Raster.dataset_id == dataset_id))
    return not all(is_here(raster) for raster in stored)


def get_raster(session: Session, raster_id: str) -> Raster:
    """One raster. Raises UnknownRaster."""
    row = session.get(Raster, raster_id)
    if row is None:
        raise UnknownRaster(
            f"there is no raster {raster_id[:80]!r}; /api/v1/rasters lists those held"
        )
    return row


def bands_of(session: Session, raster_id: str) -> list[RasterBand]:
    """The bands of a raster in their order."""
    query = select(RasterBand).where(RasterBand.raster_id == raster_id).order_by(RasterBand.band)
    return list(session.scalars(query))


def get_band(session: Session, raster: Raster, band: int | None) -> RasterBand:
    """One band of a raster, None meaning the last, which is the newest of years. Raises UnknownRaster."""
    bands = bands_of(session, raster.id)
    if band is None:
        return bands[-1]
    for each in bands:
        if each.band == band:
            return each
    raise UnknownRaster(f"{raster.id} has no band {band}; it has 1 to {len(bands)}")


def layers_wanted(session: Session, day: date, *, demo: bool) -> list[tuple[str, date]]:
    """List the layers that a raster is kept over: every type drawn here on a day, and small areas of both censuses."""
    query = select(Release.area_type).where(Release.state == "served", Release.demo.is_(demo))
    types = sorted(session.scalars(query.distinct()))
    wanted = [(area_type, day) for area_type in types]
    for area_type in types:
        for year in () if demo else CENSUS_TYPES.get(area_type, ()):
            wanted.append((area_type, CENSUS_SETS[year]))
    return wanted


def zone_tables_of(session: Session, raster_id: str) -> list[RasterZoneTable]:
    """What is kept of a raster, by band and release."""
    query = (
        select(RasterZoneTable)
        .where(RasterZoneTable.raster_id == raster_id)
        .order_by(RasterZoneTable.band, RasterZoneTable.release_id)
    )
    return list(session.scalars(query))


def kept_values(
    session: Session, raster_id: str, band: int, release_id: str
) -> pd.DataFrame | None:
    """Read what is kept of a band over a release; index code; value (NaN for none), share_with_value; or None."""
    if session.get(RasterZoneTable, (raster_id, band, release_id)) is None:
        return None
    rows = session.execute(
        select(RasterValue.code, RasterValue.value, RasterValue.share_with_value)
        .where(
            RasterValue.raster_id == raster_id, RasterValue.band == band,
            RasterValue.release_id == release_id,
        )
        .order_by(RasterValue.code)
    ).all()  # fmt: skip
    return value_frame(
        [row[0] for row in rows], np.array([row[1:] for row in rows], dtype=np.float64)
    )


def value_frame(codes: Sequence[str], table: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Put values and shares beside their codes."""
    frame = pd.DataFrame(table.reshape(len(codes), 2), columns=["value", "share_with_value"])
    frame.index = pd.Index(list(codes), dtype=object, name="code")
    return frame


def values_of_areas(session: Session, codes: Collection[str], release_id: str) -> list[Any]:
    """Read every raster over some areas of a release: raster_id, band, code, value, share_with_value."""
    query = (
        select(
            RasterValue.raster_id, RasterValue.band, RasterValue.code, RasterValue.value,
            RasterValue.share_with_value,
        )
        .where(among(RasterValue.code, codes), RasterValue.release_id == release_id)
        .order_by(RasterValue.raster_id, RasterValue.band, RasterValue.code)
    )  # fmt: skip
    return list(session.execute(query))


def codes_within(session: Session, code: str) -> set[str]:
    """List what lookups put into an area, through what lies between, the area itself too."""
    return set(session.scalars(named_sql(__file__, "codes_within"), {"code": code}))


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Names by code."""
    rows = session.execute(select(Area.code, Area.name).where(among(Area.code, codes)))
    return {row[0]: row[1] for row in rows}


def kept_of_footprint(
    session: Session, footprint_id: int
) -> dict[tuple[str, int], tuple[float | None, float]]:
    """Read what is kept of a footprint: value and share by raster and band."""
    rows = session.execute(
        select(
            RasterFootprintValue.raster_id, RasterFootprintValue.band, RasterFootprintValue.value,
            RasterFootprintValue.share_with_value,
        ).where(RasterFootprintValue.footprint_id == footprint_id)
    )  # fmt: skip
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def find_population_choice(
    session: Session, area_type: str, year: int, codes: Sequence[str], whole: float
) -> Any | None:
    """Find the grid of people that knows most of some areas: raster_id, title, band, release_id; None for none."""
    asked = {"area_type": area_type, "year": year, "codes": list(codes), "whole": whole}
    return session.execute(named_sql(__file__, "population_choices"), asked).one_or_none()


def known_values(
    session: Session, raster_id: str, band: int, release_id: str, codes: Sequence[str], whole: float
) -> pd.Series:
    """Read a band's values of those areas of which it knows at least the share `whole`; index code."""
    rows = session.execute(
        select(RasterValue.code, RasterValue.value).where(
            RasterValue.raster_id == raster_id, RasterValue.band == band,
            RasterValue.release_id == release_id, among(RasterValue.code, codes),
            RasterValue.share_with_value >= whole,
        )
    ).all()  # fmt: skip
    return pd.Series({row[0]: row[1] for row in rows}, dtype="float64")


def is_drawn_in(session: Session, box: tuple[float, float, float, float], *, demo: bool) -> bool:
    """Say whether a served release of the real or of the invented ground draws an area in a box of metres."""
    query = (
        select(Boundary.code)
        .join(Release, Release.id == Boundary.release_id)
        .where(
            Boundary.geom.op("&&")(func.ST_MakeEnvelope(*box, BNG)), Release.demo.is_(demo),
            Release.state == "served",
        )
        .limit(1)
    )  # fmt: skip
    return session.scalar(query) is not None
