"""All of England's small areas on a grid of 1 km: every one has a figure, and they are those that GEOS cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.rasters.methods.zones import add_up, cut_borders, within_grid
from bench.rasters import GRID, LAYER, cells_of_people, sum_by_cutting

pytestmark = pytest.mark.national


def test_every_small_area_has_a_figure_and_the_whole_is_shared_out(mirror: Path) -> None:
    from app.sources.catalogue import get_dataset
    from bench.topology import read_areas

    zones = read_areas(mirror, get_dataset(LAYER))
    cells = cells_of_people()
    borders = cut_borders(zones, GRID)
    found = np.zeros(len(zones))
    for first, pieces in borders.blocks(100):
        found += add_up(borders, pieces, first, cells[first : first + 100])
    assert len(zones) == 33_755
    assert (found > 0).all()
    # The whole of every area lies on the grid, and its ground is what its outline encloses.
    assert np.allclose(within_grid(borders, GRID.columns), borders.area, rtol=1e-9)
    some = slice(0, None, 200)
    assert np.allclose(found[some], sum_by_cutting(zones[some], cells), rtol=1e-9)
