"""Stores one layer of the catalogue: its release, and those of its areas that no list of codes knows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.row_counts import STORING, tell_rows
from app.sources.catalogue import Dataset
from boundaries.area_types import area_type_of
from boundaries.gss import is_gss_code
from boundaries.importing import LoadReport, ReleaseSpec, sha256_of, store_release
from boundaries.sources.layers import Layer, LayerRead
from boundaries.sources.lookups import SET_2011, SET_2021_FROM
from boundaries.tables import Area

# The small areas and output areas of a census live until those of the next (CONTRACT.md).
CENSUS_SETS = {
    2001: (None, SET_2011[0]),
    2011: SET_2011,
    2021: (SET_2021_FROM, None),
}
CENSUS_TYPES = ("lsoa", "msoa", "oa")
# Districts without a GSS code ended with the reorganisation of 2009; other areas that have only an
# old code had one of nine characters from the day that coding began.
OLD_CODES_END = {"lad": date(2009, 4, 1)}
GSS_CODES_BEGIN = date(2011, 1, 1)
CHANGE_DAY = (4, 1)


def store_layer(
    session: Session, dataset: Dataset, read: LayerRead, path: Path, *, partial: bool, force: bool = False
) -> LoadReport:  # fmt: skip
    """Store a layer that was read, with those of its areas that no list has stored yet.

    Lives come from lists of codes (`load_districts`, the ward lists), never from the layer's date;
    what only this layer names has a life as far as its census set, its own years (a temporal set) or
    its kind of code tells, and is open otherwise.
    """
    layer = dataset.layer
    assert layer is not None, "the catalogue's entry is a layer"
    spec = ReleaseSpec(
        id=dataset.id, area_type=layer.area_type, title=dataset.title, published_on=layer.published_on,
        resolution=layer.resolution, tolerance_m=layer.tolerance_m, quality=dataset.quality,
        publisher=dataset.publisher, licence=dataset.licence, attribution=dataset.attribution,
        source_file=dataset.path or path.name, sha256=sha256_of(path), partial=partial,
        temporal=layer.alive is not None,
    )  # fmt: skip
    return store_release(
        session,
        spec,
        read.frame,
        features_in=read.features_in,
        areas=unknown_areas(session, layer, read.frame),
        covers_england=layer.covers,
        force=force,
        told=lambda done: tell_rows(STORING, done, len(read.frame)),
    )


def unknown_areas(session: Session, layer: Layer, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give the areas of a layer that are not stored yet: code, type, name, valid_from, valid_to."""
    known: set[str] = set()  # an area found again in a later census lives on: its life is widened
    if layer.area_type not in CENSUS_TYPES:
        codes = [code for code in frame["code"] if code]
        known = set(session.scalars(select(Area.code).where(Area.code.in_(codes))))
    fresh = frame[~frame["code"].isin(known) & frame["code"].ne("")].drop_duplicates("code")
    areas = pd.DataFrame({"code": fresh["code"], "name": fresh["name"]})
    areas["type"] = [_type_of(code, layer.area_type) for code in areas["code"]]
    first, last = _life_of_set(layer)
    areas["valid_from"], areas["valid_to"] = first, last
    if layer.alive is not None:
        areas["valid_from"] = [_first_day(year) for year in fresh["first_year"]]
        areas["valid_to"] = [_first_day(year, later=1) for year in fresh["last_year"]]
    if layer.area_type in ("lad", "wd"):
        old = ~areas["code"].map(is_gss_code).astype(bool)
        areas.loc[old, "valid_to"] = OLD_CODES_END.get(layer.area_type, GSS_CODES_BEGIN)
    return areas.astype({"valid_from": object, "valid_to": object})


def _type_of(code: str, area_type: str) -> str:
    """Name the type an area is stored under: counties and districts under their own, unparished ground too."""
    if area_type in ("utla", "par"):
        return area_type_of(code) or area_type
    return area_type


def _life_of_set(layer: Layer) -> tuple[date | None, date | None]:
    if layer.area_type not in CENSUS_TYPES:
        return None, None
    return CENSUS_SETS[layer.published_on.year]


def _first_day(year: int | None, *, later: int = 0) -> date | None:
    """Give 1 April of a year: every change of councils in these files took effect on that day."""
    return None if pd.isna(year) or year is None else date(int(year) + later, *CHANGE_DAY)
