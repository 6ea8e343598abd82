"""Neighbourhoods that overlap and that hold parts of small areas: the ledger's identity stays, to the penny."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resources.methods.ledger import (
    BUCKETS,
    IN_SEVERAL,
    NEIGHBOURHOODS,
    Neighbourhood,
    ground_held,
    make_ledger,
)
from app.resources.methods.relate import relate_lines, relate_pieces
from app.resources.methods.sums import Cell, stands_of, sum_cells
from app.resources.methods.views import VIEWS, view
from tests.properties.test_ledger_identity import CHILDREN, SMALL, lines, pieces

SHARES = st.sampled_from([None, None, *(Fraction(n, 4) for n in range(1, 5))])
held = st.fixed_dictionaries({(n, code): SHARES for n in (1, 2, 3) for code in SMALL[:6]})
spots = st.lists(
    st.tuples(st.sampled_from([*SMALL, None]), st.none() | st.sets(st.integers(1, 3))), min_size=25, max_size=25
)  # fmt: skip


def saved(shares: dict[tuple[int, str], Fraction | None]) -> list[Neighbourhood]:
    made = []
    for number in (1, 2, 3):
        own = {code: share for (n, code), share in shares.items() if n == number and share}
        codes = tuple(code for code, share in own.items() if 2 * share >= 1)
        cut = tuple((code, share) for code, share in own.items() if share < 1)
        made.append(Neighbourhood(number, f"N{number}", codes, 100, f"n{number}", number, cut))
    return made


@settings(max_examples=150, deadline=None)
@given(lines(), pieces, held, spots)
def test_lines_count_once_and_show_in_each_neighbourhood_that_holds_them(
    rows: Any, made_of: Any, shares: Any, where: Any
) -> None:
    groups = saved(shares)
    ground = ground_held(
        set(SMALL[:6]), groups, {"E07000001", "E07000002"}, ({"E07000001"}, {"E07000002"})
    )
    told = []
    for row, (code, numbers) in zip(rows, where, strict=False):
        spot = {"place_kind": "point", "place_code": None, "small_area": code, "grade": "A"}
        by_itself = None if numbers is None else tuple(sorted(numbers))
        told.append(row | {"held_by": by_itself} | (spot if numbers is not None else {}))
    columns = [*rows[0], "held_by"] if rows else ["line_id", "place_kind", "place_code", "place_type",
        "partnership_slug", "small_area", "recipient_here", "id", "stage", "currency"]  # fmt: skip
    frame = pd.DataFrame(
        {name: pd.Series([row[name] for row in told], dtype=object) for name in columns}
    )
    parts = pd.DataFrame(
        [(place, code, *counts) for (place, code), counts in made_of.items()],
        columns=["place", "code", "people", "postcodes"],
    ).astype(object)
    relations = relate_lines(frame, parts, CHILDREN, ground, slug="here")
    made = make_ledger(frame, relations, groups, rest_people=1000)
    for by in VIEWS:
        assert sum(row["file_pence"] for row in view(made, by)) == made.totals["file_pence"]
    assert sum(made.totals[f"{bucket}_pence"] for bucket in BUCKETS) == made.totals["file_pence"]
    shown = {row["key"]: row for row in view(made, "neighbourhood")}
    again = 0
    for each in groups:
        own = [
            line["amount_pence"]
            for line in made.lines
            if line["bucket"] == NEIGHBOURHOODS
            and each.number
            in (line["neighbourhood"], *(also["number"] for also in line["also_in"]))
        ]
        assert shown[each.number]["file_pence"] == sum(own)
        again += sum(own)
    taken = shown.get(IN_SEVERAL, {"file_pence": 0})["file_pence"]
    assert again + taken == made.totals["neighbourhoods_pence"]
    cells: dict[Any, list[int]] = defaultdict(list)
    relation_of = {row[0]: row[1:] for row in relations.itertuples(index=False, name=None)}
    for line in told:
        if line["stage"] == "awarded":
            key = (stands_of(relation_of[line["id"]]), line["grade"], line["currency"])
            cells[key].append(line["amount_pence"])
    sums = sum_cells(
        [Cell(*key, False, None, len(own), sum(own)) for key, own in cells.items()],
        groups, stage="awarded", year=None, by="neighbourhood", rest_people=1000,
    )  # fmt: skip
    assert sums.rows == view(made, "neighbourhood")
    assert sums.totals == made.totals


@settings(max_examples=100, deadline=None)
@given(
    held, st.lists(st.tuples(st.sampled_from(SMALL), st.integers(1, 900)), min_size=1, max_size=5)
)
def test_shares_of_a_place_lie_between_the_largest_part_and_all(shares: Any, made: Any) -> None:
    ground = ground_held(set(SMALL[:6]), saved(shares))
    found = relate_pieces([(code, float(people), None) for code, people in made], ground)
    if found.share_in_neighbourhoods is not None:
        own = found.share_in_neighbourhood or 0
        assert own <= found.share_in_neighbourhoods <= 1
        assert found.share_in_neighbourhoods <= (found.share_in_partnership or 0)
    numbers = [found.neighbourhood, *(number for number, _ in found.also_in)]
    assert len(set(numbers)) == len(numbers)
