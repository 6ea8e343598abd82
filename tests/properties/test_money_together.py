"""Whatever stands where, each pound is counted once and lands once: sums over any lines reconcile, in any order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.regions.methods.roll_up import lay_beside_region
from app.rehearsals.methods.tallies import same_before_and_after
from app.resources.methods.landing import Counted, land, sum_landings
from app.resources.methods.ledger import (
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PARTNERSHIP_WIDE,
    REST,
)
from app.resources.methods.sums import Stands
from app.resources.methods.together import HERE, CountedTogether, InOne, sum_together

YEARS = st.sampled_from(["2018-19", "2019-20", None])
STANDS = st.sampled_from(
    [(NEIGHBOURHOODS, LOCATED), (NEIGHBOURHOODS, ESTIMATED), (REST, LOCATED), (REST, ESTIMATED),
     (REST, PARTNERSHIP_WIDE), (OUT, None), (NOT_PLACED, None)]
)  # fmt: skip
PENCE = st.integers(-(10**9), 10**12)
ROWS = st.lists(
    st.tuples(st.tuples(STANDS, STANDS, STANDS), STANDS, YEARS, st.integers(1, 50), PENCE), max_size=30
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_each_pound_of_any_ledgers_counts_once_and_reconciles(rows: list[tuple]) -> None:  # type: ignore[type-arg]
    cells = [
        CountedTogether(tuple(InOne(*one) for one in each), InOne(*whole), year, lines, pence)
        for each, whole, year, lines, pence in rows
    ]
    told = sum_together([cell._replace(in_each=cell.in_each[:-1]) for cell in cells], 2)
    once = sum(
        pence for each, _, _, _, pence in rows if any(one[0] in HERE for one in each[:-1])
    )  # fmt: skip
    assert told["once"]["pence"] == once
    beside = lay_beside_region(cells, told["once"])
    assert beside["region"]["pence"] == sum(
        pence for each, _, _, _, pence in rows if each[-1][0] in HERE
    )
    assert told == sum_together([cell._replace(in_each=cell.in_each[:-1]) for cell in cells[::-1]], 2)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_every_line_lands_in_exactly_one_place_however_the_ground_is_told(
    rows: list[tuple],
) -> None:  # type: ignore[type-arg]
    whole = Stands(REST, LOCATED)
    sides = []
    for many in (1, 3):
        counted = [
            Counted(land([Stands(*one) for one in each[:many]], whole), year, lines, pence)
            for each, _, year, lines, pence in rows
        ]
        sides.append(sum_landings(counted, many))
    same_before_and_after(*sides)
    assert sides[1]["file"]["pence"] == sum(row[-1] for row in rows)
