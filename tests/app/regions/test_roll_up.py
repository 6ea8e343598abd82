"""What partnerships have, each pound once, beside what their region has."""

from __future__ import annotations

import pytest

from app.regions.methods.roll_up import lay_beside_region
from app.resources.methods.ledger import LOCATED, OUT, REST, LedgerBroken
from app.resources.methods.together import CountedTogether, InOne, sum_together

HELD, AWAY = InOne(REST, LOCATED), InOne(OUT, None)
# The last ledger is the region's: £1 of A and in it, £2 of A beyond it, £4 in it and of nobody, £8 nowhere.
CELLS = [
    CountedTogether((HELD, AWAY, HELD), HELD, "2018-19", 1, 1),
    CountedTogether((HELD, HELD, AWAY), HELD, "2018-19", 1, 2),
    CountedTogether((AWAY, AWAY, HELD), HELD, None, 3, 4),
    CountedTogether((AWAY, AWAY, AWAY), AWAY, None, 1, 8),
]
ONCE = sum_together([cell._replace(in_each=cell.in_each[:-1]) for cell in CELLS], 2)["once"]


def test_partnerships_and_region_reconcile_through_what_both_have() -> None:
    told = lay_beside_region(CELLS, ONCE)
    assert {name: row["pence"] for name, row in told["reconciled"].items()} == {
        "in_both": 1, "beyond": 2, "in_none": 4,
    }  # fmt: skip
    assert (told["region"]["pence"], told["region"]["lines"]) == (5, 4)
    assert told["region"]["years"] == [
        {"year": "2018-19", "lines": 1, "pence": 1}, {"year": None, "lines": 3, "pence": 4},
    ]  # fmt: skip


def test_a_roll_up_that_does_not_reconcile_is_refused() -> None:
    with pytest.raises(LedgerBroken, match="do not reconcile"):
        lay_beside_region(CELLS, {"lines": 2, "pence": 4})
