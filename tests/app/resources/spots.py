"""Points as the tables take them."""

from __future__ import annotations

import shapely
from geoalchemy2.elements import WKBElement


def point_text(x: float, y: float, system: int) -> WKBElement:
    return WKBElement(shapely.to_wkb(shapely.Point(x, y)), srid=system)
