"""Answers what a raster is over the areas asked for: what is kept, or computed where it is not kept yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.rasters import queries
from app.rasters.tables import Raster, RasterBand
from app.rasters.zones import box_in_metres, figures_over
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, Invalid
from boundaries.queries import get_area, layer_on, outlines


class UnknownAreaType(Invalid):
    """There is no such type of area."""

    slug = "raster-area-type"
    title = "No such type of area"


@dataclass(frozen=True)
class AskedZones:
    """A band over the areas of one release: index code; value (NaN for none), share_with_value."""

    raster: Raster
    band: RasterBand
    area_type: str
    release_id: str
    frame: pd.DataFrame


def ask_zones(
    session: Session, raster_id: str, *, area_type: str, day: date, band: int | None = None,
    within: str | None = None,
) -> AskedZones:  # fmt: skip
    """Read a band over the areas of a type as they are drawn on a day, perhaps of one place.

    Areas that the grid does not reach are not among the rows. Raises UnknownRaster, UnknownAreaType,
    UnknownArea, LayerMissing, RasterFileLacking.
    """
    raster = queries.get_raster(session, raster_id)
    one = queries.get_band(session, raster, band)
    if area_type not in AREA_TYPES:
        detail = f"there is no area type {area_type[:20]!r}; there are {', '.join(AREA_TYPES)}"
        raise UnknownAreaType(detail, [Fault(detail, pointer="/area_type", value=area_type[:20])])
    inside = None
    if within is not None:
        inside = queries.codes_within(session, get_area(session, within, day).code)
    layer = layer_on(session, area_type, day, demo=raster.demo)
    frame = None if layer.temporal else queries.kept_values(session, raster.id, one.band, layer.id)
    if frame is None:
        frame = _computed(session, raster, one, layer.id, day, inside, temporal=layer.temporal)
    if inside is not None:
        frame = frame[frame.index.isin(inside)]
    return AskedZones(raster, one, area_type, layer.id, frame)


def _computed(
    session: Session, raster: Raster, band: RasterBand, release_id: str, day: date,
    inside: set[str] | None, *, temporal: bool,
) -> pd.DataFrame:  # fmt: skip
    drawn = outlines(
        session, release_id, box=box_in_metres(raster), alive_on=day if temporal else None
    )
    if inside is not None:
        drawn = drawn[drawn["code"].isin(inside)]
    (found,) = figures_over(raster, [band.band], drawn.geometry.to_numpy())
    reached = found.on_grid > 0
    table = np.column_stack([found.value, found.share_with_value])[reached]
    return queries.value_frame(drawn["code"].to_numpy(dtype=object)[reached].tolist(), table)
