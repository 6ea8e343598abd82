"""Where the pixels of a map tile lie, and which class each cell falls in; draws nothing and reads no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.rasters.methods.zones import Grid

Floats = NDArray[np.float64]
SIZE = 256
# Places are carried exactly at every eighth pixel and between them evenly: a tile is 33 x 33 of them. The
# grid bends by far less than a pixel over eight.
_STEP = 8
DEEPEST = 18


class Looked(NamedTuple):
    """The cells that a tile needs: the window of the grid, how thinly it is read, and each pixel's place in it.

    row, column : of each pixel (SIZE, SIZE) in the window as read; -1 where the grid has no cell.
    """

    first_row: int
    first_column: int
    rows: int
    columns: int
    shape: tuple[int, int]
    row: NDArray[np.int64]
    column: NDArray[np.int64]


def nodes(z: int, y: int, x: int) -> Floats:
    """Give longitude and latitude of every eighth pixel corner of a WebMercator tile, row by row: (33 x 33, 2).

    Tile (0, 0, 0) is the world; y counts from the north. Source: OGC Two Dimensional Tile Matrix Set, annex D.
    """
    at = np.arange(0, SIZE + 1, _STEP) / SIZE
    lon = (x + at) / 2**z * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + at) / 2**z))))
    return np.column_stack([np.tile(lon, len(at)), np.repeat(lat, len(at))])


def look_up(
    grid: Grid, z: int, y: int, x: int, carry: Callable[[Floats], Floats] | None
) -> Looked | None:
    """Find the cell of every pixel's middle; None where the tile meets no cell.

    carry : takes longitudes and latitudes to the grid's system; None for a grid of degrees.
    """
    places = nodes(z, y, x)
    if carry is not None:
        places = carry(places)
    across = _middles((places[:, 0] - grid.west) / grid.cell_width)
    down = _middles((grid.north - places[:, 1]) / grid.cell_height)
    with np.errstate(invalid="ignore"):
        is_in = (across >= 0) & (across < grid.columns) & (down >= 0) & (down < grid.rows)
    if not is_in.any():
        return None
    column = np.floor(np.where(is_in, across, np.nan))
    row = np.floor(np.where(is_in, down, np.nan))
    left, top = int(np.nanmin(column)), int(np.nanmin(row))
    columns, rows = int(np.nanmax(column)) - left + 1, int(np.nanmax(row)) - top + 1
    # Where a pixel is several cells wide one cell of an overview is read for it.
    shape = (min(rows, 2 * SIZE), min(columns, 2 * SIZE))
    thin_row = np.where(is_in, (row - top) * shape[0] / rows, -1)
    thin_column = np.where(is_in, (column - left) * shape[1] / columns, -1)
    return Looked(
        top, left, rows, columns, shape, thin_row.astype(np.int64), thin_column.astype(np.int64)
    )


def _middles(at_nodes: Floats) -> Floats:
    """Carry what is known at the nodes to the middle of every pixel, evenly between the nodes."""
    count = SIZE // _STEP + 1
    middle = (np.arange(SIZE) + 0.5) / _STEP
    before = np.minimum(middle.astype(np.int64), count - 2)
    weights = np.zeros((SIZE, count))
    weights[np.arange(SIZE), before] = 1 - (middle - before)
    weights[np.arange(SIZE), before + 1] = middle - before
    grid: Floats = weights @ at_nodes.reshape(count, count) @ weights.T
    return grid


def classes_of(cells: Floats, looked: Looked, breaks: Sequence[float]) -> NDArray[np.uint8]:
    """Give the class of every pixel: 0 where there is no value, 1 for the lowest; a break belongs below it."""
    classes = np.searchsorted(np.asarray(breaks, dtype=float), cells, side="left") + 1
    classes[np.isnan(cells)] = 0
    drawn = classes[np.maximum(looked.row, 0), np.maximum(looked.column, 0)]
    return np.where(looked.row < 0, 0, drawn).astype(np.uint8)


def class_words(breaks: Sequence[float]) -> list[str]:
    """Write the classes from the lowest: `up to 12`, `12 to 40`, `more than 40`."""
    if not breaks:
        return ["any value"]
    said = [short_number(each) for each in breaks]
    between = [f"{low} to {high}" for low, high in pairwise(said)]
    return [f"up to {said[0]}", *between, f"more than {said[-1]}"]


def short_number(number: float) -> str:
    """Write a number with three figures and no exponent: 1,760, 40.3, 0.0029."""
    if number == 0:
        return "0"
    figures = max(0, 2 - int(np.floor(np.log10(abs(number)))))
    written = f"{number:,.{figures}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
