"""Where an outline and authorities part ways, on squares whose answer can be worked out by hand."""

from __future__ import annotations

import pytest
import shapely
from shapely import box

from boundaries.methods.misalignment import misaligned_pieces, opened
from boundaries.methods.verdict import AuthorityLayer, judge_outline

# Two districts of 10 km side by side; the outline takes the left one but for a corner, a strip of the
# right one, and reaches 3 km into the sea below.
LAYER = AuthorityLayer(
    ["A", "B"], ["Ambridge", "Borchester"],
    [box(0, 0, 10_000, 10_000), box(10_000, 0, 20_000, 10_000)],
)  # fmt: skip
OUTLINE = shapely.union_all([
    shapely.difference(box(0, 0, 10_000, 10_000), box(0, 9_000, 1_000, 10_000)),
    box(9_000, 4_000, 12_000, 6_000), box(0, -3_000, 2_000, 10),
])  # fmt: skip


def pieces(outline: shapely.Geometry) -> list[tuple[str, str, int]]:
    found = misaligned_pieces(outline, LAYER, judge_outline(outline, LAYER))
    return [(one.kind, one.code, round(one.area_m2 / 1000)) for one in found]


def test_what_sticks_out_is_missing_or_lies_in_no_authority_is_told_apart() -> None:
    # 2 x 3 km of sea, 2 x 2 km of B, 1 x 1 km of A; opening takes a little off at each corner.
    assert pieces(OUTLINE) == [
        ("outside", "", pytest.approx(6000, abs=2)), ("sticks-out", "B", pytest.approx(4000, abs=2)),
        ("missing", "A", pytest.approx(1000, abs=2)),
    ]  # fmt: skip


def test_width_is_twice_area_by_perimeter_and_a_piece_that_decides_says_so() -> None:
    found = misaligned_pieces(OUTLINE, LAYER, judge_outline(OUTLINE, LAYER))
    corner = found[-1]
    assert corner.width_m == pytest.approx(500, rel=0.02)  # 2 x 1 km² / 4 km
    assert [one.decides for one in found] == [True, True, True]
    # A corner of 200 m is wider than the tolerance and yet too little for the verdict.
    nearly = shapely.difference(box(0, 0, 10_000, 10_000), box(0, 9_800, 200, 10_000))
    verdict = judge_outline(nearly, LAYER)
    assert verdict.verdict == "same"
    (small,) = misaligned_pieces(nearly, LAYER, verdict)
    assert (small.kind, small.decides) == ("missing", False)


def test_slivers_of_generalisation_are_no_pieces_and_a_wide_one_comes_without_its_sliver() -> None:
    assert pieces(box(0, 0, 10_030, 10_030)) == []
    wide_with_tail = shapely.union_all([box(0, 0, 500, 500), box(500, 0, 5_000, 20)])
    (kept,) = opened(wide_with_tail, 45)
    assert kept.area == pytest.approx(250_000, rel=0.01)
    assert kept.bounds[2] < 530


def test_the_same_ground_has_no_pieces() -> None:
    assert pieces(box(0, 0, 20_000, 10_000)) == []
