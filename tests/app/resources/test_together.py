"""Several ledgers with each pound once: what more than one counts is taken away by exactly that much."""

from __future__ import annotations

import pytest

from app.resources.methods.ledger import (
    LOCATED,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PAID_HERE,
    PARTNERSHIP_WIDE,
    REST,
    LedgerBroken,
)
from app.resources.methods.together import CountedTogether, InOne, sum_together

SELECTED, HELD, WIDE = (
    InOne(NEIGHBOURHOODS, LOCATED), InOne(REST, LOCATED), InOne(REST, PARTNERSHIP_WIDE),
)  # fmt: skip
AWAY, NOWHERE, OFFICE = InOne(OUT, None), InOne(NOT_PLACED, None), InOne(PAID_HERE, None)
# £1 in A alone; £2 in A and B; £4 in all three; £8 for the county of all (wide in all together, in none alone);
# £16 away; £32 an office; £64 in C, of a file that A and B do not read.
CELLS = [
    CountedTogether((SELECTED, AWAY, AWAY), SELECTED, "2018-19", 1, 1),
    CountedTogether((HELD, HELD, AWAY), HELD, "2018-19", 1, 2),
    CountedTogether((HELD, SELECTED, HELD), SELECTED, None, 2, 4),
    CountedTogether((NOWHERE, NOWHERE, NOWHERE), WIDE, "2019-20", 1, 8),
    CountedTogether((AWAY, AWAY, AWAY), AWAY, None, 1, 16),
    CountedTogether((OFFICE, OFFICE, OFFICE), OFFICE, None, 1, 32),
    CountedTogether((None, None, HELD), HELD, None, 1, 64),
]


def test_the_sum_of_ledgers_less_what_is_counted_again_is_each_pound_once() -> None:
    told = sum_together(CELLS, 3)
    a, b, c = told["each"]
    assert [row["here_pence"] for row in (a, b, c)] == [1 + 2 + 4, 2 + 4, 4 + 64]
    once = told["once"]
    assert (once["pence"], once["lines"]) == (1 + 2 + 4 + 64, 5)
    # £2 once more in B, £4 once more in B and once more in C.
    assert once["counted_again"] == {"lines": 1 + 2 * 2, "pence": 2 + 2 * 4}
    assert once["sum_of_each"]["pence"] == 7 + 6 + 68
    assert once["in_several"] == [
        {"of": [0, 1], "lines": 1, "pence": 2}, {"of": [0, 1, 2], "lines": 2, "pence": 4},
    ]  # fmt: skip
    assert told["only_in_all"] == {"lines": 1, "pence": 8}
    assert told["all"]["here_pence"] == 1 + 2 + 4 + 8 + 64


def test_a_ledger_has_its_buckets_and_years_and_only_the_files_that_it_reads() -> None:
    a, _, c = sum_together(CELLS, 3)["each"]
    assert (a["neighbourhoods_pence"], a["rest_of_partnership_pence"]) == (1, 6)
    assert (a["not_placed_pence"], a["outside_pence"], a["file_pence"]) == (8, 16, 31)
    assert (c["file_pence"], c["file_lines"]) == (1 + 2 + 4 + 8 + 16 + 64, 7)
    assert a["years"] == [
        {"year": "2018-19", "lines": 2, "pence": 3}, {"year": None, "lines": 2, "pence": 4},
    ]  # fmt: skip


def test_the_order_of_the_lines_makes_no_difference() -> None:
    assert sum_together(CELLS, 3) == sum_together(CELLS[::-1], 3)


def test_a_pound_that_one_holds_and_all_together_do_not_is_told_and_reconciled() -> None:
    told = sum_together([CountedTogether((HELD, AWAY), NOWHERE, None, 1, 5)], 2)
    assert (told["in_none_of_all"]["pence"], told["once"]["pence"]) == (5, 5)
    assert told["all"]["here_pence"] == 0


def test_ledgers_that_do_not_reconcile_are_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.resources.methods import together

    monkeypatch.setattr(together, "_total", lambda _: {"lines": 5, "pence": 70})
    with pytest.raises(LedgerBroken, match="are not 70"):
        sum_together(CELLS, 3)
