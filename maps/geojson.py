"""Frame to RFC 7946 text: longitude and latitude, right-hand winding, missing as null.

It never transforms coordinates: the longitude and latitude come with the frame (they were made once,
at import, with the national grid transformation), so a frame that has none is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

BRITISH_NATIONAL_GRID = 27700
WGS84 = 4326

#: in a <script> element these could end it or start a comment; as escapes they mean the same to JSON
_SCRIPT_ESCAPES = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def frame_to_geojson(
    frame: gpd.GeoDataFrame,
    *,
    id_column: str | None = "code",
    columns: Sequence[str] | None = None,
    decimals: int = 7,
    for_script: bool = False,
) -> bytes:
    """Write a frame as one FeatureCollection.

    The geometry is the column `geom_wgs84` where there is one, else the active geometry, which must
    then be in WGS84. `columns` (default: every column without geometry) become properties in that
    order; the id column is the feature's id and stays a property too. Missing values (None, NaN, NA,
    NaT, infinities) become null, a missing or empty geometry becomes null. `bbox` is west, south,
    east, north and is left out where nothing has a geometry. `for_script` escapes the text so that
    it can stand inside a <script> element.

    Raises ValueError without WGS84 geometry, for more than 7 decimals, or for coordinates that are
    not longitude and latitude.
    """
    geoms = wgs84_geometries(frame)
    geometry_names = {
        c for c in frame.columns if isinstance(frame[c].dtype, gpd.array.GeometryDtype)
    }
    names = list(columns if columns is not None else [c for c in frame if c not in geometry_names])
    records = plain_records(frame, names)
    ids = plain_records(frame, [id_column]) if id_column else [{}] * len(frame)
    texts = geometry_texts(geoms, decimals)
    features = []
    for text, record, one_id in zip(texts, records, ids, strict=True):
        start = b'{"type":"Feature"'
        if id_column and one_id[id_column] is not None:
            start += b',"id":' + orjson.dumps(one_id[id_column], default=str)
        body = orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS, default=str)
        features.append(start + b',"geometry":' + text + b',"properties":' + body + b"}")
    return join_features(features, geoms, decimals=decimals, for_script=for_script)


def join_features(
    features: Sequence[bytes],
    geoms: NDArray[np.object_],
    *,
    decimals: int = 7,
    for_script: bool = False,
) -> bytes:
    """Wrap ready feature texts in one FeatureCollection with the bbox of `geoms` (WGS84)."""
    head = b'{"type":"FeatureCollection",'
    box = shapely.total_bounds(geoms) if len(geoms) else np.full(4, np.nan)
    if np.isfinite(box).all():
        head += b'"bbox":' + orjson.dumps((np.round(box, decimals) + 0.0).tolist()) + b","
    whole = head + b'"features":[' + b",\n".join(features) + b"]}"
    if for_script:
        whole = script_safe(whole)
    return whole


def script_safe(json_text: bytes) -> bytes:
    """Escape JSON text so that an HTML parser finds no tag, entity or comment in it."""
    for raw, escape in _SCRIPT_ESCAPES:
        json_text = json_text.replace(raw, escape)
    return json_text


def wgs84_geometries(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Give the frame's longitude and latitude shapes as an array in row order, None where missing.

    Raises ValueError when the frame has neither a column `geom_wgs84` nor an active WGS84 geometry.
    """
    if "geom_wgs84" in frame.columns:
        series = gpd.GeoSeries(frame["geom_wgs84"])
        if series.crs is not None and series.crs.to_epsg() != WGS84:
            raise ValueError("the column geom_wgs84 is not in WGS84")
    elif frame.crs is not None and frame.crs.to_epsg() == WGS84:
        series = frame.geometry
    else:
        raise ValueError("the frame has no WGS84 geometry (column geom_wgs84 or the active one)")
    geoms = np.asarray(series.array, dtype=object)
    box = shapely.total_bounds(geoms) if len(geoms) else np.full(4, np.nan)
    if np.isfinite(box).all() and not (
        -180 <= box[0] <= box[2] <= 180 and -90 <= box[1] <= box[3] <= 90
    ):
        raise ValueError("the coordinates are not longitude and latitude")
    return geoms


def geometry_texts(geoms: NDArray[np.object_], decimals: int = 7) -> list[bytes]:
    """Write each WGS84 geometry as GeoJSON: exterior rings anticlockwise, coordinates rounded.

    A missing or empty geometry gives `null`. Raises ValueError for decimals outside 0 to 7.
    """
    if not 0 <= decimals <= 7:
        raise ValueError(f"GeoJSON coordinates have 0 to 7 decimals here, not {decimals}")
    if not len(geoms):
        return []
    # adding 0.0 turns the -0.0 that rounding can leave just west of Greenwich into 0.0
    rounded = shapely.transform(geoms, lambda xy: np.round(xy, decimals) + 0.0)
    wound = shapely.orient_polygons(rounded, exterior_cw=False)
    missing = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    texts = shapely.to_geojson(wound)
    return [b"null" if gone else text.encode() for gone, text in zip(missing, texts, strict=True)]


def plain_records(frame: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, object]]:
    """Give each row as a dict of plain Python values in column order, None where missing."""
    plain = {}
    for name in columns:
        column = frame[name]
        values = column.astype(object).where(column.notna(), None).tolist()
        plain[name] = [v.item() if isinstance(v, np.generic) else v for v in values]
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)] or [
        {} for _ in range(len(frame))
    ]
