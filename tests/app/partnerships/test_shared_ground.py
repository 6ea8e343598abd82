"""Ground in common of all pairs at once, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from app.partnerships.methods.shared_ground import shared_ground

# Three districts of 10, 20 and 70 m² with 1, 3 and 6 people.
AREA = np.array([10.0, 20.0, 70.0])
PEOPLE = np.array([1.0, 3.0, 6.0])


def rows(*given: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    shares = np.array(given)
    return shares * AREA, shares * PEOPLE


def test_councils_in_common_are_counted_both_ways() -> None:
    area, people = rows((1, 1, 0), (0, 1, 1), (0, 0, 1))
    found = shared_ground(area, people, area.sum(axis=1), np.array([True] * 3), {})
    told = list(zip(found.a, found.b, found.m2, found.people, strict=True))
    assert told == [(0, 1, 20, 3), (1, 2, 70, 6)]
    assert found.share_of_a[0] == pytest.approx(20 / 30)
    assert found.share_of_b[0] == pytest.approx(20 / 90)
    assert found.people_share_of_a[0] == 3 / 4
    assert found.same.tolist() == [False, False]


def test_an_outline_shares_what_of_each_council_lies_in_it_whichever_comes_first() -> None:
    for order in ((0, 1), (1, 0)):
        area, people = rows((1, 1, 0), (0, 0.25, 0.5))
        area, people = area[list(order)], people[list(order)]
        whole = np.array([True, False])[list(order)]
        found = shared_ground(area, people, np.array([30.0, 45.0])[list(order)], whole, {})
        assert found.m2.tolist() == [5.0]  # a quarter of 20
        assert found.people.tolist() == [0.75]


def test_two_outlines_share_what_their_caller_measured_and_nothing_else() -> None:
    area, people = rows(
        (0.5, 0, 0), (0.5, 0, 0)
    )  # the same half, or the other: only geometry knows
    whole = np.array([False, False])
    assert not len(shared_ground(area, people, np.array([5.0, 5.0]), whole, {}).a)
    found = shared_ground(area, people, np.array([5.0, 5.0]), whole, {(0, 1): (4.9, 0.4)})
    assert found.m2.tolist() == [4.9]
    assert found.same.tolist() == [True]  # 98 % of both


def test_the_same_ground_is_95_per_cent_of_both_and_not_of_one() -> None:
    area, people = rows((1, 1, 1), (0, 1, 1))
    found = shared_ground(area, people, area.sum(axis=1), np.array([True, True]), {})
    assert (found.share_of_a[0], found.share_of_b[0]) == (0.9, 1.0)
    assert found.same.tolist() == [False]


def test_people_of_a_council_without_a_figure_are_not_known_and_not_nobody() -> None:
    area, people = rows((1, 1, 0), (0, 1, 1), (1, 0, 0))
    people[:2, 1] = np.nan
    found = shared_ground(area, people, area.sum(axis=1), np.array([True] * 3), {})
    told = dict(
        zip(zip(found.a.tolist(), found.b.tolist(), strict=True), found.people, strict=True)
    )
    assert np.isnan(told[0, 1])
    assert told[0, 2] == 1
