"""Need against money on parts that can be worked out by hand, the index by a second formula, and ties."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from app.resources.methods.equity import (
    GAP,
    MATCHED_HIGH,
    MATCHED_LOW,
    MORE,
    UNKNOWN,
    Part,
    concentrate,
    per_person,
    weigh_need,
)

F = Fraction


def by_area(curve: tuple[tuple[Fraction, Fraction], ...]) -> Fraction:
    """The second formula: 1 - 2 x the area under the curve, by trapezia."""
    under = sum(
        ((b - a) * (low + high) / 2 for (a, low), (b, high) in pairwise(curve)),
        F(0),
    )
    return 1 - 2 * under


def test_money_all_for_the_worst_half_is_worked_out() -> None:
    # 100 people each; the worse half gets everything: C = 2 x 1 x (1/4 - 1/2) = -1/2
    found = concentrate([(F(1), 100, 10), (F(2), 100, 0)])
    assert found is not None
    assert found.index == F(-1, 2)
    assert found.curve == ((0, 0), (F(1, 2), 1), (1, 1))
    # a tenth of the people is a fifth of the first part, which has everything
    assert found.worst == {"worst_tenth": F(1, 5), "worst_fifth": F(2, 5)}


def test_equal_money_a_head_is_0() -> None:
    found = concentrate([(F(5), 300, 900), (F(1), 100, 300), (F(9), 50, 150)])
    assert found is not None
    assert found.index == 0
    assert found.worst["worst_tenth"] == F(1, 10)


def test_the_index_is_one_less_twice_the_area_under_the_curve() -> None:
    rng = random.Random(4)
    for _ in range(300):
        spread = [
            (F(rng.randrange(1, 9)), rng.randrange(1, 500), rng.randrange(-50, 1000))
            for _ in range(rng.randrange(1, 12))
        ]
        found = concentrate(spread)
        if found is not None:
            assert found.index == by_area(found.curve)
            rng.shuffle(spread)
            assert concentrate(spread) == found  # ties: no order of naming decides


@pytest.mark.parametrize("spread", [[], [(F(1), 0, 5)], [(F(1), 10, 0)], [(F(1), 10, -5)]])
def test_no_share_is_taken_of_nothing(spread: list[tuple[Fraction, int, int]]) -> None:
    assert concentrate(spread) is None


PARTS = [
    Part(1, "Mill", F(10), 100, 100, 100, 1),  # 1 penny a head, all in the worst fifth
    Part(2, "Quay", F(20), 100, 50, 4000, 3),
    Part(3, "Hill", F(30), 100, 0, 50, 1),
    Part("rest", "Rest", F(40), 700, 0, 30_000, 9),
    Part(5, "Moor", F(15), 100, 60, 0, 0),
]


def test_parts_are_told_by_need_and_money() -> None:
    told = weigh_need(PARTS)
    assert {each["key"]: each["quadrant"] for each in told["parts"]} == {
        1: GAP, 2: MATCHED_HIGH, 3: MATCHED_LOW, "rest": MORE, 5: UNKNOWN,
    }  # fmt: skip
    quay = told["parts"][1]
    # of 1,100 people, of 210 in the worst fifth, of 34,150 pence
    assert quay["share_of_people"] == round(100 / 1100, 9)
    assert quay["share_of_need"] == round(50 / 210, 9)
    assert quay["share_of_money"] == round(4000 / 34150, 9)
    assert (quay["pence_per_head"], quay["pence_per_person_in_worst_fifth"]) == (40, 80)


def test_kakwani_is_the_index_of_money_less_that_of_need() -> None:
    told = weigh_need(PARTS)
    # need by people from the worst: Mill, Moor, Quay, Hill, rest
    need = concentrate([(part.rank or F(0), part.people or 0, part.need or 0) for part in PARTS])
    assert need is not None
    assert told["need"]["index"] == round(float(need.index), 9)
    assert told["kakwani"] == pytest.approx(
        told["money"]["index"] - told["need"]["index"], abs=2e-9
    )
    assert told["kakwani"] > 0  # money is less concentrated on the deprived than need is


def test_what_is_not_known_is_left_out_and_never_0() -> None:
    told = weigh_need(
        [*PARTS, Part(6, "Fog", F(1), None, None, 77, 2), Part(7, "Haze", None, 10, 1, 5, 1)]
    )
    assert told["left_out"] == [6, 7]
    assert told["totals"]["pence"] == 34_150
    fog = told["parts"][-2]
    assert (fog["pence_per_head"], fog["share_of_people"], fog["quadrant"]) == (None, None, UNKNOWN)
    assert told["parts"][0]["share_of_money"] == round(100 / 34150, 9)


def test_a_part_whose_need_is_not_known_is_neither_high_nor_low_and_ranks_nobody() -> None:
    told = weigh_need([*PARTS, Part(6, "Fog", F(1), 100, None, 9_000, 2)])
    assert told["parts"][-1]["quadrant"] == UNKNOWN
    before = {each["key"]: each["quadrant"] for each in weigh_need(PARTS)["parts"]}
    assert {each["key"]: each["quadrant"] for each in told["parts"][:-1]} == before


def test_a_person_s_share_is_rounded_half_away_from_0() -> None:
    assert [per_person(pence, 2) for pence in (3, 2, -3, 0)] == [2, 1, -2, 0]
    assert per_person(5, 0) is None
