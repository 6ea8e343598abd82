"""Draws tiles of stored rasters as small PNGs of a few colours, and keeps those drawn last."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from app.latest import Latest
from app.rasters.methods.tiles import DEEPEST, SIZE, class_words, classes_of, look_up
from app.rasters.stored import grid_of, opened, read_cells
from app.rasters.tables import Raster, RasterBand
from boundaries.crs import points_to_bng
from boundaries.errors import Fault, NotFound
from maps.palettes import ramp

# A tile is about 3 kB.
MOST_KEPT = 2_000
MOST_DIGITS = 9
_kept = Latest[bytes](MOST_KEPT)


class TileOutside(NotFound):
    """No tile has those numbers at that level, or the level is deeper than tiles are drawn."""

    slug = "tile-outside"
    title = "No such tile"


def tile_numbers(z: str, y: str, x: str) -> tuple[int, int, int]:
    """Read level, row and column of an address. Raises TileOutside."""
    if not all(
        each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS for each in (z, y, x)
    ):
        raise _outside(f"{z}/{y}/{x}")
    return int(z), int(y), int(x)


def raster_tile(raster: Raster, band: RasterBand, z: int, y: int, x: int) -> bytes:
    """Draw one WebMercator tile, clear where there is no value. Raises TileOutside, RasterFileLacking."""
    if not (0 <= z <= DEEPEST and 0 <= y < 2**z and 0 <= x < 2**z):
        raise _outside(f"{z}/{y}/{x}")
    # The checksum and the breaks are what the colours follow from: another load is another key.
    key = (raster.stored_sha256, raster.system, band.band, tuple(band.breaks), z, y, x)
    return _kept.get(key, lambda: _png(_classes(raster, band, z, y, x), len(band.breaks) + 1))


def _outside(asked: str) -> TileOutside:
    detail = f"tiles are drawn to level {DEEPEST}, and level z has 2^z rows and columns"
    return TileOutside(detail, [Fault(detail, value=asked[:80])])


def legend(band: RasterBand) -> list[tuple[str, str]]:
    """Give the classes of a band, lowest first: words and colour, the darkest the highest."""
    words = class_words(band.breaks)
    return list(zip(words, reversed(ramp(len(words))), strict=True))


def _classes(raster: Raster, band: RasterBand, z: int, y: int, x: int) -> NDArray[np.uint8]:
    carry = points_to_bng if raster.system == "bng" else None
    looked = look_up(grid_of(raster), z, y, x, carry)
    if looked is None:
        return np.zeros((SIZE, SIZE), dtype=np.uint8)
    with opened(raster) as file:
        cells = read_cells(
            file, band.band, looked.first_row, looked.first_column, looked.rows, looked.columns, looked.shape
        )  # fmt: skip
    return classes_of(cells, looked, band.breaks)


def _png(classes: NDArray[np.uint8], count: int) -> bytes:
    """Write classes as a PNG of a palette, 0 clear: a tenth of the bytes of four channels."""
    from PIL import Image  # at first use: it would slow every start

    colours = [0, 0, 0]
    for colour in reversed(ramp(count)):
        colours += [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    picture = Image.fromarray(classes, mode="P")
    picture.putpalette(colours)
    written = io.BytesIO()
    picture.save(written, format="PNG", transparency=0, optimize=True)
    return written.getvalue()
