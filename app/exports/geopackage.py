"""Writes sheets as one GeoPackage in British National Grid: layers with shapes, and tables without."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from app.exports.sheets import Kind, Sheet
from boundaries.crs import BNG_NAME

MEDIA_TYPE = "application/geopackage+sqlite3"
GEOMETRY = "geom"
_TYPES: dict[Kind, str] = {
    "text": "string", "whole": "int64", "number": "float64", "truth": "bool", "day": "date32",
}  # fmt: skip


def write_geopackage(sheets: Sequence[Sheet]) -> bytes:
    """Write each sheet as a layer (or a table without shapes) of one GeoPackage.

    Columns keep their kind: codes stay text, days are dates, pence are 64-bit whole numbers, missing
    is null. A missing shape is null in its row. Raises ValueError for two sheets of one name.
    """
    names = [sheet.name for sheet in sheets]
    if len(set(names)) != len(names):
        raise ValueError(f"two sheets of one name: {names}")
    with tempfile.TemporaryDirectory(prefix="bounds-gpkg-") as folder:
        path = Path(folder) / "bounds.gpkg"
        for sheet in sheets:
            # Version 1.3: the GDAL and QGIS of long-lived distributions know no later one.
            _write_layer(path, sheet, {} if path.exists() else {"VERSION": "1.3"})
        return path.read_bytes()


def _write_layer(path: Path, sheet: Sheet, dataset_options: dict[str, str]) -> None:
    arrays = {
        name: pa.array([row.get(name) for row in sheet.rows], type=_TYPES[kind])
        for name, kind in sheet.columns
    }
    shaped = sheet.shapes is not None
    if shaped:
        arrays[GEOMETRY] = pa.array(_as_wkb(sheet), type=pa.binary())
    options = {"IDENTIFIER": sheet.title, "DESCRIPTION": sheet.title}
    if shaped:
        options["GEOMETRY_NAME"] = GEOMETRY
    pyogrio.write_arrow(
        pa.table(arrays), path, layer=sheet.name, driver="GPKG",
        geometry_name=GEOMETRY if shaped else None, geometry_type=sheet.shape_type if shaped else None,
        crs=BNG_NAME if shaped else None, layer_options=options,
        dataset_options=dataset_options or None,
    )  # fmt: skip


def _as_wkb(sheet: Sheet) -> list[bytes | None]:
    shapes = np.array(list(sheet.shapes or []), dtype=object)
    if sheet.shape_type == "MultiPolygon":
        shapes = np.array(
            [one if one is None else shapely.multipolygons(shapely.get_parts(one)) for one in shapes],
            dtype=object,
        )  # fmt: skip
    return list(shapely.to_wkb(shapes)) if len(shapes) else []
