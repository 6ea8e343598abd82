"""The ledger on a ground whose every answer can be worked out in the head.

The partnership is districts D1 and D2 with small areas S1 to S5; neighbourhood 1 (Mill) is S1 and
S2, neighbourhood 2 (Quay) is S3; S4 and S5 are the rest; S9 is next door. Each has 100 people,
but S5 has 200.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from app.resources.methods.ledger import (
    LINE_FIELDS,
    Amounts,
    Ledger,
    LedgerBroken,
    Neighbourhood,
    check_identity,
    make_ledger,
    place_in_bucket,
)
from app.resources.methods.relate import PARTLY, STRADDLES, Ground, relate_lines, relate_pieces
from app.resources.methods.views import document, view

MILL, QUAY = Neighbourhood(1, "Mill", ("S1", "S2"), 200), Neighbourhood(2, "Quay", ("S3",), 100)
GROUND = Ground(
    {"S1", "S2", "S3", "S4", "S5"},
    {"S1": 1, "S2": 1, "S3": 2},
    {"D1", "D2", "D0"},
    ({"D1", "D0"}, {"D2", "D9"}),
)
PIECES = {
    "S1": [("S1", 100)], "S4": [("S4", 100)],
    "WIN": [("S1", 100), ("S2", 100)],  # wholly in Mill
    "WTWO": [("S1", 100), ("S3", 100)],  # wholly in neighbourhoods, but in two of them
    "WHALF": [("S3", 100), ("S4", 100)],  # exactly half of its people in Quay
    "WLESS": [("S3", 100), ("S5", 200)],  # a third
    "WREST": [("S4", 100), ("S5", 200)],
    "WEDGE": [("S4", 100), ("S9", 100)],  # exactly half of its people in the partnership
    "WOUT": [("S4", 50), ("S9", 100)],  # S4 shared between two parishes
    "WEDGEIN": [("S1", 100), ("S9", 50)],
    "WBLIND": [("S1", None), ("S4", 100)],
}  # fmt: skip
POSTCODES = {("WBLIND", "S1"): None}


def pieces_frame(postcodes: dict[tuple[str, str], int | None] | None = None) -> pd.DataFrame:
    counts = postcodes if postcodes is not None else {}
    rows = [
        (place, code, people, counts.get((place, code)))
        for place, parts in PIECES.items()
        for code, people in parts
    ]
    return pd.DataFrame(rows, columns=["place", "code", "people", "postcodes"]).astype(object)


CHILDREN = pd.DataFrame(
    [("partnership:there", "D7"), ("partnership:ours-again", "D1"), ("partnership:ours-again", "D2"),
     ("CTYIN", "D1"), ("CTYAROUND", "D1"), ("CTYAROUND", "D2"), ("CTYAROUND", "D3"), ("CTYCROSS", "D2"),
     ("CTYCROSS", "D3"), ("CTYELSE", "D3"), ("RGNLATER", "D1"), ("RGNLATER", "D9"), ("RGNLATER", "D3")],
    columns=["parent", "child"],
)  # fmt: skip


def line(line_id: str, pence: int = 100, **changed: Any) -> dict[str, Any]:
    given = {
        "id": line_id, "line_id": line_id, "file_id": "f", "row": 1,
        "identifier": line_id, "title": "t", "funder": "F", "programme": None,
        "theme": None, "recipient": None, "stage": "awarded", "currency": "GBP", "amount_pence": pence,
        "financial_year": "2018-19", "awarded_on": date(2018, 5, 1), "grade": "C", "place_kind": "area",
        "place_code": None, "place_type": None, "place_name": None, "place_text": None, "place_postcode": None,
        "partnership_slug": None, "small_area": None, "recipient_here": False,
    }  # fmt: skip
    return given | changed


def ledger_of(
    lines: list[dict[str, Any]], pieces: pd.DataFrame | None = None, **options: Any
) -> Ledger:
    frame = pd.DataFrame(lines).astype(object)
    frame = frame.where(frame.notna(), None)
    relations = relate_lines(
        frame, pieces_frame() if pieces is None else pieces, CHILDREN, GROUND, slug="here"
    )
    return make_ledger(frame, relations, [MILL, QUAY], rest_people=300, **options)


def bucket_of(**changed: Any) -> tuple[str, str | None, int | None]:
    one = ledger_of([line("a", **changed)])
    if one.paid_elsewhere.lines:
        return "paid_elsewhere_place_unknown", None, None
    kept = [*one.lines, *one.paid_here][0]
    return kept["bucket"], kept["certainty"], kept["neighbourhood"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"place_kind": "postcode", "small_area": "S1"}, ("neighbourhoods", "located", 1)),
        ({"place_kind": "postcode", "small_area": "S4"}, ("rest_of_partnership", "located", None)),
        ({"place_kind": "postcode", "small_area": "S9"}, ("outside", None, None)),
        ({"place_kind": "point", "small_area": None}, ("not_placed", None, None)),
        ({"place_code": "S1"}, ("neighbourhoods", "located", 1)),
        ({"place_code": "WIN"}, ("neighbourhoods", "located", 1)),
        (
            {"place_code": "WTWO"},
            ("neighbourhoods", "estimated", 1),
        ),  # 100 and 100: the lower number
        ({"place_code": "WHALF"}, ("neighbourhoods", "estimated", 2)),  # half is enough
        ({"place_code": "WLESS"}, ("rest_of_partnership", "estimated", None)),
        ({"place_code": "WREST"}, ("rest_of_partnership", "located", None)),
        ({"place_code": "WEDGE"}, ("rest_of_partnership", "estimated", None)),
        ({"place_code": "WOUT"}, ("outside", None, None)),
        ({"place_code": "WEDGEIN"}, ("neighbourhoods", "estimated", 1)),
        ({"place_code": "WBLIND"}, ("not_placed", None, None)),  # missing people are not nought
        ({"place_code": "E01000001", "place_type": "lsoa"}, ("outside", None, None)),
        (
            {"place_code": "E05000001", "place_type": "wd"},
            ("not_placed", None, None),
        ),  # no lookup holds it
        ({"place_code": "S13002503", "place_type": "wd"}, ("outside", None, None)),
        ({"place_code": "D1"}, ("rest_of_partnership", "partnership_wide", None)),
        (
            {"place_code": "D0"},
            ("rest_of_partnership", "partnership_wide", None),
        ),  # D1's former code
        ({"place_code": "D9"}, ("not_placed", None, None)),  # swallows D2 with other ground
        ({"place_code": "E07000001", "place_type": "lad"}, ("outside", None, None)),
        (
            {"place_kind": "partnership", "partnership_slug": "here"},
            ("rest_of_partnership", "partnership_wide", None),
        ),
        ({"place_kind": "partnership", "partnership_slug": "there"}, ("outside", None, None)),
        (
            {"place_kind": "partnership", "partnership_slug": "ours-again"},
            ("rest_of_partnership", "partnership_wide", None),
        ),
        (
            {"place_kind": "partnership", "partnership_slug": "never-heard-of"},
            ("not_placed", None, None),
        ),
        ({"place_kind": "partnership"}, ("not_placed", None, None)),
        (
            {"place_kind": "wide", "place_code": "CTYIN"},
            ("rest_of_partnership", "partnership_wide", None),
        ),
        ({"place_kind": "wide", "place_code": "CTYAROUND"}, ("not_placed", None, None)),
        ({"place_kind": "wide", "place_code": "CTYCROSS"}, ("not_placed", None, None)),
        ({"place_kind": "wide", "place_code": "CTYELSE"}, ("outside", None, None)),
        ({"place_kind": "wide", "place_code": "RGNLATER"}, ("not_placed", None, None)),
        ({"place_kind": "wide", "place_code": "K02000001"}, ("not_placed", None, None)),
        ({"place_kind": "wide", "place_code": "W92000004"}, ("outside", None, None)),
        ({"place_kind": "abroad"}, ("outside", None, None)),
        ({"place_kind": "none", "grade": "G"}, ("not_placed", None, None)),
        ({"place_code": "S1 WIN"}, ("neighbourhoods", "located", 1)),
        ({"place_code": "S1 S4"}, ("neighbourhoods", "estimated", 1)),  # half and half
        ({"place_code": "D1 D2"}, ("rest_of_partnership", "partnership_wide", None)),
        ({"place_code": "S1 E05000001"}, ("not_placed", None, None)),
        (
            {"place_kind": "recipient", "grade": "F", "recipient_here": True},
            ("paid_here_place_unknown", None, None),
        ),
        ({"place_kind": "recipient", "grade": "F"}, ("paid_elsewhere_place_unknown", None, None)),
    ],
)
def test_each_way_of_lying_has_its_one_bucket(
    changed: dict[str, Any], expected: tuple[str, str | None, int | None]
) -> None:
    assert bucket_of(**changed) == expected


def test_postcodes_decide_where_a_pieces_people_are_not_known() -> None:
    # S1 30 of 40 postcodes: three quarters of the place, so it counts to Mill
    pieces = pieces_frame({("WBLIND", "S1"): 30, ("WBLIND", "S4"): 10})
    found = ledger_of([line("a", place_code="WBLIND")], pieces).lines[0]
    assert (found["bucket"], found["certainty"], found["neighbourhood"]) == (
        "neighbourhoods",
        "estimated",
        1,
    )
    assert "75.0% of its postcodes" in found["reason"]


def test_half_is_enough_and_a_hair_less_is_not() -> None:
    half, less = Fraction(1, 2), Fraction(499_999, 1_000_000)
    assert place_in_bucket(PARTLY, 1, half, Fraction(1))[0] == "neighbourhoods"
    assert place_in_bucket(PARTLY, 1, less, Fraction(1))[0] == "rest_of_partnership"
    assert place_in_bucket(STRADDLES, None, Fraction(0), half)[0] == "rest_of_partnership"
    assert place_in_bucket(STRADDLES, 1, half, less)[0] == "outside"


def test_a_place_nobody_lives_in_is_unknown_and_not_divided_by_nought() -> None:
    assert relate_pieces([("S1", 0.0, 0.0), ("S4", 0.0, 0.0)], GROUND).relation == "unknown"


MIXED = [
    line("1", 1, place_code="S1"), line("2", 20, place_code="WHALF"), line("3", 300, place_code="S4"),
    line("4", 4_000, place_code="D1", grade="D"), line("5", 50_000, place_kind="abroad", grade="E"),
    line("6", 600_000, place_kind="none", grade="G", financial_year=None),
    line("7", 7_000_000, place_kind="recipient", grade="F", recipient_here=True),
    line("8", 80_000_000, place_kind="recipient", grade="F"),
    line("9", 900_000_000, place_code="S1", currency="EUR"),
    line("A", 10_000_000_000, place_code="S1", stage="planned"),
]  # fmt: skip


def test_every_bucket_is_the_sum_of_its_own_lines() -> None:
    totals = ledger_of(MIXED).totals
    assert totals["neighbourhoods_pence"] == 21
    assert totals["neighbourhoods"] == {
        "located_pence": 1,
        "estimated_pence": 20,
        "partnership_wide_pence": 0,
    }
    assert totals["rest_of_partnership_pence"] == 4_300
    rest = {"located_pence": 300, "estimated_pence": 0, "partnership_wide_pence": 4_000}
    assert totals["rest_of_partnership"] == rest
    assert (totals["outside_pence"], totals["not_placed_pence"]) == (50_000, 600_000)
    assert totals["file_pence"] == 654_321
    assert totals["source_pence"] == 654_321 + 87_000_000


def test_grade_f_is_in_no_total_and_has_its_own_list() -> None:
    told = document(ledger_of(MIXED))["paid_here_place_unknown"]
    assert (told["count"], told["pence"]) == (1, 7_000_000)


def test_lines_paid_elsewhere_may_come_as_a_sum() -> None:
    whole = ledger_of(MIXED)
    frame = [each for each in MIXED if each["id"] != "8"]
    assert ledger_of(frame, elsewhere=Amounts(1, 80_000_000)).totals == whole.totals
    assert ledger_of(frame, elsewhere=Amounts(1, 80_000_000)).by_grade == whole.by_grade


def test_other_currencies_and_other_stages_are_never_added() -> None:
    told = document(ledger_of(MIXED))
    assert told["other_currencies"] == {"EUR": {"count": 1, "hundredths": 900_000_000}}
    assert [each["id"] for each in told["lines"]] == ["1", "2", "3", "4", "5", "6"]
    assert ledger_of(MIXED, stage="planned").totals["file_pence"] == 10_000_000_000


def test_a_line_without_a_year_is_counted_apart_when_a_year_is_asked() -> None:
    one = ledger_of(MIXED, year="2018-19")
    assert one.totals["not_placed_pence"] == 0
    assert one.year_not_stated == {"count": 1, "pence": 600_000}
    assert document(one)["year_not_stated"] == {"count": 1, "pence": 600_000}


def test_the_whole_ledger_says_how_much_of_it_states_no_year() -> None:
    # One line of MIXED states no year; one that gives only the recipient's address is in no total.
    told = document(ledger_of(MIXED))
    assert told["year_not_stated"] == {"count": 1, "pence": 600_000}
    nobody = {"place_kind": "recipient", "grade": "F", "recipient_here": True}
    office = line("o", 9, **nobody, financial_year=None)
    assert ledger_of([*MIXED, office], year="2018-19").year_not_stated == told["year_not_stated"]


def test_grades_sum_to_the_file_with_f_apart() -> None:
    rows = ledger_of(MIXED).by_grade
    assert sum(row["pence"] for row in rows if row["in_totals"]) == 654_321
    assert [(row["grade"], row["pence"]) for row in rows if not row["in_totals"]] == [
        ("F", 87_000_000)
    ]


@pytest.mark.parametrize("by", ["theme", "programme", "partner", "grade", "year", "neighbourhood"])
def test_every_view_sums_to_the_totals(by: str) -> None:
    made = ledger_of(MIXED)
    rows = view(made, by)
    for name in ("neighbourhoods", "rest_of_partnership", "outside", "not_placed", "file"):
        assert sum(row[f"{name}_pence"] for row in rows) == made.totals[f"{name}_pence"]


def test_a_neighbourhood_without_money_has_its_row() -> None:
    rows = view(ledger_of([line("1", place_code="S1")]), "neighbourhood")
    assert [(row["label"], row["file_pence"]) for row in rows[:2]] == [("Mill", 100), ("Quay", 0)]


def test_the_spread_by_people_stands_beside_and_sums_to_the_penny() -> None:
    # 4,000 pence over 200, 100 and 300 people: 1333.3, 666.7, 2000; the penny left goes to Quay
    made = ledger_of(MIXED)
    spread = [row["partnership_wide_spread_by_people_pence"] for row in view(made, "neighbourhood")]
    assert spread == [1333, 667, 2000, None, None]
    assert made.totals["neighbourhoods_pence"] == 21  # nothing of it went in


def test_unknown_people_give_no_spread() -> None:
    made = make_ledger(
        pd.DataFrame([line("1")], columns=[*LINE_FIELDS, "stage", "currency"]).astype(object),
        pd.DataFrame([("1", "no_place", None, None, None, None, "")]),
        [MILL], rest_people=None,
    )  # fmt: skip
    assert [
        row["partnership_wide_spread_by_people_pence"] for row in view(made, "neighbourhood")
    ] == [None] * 4


def test_a_ledger_that_does_not_balance_is_never_given_out() -> None:
    made = ledger_of(MIXED)
    for key in ("outside_pence", "file_pence"):
        with pytest.raises(LedgerBroken):
            check_identity(made.lines, made.totals | {key: made.totals[key] + 1})
    with pytest.raises(LedgerBroken, match="counted twice"):
        check_identity([*made.lines, made.lines[0]], made.totals)
    with pytest.raises(LedgerBroken, match="located"):
        check_identity(made.lines, made.totals | {"neighbourhoods": {"located_pence": 0}})
    with pytest.raises(LedgerBroken, match="no bucket"):
        check_identity([made.lines[0] | {"bucket": "elsewhere"}], made.totals)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"place_code": "S1", "place_type": "lsoa"},
            "Its small area (LSOA) S1 lies wholly in priority neighbourhood 1, Mill.",
        ),
        (
            {"place_code": "WLESS", "place_type": "wd", "place_name": "Long"},
            "Its ward WLESS, Long, lies in the partnership; 33.3% of its people are in priority neighbourhoods:"
            " less than half, so it counts to the rest.",
        ),
        (
            {"place_code": "WOUT", "place_type": "par"},
            "Its parish WOUT lies across the partnership's edge, with 33.3% of its people inside:"
            " less than half, so it counts as outside.",
        ),
        (
            {"place_kind": "none", "place_text": "<b>Kent</b>"},
            "Its source names the place only as '<b>Kent</b>', which is not sure enough to place.",
        ),
    ],
)
def test_every_line_says_why_it_stands_where_it_stands(
    changed: dict[str, Any], sentence: str
) -> None:
    assert ledger_of([line("a", **changed)]).lines[0]["reason"] == sentence


def test_an_unknown_stage_or_view_is_refused() -> None:
    with pytest.raises(ValueError, match="spent"):
        ledger_of(MIXED, stage="spent")
    with pytest.raises(ValueError, match="mood"):
        view(ledger_of(MIXED), "mood")
