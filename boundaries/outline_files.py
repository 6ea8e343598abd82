"""Reads outlines that somebody drew, with their names: GeoJSON, KML, GeoPackage, zipped Shapefile and the like.

It mends nothing: a published layer is repaired and listed, an outline that somebody drew is refused
with the place of its fault, because mending it would answer another question than was asked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries import zip_safety
from boundaries.errors import Fault, Invalid, Refused
from boundaries.kml_files import is_kml, read_kml
from boundaries.methods.validity import MAX_VERTICES, check_polygon
from boundaries.vector_files import UnreadableFile, open_layer, to_grid

if TYPE_CHECKING:
    import pandas as pd

MAX_OUTLINES = 1_000
MAX_IN_ALL = 10 * MAX_VERTICES
MAX_FAULTS = 100
_NAMES = ("name", "title", "label", "neighbourhood", "area_name", "estate")


class OutlinesRefused(Refused):
    """A file of outlines of which some cannot be taken, each with its reason."""

    slug = "outlines-refused"
    title = "The outlines were refused"


def read_outlines(
    path: Path, *, layer: str | None = None, name_column: str | None = None, crs: str | None = None
) -> list[tuple[str, shapely.MultiPolygon]]:
    """Read every outline of a file: its name (empty where it has none) and its area (BNG, valid), in order.

    The column of names is found where it is not given. At most 1,000 outlines of 50,000 vertices
    each, 500,000 in all. Raises UnreadableFile, UnreadableKml, UnsafeArchive, and OutlinesRefused
    with a fault for each outline that is none, crosses itself, has no area or too many vertices.
    """
    with tempfile.TemporaryDirectory(prefix="bounds-outlines-") as name:
        found_in = _kml_in(path, Path(name))
        if found_in is not None:
            names, shapes = _from_kml(path, read_kml(found_in))
        else:
            names, shapes = _from_layer(path, layer, name_column, crs)
    if not len(shapes):
        raise UnreadableFile(f"{path.name}: it holds no area", [Fault("no area", file=path.name)])
    _check(path, shapes)
    return [
        (one, shapely.multipolygons(shapely.get_parts(shape)))
        for one, shape in zip(names, shapes, strict=True)
    ]


def _kml_in(path: Path, folder: Path) -> Path | None:
    """Give the KML of a file: itself, or the one in a zip (KMZ); None where it is no KML."""
    if is_kml(path):
        return path
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return None
    inside = [one for one in zip_safety.unpack(path, folder) if one.suffix == ".kml"]
    return inside[0] if len(inside) == 1 else None


def _from_kml(
    path: Path, placemarks: Sequence[tuple[str, dict[str, Any]]]
) -> tuple[list[str], NDArray[np.object_]]:
    # Imported when asked for: it holds the queue of the limited subprocess, in which this may run.
    from boundaries.untrusted import parse_outline

    _count(path, len(placemarks))
    faults, shapes = [], []
    for row, (_, geometry) in enumerate(placemarks, start=1):
        try:
            shapes.append(parse_outline(geometry))
        except Invalid as error:
            faults.append(_fault(path, row, error))
    _raise(path, faults)
    return [one for one, _ in placemarks], np.array(shapes, dtype=object)


def _from_layer(
    path: Path, layer: str | None, name_column: str | None, crs: str | None
) -> tuple[list[str], NDArray[np.object_]]:
    raw, stated, _ = open_layer(path, layer)
    _count(path, len(raw))
    column = _column_of_names(path, raw, name_column)
    names = [""] * len(raw)
    if column is not None:
        names = [str(one).strip() for one in raw[column].where(raw[column].notna(), "")]
    unreadable = raw.attrs.get("unreadable", [])
    if unreadable:
        why = "a ring is not closed or has fewer than four positions"
        _raise(
            path, [Fault(why, file=path.name, row=row + 1, rule="outline") for row in unreadable]
        )
    shapes: NDArray[np.object_] = raw["geometry"].to_numpy(dtype=object)
    # GeoJSON's own system is longitude and latitude, which GDAL states for it.
    moved, _ = to_grid(path, shapes, stated, crs)
    return names, moved


def _column_of_names(path: Path, raw: pd.DataFrame, given: str | None) -> str | None:
    there = [str(column) for column in raw.columns if column != "geometry"]
    if given is not None:
        if given not in there:
            why = f"there is no column {given!r}; the columns are {', '.join(there) or 'none'}"
            raise UnreadableFile(
                f"{path.name}: {why}", [Fault(why, file=path.name, column=given)]
            )  # fmt: skip
        return given
    folded = {column.lower(): column for column in reversed(there)}
    for name in _NAMES:
        if name in folded:
            return folded[name]
    return next((column for column in there if column.lower().endswith(("nm", "name"))), None)


def _check(path: Path, shapes: NDArray[np.object_]) -> None:
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    faults = []
    for row, shape in enumerate(shapes, start=1):
        try:
            check_polygon(shape, system="bng")
        except Invalid as error:
            faults.append(_fault(path, row, error))
    _raise(path, faults)
    if vertices > MAX_IN_ALL:
        why = f"its outlines have {vertices:,} vertices together; at most {MAX_IN_ALL:,} are taken"
        _raise(path, [Fault(why, file=path.name, rule="vertices")])


def _count(path: Path, outlines: int) -> None:
    if outlines > MAX_OUTLINES:
        why = f"it holds {outlines:,} outlines; at most {MAX_OUTLINES:,} are taken"
        _raise(path, [Fault(why, file=path.name, rule="number of outlines")])


def _fault(path: Path, row: int, error: Invalid) -> Fault:
    reason = error.faults[0].detail if error.faults else error.detail
    return Fault(reason, file=path.name, row=row, rule="outline")


def _raise(path: Path, faults: Sequence[Fault]) -> None:
    if not faults:
        return
    first = faults[0]
    place = f" (outline {first.row})" if first.row is not None else ""
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    raise OutlinesRefused(f"{path.name}: {first.detail}{place}{more}", faults[:MAX_FAULTS])
