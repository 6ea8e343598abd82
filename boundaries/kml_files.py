"""Reads the areas of a KML file, the format of Google Earth and My Maps; follows no link and expands no entity.

GDAL's own KML drivers are switched off (boundaries.gdal_drivers), for they can follow network links.
"""

from __future__ import annotations

import xml.parsers.expat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boundaries.errors import Fault, Refused

MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 64
MAX_PLACEMARKS = 10_000
MAX_NAME = 200


class UnreadableKml(Refused):
    """A KML file that is not taken, with the reason."""

    slug = "unreadable-kml"
    title = "The KML file was refused"


@dataclass
class _Reading:
    """What has been read of the placemark at hand, and of those before it."""

    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    name: str = ""
    polygons: list[list[list[list[float]]]] = field(default_factory=list)
    found: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def is_kml(path: Path) -> bool:
    """Say whether a file begins as KML does."""
    with path.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and b"<kml" in start


def read_kml(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read the placemarks that are areas: their names and GeoJSON geometries (longitude, latitude).

    Points, lines and overlays are passed over. Raises UnreadableKml for what is no KML, a document
    type or entity of its own, a network link, depth over 64, numbers that are none.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _refuse(path, f"it has {size:,} bytes; at most {MAX_BYTES:,} are read")
    reading = _Reading()
    parser = xml.parsers.expat.ParserCreate(namespace_separator="|")
    parser.buffer_text = True

    def no_document_type(*_: object) -> None:
        raise _refuse(path, "it declares a document type, which is not read")

    def start(tag: str, _: object) -> None:
        name = tag.rpartition("|")[2]
        reading.path.append(name)
        reading.text.clear()
        if len(reading.path) > MAX_DEPTH:
            raise _refuse(path, f"it is nested deeper than {MAX_DEPTH}")
        if name in ("NetworkLink", "Model"):
            raise _refuse(path, f"it holds a {name}, which leads out of the file")
        if name == "Placemark":
            reading.name, reading.polygons = "", []
        elif name == "Polygon":
            reading.polygons.append([])

    def end(_: str) -> None:
        name = reading.path.pop()
        text = "".join(reading.text).strip()
        reading.text.clear()
        within = reading.path[-1] if reading.path else ""
        if name == "name" and within == "Placemark":
            reading.name = text[:MAX_NAME]
        elif name == "coordinates" and within == "LinearRing" and reading.polygons:
            ring = _ring(path, text, len(reading.found) + 1)
            is_outer = "outerBoundaryIs" in reading.path[-2:]
            rings = reading.polygons[-1]
            if is_outer:
                rings.insert(0, ring)
            else:
                rings.append(ring)
        elif name == "Placemark" and reading.polygons:
            reading.found.append(
                (reading.name, {"type": "MultiPolygon", "coordinates": reading.polygons})
            )
            if len(reading.found) > MAX_PLACEMARKS:
                raise _refuse(path, f"it holds more than {MAX_PLACEMARKS:,} areas")

    parser.StartDoctypeDeclHandler = no_document_type
    parser.EntityDeclHandler = no_document_type
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = reading.text.append
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except xml.parsers.expat.ExpatError as error:
        raise _refuse(path, f"it is not XML that can be read whole: {error}") from error
    return reading.found


def _ring(path: Path, text: str, feature: int) -> list[list[float]]:
    ring = []
    for position in text.split():
        try:
            ring.append([float(part) for part in position.split(",")[:2]])
        except ValueError:
            ring.append([])
        if len(ring[-1]) != 2:
            why = "a position is not longitude,latitude"
            raise _refuse(path, why, row=feature, value=position[:40])
    return ring


def _refuse(path: Path, why: str, *, row: int | None = None, value: str = "") -> UnreadableKml:
    fault = Fault(why, file=path.name, row=row, value=value, rule="KML of areas")
    return UnreadableKml(f"{path.name}: {why}", [fault])
