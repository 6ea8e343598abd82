"""The checks of a board's boundary, each on cases that can be worked out in the head."""

from __future__ import annotations

import pandas as pd
import pytest

from app.profiles.methods.board import (
    CANNOT_TELL,
    MET,
    NOT_MET,
    check_contains,
    check_contiguous,
    check_overlap,
    check_people,
    connected_parts,
    overall,
)


def test_the_default_area_is_inside_where_all_of_its_small_areas_are() -> None:
    assert check_contains("Wick", ["a", "b"], {"a", "b", "c"}, 1.0).status == MET
    part = check_contains("Wick", ["a", "b", "d"], {"a", "b"}, 0.6)
    assert part.status == NOT_MET
    assert part.found == {"left_out": ["d"], "people_share": 0.6}
    assert part.sentence == (
        "2 of the 3 small areas of Wick lie wholly inside, with 60.00% of its people; left out is d."
    )


def test_without_a_default_area_nothing_is_claimed() -> None:
    assert check_contains(None, [], {"a"}, None).status == CANNOT_TELL


def test_a_corner_joins_nothing() -> None:
    pairs = pd.DataFrame({"a": ["a", "b"], "b": ["b", "c"], "border_m": [500.0, 1.0]})
    parts = connected_parts(["c", "b", "a"], pairs)
    assert parts == [["a", "b"], ["c"]]
    found = check_contiguous(parts)
    assert found.status == NOT_MET
    assert found.found == {"pieces": 2, "apart": ["c"]}
    # an area between them that is not asked for joins nothing either
    assert connected_parts(["a", "c"], pairs.assign(border_m=500.0)) == [["a"], ["c"]]


def test_one_piece_is_contiguous_and_what_has_no_outline_cannot_be_told() -> None:
    assert check_contiguous([["a", "b"]]).status == MET
    assert check_contiguous(1).status == MET
    assert check_contiguous(3).status == NOT_MET
    assert check_contiguous(None, "a list of postcodes has no outline").status == CANNOT_TELL


@pytest.mark.parametrize(
    ("estimates", "status"),
    [
        ([5_000], MET), ([15_000], MET), ([4_999], NOT_MET), ([15_001], NOT_MET),
        ([4_900, 5_100], CANNOT_TELL), ([4_000, 20_000], CANNOT_TELL), ([], CANNOT_TELL),
        ([9_000, 10_000, 11_000], MET), ([1_000, 2_000], NOT_MET),
    ],
)  # fmt: skip
def test_both_ends_of_the_band_are_in_and_estimates_on_both_sides_cannot_be_told(
    estimates: list[int], status: str
) -> None:
    assert check_people(estimates, 5_000, 15_000).status == status


def test_a_place_that_is_not_drawn_is_never_passed_over() -> None:
    assert check_overlap([], []).status == MET
    assert check_overlap([], ["Hastings"]).status == CANNOT_TELL
    both = check_overlap([("Radcliffe", 0.25)], ["Hastings"])
    assert both.status == NOT_MET
    assert "Radcliffe (25.00% of its people)" in both.sentence


def test_one_that_is_not_met_decides_before_one_that_cannot_be_told() -> None:
    met, unmet, unknown = (
        check_people([9], 1, 10),
        check_people([99], 1, 10),
        check_people([], 1, 10),
    )
    assert overall([met, met]) == MET
    assert overall([met, unknown]) == CANNOT_TELL
    assert overall([unknown, unmet, met]) == NOT_MET
    assert overall([]) == CANNOT_TELL
