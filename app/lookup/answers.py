"""Shapes what was found at a point into the words of the wire; asks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boundaries.area_types import AREA_TYPES
from boundaries.crs import lonlat_swapped, point_to_bng, point_to_lonlat
from boundaries.errors import Fault, Invalid
from boundaries.point_lookup import DayLayer

OUTSIDE = "outside England, or outside what is loaded here"
AT_NOTHING = "0, 0 is what stands where nothing is known"
SWAPPED = "longitude and latitude look swapped"
IN_NO_AREA = "in no area of this layer; the nearest is given"
# METHODS.md 1.2: an outline's own tolerance and a little more, within which it may be wrong.
NEAR_BORDER_M = 5.0


@dataclass(frozen=True)
class Place:
    """One point said both ways: degrees (WGS84) and metres (British National Grid)."""

    lon: float
    lat: float
    easting: float
    northing: float


def place_of_point(
    lon: float | None, lat: float | None, easting: float | None, northing: float | None
) -> Place:
    """Complete a point given one way or the other. Raises Invalid where neither or both are given."""
    by_degrees = lon is not None and lat is not None
    by_metres = easting is not None and northing is not None
    mixed = (lon is None) != (lat is None) or (easting is None) != (northing is None)
    if by_degrees == by_metres or mixed:
        raise Invalid(
            "give either lon and lat, or easting and northing",
            [Fault("one of the two ways", "/lon")],
        )
    if lon is not None and lat is not None:
        return Place(lon, lat, *point_to_bng(lon, lat))
    assert easting is not None, "checked above"
    assert northing is not None, "checked above"
    return Place(*point_to_lonlat(easting, northing), easting, northing)


def area_item(layer: DayLayer, found: Mapping[str, Any]) -> dict[str, Any]:
    """Write what one layer holds at a point; `found`: code, name, metres, is_inside and perhaps beside."""
    item = plain_item(layer, found["code"], found["name"], found["metres"], found["is_inside"])
    beside = found.get("beside")
    if beside is not None:
        item["near_border"] = float(found["metres"]) <= near_border_m(layer)
        if item["near_border"] and beside:
            item["other_side"] = beside
    return item


def plain_item(
    layer: DayLayer, code: str, name: str, metres: float, is_inside: bool
) -> dict[str, Any]:
    """Write what one layer holds at a point, with nothing of what lies beyond its border."""
    item: dict[str, Any] = {
        "type": layer.type, "code": code, "name": name, "distance_to_boundary_m": round(float(metres), 1),
        "release": layer.release, "quality": layer.quality,
    }  # fmt: skip
    if not is_inside:
        item["note"] = IN_NO_AREA
    return item


def near_border_m(layer: DayLayer) -> float:
    """Say within how many metres of its border an outline may be wrong about a point."""
    return layer.tolerance_m + NEAR_BORDER_M


def point_body(place: Place, areas: list[dict[str, Any]]) -> dict[str, Any]:
    """Write the answer about a point; no areas is said in a note."""
    body: dict[str, Any] = {
        "lon": round(place.lon, 8),
        "lat": round(place.lat, 8),
        "easting": round(place.easting, 3),
        "northing": round(place.northing, 3),
        "areas": areas,
    }
    if not areas:
        body["note"] = outside_note(place.lon, place.lat)
    return body


def outside_note(lon: float, lat: float) -> str:
    """Say that nothing is known of a point given in degrees, and what mistake it looks like."""
    if lon == lat == 0:
        return f"{OUTSIDE}; {AT_NOTHING}"
    return f"{OUTSIDE}; {SWAPPED}" if lonlat_swapped((lon, lat, lon, lat)) else OUTSIDE


def postcode_body(row: Mapping[str, Any], areas: list[dict[str, Any]]) -> dict[str, Any]:
    """Write the answer about a whole postcode; `near_border` lists the types whose border is near."""
    return {
        **{key: row[key] for key in POSTCODE_COLUMNS},
        "near_border": [item["type"] for item in areas if item.get("near_border")],
        "areas": areas,
    }


POSTCODE_COLUMNS = (
    "postcode", "status", "easting", "northing", "lon", "lat", "lad_code", "lsoa11_code", "lsoa21_code",
)  # fmt: skip


def follow_directory(
    found: dict[str, Any], official: str | None, official_name: str | None
) -> dict[str, Any]:
    """Give the area that the postcode directory names where the outline says another (METHODS.md 1.2).

    Only where the layer draws that area on the day: otherwise the outline's own answer stays.
    """
    if official is None or official_name is None or official == found["code"]:
        return found
    return {
        **found,
        "code": official,
        "name": official_name,
        "is_inside": True,
        "outline_says": found["code"],
    }


def wanted_layers(layers: Sequence[DayLayer], types: Sequence[str]) -> list[DayLayer]:
    """Keep the layers of the types asked for; none asked for is all."""
    return [layer for layer in layers if not types or layer.type in types]


def check_types(types: Sequence[str]) -> tuple[str, ...]:
    """Check area types; raises Invalid naming those there are."""
    for kind in types:
        if kind not in AREA_TYPES:
            raise Invalid(
                f"there is no area type {kind[:40]!r}; there are {', '.join(AREA_TYPES)}",
                [Fault("unknown area type", "/type", value=kind[:40])],
            )
    return tuple(dict.fromkeys(types))
