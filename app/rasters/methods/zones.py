"""Sums the cells of a grid over zones by the exact share of each cell that a zone covers; reads no file.

A cell is one value all over its ground, so the integral of a grid over a zone is an integral along the
zone's border alone (Green's theorem): of each piece of border between two lines of the grid, its height
times what stands to the left of its middle. No cell inside a zone is looked at, and none is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Cells of one size in rows from north to south: where they begin and how many there are.

    west, north : the outer corner; cell_width, cell_height : above 0; all in the units of the zones.
    """

    columns: int
    rows: int
    west: float
    north: float
    cell_width: float
    cell_height: float

    @property
    def cell_area(self) -> float:
        """The ground of one cell, in square units."""
        return self.cell_width * self.cell_height

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the whole grid."""
        return (
            self.west,
            self.north - self.rows * self.cell_height,
            self.west + self.columns * self.cell_width,
            self.north,
        )

    def part(self, box: Sequence[float]) -> tuple[Grid, int, int] | None:
        """Cut out the cells that a box (west, south, east, north) meets: their grid, first row and first column.

        None where it meets none.
        """
        west, south, east, north = box
        if not (
            west < self.box[2] and east > self.west and south < self.north and north > self.box[1]
        ):
            return None
        left = max(0, int((west - self.west) // self.cell_width))
        top = max(0, int((self.north - north) // self.cell_height))
        right = min(self.columns, -int((self.west - east) // self.cell_width))
        bottom = min(self.rows, -int((south - self.north) // self.cell_height))
        if right <= left or bottom <= top:
            return None
        part = Grid(
            right - left, bottom - top, self.west + left * self.cell_width,
            self.north - top * self.cell_height, self.cell_width, self.cell_height,
        )  # fmt: skip
        return part, top, left


@dataclass(frozen=True)
class Borders:
    """The borders of zones, cut at the lines of a grid; in order of row.

    zone, row, column : of each piece, which zone it borders and in which cell it lies (`columns` is
        beyond the last one). middle : its middle, in cells from the west. height : how far it runs
        southwards, in cells; below 0 northwards. Pieces without height, or beyond the grid's west,
        north and south, add nothing and are left out.
    first_column : of each zone, the westernmost cell that it may touch; sums are taken from there, so
        that a small zone is no difference of two large numbers.
    area : of each zone, in cells, whether or not the grid reaches it.
    """

    zone: Ints
    row: Ints
    column: Ints
    middle: Floats
    height: Floats
    first_column: Ints
    area: Floats

    def blocks(self, rows: int) -> Iterator[tuple[int, slice]]:
        """Give the first row of each block of so many rows that holds a piece, and its pieces."""
        if not len(self.row):
            return
        firsts = np.arange(self.row[0] // rows * rows, self.row[-1] + 1, rows)
        ends = np.searchsorted(self.row, [*firsts.tolist(), firsts[-1] + rows])
        for first, start, end in zip(firsts.tolist(), ends[:-1], ends[1:], strict=True):
            if end > start:
                yield first, slice(int(start), int(end))


def cut_borders(zones: NDArray[np.object_], grid: Grid) -> Borders:
    """Cut the borders of zones at the lines of a grid.

    Parameters
    ----------
    zones : polygons or multipolygons, valid, in the grid's system; rings may run either way round

    Notes
    -----
    A ring that bounds a zone from outside counts as positive and a hole as negative, whichever way
    each is drawn. Outside the grid there is nothing: an edge there is cut only where it enters.
    """
    x, y, ring, zone_of_ring, is_hole = _rings(zones)
    x, y = (x - grid.west) / grid.cell_width, (grid.north - y) / grid.cell_height
    area, first_column = np.zeros(len(zones)), np.zeros(len(zones), dtype=np.int64)
    if not len(x):
        none = np.zeros(0, dtype=np.int64)
        return Borders(none, none, none, np.zeros(0), np.zeros(0), first_column, area)
    joined = ring[1:] == ring[:-1]
    x0, x1, y0, y1 = x[:-1][joined], x[1:][joined], y[:-1][joined], y[1:][joined]
    of_ring = ring[:-1][joined]
    # The area of each ring by the shoelace, from its own corner, tells which way round it runs.
    corner = np.full(len(zone_of_ring), np.inf)
    np.minimum.at(corner, of_ring, x0)
    turned = np.bincount(
        of_ring, ((x0 + x1) / 2 - corner[of_ring]) * (y1 - y0), minlength=len(zone_of_ring)
    )
    area += np.bincount(
        zone_of_ring, np.where(is_hole, -1, 1) * np.abs(turned), minlength=len(zones)
    )
    west = np.full(len(zones), np.inf)
    np.minimum.at(west, zone_of_ring, corner)
    first_column = np.clip(np.floor(west), 0, grid.columns).astype(np.int64)
    sign = np.where((turned > 0) == is_hole, -1.0, 1.0)[of_ring]
    zone = zone_of_ring[of_ring]
    row, xa, xb, height, edge = _cut_rows(x0, y0, x1, y1, grid.rows)
    column, middle, height, piece = _cut_columns(xa, xb, height, grid.columns)
    edge, row = edge[piece], row[piece]
    order = np.argsort(row, kind="stable")
    return Borders(
        zone[edge][order], row[order], column[order], middle[order], (height * sign[edge])[order],
        first_column, area,
    )  # fmt: skip


def add_up(borders: Borders, pieces: slice, first_row: int, values: Floats) -> Floats:
    """Integrate some rows of a grid over every zone: the sum of value times the share of the cell covered.

    values : float64, one row of the block each, no NaN: a cell without value is 0 here, and its share is
        had by integrating where there are values. Returns one sum a zone; sums of blocks add up.
    """
    columns = values.shape[1]
    beside = np.zeros((values.shape[0], columns + 1))
    np.cumsum(values, axis=1, out=beside[:, 1:])
    zone, column = borders.zone[pieces], borders.column[pieces]
    row = borders.row[pieces] - first_row
    inside = np.minimum(column, columns - 1)
    # Within a cell what stands to the left grows evenly; beyond the last it grows no more.
    grown = np.minimum(borders.middle[pieces], columns) - inside
    left = beside[row, inside] - beside[row, borders.first_column[zone]]
    left += grown * values[row, inside]
    height = borders.height[pieces]
    summed: Floats = np.bincount(zone, left * height, minlength=len(borders.area)).astype(float)
    return summed


def within_grid(borders: Borders, columns: int) -> Floats:
    """Give the part of every zone that lies on the grid, in cells."""
    left = np.minimum(borders.middle, columns) - borders.first_column[borders.zone]
    summed: Floats = np.bincount(
        borders.zone, left * borders.height, minlength=len(borders.area)
    ).astype(float)
    return summed


def _rings(
    zones: NDArray[np.object_],
) -> tuple[Floats, Floats, Ints, Ints, NDArray[np.bool_]]:
    """Take zones apart: coordinates, the ring of each, and of each ring its zone and whether it is a hole."""
    parts, zone_of_part = shapely.get_parts(zones, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    is_hole = np.zeros(len(rings), dtype=bool)
    is_hole[1:] = part_of_ring[1:] == part_of_ring[:-1]
    return coordinates[:, 0], coordinates[:, 1], ring, zone_of_part[part_of_ring], is_hole


def _cut_rows(
    x0: Floats, y0: Floats, x1: Floats, y1: Floats, rows: int
) -> tuple[Ints, Floats, Floats, Floats, Ints]:
    """Cut edges at the lines between rows; gives row, both ends' x, signed height and edge of each piece."""
    least, most = np.minimum(y0, y1), np.maximum(y0, y1)
    edge = np.flatnonzero((least < most) & (most > 0) & (least < rows))
    least, most = np.clip(least[edge], 0, rows), np.clip(most[edge], 0, rows)
    first, last = np.floor(least).astype(np.int64), np.ceil(most).astype(np.int64)
    piece, nth = _repeat(np.maximum(last - first, 1))
    edge, row = edge[piece], first[piece] + nth
    upper, lower = np.maximum(row, least[piece]), np.minimum(row + 1, most[piece])
    slope = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
    xa, xb = x0[edge] + (upper - y0[edge]) * slope, x0[edge] + (lower - y0[edge]) * slope
    return row, xa, xb, (lower - upper) * np.sign(y1[edge] - y0[edge]), edge


def _cut_columns(
    xa: Floats, xb: Floats, height: Floats, columns: int
) -> tuple[Ints, Floats, Floats, Ints]:
    """Cut pieces of rows at the lines between columns; gives column, middle, height and piece of each."""
    least, most = np.minimum(xa, xb), np.maximum(xa, xb)
    piece = np.flatnonzero(most > 0)
    least, most, height = least[piece], most[piece], height[piece]
    first = np.clip(np.floor(least), -1, columns).astype(np.int64)
    last = np.clip(np.ceil(most), 0, columns + 1).astype(np.int64)
    part, nth = _repeat(np.maximum(last - first, 1))
    column, ends = first[part] + nth, last[part] - 1
    lower = np.where(nth == 0, least[part], column)
    upper = np.where(column >= ends, most[part], column + 1)
    width = (most - least)[part]
    share = np.divide(upper - lower, width, out=np.ones(len(part)), where=width > 0)
    kept = column >= 0
    part, column = part[kept], column[kept]
    return column, ((lower + upper) / 2)[kept], height[part] * share[kept], piece[part]


def _repeat(counts: Ints) -> tuple[Ints, Ints]:
    """Repeat positions so often each; gives the position and which repetition it is."""
    position = np.repeat(np.arange(len(counts)), counts)
    return position, np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)
