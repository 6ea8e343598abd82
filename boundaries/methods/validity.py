"""Mends published outlines and judges users' ones; never mends what a user drew.

Publishers' layers are repaired and every repair is listed with its areas; a user's outline is
refused with the reason, because mending it would answer another question than was asked
(METHODS.md 1.4, SAFETY.md C2 and C3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.crs import BNG_NAME, is_lon_lat, lonlat_swapped, looks_like_bng
from boundaries.errors import Fault, Invalid

if TYPE_CHECKING:
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from boundaries.crs import Bounds

POLYGON, MULTIPOLYGON = 3, 6
MAX_VERTICES = 50_000
MOSTLY = 0.5
INTERIORS_MEET = "T********"  # in the matrix of two outlines (DE-9IM)


def _polygons_only(geometry: BaseGeometry) -> BaseGeometry | None:
    """Keep the polygons of a geometry as one MultiPolygon; None where it has none with area."""
    parts = shapely.get_parts(geometry)
    while any(shapely.get_type_id(parts) > POLYGON):
        parts = shapely.get_parts(parts)
    kept = [part for part in parts if shapely.get_type_id(part) == POLYGON and part.area > 0]
    return shapely.multipolygons(kept) if kept else None


def repair(
    geometries: Any, *, valid: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.object_], pd.DataFrame]:
    """Make published outlines valid MultiPolygons and list each that was touched or refused.

    Parameters
    ----------
    geometries : array or GeoSeries of shapely geometries, metres (areas are square metres).
    valid : which of them are valid, where that was judged before.

    Returns
    -------
    geometries : object array of the same length and order: a valid MultiPolygon, or None where
        the outline was refused. Polygons become MultiPolygons without being listed. A part that an
        invalid outline may mean as a hole is one where most of it lies in other areas of the layer.
    findings : frame of `position` (int, from 0), `kind` ("repaired" or "refused"), `reason`,
        `area_before_m2`, `area_after_m2` (float; NaN where there is none), one row for each
        outline that was not taken as it came, in order. Outlines in = outlines out + refused.

    `make_valid(method="structure", keep_collapsed=False)`: overlapping parts are united (linework
    would make holes of them). The area before is that of the faulty rings, so it may count ground
    twice. A repair that empties an outline refuses it. Source: METHODS.md 1.4.
    """
    import pandas as pd

    given = np.asarray(geometries, dtype=object)
    mended = np.empty(len(given), dtype=object)
    if valid is None:
        with np.errstate(invalid="ignore"):  # a NaN among the coordinates is found below
            valid = np.asarray(shapely.is_valid(given))
    kinds = shapely.get_type_id(given)
    sound = valid & ~shapely.is_empty(given)
    several, single = sound & (kinds == MULTIPOLYGON), sound & (kinds == POLYGON)
    mended[several] = given[several]
    mended[single] = as_multipolygons(given[single])
    rows: list[tuple[int, str, str, float, float]] = []
    for position in np.flatnonzero(~(several | single)).tolist():
        mended[position], row = _repair_one(position, given[position])
        rows.append(row)
    rows = _with_holes(given, mended, several | single, rows)
    columns = ["position", "kind", "reason", "area_before_m2", "area_after_m2"]
    return mended, pd.DataFrame(rows, columns=columns)


def as_multipolygons(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Write each Polygon as a MultiPolygon of one part, in order."""
    alone = np.arange(len(polygons))
    return np.asarray(shapely.multipolygons(polygons, indices=alone), dtype=object)


def _repair_one(
    position: int, geometry: BaseGeometry | None
) -> tuple[BaseGeometry | None, tuple[int, str, str, float, float]]:
    nothing = float("nan")
    if geometry is None or geometry.is_empty:
        return None, (position, "refused", "no geometry", nothing, nothing)
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None, (position, "refused", "a coordinate is not a number", nothing, nothing)
    if shapely.get_dimensions(geometry) < 2:
        reason = f"not an area but a {geometry.geom_type}"
        return None, (position, "refused", reason, nothing, nothing)
    before = float(shapely.area(geometry))
    if shapely.is_valid(geometry):
        mended = _polygons_only(geometry)
        reason = f"{geometry.geom_type}: only its polygons are kept"
    else:
        reason = str(shapely.is_valid_reason(geometry))
        mended = _polygons_only(
            shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        )
    if mended is None:
        return None, (position, "refused", f"nothing is left after repair: {reason}", before, 0.0)
    return mended, (position, "repaired", reason, before, float(shapely.area(mended)))


def _with_holes(
    given: NDArray[np.object_],
    mended: NDArray[np.object_],
    sound: NDArray[np.bool_],
    rows: list[tuple[int, str, str, float, float]],
) -> list[tuple[int, str, str, float, float]]:
    """Open again what a repair filled although another area of the layer lies there.

    Publishers' tools turn some holes into parts (a shell within a shell, or beside it): read as parts
    the outline is whole, read as holes it leaves room for its neighbour. The neighbour tells which
    (measured 2026-11-27: each of the 5 nested shells of LSOA 2021 covers a whole other LSOA).
    """
    told = []
    tree = shapely.STRtree(mended[sound]) if rows else None
    for position, kind, reason, before, after in rows:
        holes = None
        if tree is not None and kind == "repaired" and not shapely.is_valid(given[position]):
            holes = _taken_by_others(given[position], mended[position], tree)
        if holes is None:
            told.append((position, kind, reason, before, after))
            continue
        opened = _polygons_only(shapely.difference(mended[position], holes))
        if opened is None:  # all of it is another's: the fault is not of this kind
            told.append((position, kind, reason, before, after))
            continue
        mended[position] = opened
        said = f"{reason}; what another area covers is a hole"
        told.append((position, kind, said, before, float(shapely.area(opened))))
    return told


def _taken_by_others(
    published: BaseGeometry, filled: BaseGeometry, tree: shapely.STRtree
) -> BaseGeometry | None:
    """Give the parts of a repaired outline that would be holes by the other reading and lie in other areas."""
    near = tree.geometries[tree.query(filled)]
    if not shapely.relate_pattern(filled, near, INTERIORS_MEET).any():
        return None  # so it is with nearly all; the other reading takes a hundred times as long
    parted = _polygons_only(shapely.make_valid(published, method="linework"))
    doubtful = _polygons_only(filled if parted is None else shapely.difference(filled, parted))
    if doubtful is None:
        return None
    taken = []
    for part in shapely.get_parts(doubtful):
        others = tree.geometries[tree.query(part, predicate="intersects")]
        # Cut first, then joined: the parts are slivers, the others whole districts.
        covered = shapely.area(shapely.union_all(shapely.intersection(part, others)))
        if covered > MOSTLY * shapely.area(part):
            taken.append(part)
    return shapely.union_all(taken) if taken else None


def with_source_faults(
    listed: pd.DataFrame,
    source: NDArray[np.object_],
    moved: NDArray[np.object_],
    mended: NDArray[np.object_],
    *,
    valid: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Add to `repair`'s findings the outlines that were faulty as published, before they were moved.

    `source`, `moved` and `mended` are the outlines as published, in metres and repaired, in one
    order; `valid` says which are valid as published, where that was judged before. Moving vertices
    happens to mend some (3 of the 72 of districts 2023); they count as repaired, so that the list
    agrees with what the publisher's file holds. Sorted by position.
    """
    import pandas as pd

    was_valid = np.asarray(shapely.is_valid(source)) if valid is None else valid
    known = set(listed["position"])
    faulty = [
        position
        for position in np.flatnonzero(~was_valid).tolist()
        if source[position] is not None and position not in known
    ]
    rows = [
        (
            position,
            "repaired",
            f"as published, {say_invalid(source[position])}",
            float(shapely.area(moved[position])),
            float(shapely.area(mended[position])),
        )
        for position in faulty
    ]
    if not rows:
        return listed
    added = pd.DataFrame(rows, columns=listed.columns)
    both = pd.concat([listed, added], ignore_index=True) if len(listed) else added
    return both.sort_values("position", ignore_index=True)


def check_polygon(
    geometry: BaseGeometry | None,
    *,
    system: Literal["lon-lat", "bng"] = "lon-lat",
    pointer: str = "/geometry",
    max_vertices: int = MAX_VERTICES,
) -> None:
    """Refuse a user's outline that cannot be measured as it stands; say why and where.

    Parameters
    ----------
    geometry : a shapely geometry in the system it is claimed to be in.
    system : "lon-lat" (degrees) or "bng" (metres).
    pointer : JSON pointer of the geometry, put into the fault.

    Raises Invalid with one Fault for the first of: missing or empty, not an area, more than
    `max_vertices` vertices, a coordinate that is not a number, numbers that are metres of the
    National Grid or latitude before longitude or no degrees at all, self-crossing or otherwise
    invalid (GEOS's reason with its coordinates), no area. Cheap tests come first, so that the
    validity test never sees more than `max_vertices`. Source: SAFETY.md C2, C3.
    """
    reason = _fault_of(geometry, system, max_vertices)
    if reason:
        raise Invalid(f"the outline was refused: {reason}", [Fault(reason, pointer=pointer)])


def _fault_of(  # noqa: PLR0911  one return for each reason is the clearest form
    geometry: BaseGeometry | None, system: Literal["lon-lat", "bng"], max_vertices: int
) -> str:
    if geometry is None or geometry.is_empty:
        return "it is empty"
    if shapely.get_type_id(geometry) not in (POLYGON, MULTIPOLYGON):
        return f"it is not an area but a {geometry.geom_type}"
    vertices = int(shapely.get_num_coordinates(geometry))
    if vertices > max_vertices:
        return f"it has {vertices:,} vertices; at most {max_vertices:,} are measured"
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return "a coordinate is not a number"
    place = fault_of_bounds(geometry.bounds, system)
    if place:
        return place
    if not shapely.is_valid(geometry):
        return f"it is not a valid area: {say_invalid(geometry)}"
    if geometry.area == 0:
        return "it has no area"
    return ""


def say_invalid(geometry: BaseGeometry) -> str:
    """Put GEOS's reason for an invalid area into words, with the coordinates of the place."""
    reason = str(shapely.is_valid_reason(geometry))
    what, _, place = reason.partition("[")
    words = {
        "Self-intersection": "its edge crosses itself",
        "Ring Self-intersection": "its edge touches itself",
        "Hole lies outside shell": "a hole lies outside the area",
        "Holes are nested": "one hole lies in another",
        "Nested shells": "one part lies in another",
        "Duplicate Rings": "the same ring is given twice",
        "Interior is disconnected": "its holes cut it in pieces",
        "Too few points in geometry component": "a ring has too few different points",
    }
    said = words.get(what.strip(), what.strip())
    return f"{said} at {place.rstrip(']').replace(' ', ', ')}" if place else said


def fault_of_bounds(bounds: Bounds, system: Literal["lon-lat", "bng"]) -> str:
    """Say why these bounds cannot be in the system they are claimed to be in; empty text if fine."""
    if system == "bng":
        if is_lon_lat(bounds):
            return "the numbers look like degrees, not metres of the British National Grid"
        return ""
    if looks_like_bng(bounds):
        return f"the numbers look like British National Grid: send crs={BNG_NAME}"
    if lonlat_swapped(bounds):
        return "latitude and longitude look swapped: send longitude first"
    if not is_lon_lat(bounds):
        return "a coordinate is outside -180 to 180 degrees of longitude or -90 to 90 of latitude"
    return ""
