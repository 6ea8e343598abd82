"""Where a WebMercator tile lies and how fine its outlines need be; draws nothing.

Source: OGC Two Dimensional Tile Matrix Set, annex D.1 (WebMercatorQuad); rows count from the north.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PIXELS = 256
#: a tile reaches so much of itself beyond its edges, so that where outlines were cut is not seen
BUFFER_SHARE = 1 / 64
DEEPEST = 16
_EQUATOR_M = 2 * math.pi * 6_378_137
# England's middle: a metre of ground is so much longer on the tile.
_LATITUDE = 53.0


def is_tile(z: int, y: int, x: int) -> bool:
    """Say whether a level holds a tile of that row and column, and tiles are drawn so deep."""
    return 0 <= z <= DEEPEST and 0 <= y < 2**z and 0 <= x < 2**z


def tile_box(z: int, y: int, x: int) -> tuple[float, float, float, float]:
    """Give west, south, east and north in degrees of a tile with its buffer."""
    more = BUFFER_SHARE
    north, south = (_latitude(max(0.0, min(1.0, row / 2**z))) for row in (y - more, y + 1 + more))
    return ((x - more) / 2**z * 360 - 180, south, (x + 1 + more) / 2**z * 360 - 180, north)


class Paper(NamedTuple):
    """Where a tile lies on the map: its edges with the buffer, in metres of the map, and how places become steps.

    right, down : the steps from the map's middle to the tile's corner in the north-west, whole from level 1 on, so
    that a place is rounded alike on two tiles
    """

    west: float
    south: float
    east: float
    north: float
    steps_a_metre: float
    right: float
    down: float


def tile_paper(z: int, y: int, x: int) -> Paper:
    """Lay a tile out: so many steps across as `steps_across`, and a buffer of whole steps."""
    extent = steps_across(z)
    side = _EQUATOR_M / 2**z
    more = side * round(extent * BUFFER_SHARE) / extent
    west, north = x * side - _EQUATOR_M / 2, _EQUATOR_M / 2 - y * side
    return Paper(
        west - more, north - side - more, west + side + more, north + more,
        extent / side, extent * (2**z / 2 - x), extent * (2**z / 2 - y),
    )  # fmt: skip


def tiles_over(z: int, box: tuple[float, float, float, float]) -> Iterator[tuple[int, int]]:
    """Name the tiles of a level, by row and column, that a box of west, south, east and north in degrees lies in."""
    west, south, east, north = box
    first, last = (math.floor((edge + 180) / 360 * 2**z) for edge in (west, east))
    top, bottom = (math.floor(_down(edge) * 2**z) for edge in (north, south))
    for y in range(top, bottom + 1):
        for x in range(first, last + 1):
            yield y, x


def steps_across(z: int) -> int:
    """Give the whole steps that places are rounded to: from level 6 on at most 123 m of ground.

    A small area of a city is 300 m wide: with fewer steps it would be no more than a square. Level 6 is what a
    map of all small areas opens on: with 4,096 it would weigh a tenth more, for a twelfth of a pixel.
    """
    return 4096 if z < 6 else 3072 if z == 6 else 2048


def pixel_m(z: int) -> float:
    """Give the metres of ground under one pixel at England's latitude."""
    return _EQUATOR_M * math.cos(math.radians(_LATITUDE)) / (PIXELS * 2**z)


def level_for(z: int, levels_m: Sequence[float]) -> float | None:
    """Choose the coarsest level of at most a pixel; None: the outlines as published."""
    return max((level for level in levels_m if level <= pixel_m(z)), default=None)


def _latitude(down: float) -> float:
    """Give the latitude at a share of the way from the north edge of the world to the south one."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))


def _down(latitude: float) -> float:
    """Give the share of the way from the north edge of the world to the south one: the reverse of `_latitude`."""
    return (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2


def tiles_of_boxes(boxes: NDArray[np.float64], z: int) -> list[tuple[int, int]]:
    """List the tiles (row, column) of a level that boxes lie in, buffers and all, in order of row and column.

    boxes : n × 4, west, south, east and north in degrees
    """
    if not len(boxes):
        return []
    across = 2**z
    column = (boxes[:, [0, 2]] + 180) / 360 * across
    row = (1 - np.arcsinh(np.tan(np.radians(boxes[:, [3, 1]]))) / math.pi) / 2 * across
    first = np.floor(np.column_stack([row[:, 0], column[:, 0]]) - BUFFER_SHARE)
    last = np.floor(np.column_stack([row[:, 1], column[:, 1]]) + BUFFER_SHARE)
    first, last = (np.clip(each, 0, across - 1).astype(int) for each in (first, last))
    held = set()
    for (north, west), (south, east) in (
        np.unique(np.hstack([first, last]), axis=0).reshape(-1, 2, 2).tolist()
    ):
        held |= {(y, x) for y in range(north, south + 1) for x in range(west, east + 1)}
    return sorted(held)
