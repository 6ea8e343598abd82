"""The boundary layers a place is loaded from: which file, which columns, and what is known of its quality."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries.crs import BNG
from boundaries.gdal_drivers import lock_down_gdal

lock_down_gdal()

ONS = "Office for National Statistics"
OGL = "Open Government Licence v3.0"


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


LAYERS: tuple[Layer, ...] = (
    Layer("rgn-2016-12-bsc", "rgn", "Regions, super-generalised", "boundaries/rgn_2016_bsc.gpkg",
          "areacd", "areanm", date(2016, 12, 31), "bsc", 200.0, national=True),
    Layer("cty-2021-12-bgc", "cty", "Counties, December 2021", "boundaries/cty_2021_bgc.gpkg",
          "CTY21CD", "CTY21NM", date(2021, 12, 31), "bgc", 20.0, national=True),
    Layer("lad-2023-05-bgc", "lad", "Local authority districts, May 2023",
          "boundaries/lad_2023_bgc_quantised.gpkg", "LAD23CD", "LAD23NM", date(2023, 5, 31), "bgc", 25.0,
          national=True),
    Layer("lad-2025-05-bgc", "lad", "Local authority districts, May 2025",
          "boundaries/lad_2025_bgc_quantised.parquet", "LAD25CD", "LAD25NM", date(2025, 5, 31), "bgc", 25.0,
          national=True),
    Layer("wd-2023-05-bsc", "wd", "Wards, May 2023", "boundaries/wd_2023_bsc.parquet",
          "WD23CD", "WD23NM", date(2023, 5, 31), "bsc", 200.0, columns=("LAD23CD",)),
    Layer("wd-2025-05-bgc", "wd", "Wards, May 2025", "boundaries/wd_2025_bgc.parquet",
          "WD25CD", "WD25NM", date(2025, 5, 31), "bgc", 20.0, columns=("LAD25CD",)),
    Layer("par-2019-04-bestfit", "par", "Parishes and unparished areas, output areas by best fit",
          "boundaries/par_c2019_oa_bestfit.parquet", "parncp_cd", None, date(2019, 4, 30), "bestfit", 200.0,
          quality="approximate"),
    Layer("msoa-2011-12-bsc", "msoa", "Middle layer super output areas 2011",
          "boundaries/msoa_2011_bsc.parquet", "msoa11_code", "msoa11_name", date(2011, 12, 31), "bsc", 200.0),
    Layer("msoa-2021-12-bsc", "msoa", "Middle layer super output areas 2021",
          "boundaries/msoa_2021_bsc.parquet", "msoa21_code", "msoa21_name", date(2021, 12, 31), "bsc", 200.0),
    Layer("lsoa-2011-12-bgc", "lsoa", "Lower layer super output areas 2011",
          "boundaries/lsoa_2011_bgc.parquet", "LSOA11CD", "LSOA11NM", date(2011, 12, 31), "bgc", 20.0),
    Layer("lsoa-2021-12-bgc", "lsoa", "Lower layer super output areas 2021",
          "boundaries/lsoa_2021_bgc.parquet", "LSOA21CD", "LSOA21NM", date(2021, 12, 31), "bgc", 20.0),
)  # fmt: skip

PARISH_NAMES = "boundaries/lookups/parncp20_names_centroids_area.parquet"


@dataclass(frozen=True)
class LayerRead:
    """What came out of a layer's file: the frame kept, how many features were read and how many lie elsewhere."""

    frame: gpd.GeoDataFrame
    features_in: int
    features_elsewhere: int


def read_layer(mirror: Path, layer: Layer, keep: set[str] | None) -> LayerRead:
    """Read one layer, keeping the features whose code is in `keep` (None keeps all).

    Returns
    -------
    A LayerRead whose frame has columns position (from 1, in the file), code, name, geometry in the
    file's own CRS (none repaired yet), and the layer's extra columns. features_in counts the whole
    file: kept + elsewhere.

    Notes
    -----
    Names that the file lacks (parishes) come from the official list of December 2020; a code that
    list does not know keeps its code as its name.
    """
    path = mirror / layer.path
    columns = [
        layer.code_column,
        *([layer.name_column] if layer.name_column else []),
        *layer.columns,
    ]
    if path.suffix == ".parquet":
        codes = pd.read_parquet(path, columns=[layer.code_column])[layer.code_column]
        filters = None if keep is None else [(layer.code_column, "in", sorted(keep) or [""])]
        frame = gpd.read_parquet(path, columns=[*columns, "geometry"], filters=filters)
    else:
        frame = gpd.read_file(path, columns=columns)
        codes = frame[layer.code_column]
        if keep is not None:
            frame = frame[frame[layer.code_column].isin(keep)]
    kept = np.ones(len(codes), dtype=bool) if keep is None else codes.isin(keep).to_numpy()
    frame = frame.rename(columns={layer.code_column: "code"}).reset_index(drop=True)
    frame["position"] = np.flatnonzero(kept) + 1
    if layer.name_column:
        frame = frame.rename(columns={layer.name_column: "name"})
    else:
        names = pd.read_parquet(mirror / PARISH_NAMES).set_index("PARNCP20CD")["PARNCP20NM"]
        frame["name"] = frame["code"].map(names).fillna(frame["code"])
    if frame.crs is None:
        frame = frame.set_crs(BNG)
    return LayerRead(frame, len(codes), len(codes) - len(frame))
