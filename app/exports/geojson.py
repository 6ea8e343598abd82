"""Puts ready feature texts together as a GeoJSON collection; the coordinates come as they were stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from boundaries.crs import BNG, BNG_NAME, WGS84
from boundaries.errors import Fault, Invalid

MEDIA_TYPE = "application/geo+json"
LON_LAT_NAME = f"EPSG:{WGS84}"


def wants_metres(crs: str | None) -> bool:
    """Read the parameter `crs`: British National Grid, or (absent) longitude and latitude; raises Invalid."""
    if crs is None or crs == LON_LAT_NAME:
        return False
    if crs == BNG_NAME:
        return True
    detail = f"crs is {BNG_NAME} or {LON_LAT_NAME}, not {crs[:40]!r}"
    raise Invalid(detail, [Fault(detail, pointer="/crs", value=crs[:40])])


def refuse_simplified_metres(simplify_m: float | None, *, in_metres: bool) -> None:
    """Refuse levels in metres: they are stored in longitude and latitude, once. Raises Invalid."""
    if in_metres and simplify_m is not None:
        detail = f"simplify gives longitude and latitude: leave out crs={BNG_NAME}, or simplify"
        raise Invalid(detail, [Fault(detail, pointer="/simplify", value=f"{simplify_m:g}")])


def write_collection(features: str, about: Mapping[str, Any], *, in_metres: bool) -> bytes:
    """Wrap feature texts (commas between) with what they are and, in metres, the system's name for QGIS."""
    head: dict[str, Any] = {"type": "FeatureCollection", **about}
    if in_metres:
        head["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{BNG}"}}
    opened = orjson.dumps(head, default=str)[:-1]
    return opened + b',"features":[' + features.encode() + b"]}"


def crs_headers(*, in_metres: bool) -> dict[str, str]:
    """Say in Content-Crs that coordinates are not longitude and latitude."""
    if not in_metres:
        return {}
    return {"Content-Crs": f"<http://www.opengis.net/def/crs/EPSG/0/{BNG}>"}
