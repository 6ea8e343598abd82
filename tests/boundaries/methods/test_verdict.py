from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from shapely import box

from boundaries.methods.code_verdict import say_outline_verdict
from boundaries.methods.erosion import core_area, core_exceeds, thick_parts
from boundaries.methods.verdict import (
    AuthorityLayer,
    judge_outline,
    threshold_for,
)

GRID = 27700
KM = 1000


def district(column: int, row: int = 0) -> shapely.Polygon:
    """A square of 10 km in a row of squares."""
    return box(column * 10 * KM, row * 10 * KM, (column + 1) * 10 * KM, (row + 1) * 10 * KM)


@pytest.fixture(scope="module")
def layer() -> AuthorityLayer:
    shapes = [district(0), district(1), district(2)]
    frame = geopandas.GeoDataFrame(
        {"code": ["E07000001", "E07000002", "E07000003"], "name": ["West", "Mid", "East"]},
        geometry=shapes,
        crs=GRID,
    )
    return AuthorityLayer.from_frame(frame)


def test_the_threshold_meets_its_measured_points_and_falls_between_them() -> None:
    assert threshold_for(20) == pytest.approx(0.00295)
    assert threshold_for(50) == pytest.approx(0.0019)
    assert threshold_for(200) == pytest.approx(0.0012)
    assert threshold_for(5) == threshold_for(20)
    assert threshold_for(20) > threshold_for(45) > threshold_for(50)


def test_nothing_thinner_than_the_tolerance_survives_in_a_core() -> None:
    assert core_area(box(0, 0, 1000, 49), 50) == 0
    # A strip of 60 m loses 25 m on each side: 10 m by 950 m is left.
    assert core_area(box(0, 0, 1000, 60), 50) == pytest.approx(9500)


@pytest.mark.parametrize("limit", [0, 9_000, 9_499, 9_501, 59_999, 60_001])
def test_the_quick_bounds_answer_as_the_erosion_does(limit: float) -> None:
    strip = box(0, 0, 1000, 60)
    assert core_exceeds(strip, limit, 50) == (core_area(strip, 50) > limit)


@pytest.mark.parametrize(
    ("outline", "verdict", "codes"),
    [
        (district(0), "same", ["E07000001"]),
        (box(20, 20, 10 * KM - 20, 10 * KM - 20), "same", ["E07000001"]),
        (box(0, 0, 20 * KM, 10 * KM), "union-of", ["E07000001", "E07000002"]),
        (box(KM, KM, 2 * KM, 2 * KM), "part-of", ["E07000001"]),
        (box(8 * KM, KM, 12 * KM, 5 * KM), "straddles", ["E07000001", "E07000002"]),
        (box(0, 0, 13 * KM, 10 * KM), "mixed", ["E07000001", "E07000002"]),
        (box(0, 50 * KM, KM, 51 * KM), "outside", []),
    ],
)
def test_each_verdict(
    layer: AuthorityLayer, outline: shapely.Polygon, verdict: str, codes: list[str]
) -> None:
    answer = judge_outline(outline, layer)
    assert answer.verdict == verdict
    assert [row.code for row in answer.touched] == codes


def test_a_bite_of_one_per_cent_is_never_the_same(layer: AuthorityLayer) -> None:
    bitten = district(0).difference(box(0, 0, KM, KM))  # 1 of 100 square kilometres
    answer = judge_outline(bitten, layer)
    assert answer.verdict == "part-of"
    assert answer.touched[0].share_of_authority == 0.99


def test_a_strip_as_thin_as_the_tolerance_is_the_same_with_a_warning(
    layer: AuthorityLayer,
) -> None:
    # 44 m off every side of 10 km: 1.75 % of the ground, yet no piece wider than 45 m.
    answer = judge_outline(box(44, 44, 10 * KM - 44, 10 * KM - 44), layer)
    assert answer.verdict == "same"
    assert "1.75% smaller" in answer.warnings[0]
    assert answer.widest_leftover_m == pytest.approx(44, abs=1)
    # Half as much ground off one side is 88 m wide, and seen.
    assert judge_outline(box(88, 0, 10 * KM, 10 * KM), layer).verdict == "part-of"


def test_shares_and_what_is_outside_add_to_one(layer: AuthorityLayer) -> None:
    # A third each in West, Mid and no authority (3 km of 9 km below the southern border).
    outline = box(7 * KM, -4.5 * KM, 13 * KM, 4.5 * KM)
    answer = judge_outline(outline, layer)
    assert [row.share_of_partnership for row in answer.authorities] == [0.25, 0.25]
    assert answer.outside_share == 0.5
    assert answer.core_outside_share == pytest.approx(0.5, abs=0.01)
    assert "lies in no authority" in answer.warnings[0]
    uneven = judge_outline(box(9 * KM, 0, 12 * KM, 7 * KM), layer)
    total = sum(row.share_of_partnership for row in uneven.authorities) + uneven.outside_share
    assert round(total, 9) == 1
    assert [row.share_of_partnership for row in uneven.authorities] == [0.6667, 0.3333]


def test_ground_wholly_outside_is_all_outside(layer: AuthorityLayer) -> None:
    answer = judge_outline(box(0, 50 * KM, KM, 51 * KM), layer)
    assert (answer.outside_share, answer.authorities) == (1.0, ())


def test_an_authority_too_small_for_the_tolerance_cannot_be_told() -> None:
    # (2 x 45 m)^2 = 8,100 m2 is 1 % of 0.81 km2: 890 m square is below it, 910 m above.
    for side, verdict in ((890, "cannot-tell"), (910, "same")):
        small = AuthorityLayer(["E09000001"], ["City"], [box(0, 0, side, side)])
        assert judge_outline(box(0, 0, side, side), small).verdict == verdict


def test_beyond_200_m_of_tolerance_the_same_is_never_said(layer: AuthorityLayer) -> None:
    assert judge_outline(district(0), layer, tolerance_m=180).verdict == "same"
    answer = judge_outline(district(0), layer, tolerance_m=181)
    assert answer.verdict == "cannot-tell"
    assert "tolerance of 201 m" in answer.warnings[0]


def test_an_outline_drawn_coarsely_along_the_border_cannot_be_told(layer: AuthorityLayer) -> None:
    wobbly = box(-200, 150, 10 * KM + 180, 10 * KM - 170)
    answer = judge_outline(wobbly, layer)
    assert answer.verdict == "cannot-tell"
    assert "too coarsely" in answer.warnings[0]
    # But ground that is clearly split is split, however coarse the edge.
    assert judge_outline(box(-200, 150, 15 * KM, 10 * KM - 170), layer).verdict != "cannot-tell"


def test_empty_outlines_and_negative_tolerances_are_errors(layer: AuthorityLayer) -> None:
    with pytest.raises(ValueError, match="no area"):
        judge_outline(shapely.Polygon(), layer)
    with pytest.raises(ValueError, match="negative"):
        judge_outline(district(0), layer, tolerance_m=-1)


def test_the_sentence_names_what_the_verdict_rests_on(layer: AuthorityLayer) -> None:
    assert say_outline_verdict("It", judge_outline(box(0, 0, 20 * KM, 10 * KM), layer)) == (
        "It is a union of two districts, West and Mid, within 25 m."
    )
    mixed = say_outline_verdict("It", judge_outline(box(0, 0, 15 * KM, 10 * KM), layer))
    assert mixed == (
        "It holds the whole of West and part of Mid (50.00% of its area, 33.33% of the outline)."
    )
    outside = judge_outline(box(0, 50 * KM, KM, 51 * KM), layer)
    assert say_outline_verdict("It", outside) == "It touches no English authority."


def test_at_200_m_a_bite_that_the_core_misses_is_told_by_plain_area_and_not_called_same() -> None:
    whole = box(0, 0, 6000, 6000)
    layer = AuthorityLayer(["A"], ["Ambridge"], [whole])
    # 1.2 % along one side, 72 m wide: thinner than the tolerance everywhere.
    strip = box(0, 0, 6000, 5928)
    coarse = judge_outline(strip, layer, tolerance_m=180)
    assert coarse.verdict == "cannot-tell"
    assert "1.20% smaller" in coarse.warnings[0]
    # At 75 m the strip is a warning beside `same`; half a per cent is none.
    assert judge_outline(strip, layer, tolerance_m=55).verdict == "same"
    assert judge_outline(strip, layer, tolerance_m=55).warnings
    assert not judge_outline(box(0, 0, 6000, 5971), layer, tolerance_m=55).warnings


def test_an_outline_thinner_than_the_tolerance_is_neither_outside_nor_part() -> None:
    layer = AuthorityLayer(["A"], ["Ambridge"], [box(0, 0, 6000, 6000)])
    assert judge_outline(box(100, 100, 1000, 130), layer).verdict == "cannot-tell"
    # Mostly beyond every authority, it is outside though a sliver of it is in.
    assert judge_outline(box(-900, 100, 30, 130), layer).verdict == "outside"


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
def test_a_tolerance_that_is_negative_or_no_number_is_refused(bad: float) -> None:
    layer = AuthorityLayer(["A"], ["Ambridge"], [box(0, 0, 6000, 6000)])
    with pytest.raises(ValueError, match="tolerance"):
        judge_outline(box(0, 0, 10, 10), layer, tolerance_m=bad)


def test_slivers_have_no_core_and_are_passed_over_before_eroding() -> None:
    many = shapely.multipolygons([box(n * 100, 0, n * 100 + 90, 20) for n in range(50)])
    assert not len(thick_parts(many, 50))
    assert core_area(many, 50) == 0
    # A disc as wide as the tolerance has just no core; one twice as wide has a quarter of itself.
    disc = shapely.Point(0, 0).buffer(50, quad_segs=64)
    assert core_area(disc, 50) == pytest.approx(np.pi * 25**2, rel=0.01)
    assert len(thick_parts(disc, 50)) == 1
