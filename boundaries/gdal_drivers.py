"""Switches off what GDAL would follow out of a file: to other files, to other hosts (SAFETY.md 0.4, C2)."""

from __future__ import annotations

import os

# Only names that the wheels' GDAL has: it warns on standard error of every other.
RASTER_DRIVERS_OFF = (
    "VRT DERIVED GTI WCS WMS WMTS PLMOSAIC EEDAI STACTA STACIT HTTP DAAS OGCAPI GDALG"
)
VECTOR_DRIVERS_OFF = (
    "OGR_VRT,WFS,OAPIF,CSW,KML,LIBKML,GML,GPX,GeoRSS,JML,DXF,DGN,PGDUMP,Elasticsearch,Carto,"
    "AmigoCloud,NGW,PLSCENES,EEDA,ADBC,GeoJSONSeq,ESRIJSON,TopoJSON,JSONFG,XLSX,ODS,CSV,S57,VDV,"
    "OSM,OGR_GMT,Selafin,EDIGEO,AIVector,AVCE00,SXF,MapInfo File,MVT,PMTiles,GPSBabel,MapML"
)


def lock_down_gdal() -> None:
    """Switch off GDAL's drivers that read other files or hosts; call before GDAL is imported.

    Also drops inherited `GDAL_DATA` and `PROJ_*`, which would poison the wheels' own copies
    (SAFETY.md B). A second call changes nothing.
    """
    os.environ["GDAL_SKIP"] = RASTER_DRIVERS_OFF
    os.environ["OGR_SKIP"] = VECTOR_DRIVERS_OFF
    os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = ".none"
    os.environ["GDAL_DISABLE_READDIR_ON_OPEN"] = "TRUE"
    for inherited in ("GDAL_DATA", "PROJ_LIB", "PROJ_DATA"):
        os.environ.pop(inherited, None)
