"""Where lines land when one ground is told as several: surest first, ties to the first, nothing divided or lost."""

from __future__ import annotations

import pytest

from app.resources.methods.landing import ACROSS, IN_ONE, Counted, Landing, land, sum_landings
from app.resources.methods.ledger import (
    ESTIMATED,
    LOCATED,
    NOT_PLACED,
    OUT,
    PAID_HERE,
    PARTNERSHIP_WIDE,
    REST,
)
from app.resources.methods.sums import Stands

HELD, HALF, WIDE = Stands(REST, LOCATED), Stands(REST, ESTIMATED), Stands(REST, PARTNERSHIP_WIDE)
AWAY, NOWHERE = Stands(OUT), Stands(NOT_PLACED)


@pytest.mark.parametrize(
    ("in_each", "in_all", "landing"),
    [
        ((AWAY, HELD), HELD, Landing(IN_ONE, 1, LOCATED)),
        ((HALF, HALF), HELD, Landing(IN_ONE, 0, ESTIMATED)),  # two halves: the first
        ((HALF, HELD), HELD, Landing(IN_ONE, 1, LOCATED)),
        ((HALF, WIDE), WIDE, Landing(IN_ONE, 1, PARTNERSHIP_WIDE)),
        ((NOWHERE, NOWHERE), WIDE, Landing(ACROSS)),
        ((AWAY, AWAY), HELD, Landing(ACROSS)),
        ((AWAY, NOWHERE), NOWHERE, Landing(NOT_PLACED)),
        ((AWAY, AWAY), AWAY, Landing(OUT)),
        ((HELD, AWAY), Stands(PAID_HERE), Landing(PAID_HERE)),
    ],
)
def test_a_line_lands_once_where_it_is_surest(
    in_each: tuple[Stands, ...], in_all: Stands, landing: Landing
) -> None:
    assert land(in_each, in_all) == landing


# The worked example of docs/methods/rehearsal.md: a street in North, North, the county of North and South.
STREET, NORTH, COUNTY = 500, 700, 900


def test_the_worked_example_of_the_method_holds() -> None:
    two = [
        Counted(Landing(IN_ONE, 0, LOCATED), "2018-19", 1, STREET),
        Counted(Landing(IN_ONE, 0, PARTNERSHIP_WIDE), None, 1, NORTH),
        Counted(Landing(ACROSS), "2018-19", 1, COUNTY),
        Counted(Landing(PAID_HERE), "2018-19", 4, 10_000),  # an office: in no figure
    ]
    told = sum_landings(two, 2)
    assert told["grounds"][0] == {
        "lines": 2, "pence": 1200, "located_pence": 500, "estimated_pence": 0, "partnership_wide_pence": 700,
    }  # fmt: skip
    assert told["grounds"][1]["pence"] == 0
    assert (told["across"], told["file"]) == ({"lines": 1, "pence": 900}, {"lines": 3, "pence": 2100})  # fmt: skip
    assert [(year["year"], year["file"]["pence"]) for year in told["years"]] == [
        ("2018-19", 1400), (None, 700),
    ]  # fmt: skip
