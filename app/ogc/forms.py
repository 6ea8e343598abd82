"""The files that a collection can be had as: names, media types, endings, and what each leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One kind of file. shaped: whether it holds outlines."""

    told: str
    media_type: str
    ending: str
    shaped: bool = True


FORMS: Mapping[str, Form] = {
    "geojson": Form("GeoJSON", "application/geo+json", "geojson"),
    "geojsonseq": Form("GeoJSON text sequence", "application/geo+json-seq", "geojsons"),
    "csv": Form("CSV, without outlines", "text/csv; charset=utf-8", "csv", shaped=False),
    "xlsx": Form(
        "Excel workbook, without outlines, 1,048,575 rows at most",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", shaped=False,
    ),
    "gpkg": Form("GeoPackage", "application/geopackage+sqlite3", "gpkg"),
    "fgb": Form("FlatGeobuf, in the order of its index", "application/flatgeobuf", "fgb"),
    "parquet": Form("GeoParquet", "application/vnd.apache.parquet", "parquet"),
    "shp": Form(
        "Shapefile, zipped: names of columns cut to 10 letters, text to 254 bytes, 2 GB at most",
        "application/zip", "zip",
    ),
}  # fmt: skip
