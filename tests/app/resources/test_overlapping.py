"""Neighbourhoods that overlap: money is counted once in totals and shown in each that holds it.

Mill (1) is S1, S2 and S3; Quay (2) is S3 and S4: S3 lies in both. S5 is the rest. 100 people each.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from app.resources.methods.ledger import (
    IN_SEVERAL,
    LINE_FIELDS,
    Ledger,
    Neighbourhood,
    make_ledger,
)
from app.resources.methods.relate import (
    INSIDE_NEIGHBOURHOOD,
    PARTLY,
    Ground,
    relate_lines,
    relate_pieces,
)
from app.resources.methods.views import view

GROUND = Ground(
    {"S1", "S2", "S3", "S4", "S5"}, {"S1": 1, "S2": 1, "S3": 1, "S4": 2}, {"D1"}, ({"D1"},),
    {"S3": (2,)},
)  # fmt: skip
GROUPS = [
    Neighbourhood(1, "Mill", ("S1", "S2", "S3"), 300),
    Neighbourhood(2, "Quay", ("S3", "S4"), 200),
]


def pieces(**people: int) -> list[tuple[str, float | None, float | None]]:
    return [(code, float(count), None) for code, count in people.items()]


@pytest.mark.parametrize(
    ("place", "relation", "number", "also"),
    [
        (pieces(S3=100), INSIDE_NEIGHBOURHOOD, 1, ((2, True),)),
        (pieces(S1=100, S3=100), INSIDE_NEIGHBOURHOOD, 1, ()),  # wholly in Mill alone
        (pieces(S3=100, S4=100), INSIDE_NEIGHBOURHOOD, 2, ()),
        (pieces(S2=10, S3=100, S4=10), PARTLY, 1, ((2, False),)),  # 110 of 120 in each
        (pieces(S1=100, S2=100, S3=50, S4=50), PARTLY, 1, ()),  # 250 and 100 of 300: Mill alone
        (pieces(S1=100, S4=100), PARTLY, 1, ()),  # half and half, nothing of it in both
    ],
)
def test_a_place_is_held_by_each_neighbourhood_that_has_it(
    place: Any, relation: str, number: int, also: Any
) -> None:
    found = relate_pieces(place, GROUND)
    assert (found.relation, found.neighbourhood, found.also_in) == (relation, number, also)


def test_shares_of_overlapping_neighbourhoods_count_people_once() -> None:
    found = relate_pieces(pieces(S3=100, S5=100), GROUND)
    assert found.share_in_neighbourhoods == Fraction(1, 2)  # not 1: S3's people are there once


def ledger() -> Ledger:
    rows = [("a", "S1", 1), ("b", "S3", 20), ("c", "S4", 300), ("d", "S5", 4000)]
    frame = pd.DataFrame(
        [
            dict.fromkeys(LINE_FIELDS)
            | {
                "id": line, "line_id": line, "amount_pence": pence, "grade": "B", "place_kind": "area",
                "place_code": code, "place_type": "lsoa", "stage": "awarded", "currency": "GBP",
                "partnership_slug": None, "small_area": None, "recipient_here": False,
            }
            for line, code, pence in rows
        ]
    ).astype(object)  # fmt: skip
    made_of = pd.DataFrame(
        [(code, code, 100, None) for code in ("S1", "S2", "S3", "S4", "S5")],
        columns=["place", "code", "people", "postcodes"],
    ).astype(object)
    nobody = pd.DataFrame({"parent": [], "child": []})
    relations = relate_lines(frame, made_of, nobody, GROUND)
    return make_ledger(frame, relations, GROUPS, rest_people=100)


def test_money_in_the_overlap_is_shown_in_each_and_counted_once() -> None:
    made = ledger()
    rows = {row["key"]: row for row in view(made, "neighbourhood")}
    assert rows[1]["file_pence"] == 21  # S1 and S3
    assert rows[2]["file_pence"] == 320  # S3 and S4
    assert rows[IN_SEVERAL]["file_pence"] == -20
    assert rows[IN_SEVERAL]["lines"] == -1
    assert made.totals["neighbourhoods_pence"] == 321
    for name in ("neighbourhoods", "rest_of_partnership", "file", "located"):
        total = sum(row[f"{name}_pence"] for row in rows.values())
        assert total == made.totals["file_pence"] if name in ("file", "located") else True
    assert sum(row["lines"] for row in rows.values()) == 4


def test_a_spread_by_people_is_not_made_where_people_would_draw_twice() -> None:
    rows = view(ledger(), "neighbourhood")
    assert {row["partnership_wide_spread_by_people_pence"] for row in rows} == {None}
