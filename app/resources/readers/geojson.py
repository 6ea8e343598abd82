"""Money drawn on a map: GeoJSON whose features are points or outlines of estates, plain columns as properties."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from app.resources.readers.frames import ReadLines, StatedPlace
from app.resources.readers.json_files import is_json, json_refused
from app.resources.readers.plain import read_plain_rows
from app.vintages.readers.cells import MAX_ROWS, FileRefused, decode, read_bytes
from boundaries.errors import Fault, Invalid
from boundaries.untrusted import check_depth, parse_outline

_LOOKED_AT = 2_000
MOST_POINTS = 50


def is_geojson(raw: bytes) -> bool:
    """Say whether bytes are a GeoJSON collection of features, by the words at their beginning."""
    return is_json(raw) and b"FeatureCollection" in raw[:_LOOKED_AT].replace(b"\x00", b"")


def read_geojson(
    source: Path | bytes, name: str, columns: Mapping[str, str] | None = None
) -> ReadLines:
    """Read features with the plain table's columns as properties; rows count features from 1.

    A Point is the place of its line, a MultiPoint several places (with the property `shares`, each its
    own), a Polygon or MultiPolygon the estate the line is for; longitude and latitude, as RFC 7946 says.
    A feature without geometry takes its property `place`. A geometry that is broken refuses its row
    with the rule outline, point-in-degrees or geometry-is-known.

    columns : as in `read_plain`. Raises FileRefused.
    """
    raw = read_bytes(source, name)
    text, notes = decode(raw, name)
    features = _features(text, name)
    rows: list[dict[str, Any]] = []
    outlines: dict[int, Any] = {}
    points: dict[int, tuple[StatedPlace, ...]] = {}
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        said = feature.get("properties") if isinstance(feature, dict) else None
        cells = dict(said) if isinstance(said, dict) else {}
        cells.setdefault("place", None)
        rows.append(cells)
        try:
            geometry = feature.get("geometry") if isinstance(feature, dict) else None
            kind, found = _ground(geometry, f"/features/{number - 1}/geometry")
        except Invalid as broken:
            shown = str((geometry or {}).get("type", "")) if isinstance(geometry, dict) else ""
            first = broken.faults[0] if broken.faults else None
            faults.append(
                Fault(
                    first.detail if first else broken.detail,
                    file=name, row=number, column="geometry", value=shown[:80],
                    rule=first.rule if first and first.rule else "outline",
                )
            )  # fmt: skip
            continue
        if kind == "outline":
            outlines[number] = found
        elif kind == "points":
            points[number] = found
            if len(found) == 1:
                cells["longitude"], cells["latitude"] = found[0].lon, found[0].lat
            else:  # as many words as points, so that the shares are counted against them
                cells["place"] = "; ".join(f"point {at}" for at in range(1, len(found) + 1))
    read = read_plain_rows(rows, name, columns)
    return _with_ground(read, outlines, points, faults, notes)


def _features(text: str, name: str) -> list[Any]:
    try:
        body = orjson.loads(text)
        check_depth(body)
    except orjson.JSONDecodeError as fault:
        raise json_refused(name, text, fault) from fault
    features = body.get("features") if isinstance(body, dict) else None
    if not isinstance(features, list) or not features:
        raise FileRefused(
            f"{name} holds no features.",
            [Fault("The collection has no features.", file=name, rule="file-has-features")],
        )
    if len(features) > MAX_ROWS:
        raise FileRefused(f"{name} holds more than {MAX_ROWS:,} features.")
    return features


def _ground(geometry: Any, pointer: str) -> tuple[str, Any]:
    """Read a geometry as ("points", places), ("outline", shape in BNG) or ("none", None). Raises Invalid."""
    if geometry is None:
        return "none", None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind in ("Polygon", "MultiPolygon"):
        return "outline", parse_outline(geometry, pointer=pointer)
    if kind not in ("Point", "MultiPoint"):
        raise _refused("It is no point, points, polygon or polygons.", "geometry-is-known", pointer)
    spots = geometry.get("coordinates")
    spots = [spots] if kind == "Point" else spots
    if not isinstance(spots, list) or not 0 < len(spots) <= MOST_POINTS:
        why = f"There is no point in it, or more than {MOST_POINTS}."
        raise _refused(why, "geometry-is-known", pointer)
    return "points", tuple(_point(spot, pointer) for spot in spots)


def _point(spot: Any, pointer: str) -> StatedPlace:
    numbers: list[Any] = spot if isinstance(spot, list) and len(spot) in (2, 3) else [None, None]
    lon, lat = numbers[:2]
    if not (_is_degrees(lon, 180) and _is_degrees(lat, 90)):
        why = "A point is not a longitude and a latitude in degrees."
        raise _refused(why, "point-in-degrees", pointer)
    return StatedPlace(lon=float(lon), lat=float(lat))


def _is_degrees(value: object, limit: int) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit
    )


def _refused(detail: str, rule: str, pointer: str) -> Invalid:
    return Invalid(detail, [Fault(detail, pointer=pointer, rule=rule)])


def _with_ground(
    read: ReadLines,
    outlines: Mapping[int, Any],
    points: Mapping[int, tuple[StatedPlace, ...]],
    faults: list[Fault],
    notes: list[Fault],
) -> ReadLines:
    """Give each line the ground that its feature draws, and refuse those whose geometry is broken."""
    broken = {fault.row for fault in faults}
    frame = read.frame[~read.frame["row"].isin(broken)].reset_index(drop=True)
    places = [
        () if row in outlines else points[row] if len(points.get(row, ())) > 1 else stated
        for row, stated in zip(frame["row"], frame["places"], strict=True)
    ]
    drawn = [outlines.get(row) for row in frame["row"]]
    frame = frame.assign(
        places=pd.Series(places, dtype=object), outline=pd.Series(drawn, dtype=object)
    )
    # The note that "longitude" is a column of ours says nothing of a file that draws its points.
    return ReadLines(frame, (*read.faults, *faults), (*notes, *read.notes), read.rows_in)
