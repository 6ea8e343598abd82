"""What lines hold after their regrants: worked by hand, and conserved whatever refers to whatever."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resources.methods.double_counting import count_once
from app.statements.methods.held import hold


def line(name: str, pence: int, parent: str | None = None, **more: Any) -> dict[str, Any]:
    role = "award" if parent is None else "regrant"
    return {
        "id": name, "identifier": name, "part_of": None, "role": role, "related_identifier": parent,
        "amount_pence": pence, "financial_year": "2001-02", **more,
    }  # fmt: skip


def test_a_chain_of_regrants_counts_the_first_award_once() -> None:
    # A gives 100 to B, who gives 60 of it to C, who gives 25 of that to D: 40 + 35 + 25 = 100.
    found = hold([line("A", 100), line("B", 60, "A"), line("C", 25, "B")])
    assert found.pence == {"A": 40, "B": 35, "C": 25}
    assert found.passed_pence == {"B": 60, "C": 25}


def test_a_regrant_of_a_line_that_is_not_here_draws_itself() -> None:
    found = hold([line("B", 60, "elsewhere")])
    assert (found.pence, found.passed_pence) == ({"B": 60}, {})


def test_a_regrant_belongs_to_the_year_in_which_its_money_was_first_drawn() -> None:
    found = hold(
        [line("A", 100), line("B", 60, "A", financial_year="2002-03"),
         line("C", 20, "B", financial_year="2003-04")]
    )  # fmt: skip
    assert found.years == {"A": "2001-02", "B": "2001-02", "C": "2001-02"}


def test_a_circle_of_regrants_is_listed_and_each_counts() -> None:
    found = hold([line("A", 10, "B"), line("B", 10, "A"), line("C", 4, "A"), line("S", 3, "S")])
    assert found.cycles == ("A", "B", "S")
    assert found.pence == {"A": 6, "B": 10, "C": 4, "S": 3}


def test_a_parent_that_passed_on_more_than_it_got_holds_less_than_nothing_and_is_listed() -> None:
    found = hold([line("A", 100), line("B", 130, "A"), line("R", -5, role="refund")])
    assert found.pence["A"] == -30
    assert found.over_passed == ("A",)  # a refund is below 0 by nature


def test_the_parts_of_a_row_pass_on_by_their_amounts_to_the_penny() -> None:
    parts = [line("X#1", 200, part_of="X"), line("X#2", 100, part_of="X")]
    found = hold([*parts, line("B", 100, "X")])
    # 100 over 200 : 100 is 66.67 and 33.33; the penny left goes to the larger remainder.
    assert found.pence == {"X#1": 133, "X#2": 67, "B": 100}


def test_what_is_refunded_of_a_regrant_goes_back_to_its_parent_in_the_parents_year() -> None:
    refund = line("R", -10, role="refund", related_identifier="B", financial_year="2003-04")
    found = hold([line("A", 100), line("B", 60, "A"), refund])
    # B was passed 60 and gave 10 back: A holds 50, and 100 are drawn in all, in A's year.
    assert found.pence == {"A": 50, "B": 60, "R": -10}
    assert found.years["R"] == "2001-02"
    own = line("S", -10, role="refund", related_identifier="A", financial_year="2003-04")
    assert hold([line("A", 100), own]).years["S"] == "2003-04"


NAMES = [f"L{number}" for number in range(8)]
NAMED = st.sampled_from([*NAMES, "gone"])
FILES = st.lists(
    st.tuples(st.integers(0, 10**9), st.one_of(st.none(), NAMED)), min_size=1, max_size=8
)
REFUNDS = st.lists(st.tuples(st.integers(1, 10**6), NAMED), max_size=3)


@settings(max_examples=40, deadline=None)  # pandas takes its time at first
@given(FILES, REFUNDS, st.randoms(use_true_random=False))
def test_nothing_is_lost_or_counted_twice_in_any_order(
    rows: list[tuple[int, str | None]], refunds: list[tuple[int, str]], shuffled: random.Random
) -> None:
    lines = [line(name, *row) for name, row in zip(NAMES, rows, strict=False)]
    lines += [
        line(f"R{number}", -pence, role="refund", related_identifier=of)
        for number, (pence, of) in enumerate(refunds)
    ]
    found = hold(lines)
    amounts = sum(each["amount_pence"] for each in lines)
    assert sum(found.pence.values()) == amounts - sum(found.passed_pence.values())
    # The ledger's own way to the same answer.
    beside = {"title": "t", "funder": "f", "recipient": None, "awarded_on": None, "file_id": "x"}
    ledger = pd.DataFrame([{**each, **beside, "bucket": "not_placed"} for each in lines])
    assert count_once(ledger, {"not_placed": amounts}).totals()["net_pence"] == sum(
        found.pence.values()
    )
    mixed = list(lines)
    shuffled.shuffle(mixed)
    assert hold(mixed) == found
