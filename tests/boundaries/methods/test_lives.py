"""How long wards lived, told from full lists of successive years."""

from __future__ import annotations

from datetime import date

import pytest

from boundaries.methods.lives import election_day, lives_from_lists

LISTS = {2011: {"A", "B"}, 2019: {"B", "C"}, 2023: {"C", "D"}}


def alive(lives: dict[str, tuple[date | None, date | None]], day: date) -> set[str]:
    return {
        code
        for code, (start, end) in lives.items()
        if (start is None or start <= day) and (end is None or end > day)
    }


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2019, date(2019, 5, 2)), (2025, date(2025, 5, 1)), (2022, date(2022, 5, 5)), (2026, date(2026, 5, 7)),
    ],
)  # fmt: skip
def test_elections_are_on_the_first_thursday_of_may(year: int, day: date) -> None:
    assert election_day(year) == day


def test_a_ward_ends_on_the_election_of_the_first_list_that_lacks_it() -> None:
    assert lives_from_lists(LISTS) == {
        "A": (None, date(2019, 5, 2)),
        "B": (None, date(2023, 5, 4)),
        "C": (date(2019, 5, 2), None),
        "D": (date(2023, 5, 4), None),
    }


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2005, 1, 1), 2011), (date(2019, 5, 1), 2011), (date(2019, 5, 2), 2019),
        (date(2023, 5, 3), 2019), (date(2023, 5, 4), 2023), (date(2030, 1, 1), 2023),
    ],
)  # fmt: skip
def test_on_any_day_the_wards_alive_are_those_of_one_list(day: date, year: int) -> None:
    assert alive(lives_from_lists(LISTS), day) == LISTS[year]


def test_a_ward_that_only_a_best_fit_names_lives_between_the_lists_beside_it() -> None:
    lives = lives_from_lists(LISTS, {2017: {"X", "A"}, 2024: {"Y"}})
    assert lives["X"] == (date(2017, 5, 4), date(2019, 5, 2))
    assert lives["Y"] == (date(2024, 5, 2), None)
    assert lives["A"] == (None, date(2019, 5, 2))  # the lists stand


def test_a_code_that_comes_back_has_no_single_life() -> None:
    with pytest.raises(ValueError, match="A is in the lists of 2011 and 2023"):
        lives_from_lists({2011: {"A"}, 2019: set(), 2023: {"A"}})
