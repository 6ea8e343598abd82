"""Gaps and overlaps of a layer, counted in squares of 100 m whose faults one can work out by hand."""

from __future__ import annotations

import numpy as np
import shapely

from boundaries.methods.coverage import find_faults, widths_m


def areas(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def test_squares_that_match_have_no_fault() -> None:
    found = find_faults(areas(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)))
    assert (len(found.pair_a), len(found.gaps), found.is_faulty.any()) == (0, 0, False)


def test_an_overlap_is_measured_once_and_its_pair_named() -> None:
    # 3 m of 100 m in common
    found = find_faults(areas(shapely.box(0, 0, 100, 100), shapely.box(97, 0, 200, 100)))
    assert (found.pair_a.tolist(), found.pair_b.tolist()) == ([0], [1])
    assert found.overlap_m2.tolist() == [300.0]


def test_an_area_that_lies_within_another_overlaps_it() -> None:
    found = find_faults(areas(shapely.box(0, 0, 100, 100), shapely.box(40, 40, 60, 60)))
    assert found.overlap_m2.tolist() == [400.0]


def test_a_hole_between_areas_is_a_gap_and_an_inlet_of_the_sea_is_none() -> None:
    ring = [
        shapely.box(0, 0, 300, 100), shapely.box(0, 200, 300, 300),
        shapely.box(0, 100, 100, 200), shapely.box(200, 100, 300, 200),
    ]  # fmt: skip
    assert find_faults(areas(*ring)).gap_m2.tolist() == [10_000.0]
    assert len(find_faults(areas(*ring[:3])).gaps) == 0  # open to the east
    assert len(find_faults(areas(*ring), gaps=False).gaps) == 0


def test_a_fault_of_one_square_metre_is_rounding_and_more_is_told() -> None:
    exactly = areas(shapely.box(0, 0, 100, 1), shapely.box(99, 0, 200, 1))
    more = areas(shapely.box(0, 0, 100, 1), shapely.box(98, 0, 200, 1))
    assert len(find_faults(exactly).pair_a) == 0
    assert find_faults(more).overlap_m2.tolist() == [2.0]


def test_the_width_of_a_strip_is_twice_its_area_by_its_perimeter() -> None:
    # 2 m by 1,000 m: 2 * 2,000 / 2,004
    assert widths_m(areas(shapely.box(0, 0, 1000, 2))).round(3).tolist() == [1.996]
