"""Points as the tables take them, and lookups that know no place."""

from __future__ import annotations

import pandas as pd
import shapely
from geoalchemy2.elements import WKBElement

from app.resources.methods.place import PlaceLookups


def point_text(x: float, y: float, system: int) -> WKBElement:
    return WKBElement(shapely.to_wkb(shapely.Point(x, y)), srid=system)


def empty_lookups() -> PlaceLookups:
    """Lookups that know no area: codes keep their grade by kind, names of nations and regions still count."""
    return PlaceLookups(
        pd.DataFrame({"code": [], "type": [], "name": []}),
        pd.DataFrame({"postcode": []}),
        pd.DataFrame({"code": [], "type": [], "name": [], "within": [], "current": []}),
    )
