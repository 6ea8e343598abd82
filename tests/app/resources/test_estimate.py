"""Money shared out over the small areas of its own place, worked by hand: to the penny, beside the ledger.

Small areas A to D: A and B are neighbourhood 1, C is the rest, D lies outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.resources.methods.estimate import (
    BASES,
    Spot,
    apportion_to_zones,
    estimate_lines,
    shares_to_the_penny,
    spread_of,
    whole_weights,
)
from app.resources.methods.estimated_ledger import (
    EstimatedLedger,
    Stated,
    estimate_stated,
    with_estimates,
    with_range,
)

REST = ("rest_of_partnership",)
ZONES = {"A": 1, "B": 1, "C": "rest_of_partnership"}
PEOPLE = pd.Series({"A": 100.0, "B": 200.0, "C": 300.0, "D": 400.0})
PLACES = {
    "WARD": pd.Series({"A": 1.0, "C": 1.0}),
    "DISTRICT": pd.Series({"A": 1.0, "B": 1.0, "C": 1.0}),
    "COUNTY": pd.Series({"A": 1.0, "B": 1.0, "C": 1.0, "D": 1.0}),
    "HALF": pd.Series({"B": 0.5, "C": 1.0}),
    "INSIDE": pd.Series({"A": 1.0, "B": 1.0}),
    "DARK": pd.Series({"A": 1.0, "C": np.nan}),
}


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def estimated(*lines: Stated, weights: dict[str, pd.Series] | None = None) -> EstimatedLedger:
    given = {"population": PEOPLE, "equal": pd.Series(1.0, index=list("ABCD"))}
    return estimate_stated(list(lines), PLACES, given | (weights or {}), ZONES, [1])


def one(place: str | None, pence: int, basis: str = "population", **given: pd.Series) -> dict:
    return estimated(Stated("x", pence, REST, place, basis), weights=given).of_line(0)


@pytest.mark.parametrize(
    ("pence", "weights", "expected"),
    [
        # 100 pence by 1, 1, 1: 33 each, and the penny left over to the first of equal remainders.
        (100, (1, 1, 1), [34, 33, 33]),
        # 10 by 1, 2, 4: 1.43, 2.86, 5.71 make 1, 2, 5 and two pennies to .86 and .71.
        (10, (1, 2, 4), [1, 3, 6]),
        # A refund is shared as what was paid, and negated.
        (-10, (1, 2, 4), [-1, -3, -6]),
        # Who weighs nothing gets nothing, not even the penny left over.
        (1, (0, 1, 0, 1), [0, 1, 0, 0]),
        (0, (3, 4), [0, 0]),
    ],
)
def test_shares_go_to_the_largest_remainders(
    pence: int, weights: tuple[int, ...], expected: list[int]
) -> None:
    assert shares_to_the_penny(whole(pence), whole(*weights)).tolist() == [expected]


def test_sums_that_pass_the_machines_whole_numbers_are_shared_exactly() -> None:
    # 2**40 + 1 by weights of 2**40 and twice that: a third and two thirds, the penny left to the larger
    # remainder. (2**40 + 1) / 3 = 366,503,875,925.67, so that is where it goes.
    found = shares_to_the_penny(whole(2**40 + 1), whole(2**40, 2**41))
    assert found.tolist() == [[366_503_875_926, 733_007_751_851]]


def test_the_same_amount_is_shared_the_same_way_wherever_it_stands_among_lines() -> None:
    spot = Spot(whole(3, 3, 3), whole(1, 0, 1))
    found = apportion_to_zones(whole(7, 100, 7, -7), spot, 2)
    # 7 by 3, 3, 3: 3, 2, 2. Zone 0 is the second area, zone 1 the first and the third.
    assert found.tolist() == [[2, 5], [33, 67], [2, 5], [-2, -5]]


def test_zones_get_what_their_small_areas_got_not_a_rounding_of_their_own() -> None:
    # 5 by 1, 1, 1, 1: 2, 1, 1, 1. Zone 0 holds the last two: 2, though half of 5 would round to 3.
    spot = Spot(whole(1, 1, 1, 1), whole(1, 1, 0, 0))
    assert apportion_to_zones(whole(5), spot, 2).tolist() == [[2, 3]]


def test_a_place_that_weighs_nothing_or_is_not_told_leaves_its_lines_unplaced() -> None:
    spots = [Spot(whole(0, 0), whole(0, 1)), None, Spot(whole(1, 1), whole(0, 1))]
    found = estimate_lines(whole(9, 8, 7, 6), whole(0, 1, -1, 2), spots, 2)
    assert found.tolist() == [[0, 0, 9], [0, 0, 8], [0, 0, 7], [3, 3, 0]]


def test_weights_are_kept_to_a_thousandth_and_what_is_not_known_is_refused() -> None:
    assert whole_weights(np.array([1.2345, 0.0, 2.0])).tolist() == [1234, 0, 2000]
    for wrong in (np.nan, np.inf, -1.0):
        with pytest.raises(ValueError, match="negative, infinite or not known"):
            whole_weights(np.array([1.0, wrong]))


@pytest.mark.parametrize(
    ("place", "pence", "basis", "expected"),
    [
        # 100 of 400 people of the ward live in neighbourhood 1.
        ("WARD", 1000, "population", {1: 250, "rest_of_partnership": 750}),
        ("WARD", 1000, "equal", {1: 500, "rest_of_partnership": 500}),
        # 300 of the 1,000 people of a county are the neighbourhood's, 400 live outside.
        ("COUNTY", 1000, "population", {1: 300, "rest_of_partnership": 300, "outside": 400}),
        # Half of B, 100 people, against C's 300; in equal shares B counts once, half or whole.
        ("HALF", 1000, "population", {1: 250, "rest_of_partnership": 750}),
        ("HALF", 1000, "equal", {1: 500, "rest_of_partnership": 500}),
        # Wholly in one zone: there, whatever it weighs.
        ("INSIDE", 1000, "worst-fifth", {1: 1000}),
        ("DARK", 1000, "population", {"not_placed": 1000}),
        ("NOWHERE", 1000, "population", {"not_placed": 1000}),
        (None, 1000, "population", {"not_placed": 1000}),
    ],
)
def test_a_line_is_shared_over_the_small_areas_of_its_own_place(
    place: str | None, pence: int, basis: str, expected: dict[object, int]
) -> None:
    assert one(place, pence, basis, **{"worst-fifth": PEOPLE * 0}) == expected


def test_a_small_area_of_unknown_weight_is_not_nought() -> None:
    known = PEOPLE.drop("C")
    line = Stated("x", 1000, REST, "DISTRICT", "households")
    found = estimated(line, weights={"households": known})
    assert found.of_line(0) == {"not_placed": 1000}
    assert found.why_not == {
        "x": "Of 1 of its 3 small areas no weight is known to share it out by households."
    }
    # Where nobody of the worst fifth lives in the place, the line is not placed either.
    assert one("DISTRICT", 5, "worst-fifth", **{"worst-fifth": PEOPLE * 0}) == {"not_placed": 5}


def test_the_column_is_the_ledger_with_its_shared_lines_moved() -> None:
    # The ledger: 10 located in neighbourhood 1; in the rest 20, and 1,000 for a ward; 30 outside; 40 for what
    # cannot be told. The ward's 1,000 leave the rest, and 250 of them come to neighbourhood 1.
    found = estimated(
        Stated("ward", 1000, REST, "WARD", "population"),
        Stated("lost", 40, ("not_placed",), None, "population"),
    )
    rows = [
        {"key": 1, "file_pence": 10}, {"key": REST[0], "file_pence": 1020},
        {"key": "outside", "file_pence": 30}, {"key": "not_placed", "file_pence": 40},
    ]  # fmt: skip
    told = with_estimates(rows, found)
    assert [row["estimate_pence"] for row in told] == [260, 770, 30, 40]
    assert [row["estimate_shared_pence"] for row in told] == [250, 750, 0, 0]
    assert found.words() == "by people"
    assert found.summary()["bases"] == [
        {"basis": "population", "words": "by people", "lines": 1, "pence": 1000}
    ]
    assert [row["estimate_pence"] for row in with_estimates(rows, None)] == [None] * 4


def test_each_line_is_shared_out_by_its_own_basis_and_the_words_count_them() -> None:
    found = estimated(
        Stated("a", 1000, REST, "WARD", "population"),
        Stated("b", 1000, REST, "WARD", "equal"),
        Stated("c", 1000, REST, "WARD", "equal"),
    )
    assert found.by_zone()[1] == 250 + 500 + 500
    assert found.words() == "by people (1 line), in equal shares of the small areas (2 lines)"


def test_what_a_line_is_weighed_by_may_be_its_programmes_own() -> None:
    lines = [
        Stated("a", 100, REST, "WARD", "given", "given:one"),
        Stated("b", 100, REST, "WARD", "given", "given:two"),
    ]
    mine, other = pd.Series({"A": 3.0, "C": 1.0}), pd.Series({"A": 0.0, "C": 1.0})
    found = estimated(*lines, weights={"given:one": mine, "given:two": other})
    assert found.of_line(0) == {1: 75, "rest_of_partnership": 25}
    assert found.of_line(1) == {"rest_of_partnership": 100}


def test_lines_alike_are_shared_once_and_counted_as_often_as_they_are() -> None:
    ward = Stated("a", 7, REST, "WARD", "population")
    alike = estimated(ward._replace(lines=3), ward._replace(id="b", place=None, lines=2))
    # 7 by 100 and 300: 1.75 and 5.25 make 2 and 5, each three times.
    assert alike.by_zone() == {1: 6, "rest_of_partnership": 15, "outside": 0, "not_placed": 14}
    assert alike.summary()["bases"][0]["lines"] == 3
    assert alike.summary()["why_not_shared"] == [{"why": "Its place cannot be told.", "lines": 2}]


def test_overlapping_neighbourhoods_show_the_money_in_each_and_count_it_once() -> None:
    zones = {"A": 1, "B": (1, 2), "C": 2}
    line = Stated("x", 600, REST, "DISTRICT", "population")
    found = estimate_stated([line], PLACES, {"population": PEOPLE}, zones, [1, 2])
    # A 100, B 200, C 300: neighbourhood 1 is A and B, neighbourhood 2 is B and C, and B's 200 count once.
    assert found.by_zone() == {
        1: 300, 2: 500, "in_several": -200, "rest_of_partnership": 0, "outside": 0, "not_placed": 0,
    }  # fmt: skip
    # Nothing else stands in both: the row that counts their money once is made for it.
    keys: tuple[Any, ...] = (1, 2, "rest_of_partnership", "outside", "not_placed")
    rows = [{"key": key, "label": "", "lines": 0, "file_pence": 0} for key in keys]
    rows[2]["file_pence"] = 600
    told = {row["key"]: row["estimate_pence"] for row in with_estimates(rows, found)}
    assert list(told) == [1, 2, "rest_of_partnership", "in_several", "outside", "not_placed"]
    assert list(told.values()) == [300, 500, 0, -200, 0, 0]


def test_a_line_that_stands_in_two_overlapping_neighbourhoods_is_moved_from_both() -> None:
    line = Stated("x", 600, (1, 2), None, "population")
    found = estimate_stated([line], PLACES, {"population": PEOPLE}, {"B": (1, 2)}, [1, 2])
    assert found.stood() == {1: 600, 2: 600, "in_several": -600}


def test_the_range_leaves_out_a_basis_that_places_less() -> None:
    line = Stated("x", 1000, REST, "WARD", "population")
    made = {
        basis: estimated(line._replace(basis=basis), weights={"worst-fifth": PEOPLE * 0})
        for basis in ("population", "equal", "worst-fifth")
    }
    ledger = [
        {"key": 1, "file_pence": 10}, {"key": REST[0], "file_pence": 1000},
        {"key": "outside", "file_pence": 0}, {"key": "not_placed", "file_pence": 0},
    ]  # fmt: skip
    found = with_range(with_estimates(ledger, made["population"]), made, ledger)
    first = found.rows[0]
    assert first["by_basis"] == {"population": 260, "equal": 510, "worst-fifth": 10}
    assert (first["estimate_pence"], first["lowest_pence"], first["highest_pence"]) == (
        260,
        260,
        510,
    )
    assert (found.compared, found.left_out) == (("population", "equal"), ("worst-fifth",))


def test_the_range_over_bases_is_the_lowest_and_the_highest_of_each_zone() -> None:
    assert spread_of({"population": [10, 5], "equal": [7, 9]}) == [(7, 10), (5, 9)]
    with pytest.raises(ValueError, match="no basis"):
        spread_of({})


def test_there_are_seven_bases() -> None:
    assert BASES == (
        "population", "households", "worst-fifth", "equal", "area", "raster-population", "given",
    )  # fmt: skip


def test_no_lines_are_shared_out_over_any_zones_as_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert estimate_lines(nothing, nothing, [], 12).shape == (0, 13)
