"""The spatial operators of CQL2: outlines are checked here before the database sees them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry import shape
from sqlalchemy import ColumnElement, and_, func, not_

from app.ogc.crs_names import SYSTEMS, System, lon_lat_box, roomy
from app.ogc.filter_text import refuse
from app.ogc.statements.collections import Source
from boundaries.crs import BNG, WEB_MERCATOR, WGS84, Bounds, box_in_metres

GEOMETRY = "geometry"
MOST_CORNERS = 5_000
#: a box that holds no place of the National Grid
_NOWHERE: Bounds = (-2e9, -2e9, -1e9, -1e9)
_FUNCTIONS: Mapping[str, str] = {
    "s_intersects": "ST_Intersects", "s_equals": "ST_Equals", "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches", "s_within": "ST_Within", "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses", "s_contains": "ST_Contains",
}  # fmt: skip
SPATIAL = frozenset(_FUNCTIONS)
_TURNED = {"s_within": "s_contains", "s_contains": "s_within"}


def spatial(
    op: str, source: Source, system: System, first: Any, second: Any
) -> ColumnElement[bool]:
    """Relate a feature's outline to a given one. Raises BadFilter (400) for one that is not valid."""
    if _is_own(second) and not _is_own(first):
        first, second, op = second, first, _TURNED.get(op, op)
    if not _is_own(first) or _is_own(second):
        raise refuse(f"{op} takes the property {GEOMETRY} and an outline", first)
    given = _read(second)
    if op == "s_disjoint":
        return not_(_related("s_intersects", source, system, given))
    return _related(op, source, system, given)


def _related(op: str, source: Source, system: System, given: Any) -> ColumnElement[bool]:
    if system.number == BNG:
        column, boxed, srid = source.geom, given.bounds, BNG
    else:
        if system.north_first:
            given = shapely.transform(given, lambda xy: xy[:, ::-1])
        elif system.number == WEB_MERCATOR:
            given = shapely.transform(given, _degrees)
        if not _are_degrees(given.bounds):
            raise refuse("its coordinates are no longitudes and latitudes", given.bounds)
        column, srid = source.geom_wgs84, WGS84
        boxed = box_in_metres(roomy(given.bounds))
        if (
            boxed is None
        ):  # far from England: nothing meets it, and what has no outline is still unknown
            return source.geom.op("&&")(func.ST_MakeEnvelope(*_NOWHERE, BNG))
    asked = func.ST_GeomFromWKB(shapely.to_wkb(given), srid)
    box = func.ST_MakeEnvelope(*boxed, BNG)
    related: ColumnElement[bool] = getattr(func, _FUNCTIONS[op])(column, asked)
    return and_(source.geom.op("&&")(box), related)


def _degrees(xy: Any) -> Any:
    mercator = next(each for each in SYSTEMS.values() if each.number == WEB_MERCATOR)
    moved = [lon_lat_box((x, y, x, y), mercator)[:2] for x, y in xy.tolist()]
    return shapely.get_coordinates(shapely.points(moved))


def _are_degrees(bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _is_own(node: Any) -> bool:
    return isinstance(node, dict) and node.get("property") == GEOMETRY


def _read(node: Any) -> Any:
    if isinstance(node, dict) and "bbox" in node:
        return _box(node["bbox"])
    if not isinstance(node, dict) or "type" not in node:
        raise refuse("here an outline or box must stand", node)
    try:
        given = shape(node)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        shapely.errors.ShapelyError,
    ):
        raise refuse("the outline cannot be read", node.get("type")) from None
    if given.is_empty or shapely.has_z(given):
        raise refuse("an outline has corners, of two coordinates each", node.get("type"))
    if shapely.get_num_coordinates(given) > MOST_CORNERS:
        raise refuse(f"an outline in a filter has at most {MOST_CORNERS} corners")
    if not all(math.isfinite(value) and abs(value) < 1e9 for value in given.bounds):
        raise refuse("its coordinates are not finite")
    if not shapely.is_valid(given):
        raise refuse(f"the outline is not valid: {shapely.is_valid_reason(given)}")
    return given


def _box(numbers: Any) -> Any:
    good = (
        isinstance(numbers, list)
        and len(numbers) in (4, 6)
        and all(isinstance(each, int | float) and abs(each) < 1e9 for each in numbers)
    )
    if not good:
        raise refuse("a box has four or six numbers", numbers)
    half = len(numbers) // 2
    west, south, east, north = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    if west > east or south > north:
        raise refuse("a box goes from its lower left to its upper right", numbers)
    return shapely.box(west, south, east, north)
