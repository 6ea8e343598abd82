"""Which series is offered where a target names none: by words in both, a rare one counting more; none where none is."""

from __future__ import annotations

import pytest

from app.strategies.methods.nearest import Held, nearest_series

HELD = (
    Held("burglary", "Burglary", "Crimes recorded of homes entered", "per 1,000 homes"),
    Held("crime-low", "Low-level crime", "Bicycle thefts and shoplifting", "per 1,000"),
    Held("crime-personal", "Personal crime", "Violence, robbery and burglary", "per 1,000"),
    Held("life", "Life expectancy", "Years that a child born today lives", "years"),
)


@pytest.mark.parametrize(
    ("said", "theme", "unit", "found"),
    [
        # A word of a title counts more than the same in a definition.
        ("Fewer burglaries in every district burglary", "crime", "", "burglary"),
        # ln(1 + 4/3) of "crime" in the theme alone: both titles bear it; the order of ids decides.
        ("Everybody feels safe after dark", "crime", "per cent", "crime-low"),
        # "robbery" stands in one definition only.
        ("Fewer robberies robbery", "crime", "per cent", "crime-personal"),
        ("Children live longer lives", "", "years", "life"),
        # Words of every target say nothing.
        ("The average of all districts rises within a year", "", "", None),
        ("Better buses", "transport", "", None),
    ],
)  # fmt: skip
def test_the_series_with_most_of_the_words_is_the_nearest(
    said: str, theme: str, unit: str, found: str | None
) -> None:
    near = nearest_series(said, theme, unit, HELD)
    assert (near.id if near else None) == found
    assert near == nearest_series(said, theme, unit, HELD[::-1])


def test_among_equals_the_same_unit_decides() -> None:
    held = (Held("a", "Jobs", "", "people"), Held("b", "Jobs", "", "per cent"))
    assert [nearest_series("More jobs", "", unit, held) for unit in ("people", "per cent", "")] == [
        held[0], held[1], held[0],
    ]  # fmt: skip
    assert nearest_series("More jobs", "", "", ()) is None
