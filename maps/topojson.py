"""Polygons and points to TopoJSON text: a border that two shapes share is written once.

Coordinates are handled as arrays; Python loops only over the borders it writes. It refuses lines: no map
here draws one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

Whole = NDArray[np.int64]
_POINT, _POLYGON, _MULTIPOLYGON = 0, 3, 6


class Arcs(NamedTuple):
    """The borders between junctions, each once, and each ring as borders in turn.

    steps : each border's points, the first as it is and each other as the way from the one before
    of_rings : for each ring the numbers of its borders; `~number` where it is walked from its end
    """

    steps: list[list[list[int]]]
    of_rings: list[list[int]]


def topology(
    geoms: Sequence[shapely.Geometry | None],
    properties: Sequence[object],
    grid: tuple[float, float],
    *,
    bbox: NDArray[np.object_] | None = None,
) -> bytes:
    """Write shapes in longitude and latitude as one Topology, in the order given.

    `properties` are what orjson can write. Coordinates are rounded to whole steps of `grid` (degrees east and
    north), exteriors wound anticlockwise as GeoJSON's are; a missing or empty shape is a geometry of no type.
    Borders are shared where neighbours' corners are equal after rounding. `bbox` holds the shapes whose box is
    written. Topology 1.0: https://github.com/topojson/topojson-specification. Raises ValueError for lines and
    collections.
    """
    shapes = np.array([shape if shape is not None else shapely.Point() for shape in geoms], object)
    kinds = shapely.get_type_id(shapes)
    empty = shapely.is_empty(shapes)
    if not np.isin(kinds[~empty], (_POINT, _POLYGON, _MULTIPOLYGON)).all():
        raise ValueError("a topology of a map holds polygons and points")
    box = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    step = np.array(grid)
    corner = np.floor(box[:2] / step) if np.isfinite(box).all() else np.zeros(2)

    def whole(xy: NDArray[np.float64]) -> Whole:
        return np.rint(xy / step - corner).astype(np.int64)

    polygons = np.flatnonzero(~empty & (kinds != _POINT))
    parts, part_row = shapely.get_parts(
        shapely.orient_polygons(shapes[polygons], exterior_cw=False), return_index=True
    )
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    arcs = shared_arcs(whole(xy), ring_of)
    nested: dict[int, list[list[list[int]]]] = {row: [] for row in polygons.tolist()}
    part = -1
    for ring, of_part in zip(arcs.of_rings, ring_part.tolist(), strict=True):
        into = nested[int(polygons[part_row[of_part]])]
        if of_part != part:
            into.append([])
            part = of_part
        into[-1].append(ring)
    geometries = []
    for row, (kind, held) in enumerate(zip(kinds.tolist(), properties, strict=True)):
        shape: dict[str, object] = {"type": None}
        if not empty[row] and kind == _POINT:
            at = whole(shapely.get_coordinates(shapes[row]))[0].tolist()
            shape = {"type": "Point", "coordinates": at}
        elif not empty[row]:
            many = nested[row]
            shape = (
                {"type": "Polygon", "arcs": many[0]}
                if len(many) == 1
                else {"type": "MultiPolygon", "arcs": many}
            )
        geometries.append({**shape, "properties": held})
    around = np.full(4, np.nan) if bbox is None or not len(bbox) else shapely.total_bounds(bbox)
    return orjson.dumps(
        {
            "type": "Topology",
            **({"bbox": np.round(around, 5).tolist()} if np.isfinite(around).all() else {}),
            "transform": {
                "scale": list(grid),
                "translate": (corner * step).round(9).tolist(),
            },
            "objects": {"map": {"type": "GeometryCollection", "geometries": geometries}},
            "arcs": arcs.steps,
        }
    )


def shared_arcs(points: Whole, ring_of: NDArray[np.intp]) -> Arcs:
    """Cut rings where borders meet, and keep each border between two such junctions once.

    points : (n, 2) whole numbers, ring by ring, each ring's last point repeating its first
    ring_of : (n,) the ring of each point, ascending from 0

    A point is a junction where it is passed on more than one way; a ring without one is cut at the
    point that comes first of all by its coordinates, so that a hole and what fills it share their border.
    """
    if not len(points):
        return Arcs([], [])
    last = np.r_[ring_of[1:] != ring_of[:-1], True]
    again = np.r_[False, (points[1:] == points[:-1]).all(axis=1) & ~last[:-1]]
    points, ring_of = points[~last & ~again], ring_of[~last & ~again]
    starts = np.flatnonzero(np.r_[True, ring_of[1:] != ring_of[:-1]])
    sizes = np.diff(np.r_[starts, len(points)])
    pid = _numbered(points)
    at, first_of = np.arange(len(points)), np.repeat(starts, sizes)
    place = at - first_of
    after = first_of + (place + 1) % np.repeat(sizes, sizes)
    before = first_of + (place - 1) % np.repeat(sizes, sizes)
    ways = _numbered(np.sort(np.column_stack([pid[before], pid[after]]), axis=1))
    by_point = np.lexsort((ways, pid))
    passed, way = pid[by_point], ways[by_point]
    is_other = np.r_[True, (passed[1:] != passed[:-1]) | (way[1:] != way[:-1])]
    junction = np.bincount(passed[is_other], minlength=int(pid.max()) + 1)[pid] > 1
    least = np.lexsort((pid, ring_of))[starts]
    cut = junction.copy()
    cut[least[~np.logical_or.reduceat(junction, starts)]] = True
    # Each ring begins with a cut: from there on its borders lie one after the other.
    opening = np.minimum.reduceat(np.where(cut, place, len(points)), starts)
    turned = first_of + (place + np.repeat(opening, sizes)) % np.repeat(sizes, sizes)
    begins = np.flatnonzero(cut[turned])
    ring_begun = np.searchsorted(starts, begins, side="right") - 1
    ring_ends = (starts + sizes)[ring_begun]
    ends = np.minimum(np.r_[begins[1:], len(points)], ring_ends)
    # A border's last point is the next one's first; the last border of a ring ends where the ring began.
    closing = np.where(
        ends == ring_ends, turned[starts[ring_begun]], turned[np.minimum(ends, len(points) - 1)]
    )
    forth = np.column_stack([pid[turned[begins]], pid[after[turned[begins]]]])
    back = np.column_stack([pid[closing], pid[turned[ends - 1]]])
    is_back = (back[:, 0] < forth[:, 0]) | (
        (back[:, 0] == forth[:, 0]) & (back[:, 1] < forth[:, 1])
    )
    key = np.where(is_back[:, None], back, forth)
    _, chosen, number = np.unique(_numbered(key), return_index=True, return_inverse=True)
    # In the order in which they are first walked: neighbouring numbers, and fewer bytes.
    order = np.argsort(chosen)
    number = np.argsort(order)[number]
    once = chosen[order]
    steps = _steps(points, turned, begins[once], ends[once], closing[once], is_back[once])
    walked = np.where(is_back, ~number, number).tolist()
    bounds = np.searchsorted(ring_begun, np.arange(len(starts) + 1)).tolist()
    return Arcs(steps, [walked[a:b] for a, b in itertools.pairwise(bounds)])


def _numbered(pairs: Whole) -> Whole:
    """Number pairs of whole numbers, equal pairs alike, in the order of first and then second: (n,) from 0.

    As one number each, which sort ten times as quickly as rows do; spans are below 2**31.
    """
    least = pairs.min(axis=0)
    first, second = (pairs - least).T
    _, number = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)
    return number


def _steps(
    points: Whole, turned: Whole, begins: Whole, ends: Whole, closing: Whole, is_back: NDArray[np.bool_]
) -> list[list[list[int]]]:  # fmt: skip
    """Write borders: the points from `begins` to before `ends` in the order `turned`, then the closing one."""
    sizes = ends - begins + 1
    bounds = np.r_[0, np.cumsum(sizes)]
    place = np.arange(bounds[-1]) - np.repeat(bounds[:-1], sizes)
    place = np.where(np.repeat(is_back, sizes), np.repeat(sizes, sizes) - 1 - place, place)
    at = np.minimum(np.repeat(begins, sizes) + place, len(turned) - 1)
    is_last = place == np.repeat(sizes, sizes) - 1
    line = points[np.where(is_last, np.repeat(closing, sizes), turned[at])]
    steps = np.diff(line, axis=0, prepend=[[0, 0]])
    steps[bounds[:-1]] = line[bounds[:-1]]
    written = steps.tolist()
    return [written[a:b] for a, b in itertools.pairwise(bounds.tolist())]
