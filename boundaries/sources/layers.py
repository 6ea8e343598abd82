"""How a file of boundaries is laid out, and reading one; which files there are the catalogue says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries.crs import BNG
from boundaries.gdal_drivers import lock_down_gdal
from boundaries.gss import GSS_CODE_PATTERN, is_gss_code
from boundaries.sources.exceptions import read_exceptions

lock_down_gdal()


def ons_attribution(year: int) -> str:
    """Give the attribution line that ONS boundaries of one year require."""
    return (
        "Source: Office for National Statistics licensed under the Open Government Licence v3.0. "
        f"Contains OS data © Crown copyright and database right {year}"
    )


@dataclass(frozen=True)
class Layer:
    """One boundary file of one release, as the mirror or the publisher lays it out.

    code_column None: the areas have no codes and are named by a slug of their name (`loc-sale`).
    national: holds all of England, so that a place loads it whole. whole: what a national load of it
    makes is not marked partial. covers: its areas cover England's land once each. alive: columns of
    first and last year (inclusive) of a temporal set. dissolve: rows of one code are parts of one area.
    recode: a lookup in the mirror (Windows-1252), its columns of old and of GSS codes, for a layer
    whose own codes are older; an old code that it lacks becomes a slug. codes_of: a day after the
    outlines', whose district codes it takes where the dated exceptions have given others since.
    """

    id: str
    area_type: str
    title: str
    path: str
    code_column: str | None
    name_column: str | None
    published_on: date
    resolution: str
    tolerance_m: float
    quality: str = "official"
    national: bool = False
    columns: tuple[str, ...] = ()
    whole: bool = True
    covers: bool = False
    alive: tuple[str | None, str] | None = None
    dissolve: bool = False
    recode: tuple[str, str, str] | None = None
    codes_of: date | None = None


PARISH_NAMES = "boundaries/lookups/parncp20_names_centroids_area.parquet"


@dataclass(frozen=True)
class LayerRead:
    """What came out of a layer's file: the frame kept, how many features were read and how many lie elsewhere."""

    frame: gpd.GeoDataFrame
    features_in: int
    features_elsewhere: int


def read_layer(mirror: Path, layer: Layer, keep: set[str] | None) -> LayerRead:
    """Read one layer, keeping the features whose code is in `keep` (None keeps all of England).

    Returns
    -------
    A LayerRead whose frame has columns position (from 1, in the file), code, name, parts, geometry in
    the file's own CRS (none repaired yet), and the layer's extra columns; of a temporal set also
    first_year and last_year (None: open). features_in counts the whole file: parts kept + elsewhere.

    Notes
    -----
    Codes that are not GSS codes, and names where there is no code, become slugs with the type before
    them (`lad-15ub`, `loc-sale`). Rows of one code are joined where the layer says that they are parts
    (`parts` counts them). A feature without a code and a name keeps an empty code. Names that the
    file lacks (parishes) come from the official list of December 2020; a code that list does not know
    keeps its code as its name.
    """
    frame, codes = _read_file(mirror / layer.path, layer, keep)
    kept = np.ones(len(codes), dtype=bool) if keep is None else codes.isin(keep).to_numpy()
    frame["position"] = np.flatnonzero(kept) + 1
    if layer.name_column is None:
        names = pd.read_parquet(mirror / PARISH_NAMES).set_index("PARNCP20CD")["PARNCP20NM"]
        frame["name"] = frame["code"].map(names).fillna(frame["code"])
    else:
        frame["name"] = frame[layer.name_column].fillna("")
    if layer.code_column is None:
        frame["code"] = frame["name"]
    if layer.recode is not None:
        lookup, old, new = layer.recode
        known = pd.read_csv(mirror / lookup, dtype=str, encoding="cp1252").set_index(old)[new]
        frame["code"] = frame["code"].map(known).fillna(frame["code"])
    if layer.codes_of is not None:
        frame["code"] = frame["code"].replace(read_exceptions().recoded_by(layer.codes_of))
    written = frame["code"]
    # Nearly all are codes as they should be: only the others are looked at one by one.
    other = ~written.str.fullmatch(GSS_CODE_PATTERN).fillna(value=False).to_numpy(bool)
    frame["code"] = written.astype(object)
    frame.loc[other, "code"] = [_tidy_code(code, layer.area_type) for code in written[other]]
    frame["parts"] = 1
    if layer.alive is not None:
        first, last = layer.alive
        frame["first_year"] = None if first is None else frame[first].astype("Int64")
        frame["last_year"] = frame[last].astype("Int64")
    if frame.crs is None:
        frame = frame.set_crs(BNG)
    if layer.dissolve:
        frame = _join_parts(frame)
    return LayerRead(frame, len(codes), len(codes) - int(frame["parts"].sum()))


def _read_file(
    path: Path, layer: Layer, keep: set[str] | None
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Read the features kept, with `code` as published, and the codes of the whole file."""
    wanted = [layer.code_column, layer.name_column, *layer.columns, *(layer.alive or ())]
    columns = list(dict.fromkeys(name for name in wanted if name))
    if path.suffix == ".parquet" and keep is None:
        frame = gpd.read_parquet(path, columns=[*columns, "geometry"])
        codes = frame[layer.code_column or columns[0]]
    elif path.suffix == ".parquet" and layer.code_column is not None:
        codes = pd.read_parquet(path, columns=[layer.code_column])[layer.code_column]
        filters = [(layer.code_column, "in", sorted(keep or ()) or [""])]
        frame = gpd.read_parquet(path, columns=[*columns, "geometry"], filters=filters)
    else:
        frame = gpd.read_file(path, columns=columns)
        codes = frame[layer.code_column or columns[0]]
        if keep is not None:
            frame = frame[codes.isin(keep)]
    if layer.code_column is not None:
        frame["code"] = frame[layer.code_column]
    return frame.reset_index(drop=True), codes


def _tidy_code(code: object, area_type: str) -> str:
    """Keep a GSS code; make a slug of anything else; empty text where there is nothing."""
    written = "" if code is None or pd.isna(code) else str(code).strip()
    if not written or is_gss_code(written):
        return written
    letters = unicodedata.normalize("NFKD", written.lower()).encode("ascii", "ignore").decode()
    return f"{area_type}-{re.sub(r'[^a-z0-9]+', '-', letters).strip('-')}"


def _join_parts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the rows of one code into one area at the first row's place; empty shapes add nothing."""
    several = frame["code"].duplicated(keep=False)
    joined = []
    for _, rows in frame[several].groupby("code", sort=False):
        one = rows.iloc[[0]].copy()
        shapes = shapely.make_valid(
            np.asarray(rows.geometry.array), method="structure", keep_collapsed=False
        )
        one.geometry = [shapely.union_all(shapes)]
        one["parts"] = len(rows)
        joined.append(one)
    whole = pd.concat([frame[~several], *joined]).sort_values("position", ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=frame.crs)
