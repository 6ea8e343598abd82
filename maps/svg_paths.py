"""Shapes to SVG path text: view, clipping, simplification on shared borders, whole tenths of a pixel.

Coordinates are handled as arrays; Python only loops over rings. Neighbours are never simplified one
by one: either their shared borders move together or they are left as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

#: drawing units per pixel: paths are whole tenths of a pixel
TENTHS = 10
#: corners smaller than a triangle of this size (pixels) are dropped; real borders then move by less
#: than a pixel (268 areas of East Sussex: 0.79 at most)
TOLERANCE_PX = 0.4
_SMALLEST_RING = 3


class View(NamedTuple):
    """The window on the ground (metres) and its picture (pixels); `scale` is pixels per metre."""

    west: float
    north: float
    scale: float
    width: float
    height: float

    def to_pixels(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn ground coordinates (n, 2) into pixels from the top left corner."""
        return np.column_stack(
            [(xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale]
        )

    @property
    def ground(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what the picture shows, in metres."""
        east = self.west + self.width / self.scale
        return self.west, self.north - self.height / self.scale, east, self.north


def fit_view(
    extent: tuple[float, float, float, float], width: float, height: float, margin: float = 0.04
) -> View:
    """Fit an extent (west, south, east, north in metres) into a picture, centred, with a margin.

    An extent without width or height (one point) is shown with 500 m around it. Raises ValueError
    for an extent that is not four finite numbers in order.
    """
    west, south, east, north = extent
    if not all(np.isfinite(extent)) or east < west or north < south:
        raise ValueError(f"not an extent: {extent}")
    if east - west < 1 and north - south < 1:
        west, south, east, north = west - 500, south - 500, east + 500, north + 500
    inner = 1 - 2 * margin
    across, up = max(east - west, 1.0), max(north - south, 1.0)
    scale = min(width * inner / across, height * inner / up)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    return View(middle_x - width / 2 / scale, middle_y + height / 2 / scale, scale, width, height)


def simplify_shared(geoms: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Simplify polygons so that borders shared by neighbours stay shared.

    Where GEOS cannot (overlapping or broken input), the shapes come back as they were: heavier,
    never torn apart. A shape that would vanish is given back unsimplified. Missing stays missing.
    """
    out = np.array(geoms, dtype=object)
    usable = ~(shapely.is_missing(out) | shapely.is_empty(out))
    polygonal = usable & np.isin(shapely.get_type_id(out), (3, 6))
    if not polygonal.any() or tolerance <= 0:
        return out
    try:
        simpler = shapely.coverage_simplify(out[polygonal], tolerance)
    except shapely.GEOSException:
        return out
    vanished = shapely.is_empty(simpler) | shapely.is_missing(simpler)
    out[polygonal] = np.where(vanished, out[polygonal], simpler)
    return out


def clip_to_view(
    geoms: NDArray[np.object_], view: View, beyond_px: float = 24
) -> NDArray[np.object_]:
    """Cut shapes to the window and a little beyond, so that no cut edge is seen."""
    beyond = beyond_px / view.scale
    west, south, east, north = view.ground
    return clip_to_box(geoms, (west - beyond, south - beyond, east + beyond, north + beyond))


def cut_to_view(geoms: NDArray[np.object_], view: View) -> NDArray[np.object_]:
    """Cut areas as `clip_to_view` does; of one that lies wholly beyond a speck stays, so that none vanishes."""
    cut = clip_to_view(geoms, view)
    held = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
    odd = held & ~shapely.is_empty(cut) & ~np.isin(shapely.get_type_id(cut), (3, 6))
    cut[odd] = np.asarray(geoms, dtype=object)[odd]
    beyond = held & shapely.is_empty(cut)
    at = shapely.get_coordinates(shapely.point_on_surface(np.asarray(geoms, dtype=object)[beyond]))
    cut[beyond] = shapely.box(at[:, 0], at[:, 1], at[:, 0] + 1, at[:, 1] + 1)
    return cut


def clip_to_box(
    geoms: NDArray[np.object_], box: tuple[float, float, float, float]
) -> NDArray[np.object_]:
    """Cut shapes to west, south, east, north; one that GEOS cannot cut (bad rings) is left whole."""
    out = np.array(geoms, dtype=object)
    for row, geom in enumerate(out):
        if geom is None or geom.is_empty:
            continue
        try:
            out[row] = shapely.clip_by_rect(geom, *box)
        except shapely.GEOSException:
            continue
    return out


def path_texts(geoms: NDArray[np.object_], view: View) -> list[str]:
    """Write each polygon or line as SVG path text in whole tenths of a pixel.

    One absolute move per ring, then relative steps; points that fall together are dropped. A shape
    with ground but no ring left after rounding becomes a mark of one pixel, so that no area
    vanishes; a missing or empty shape gives empty text.
    """
    texts = [""] * len(geoms)
    if not len(geoms):
        return texts
    lines, owner, closed = _rings_and_lines(geoms)
    if len(lines):
        _write_lines(texts, lines, owner, closed, view)
    empty = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    for row in np.flatnonzero(~empty):
        if not texts[row] and shapely.get_dimensions(geoms[row]) > 0:
            x, y = _tenths(shapely.get_coordinates(geoms[row])[:1], view)[0].tolist()
            texts[row] = f"M{x} {y}h{TENTHS}v{TENTHS}h-{TENTHS}z"
    return texts


def _rings_and_lines(
    geoms: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.intp], NDArray[np.bool_]]:
    """Give every ring and line with the row it belongs to and whether it closes, in row order."""
    parts, part_row = shapely.get_parts(geoms, return_index=True)
    kinds = shapely.get_type_id(parts)
    areas, area_row = parts[kinds == 3], part_row[kinds == 3]  # 3 = polygon
    rings, ring_area = shapely.get_rings(areas, return_index=True)
    ways, way_row = parts[np.isin(kinds, (1, 2))], part_row[np.isin(kinds, (1, 2))]
    lines = np.concatenate([rings, ways])
    owner = np.concatenate([area_row[ring_area], way_row]).astype(np.intp)
    closed = np.concatenate([np.ones(len(rings), bool), np.zeros(len(ways), bool)])
    order = np.argsort(owner, kind="stable")
    return lines[order], owner[order], closed[order]


def _tenths(xy: NDArray[np.float64], view: View) -> NDArray[np.int64]:
    return np.rint(view.to_pixels(xy) * TENTHS).astype(np.int64)


def _write_lines(
    texts: list[str],
    lines: NDArray[np.object_],
    owner: NDArray[np.intp],
    closed: NDArray[np.bool_],
    view: View,
) -> None:
    coords, line_of = shapely.get_coordinates(lines, return_index=True)
    points = _tenths(coords, view)
    same_line = np.r_[False, line_of[1:] == line_of[:-1]]
    repeated = np.r_[False, (points[1:] == points[:-1]).all(axis=1)] & same_line
    points, line_of = points[~repeated], line_of[~repeated]
    # the last point of a ring repeats its first: "z" draws that edge
    first = np.searchsorted(line_of, np.arange(len(lines)), side="left")
    last = np.searchsorted(line_of, np.arange(len(lines)), side="right") - 1
    shut = closed & (last > first) & (points[first] == points[last]).all(axis=1)
    keep = np.ones(len(points), bool)
    keep[last[shut]] = False
    points, line_of = points[keep], line_of[keep]
    starts = np.searchsorted(line_of, np.arange(len(lines)), side="left")
    stops = np.searchsorted(line_of, np.arange(len(lines)), side="right")
    steps = points.copy()
    steps[1:] -= points[:-1]
    steps[starts[stops > starts]] = points[starts[stops > starts]]
    words = list(map(str, steps.ravel().tolist()))
    pieces: dict[int, list[str]] = {}
    for start, stop, row, ring in zip(
        starts.tolist(), stops.tolist(), owner.tolist(), closed.tolist(), strict=True
    ):
        if stop - start < (_SMALLEST_RING if ring else 2):
            continue
        move = f"M{words[2 * start]} {words[2 * start + 1]}l"
        rest = " ".join(words[2 * start + 2 : 2 * stop]).replace(" -", "-")
        pieces.setdefault(row, []).append(move + rest + ("z" if ring else ""))
    for row, found in pieces.items():
        texts[row] = "".join(found)
