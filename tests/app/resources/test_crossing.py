"""Neighbourhood by programme: the largest alone, the others together, each line once."""

from __future__ import annotations

from app.resources.methods.crossing import OTHERS, cross
from tests.app.resources.test_ledger import ledger_of, line

IN_MILL = {"place_code": "WIN"}
NO_PLACE = {"place_kind": None, "grade": "G"}


def test_the_largest_programmes_stand_alone_and_the_others_together() -> None:
    ledger = ledger_of([
        line("1", 100, programme="a", **IN_MILL), line("2", -90, programme="b", **NO_PLACE),
        line("3", 5, programme="c", **IN_MILL), line("4", 3, **NO_PLACE),
    ])  # fmt: skip
    made = cross(ledger, most=2)
    # b moves more than c, though it takes away
    assert made.programmes == ["a", "b", OTHERS]
    assert made.rows[0] == ("1 Mill", [100, 0, 5], 105)
    assert made.rows[-1] == ("Not placed", [0, -90, 3], -87)
    assert made.sums == [100, -90, 8]
    assert made.file_pence == ledger.totals["file_pence"] == 18


def test_a_programme_alone_among_the_others_stands_under_its_name() -> None:
    ledger = ledger_of([line(name, 4, programme=name, **IN_MILL) for name in "abc"])
    assert cross(ledger, most=2).programmes == ["a", "b", "c"]
    assert cross(ledger, most=1).programmes == ["a", OTHERS]
    assert cross(ledger, most=None).programmes == ["a", "b", "c"]


def test_a_cell_that_holds_nothing_has_no_row() -> None:
    ledger = ledger_of(
        [line("1", 7, programme="a", **IN_MILL), line("2", 5, programme="b", **NO_PLACE)]
    )
    assert list(cross(ledger).cells()) == [
        {"where": "1 Mill", "programme": "a", "pence": 7},
        {"where": "Not placed", "programme": "b", "pence": 5},
    ]
