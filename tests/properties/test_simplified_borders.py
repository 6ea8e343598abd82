"""Whatever coverage is simplified: no area vanishes, none becomes invalid, no border opens."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.methods.coverage import find_faults
from boundaries.methods.levels import is_sound, new_faults, simplify_to_levels
from boundaries.methods.mending import mend

pytestmark = pytest.mark.slow


@st.composite
def coverages(draw: st.DrawFn) -> np.ndarray:
    """Cells of random points in a square of 6 km, their borders wavering between the corners."""
    seed = draw(st.integers(0, 2**32 - 1))
    count = draw(st.integers(1, 14))
    random = np.random.default_rng(seed)
    frame = shapely.box(0, 0, 6000, 6000)
    points = shapely.MultiPoint(random.uniform(0, 6000, (count, 2)))
    lines = shapely.voronoi_polygons(points, extend_to=frame, only_edges=True)
    net = shapely.union_all([shapely.intersection(lines, frame), frame.boundary])
    dense = shapely.segmentize(net, 150.0)
    waver = draw(st.floats(0, 40))

    def move(xy: np.ndarray) -> np.ndarray:
        # the same place moves the same way, whichever cell's border it is on
        return xy + waver * np.column_stack([np.sin(xy[:, 1] / 97), np.cos(xy[:, 0] / 83)])

    return np.asarray(
        shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.transform(dense, move)))),
        dtype=object,
    )


@settings(max_examples=25, deadline=None)
@given(coverages())
def test_no_level_of_a_random_coverage_opens_a_border(layer: np.ndarray) -> None:
    for level in simplify_to_levels(mend(layer, thinner_than_m=1)):
        assert is_sound(level.areas)
        assert new_faults(layer, level.areas) == (0, 0)


@settings(max_examples=25, deadline=None)
@given(coverages(), st.integers(0, 2**32 - 1))
def test_a_layer_drawn_twice_is_mended_to_a_coverage_and_then_stays_one(
    layer: np.ndarray, seed: int
) -> None:
    """Each cell is moved by up to 2 m by itself: its borders then overlap and gape everywhere."""
    random = np.random.default_rng(seed)
    off = np.array(
        [shapely.transform(cell, lambda xy: xy + random.uniform(-2, 2, 2)) for cell in layer],
        dtype=object,
    )
    cover = mend(off, thinner_than_m=8)
    made = cover.put_together(cover.pieces)
    assert is_sound(made)
    assert cover.is_matched
    assert len(find_faults(made).pair_a) == 0
    for level in simplify_to_levels(cover):
        assert is_sound(level.areas)
        assert new_faults(made, level.areas) == (0, 0)
