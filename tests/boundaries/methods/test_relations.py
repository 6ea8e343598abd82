"""Relations and common ground equal what is drawn and eroded outright, on shapes and on real layers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from boundaries.methods.relations import is_all_sliver, largest_core, relate, sliver_share
from boundaries.methods.shared_ground import common_areas
from boundaries.vector_files import read_vector
from tests.support.brute_force import relation_of

MIRRORED = {"equals": "equals", "covers": "within", "within": "covers", "overlaps": "overlaps",
            "touches": "touches"}  # fmt: skip


def square(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(500_000 + west, 200_000 + south, 500_000 + east, 200_000 + north)


def one(a: Any, b: Any, tolerance_m: float) -> str | None:
    found = relate([a], [b], tolerance_m)
    return str(found.relation[0]) if len(found.relation) else None


WHOLE = square(0, 0, 1000, 1000)


@pytest.mark.parametrize(
    ("b", "exactly", "at_40_m"),
    [
        (WHOLE, "equals", "equals"),
        (square(-50, -50, 1050, 1050), "within", "within"),
        (square(100, 100, 900, 900), "covers", "covers"),
        # 30 m short on one side: thinner than the tolerance, so nothing is left out.
        (square(0, 0, 970, 1000), "covers", "equals"),
        (square(0, 0, 900, 1000), "covers", "covers"),
        (square(970, 0, 2000, 1000), "overlaps", "touches"),
        (square(500, 0, 2000, 1000), "overlaps", "overlaps"),
        (square(1000, 0, 2000, 1000), "touches", "touches"),
        (square(1000, 1000, 2000, 2000), "touches", "touches"),
        (square(1001, 0, 2000, 1000), None, None),
    ],
)
def test_a_relation_is_exact_without_a_tolerance_and_passes_over_slivers_with_one(
    b: shapely.Polygon, exactly: str | None, at_40_m: str | None
) -> None:
    for tolerance_m, wanted in ((0.0, exactly), (40.0, at_40_m)):
        assert one(WHOLE, b, tolerance_m) == wanted
        assert one(b, WHOLE, tolerance_m) == (wanted and MIRRORED[wanted])
        assert relation_of(WHOLE, b, tolerance_m) == wanted


def test_a_blob_at_the_end_of_a_sliver_is_seen() -> None:
    # A strip 10 m wide is nothing at 40 m; the 200 m square at its end is.
    strip = square(1000, 0, 1010, 1000)
    blob = square(800, 400, 1010, 600)
    other = shapely.union_all([square(1000, 0, 2000, 1000), blob])
    assert one(WHOLE, shapely.union(square(1010, 0, 2000, 1000), strip), 40.0) == "touches"
    assert one(WHOLE, other, 40.0) == "overlaps"


def test_a_hole_is_no_ground_and_an_area_in_it_only_touches() -> None:
    ring = shapely.difference(WHOLE, square(300, 300, 700, 700))
    assert one(square(300, 300, 700, 700), ring, 0.0) == "touches"
    assert one(square(250, 250, 750, 750), ring, 0.0) == "overlaps"
    found = relate([square(250, 250, 750, 750)], [ring], 0.0)
    assert found.overlap_m2.tolist() == pytest.approx([500**2 - 400**2])


def test_a_negative_tolerance_is_refused_and_one_wider_than_the_area_is_told() -> None:
    with pytest.raises(ValueError, match="negative"):
        relate([WHOLE], [WHOLE], -1.0)
    assert is_all_sliver(square(0, 0, 1000, 30), 40.0)
    assert not is_all_sliver(square(0, 0, 1000, 30), 20.0)
    assert not is_all_sliver(WHOLE, 0.0)


def test_empty_sets_have_no_pairs_and_threads_change_nothing() -> None:
    assert len(relate([], [WHOLE], 40.0).a) == 0
    assert len(relate([WHOLE], [], 40.0).a) == 0
    grid = [square(n * 90, m * 90, n * 90 + 100, m * 90 + 100) for n in range(9) for m in range(9)]
    wide = [square(n * 30, 0, n * 30 + 200, 900) for n in range(60)]
    told: list[float] = []
    alone = relate(grid, wide, 5.0)
    both = relate(grid, wide, 5.0, threads=2, progress=told.append)
    for left, right in zip(alone, both, strict=True):
        assert (left == right).all()
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_the_largest_core_is_that_of_a_disc() -> None:
    # A disc of 100 m eroded by 20 m is a disc of 80 m: no ground of its size keeps more.
    area = np.pi * 100**2
    assert largest_core(np.array([area]), 20.0)[0] == pytest.approx(np.pi * 80**2)
    assert largest_core(np.array([np.pi * 19**2]), 20.0)[0] == 0.0


def test_without_a_tolerance_no_share_is_a_sliver_and_more_of_one_never_less_than_half_as_much() -> (
    None
):
    assert sliver_share(0.0) == 0.0
    assert sliver_share(10.0) == pytest.approx(sliver_share(20.0) / 2)


def star(x: float, y: float, size: float, points: int, seed: int) -> shapely.Polygon:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, points))
    reach = size * rng.uniform(0.3, 1.0, points)
    ring = np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)])
    return shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)


stars = st.builds(
    star, st.floats(500_000, 501_000), st.floats(200_000, 201_000), st.floats(50, 900),
    st.integers(3, 40), st.integers(0, 10**6),
)  # fmt: skip


@hypothesis_settings(deadline=None, max_examples=80)
@given(a=st.lists(stars, min_size=1, max_size=4), b=st.lists(stars, min_size=1, max_size=4),
       tolerance_m=st.sampled_from([0.0, 5.0, 20.0, 60.0, 200.0]))  # fmt: skip
def test_any_shapes_relate_as_drawn_and_the_other_way_round_as_mirrored(
    a: list[shapely.Polygon], b: list[shapely.Polygon], tolerance_m: float
) -> None:
    found = relate(a, b, tolerance_m)
    turned = relate(b, a, tolerance_m)
    seen = {(int(i), int(j)): (str(r), m) for i, j, m, r in zip(*found, strict=True)}
    back = {(int(j), int(i)): (MIRRORED[str(r)], m) for i, j, m, r in zip(*turned, strict=True)}
    assert {pair: relation for pair, (relation, _) in seen.items()} == {
        pair: relation for pair, (relation, _) in back.items()
    }
    for i, one_a in enumerate(a):
        for j, one_b in enumerate(b):
            assert seen.get((i, j), (None, 0))[0] == relation_of(one_a, one_b, tolerance_m)
            drawn = shapely.intersection(one_a, one_b).area
            assert seen.get((i, j), (None, 0.0))[1] == pytest.approx(drawn, abs=2e-4)
            assert 0 <= drawn <= min(one_a.area, one_b.area) + 1e-6


@hypothesis_settings(deadline=None, max_examples=40)
@given(shape=stars, cuts=st.lists(st.floats(0, 2000), max_size=6))
def test_common_ground_over_a_partition_sums_to_the_area(
    shape: shapely.Polygon, cuts: list[float]
) -> None:
    edges = [-2000.0, *sorted(cuts), 4000.0]
    strips = [square(west, -2000, east, 3000) for west, east in pairwise(edges)]
    many = np.zeros(len(strips), dtype=np.intp)
    shared = common_areas([shape], strips, many, np.arange(len(strips)))
    assert shared.sum() == pytest.approx(shape.area, rel=1e-9, abs=1e-6)


@pytest.mark.slow
def test_real_small_areas_and_districts_of_another_release_relate_as_drawn(mirror: Path) -> None:
    folder = mirror / "boundaries"
    small = read_vector(folder / "lsoa_2011_bsc.parquet", code_column="LSOA11CD").frame
    large = read_vector(folder / "lad_2023_buc.gpkg", code_column="LAD23CD").frame
    a, b = small.geometry.to_numpy(), large.geometry.to_numpy()
    rng = np.random.default_rng(20251127)
    near, far = shapely.STRtree(a).query(b, predicate="intersects")[::-1]
    picked = rng.choice(len(near), 300, replace=False)
    pairs = list(zip(near[picked].tolist(), far[picked].tolist(), strict=True))
    pairs += [(int(rng.integers(len(a))), int(rng.integers(len(b)))) for _ in range(60)]
    wanted = np.unique([pair[0] for pair in pairs])
    found = relate(a[wanted], b, 220.0)
    seen = {(int(wanted[i]), int(j)): (str(r), m) for i, j, m, r in zip(*found, strict=True)}
    kinds = set()
    for i, j in pairs:
        relation, area = seen.get((i, j), (None, 0.0))
        assert relation == relation_of(a[i], b[j], 220.0)
        assert area == pytest.approx(shapely.intersection(a[i], b[j]).area, abs=2e-4)
        kinds.add(relation)
    assert {"within", "overlaps", "touches", None} <= kinds
