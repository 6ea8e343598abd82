"""The four systems that features are given in, by the addresses that the standard names them with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.problems import BadRequest
from boundaries.crs import BNG, WEB_MERCATOR, WGS84, Bounds
from boundaries.errors import Fault

_AUTHORITY = "http://www.opengis.net/def/crs/EPSG/0/"
# Of the sphere of web maps, metres.
_RADIUS_M = 6_378_137.0
_HAIR = 1e-8  # degrees


@dataclass(frozen=True)
class System:
    """One system: its address, its number, and whether its first axis is the northern one."""

    uri: str
    number: int
    north_first: bool = False

    @property
    def in_metres(self) -> bool:
        """Say whether its coordinates are metres."""
        return self.number in {BNG, WEB_MERCATOR}

    @property
    def decimals(self) -> int:
        """Give how many decimals are written: about a centimetre either way."""
        return 2 if self.in_metres else 7


CRS84 = System("http://www.opengis.net/def/crs/OGC/1.3/CRS84", WGS84)
STORED = System(f"{_AUTHORITY}{BNG}", BNG)
SYSTEMS: dict[str, System] = {
    each.uri: each
    for each in (
        CRS84,
        System(f"{_AUTHORITY}{WGS84}", WGS84, north_first=True),
        STORED,
        System(f"{_AUTHORITY}{WEB_MERCATOR}", WEB_MERCATOR),
    )
}
# As people write them.
_SHORT = {f"EPSG:{BNG}": STORED, "CRS84": CRS84, "OGC:CRS84": CRS84} | {
    f"EPSG:{each.number}": each for each in SYSTEMS.values() if each.uri.startswith(_AUTHORITY)
}


def read_system(name: str, written: str | None) -> System:
    """Read a parameter that names a system: its address, `[EPSG:27700]` or EPSG:27700; CRS84 where absent.

    Raises BadRequest (400), which lists the systems there are.
    """
    if written is None:
        return CRS84
    found = SYSTEMS.get(written) or _SHORT.get(written.strip("[]"))
    if found is None:
        detail = f"{name} is one of {', '.join(SYSTEMS)}, not {written[:80]!r}"
        raise BadRequest(detail, [Fault(detail, pointer=f"/{name}", value=written[:80])])
    return found


def lon_lat_box(box: Bounds, system: System) -> Bounds:
    """Carry a box of degrees (either order) or of web metres to west, south, east, north."""
    first, second, third, fourth = box
    if system.north_first:
        return second, first, fourth, third
    if system.number == WEB_MERCATOR:
        return _lon(first), _lat(second), _lon(third), _lat(fourth)
    return box


def roomy(box: Bounds) -> Bounds:
    """Widen a box of degrees by a millimetre's worth: the box of a single point has no edges to follow."""
    west, south, east, north = box
    return west - _HAIR, south - _HAIR, east + _HAIR, north + _HAIR


def _lon(x: float) -> float:
    return math.degrees(x / _RADIUS_M)


def _lat(y: float) -> float:
    # Beyond 700 the hyperbolic sine overflows, and the pole is reached long before.
    return math.degrees(math.atan(math.sinh(max(-700.0, min(700.0, y / _RADIUS_M)))))
