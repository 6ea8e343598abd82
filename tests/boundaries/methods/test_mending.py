"""Edges that do not match are mended, thin faults given to one neighbour, wide ones left as published."""

from __future__ import annotations

import numpy as np
import shapely

from boundaries.methods.coverage import find_faults
from boundaries.methods.mending import mend


def areas(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def test_a_layer_without_a_fault_is_given_back_untouched() -> None:
    given = areas(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100))
    cover = mend(given, thinner_than_m=10)
    assert all(a is b for a, b in zip(cover.put_together(cover.pieces), given, strict=True))
    assert cover.is_matched


def test_a_missing_vertex_is_added_and_no_ground_moves() -> None:
    # the eastern squares meet halfway up the western one's edge, which has no vertex there
    given = areas(
        shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 50), shapely.box(100, 50, 200, 100)
    )
    assert not shapely.coverage_is_valid(given)
    cover = mend(given, thinner_than_m=10)
    assert shapely.coverage_is_valid(cover.put_together(cover.pieces))
    assert [100.0, 50.0] in shapely.get_coordinates(cover.put_together(cover.pieces)[0]).tolist()
    assert cover.taken_m2.tolist() == cover.given_m2.tolist() == [0, 0, 0]


def test_a_thin_overlap_and_a_thin_gap_go_to_one_neighbour_and_the_metres_are_told() -> None:
    west = shapely.Polygon([(0, 0), (100, 0), (100, 50), (102, 50), (102, 100), (0, 100)])
    # from the south: a gap of 2 m by 40 m shut at y = 10, then an overlap of 2 m by 50 m
    east = shapely.Polygon(
        [(100, 0), (200, 0), (200, 100), (100, 100), (100, 50), (102, 49), (102, 11), (100, 10)]
    )
    cover = mend(areas(west, east), thinner_than_m=5)
    made = cover.put_together(cover.pieces)
    found = find_faults(made, least_m2=0.0)
    assert (len(found.pair_a), len(found.gaps), cover.is_matched) == (0, 0, True)
    # the union is that of both: nothing is lost, and what one gave the other kept
    assert shapely.area(made).sum() == shapely.area(shapely.box(0, 0, 200, 100))
    assert cover.given_m2.sum() == 100  # the overlap, 2 m by 50 m
    assert cover.taken_m2.sum() == 2 * 38 + 2  # the gap: 2 m by 38 m, and two corners of 1 m²


def test_a_wide_overlap_stays_in_both_areas() -> None:
    given = areas(shapely.box(0, 0, 100, 100), shapely.box(50, 0, 150, 100))
    cover = mend(given, thinner_than_m=10)
    assert len(cover.pieces) == 3
    assert shapely.area(cover.put_together(cover.pieces)).tolist() == [10_000, 10_000]
    assert shapely.coverage_is_valid(cover.pieces)


def test_a_wide_hole_stays_a_hole() -> None:
    ring = shapely.box(0, 0, 300, 300).difference(shapely.box(100, 100, 200, 200))
    corner = shapely.box(300, 0, 400, 150)  # its upper corner is no vertex of the ring
    cover = mend(areas(ring, corner), thinner_than_m=10)
    assert cover.is_matched
    assert shapely.area(cover.put_together(cover.pieces)[0]) == 80_000


def test_an_area_thinner_than_the_limit_and_covered_by_another_does_not_vanish() -> None:
    strip = shapely.box(40, 0, 44, 100)
    cover = mend(areas(shapely.box(0, 0, 100, 100), strip), thinner_than_m=10)
    made = cover.put_together(cover.pieces)
    assert shapely.area(made).tolist() == [9_600, 400]  # the strip keeps what is all of it
