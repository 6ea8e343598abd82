from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from shapely import box

from boundaries.methods.contiguity import touching_pairs
from boundaries.methods.overlay import edge_distances, overlap_areas

GRID = 27700


def frame(**areas: object) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"code": list(areas)}, geometry=list(areas.values()), crs=GRID)


def test_overlaps_are_measured_and_bare_contact_is_none() -> None:
    small = [box(0, 0, 2, 2), box(3, 0, 5, 2), box(9, 9, 10, 10)]
    big = [box(0, 0, 4, 4), box(5, 0, 8, 4)]
    # a0 lies in b0 (4 m2); a1 has 1 x 2 in b0 and only an edge in common with b1; a2 meets none.
    found = overlap_areas(small, big)
    assert found.a.tolist() == [0, 1]
    assert found.b.tolist() == [0, 0]
    assert found.area_m2.tolist() == [4, 2]


def test_overlaps_agree_with_plain_intersection() -> None:
    random = np.random.default_rng(2)
    centres = random.uniform(0, 100, (40, 2))
    areas = shapely.buffer(shapely.points(centres), random.uniform(3, 20, 40))
    found = overlap_areas(areas[:30], areas[30:])
    plain = [[shapely.intersection(a, b).area for b in areas[30:]] for a in areas[:30]]
    whole = np.zeros((30, 10))
    whole[found.a, found.b] = found.area_m2
    assert np.allclose(whole, plain, atol=1e-9)


def test_edge_distance_is_that_to_the_nearest_border() -> None:
    distances = edge_distances(box(1, 1, 9, 9), np.array([box(0, 0, 10, 10)], dtype=object))
    assert len(distances) == 400
    assert np.allclose(distances, 1)
    assert len(edge_distances(box(0, 0, 1, 1), np.array([], dtype=object))) == 0


def test_shared_borders_are_measured_and_corners_are_not_contact() -> None:
    # Four 100 m squares in a block: sides touch along 100 m, diagonals in a point only.
    pairs = touching_pairs(
        frame(
            a=box(0, 0, 100, 100),
            b=box(100, 0, 200, 100),
            c=box(0, 100, 100, 200),
            d=box(100, 100, 200, 200),
        )
    )
    assert list(zip(pairs.code_a, pairs.code_b, pairs.shared_border_m, strict=True)) == [
        ("a", "b", 100), ("a", "c", 100), ("b", "d", 100), ("c", "d", 100),
    ]  # fmt: skip


def test_a_narrow_gap_or_overlap_does_not_part_neighbours_but_a_wide_one_does() -> None:
    pairs = touching_pairs(
        frame(a=box(0, 0, 100, 100), b=box(101.5, 0, 200, 100), c=box(0, 98.5, 100, 200))
    )
    assert {tuple(pair) for pair in pairs[["code_a", "code_b"]].to_numpy()} == {
        ("a", "b"),
        ("a", "c"),
    }
    assert pairs.shared_border_m.to_numpy() == pytest.approx([100, 100], abs=8)
    assert touching_pairs(frame(a=box(0, 0, 100, 100), b=box(102.5, 0, 200, 100))).empty


def test_a_border_of_one_metre_is_no_contact_and_a_longer_one_is() -> None:
    def pair(metres: float) -> geopandas.GeoDataFrame:
        return frame(a=box(0, 0, 100, 100), b=box(100, 100 - metres, 200, 200 - metres))

    assert touching_pairs(pair(1.0), gap_m=0.01).empty
    assert len(touching_pairs(pair(1.2), gap_m=0.01)) == 1
