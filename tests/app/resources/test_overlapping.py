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
    ground_held,
    make_ledger,
)
from app.resources.methods.relate import (
    INSIDE_NEIGHBOURHOOD,
    INSIDE_PARTNERSHIP,
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


def estates(*shares: tuple[int, Fraction]) -> Ground:
    """Ground whose S1 is held in part by estates of so much of its people; S2 is whole in Mill."""
    made = [Neighbourhood(1, "Mill", ("S2",), None, "mill", 1)]
    for number, share in shares:
        codes = ("S1",) if 2 * share >= 1 else ()
        made.append(Neighbourhood(number, "Yard", codes, None, "yard", number, (("S1", share),)))
    return ground_held({"S1", "S2", "S3"}, made, {"D1"}, ({"D1"},))


@pytest.mark.parametrize(
    ("share", "relation", "held"),
    [
        (Fraction(3, 5), PARTLY, Fraction(3, 5)),  # counts there, estimated and never located
        (Fraction(2, 5), PARTLY, Fraction(2, 5)),  # less than half: counts to the rest
    ],
)
def test_an_estate_holds_a_small_area_by_the_part_of_its_people(
    share: Fraction, relation: str, held: Fraction
) -> None:
    found = relate_pieces(pieces(S1=100), estates((2, share)))
    assert (found.relation, found.neighbourhood) == (relation, 2)
    assert found.share_in_neighbourhood == found.share_in_neighbourhoods == held


def test_parts_of_a_wider_place_are_added() -> None:
    found = relate_pieces(pieces(S1=100, S2=100, S3=200), estates((2, Fraction(1, 4))))
    assert found.share_in_neighbourhoods == Fraction(125, 400)
    assert found.neighbourhood == 1


def test_two_estates_overlap_in_an_area_only_where_together_they_are_more_than_it() -> None:
    half = Fraction(1, 2)
    apart = relate_pieces(pieces(S1=100), estates((2, half), (3, half)))
    assert (apart.neighbourhood, apart.also_in) == (2, ())
    over = relate_pieces(pieces(S1=100), estates((2, Fraction(3, 4)), (3, half)))
    assert (over.neighbourhood, over.also_in) == (2, ((3, False),))


def test_a_spot_stands_where_it_lies_itself_and_not_where_most_of_its_area_does() -> None:
    ground = estates((2, Fraction(3, 5)))
    frame = pd.DataFrame(
        [(f"spot-{n}", "point", None, None, None, "S1", False, n) for n in ((2,), (), None)],
        columns=[
            "line_id",
            "place_kind",
            "place_code",
            "place_type",
            "partnership_slug",
            "small_area",
            "recipient_here",
            "held_by",
        ],
    ).astype(object)
    nothing = pd.DataFrame(columns=["place", "code", "people", "postcodes"])
    nobody = pd.DataFrame({"parent": [], "child": []})
    found = relate_lines(frame, nothing, nobody, ground)
    assert list(found["relation"]) == [
        INSIDE_NEIGHBOURHOOD,
        INSIDE_PARTNERSHIP,
        INSIDE_PARTNERSHIP,
    ]
    assert found["neighbourhood"][0] == 2


def test_people_of_the_rest_are_those_in_no_neighbourhood_or_not_known() -> None:
    one, two = estates((2, Fraction(3, 5))), estates((2, Fraction(3, 5)), (3, Fraction(1, 5)))
    assert [one.share_in_none(code) for code in ("S1", "S2", "S3")] == [Fraction(2, 5), 0, 1]
    assert two.share_in_none("S1") is None  # whether the two parts overlap is not said
