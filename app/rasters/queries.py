"""Reads about rasters: which are held, what their bands are, and what is kept of each over areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.rasters.tables import RasterValue
from boundaries.database import among, named_sql


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
