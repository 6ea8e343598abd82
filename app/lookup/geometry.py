"""Says which areas somebody's outline lies in, with shares both ways; the overlay runs in a limited process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.lookup.queries import names_of_areas
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, shares_of_ground
from boundaries.point_lookup import DayLayer, layers_of_day
from boundaries.untrusted import check_depth, measure_untrusted_ground, parse_outline

MOST_TYPES = 8
# Each type asked for is an overlay of its own.
GEOMETRY_TYPES = ["lad", "wd"]


def read_geometry(geometry: Any) -> shapely.MultiPolygon:
    """Read GeoJSON (WGS84) that somebody sent as a valid outline in metres. Raises Invalid, Malformed."""
    if isinstance(geometry, dict) and isinstance(geometry.get("geometry"), dict):
        geometry = geometry["geometry"]
    check_depth(geometry)
    outline = parse_outline(geometry)
    if isinstance(outline, shapely.MultiPolygon):
        return outline
    assert isinstance(outline, shapely.Polygon), "parse_outline gives nothing else"
    return shapely.MultiPolygon([outline])


def look_up_geometry(
    session: Session, outline: shapely.MultiPolygon, types: Sequence[str], day: date
) -> dict[str, Any]:
    """List the areas of some types that an outline lies in, the largest share of it first.

    share_of_geometry : share of the outline's ground in the area. share_of_area : share of the area's
    ground in the outline, and by postcodes and people where those are known (null: not known).
    Raises TooComplex where the overlay runs into its limits.
    """
    if len(types) > MOST_TYPES:
        raise Invalid(
            f"at most {MOST_TYPES} types are measured at once",
            [Fault("too many", "/type", value=str(len(types)))],
        )
    ground_m2 = float(shapely.area(outline))
    layers = [layer for layer in layers_of_day(session, day) if layer.type in types]
    items: list[dict[str, Any]] = []
    for demo in (False, True):
        for layer in layers:
            if layer.demo is demo:
                items += _areas_of(session, outline, layer, ground_m2)
        if items:
            break
    body: dict[str, Any] = {
        "area_m2": round(ground_m2, 1),
        "areas": sorted(
            items, key=lambda item: (item["type"], -item["share_of_geometry"], item["code"])
        ),
    }
    if not items:
        body["note"] = "in no area of these types that is loaded here"
    return body


def _areas_of(
    session: Session, outline: shapely.MultiPolygon, layer: DayLayer, ground_m2: float
) -> list[dict[str, Any]]:
    ground = Ground(outline=outline, demo=layer.demo)
    shares = shares_of_ground(session, ground, layer.release, measure=measure_untrusted_ground)
    names = names_of_areas(session, shares["code"].tolist())
    return [
        {
            "type": layer.type,
            "code": row.code,
            "name": names.get(row.code),
            "overlap_m2": round(float(row.overlap_m2), 1),
            "share_of_geometry": float(row.overlap_m2) / ground_m2,
            "share_of_area": float(row.area_share),
            "core_share_of_area": float(row.core_share),
            "postcode_share_of_area": _known(row.postcode_share),
            "people_share_of_area": _known(row.people_share),
            "release": layer.release,
            "quality": layer.quality,
        }
        for row in shares.itertuples()
    ]


def _known(share: Any) -> float | None:
    return None if pd.isna(share) else float(share)
