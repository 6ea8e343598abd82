"""Where a tile's pixels lie, which class they fall in, and what the picture says."""

from __future__ import annotations

import io

import numpy as np
import pytest

from app.rasters.methods.tiles import (
    SIZE,
    class_words,
    classes_of,
    look_up,
    nodes,
    short_number,
)
from app.rasters.methods.zones import Grid
from boundaries.crs import points_to_bng


def test_the_only_tile_of_level_0_is_the_world() -> None:
    found = nodes(0, 0, 0)
    assert found[0] == pytest.approx([-180, 85.0511287798], abs=1e-9)
    assert found[-1] == pytest.approx([180, -85.0511287798], abs=1e-9)
    # The middle node is where Greenwich meets the equator.
    assert found[16 * 33 + 16] == pytest.approx([0, 0], abs=1e-12)


def test_each_pixel_finds_the_cell_under_its_middle() -> None:
    # Four cells of 90 by 80 degrees around 0, 0: the quarters of tile (0, 0, 0) as far as 80 degrees.
    grid = Grid(2, 2, -180.0, 80.0, 180.0, 80.0)
    looked = look_up(grid, 0, 0, 0, None)
    assert looked is not None
    classes = classes_of(np.array([[1.0, 2.0], [3.0, np.nan]]), looked, [1.0, 2.0])
    assert classes[100, [10, 200]].tolist() == [1, 2]
    assert classes[200, [10, 200]].tolist() == [3, 0]
    assert classes[0, 0] == 0, "85 degrees north lies beyond the grid"


def test_pixels_over_the_national_grid_lie_within_a_pixel_of_where_ostn15_puts_them() -> None:
    # Level 9 over London: a pixel is about 190 m. A grid of 10 m cells tells where each pixel fell.
    z, y, x = 9, 170, 255
    grid = Grid(70_000, 130_000, 0.0, 1_300_000.0, 10.0, 10.0)
    looked = look_up(grid, z, y, x, points_to_bng)
    assert looked is not None
    at = np.array([[20, 30], [128, 77], [255, 255]])
    lon = (x + (at[:, 1] + 0.5) / SIZE) / 2**z * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + (at[:, 0] + 0.5) / SIZE) / 2**z))))
    exact = points_to_bng(np.column_stack([lon, lat]))
    thinner = looked.columns / looked.shape[1]
    east = (looked.first_column + (looked.column[at[:, 0], at[:, 1]] + 0.5) * thinner) * 10
    assert np.abs(east - exact[:, 0]).max() < 190


def test_a_tile_beside_the_grid_has_no_cells() -> None:
    assert (
        look_up(Grid(10, 10, 400_000.0, 400_000.0, 100.0, 100.0), 9, 170, 255, points_to_bng)
        is None
    )
    assert look_up(Grid(10, 10, 400_000.0, 400_000.0, 100.0, 100.0), 3, 0, 0, points_to_bng) is None


def test_classes_are_said_as_the_breaks_have_them() -> None:
    assert class_words([12.0, 1759.77]) == ["up to 12", "12 to 1,760", "more than 1,760"]
    assert class_words([]) == ["any value"]
    numbers = (0.0029, 40.31, 0, 1_234_567, 0.5, -3.25)
    assert [short_number(each) for each in numbers] == [
        "0.0029",
        "40.3",
        "0",
        "1,234,567",
        "0.5",
        "-3.25",
    ]


def test_a_picture_holds_its_classes_in_colour_and_is_clear_elsewhere() -> None:
    from PIL import Image

    from app.rasters.tiles import _png

    classes = np.zeros((SIZE, SIZE), dtype=np.uint8)
    classes[:, 100:] = 3
    drawn = Image.open(io.BytesIO(_png(classes, 3))).convert("RGBA")
    assert drawn.getpixel((0, 0))[3] == 0
    # The darkest plum is the highest class.
    assert drawn.getpixel((200, 5)) == (0x3B, 0x0F, 0x4F, 255)
