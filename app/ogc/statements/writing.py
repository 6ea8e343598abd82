"""How a feature becomes text inside the database: GeoJSON in any of the four systems, with some or all properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal

from app.ogc.crs_names import System
from app.ogc.statements.collections import Source
from boundaries.crs import BNG, WEB_MERCATOR


def geometry_in(source: Source, system: System) -> ColumnElement[Any]:
    """Give the stored outline that a system's coordinates come from; web metres by formula from degrees."""
    if system.number == BNG:
        return source.geom
    if system.number == WEB_MERCATOR:
        return func.ST_Transform(source.geom_wgs84, WEB_MERCATOR)
    return source.geom_wgs84


def feature_text(source: Source, properties: Iterable[str], system: System) -> ColumnElement[str]:
    """Write one feature as GeoJSON text; outer rings counter-clockwise, a missing outline null."""
    shape = func.ST_ForcePolygonCCW(geometry_in(source, system))
    if system.north_first:
        shape = func.ST_FlipCoordinates(shape)
    pairs: list[Any] = []
    for name in properties:
        pairs += [literal(name), source.columns[name]]
    members = func.json_build_object(*pairs)
    return (
        literal('{"type":"Feature","id":')
        + cast(func.to_json(source.key), Text)
        + literal(',"geometry":')
        + func.coalesce(func.ST_AsGeoJSON(shape, system.decimals, 0), literal("null"))
        + literal(',"properties":')
        + cast(members, Text)
        + literal("}")
    )
