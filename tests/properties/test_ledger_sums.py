"""Two ways to one ledger: its figures from counted cells are those of its lines, on ten thousand random ledgers."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from app.resources.methods.ledger import BUCKETS, Ledger, Neighbourhood, make_ledger
from app.resources.methods.relate import (
    CONTAINS,
    INSIDE_NEIGHBOURHOOD,
    INSIDE_PARTNERSHIP,
    NO_PLACE,
    OUTSIDE,
    PARTLY,
    RECIPIENT_ELSEWHERE,
    RECIPIENT_HERE,
    STRADDLES,
    UNKNOWN,
    WHOLE,
)
from app.resources.methods.sums import Cell, LedgerSums, stands_of, sum_cells
from app.resources.methods.views import VIEWS, document, view

GROUPS = [Neighbourhood(n, f"N{n}", (f"S{n}",), 100 * n) for n in (1, 2, 3)]
FIXED = (INSIDE_PARTNERSHIP, WHOLE, OUTSIDE, CONTAINS, UNKNOWN, NO_PLACE)


def random_relation(rng: random.Random) -> tuple[Any, ...]:
    """Draw a place's relation with shares that fall on, above and below a half."""
    share, here = Fraction(rng.randrange(5), 4), Fraction(rng.randrange(5), 4)
    number = rng.randint(1, 3)
    also = tuple((n, rng.random() < 0.5) for n in range(1, 4) if n != number and rng.random() < 0.2)
    return rng.choice(
        [
            (INSIDE_NEIGHBOURHOOD, number, None, None, None, "", also),
            (PARTLY, number, share, share, Fraction(1), "people", also),
            (STRADDLES, number, share, share, here, "people", also),
            (rng.choice(FIXED), None, None, None, None, "", ()),
            (rng.choice((RECIPIENT_HERE, RECIPIENT_ELSEWHERE)), None, None, None, None, "", ()),
        ]
    )


def random_lines(rng: random.Random) -> list[dict[str, Any]]:
    rows = []
    for number in range(rng.randrange(13)):
        relation = random_relation(rng)
        recipient = relation[0] in (RECIPIENT_HERE, RECIPIENT_ELSEWHERE)
        refund = rng.random() < 0.1
        rows.append(
            {
                "id": f"{rng.randrange(10**6):06}-{number}", "relation": relation,
                "grade": "F" if recipient else rng.choice("ABCDEG"),
                "currency": rng.choice(["GBP", "GBP", "GBP", "EUR"]),
                "amount_pence": -rng.randrange(10**9) if refund else rng.randrange(10**12),
                "financial_year": rng.choice([None, "2018-19", "2019-20"]),
                "theme": rng.choice([None, "Health"]), "programme": rng.choice([None, "P", "Q"]),
                "funder": rng.choice("AB"), "recipient": rng.choice([None, "R"]),
                "deliverer": rng.choice([None, "D"]), "stage": "awarded",
                "place_kind": "recipient" if recipient else "none",
            }
        )  # fmt: skip
    return rows


def ledger_of(rows: Sequence[dict[str, Any]], year: str | None) -> Ledger:
    columns = ["id", "grade", "currency", "amount_pence", "financial_year", "theme", "programme", "funder",
               "recipient", "deliverer", "stage", "place_kind"]  # fmt: skip
    lines = pd.DataFrame([[row[c] for c in columns] for row in rows], columns=columns, dtype=object)
    relations = pd.DataFrame([(row["id"], *row["relation"]) for row in rows], dtype=object)
    return make_ledger(lines, relations, GROUPS, year=year, rest_people=1000)


def key_of(row: dict[str, Any], by: str) -> str | None:
    column = {
        "theme": "theme",
        "programme": "programme",
        "partner": "funder",
        "year": "financial_year",
    }
    if by == "deliverer":
        return str(row["deliverer"] or row["recipient"] or "") or None
    return row[column[by]] if by in column else None


def sums_of(rows: Sequence[dict[str, Any]], year: str | None, by: str) -> LedgerSums:
    """Count the rows into cells as ledger_cells.sql does, then sum those."""
    counted: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in rows:
        undated = row["financial_year"] is None
        if year is None or undated or row["financial_year"] == year:
            stands = stands_of(row["relation"])
            key = (stands, row["grade"], row["currency"], undated, key_of(row, by))
            counted[key].append(row["amount_pence"])
    cells = [Cell(*key, len(each), sum(each)) for key, each in counted.items()]
    return sum_cells(cells, GROUPS, stage="awarded", year=year, by=by, rest_people=1000)


def assert_equal(rows: Sequence[dict[str, Any]], year: str | None, by: str) -> None:
    made, sums = ledger_of(rows, year), sums_of(rows, year, by)
    told = document(made)
    assert sums.totals == made.totals
    assert sums.by_grade == made.by_grade
    assert sums.rows == view(made, by)
    assert sums.other_currencies == told["other_currencies"]
    assert sums.year_not_stated == told["year_not_stated"]
    assert sums.paid_here.pence == told["paid_here_place_unknown"]["pence"]
    assert sums.paid_elsewhere == made.paid_elsewhere


@pytest.mark.parametrize("by", VIEWS)
@pytest.mark.parametrize("year", [None, "2018-19"])
def test_the_figures_of_cells_are_those_of_the_lines(by: str, year: str | None) -> None:
    rng = random.Random(6)
    for _ in range(15):
        assert_equal(random_lines(rng), year, by)


def test_ten_thousand_random_ledgers_reconcile_with_no_penny_of_difference() -> None:
    rng = random.Random(10_000)
    off = 0
    for _ in range(10_000):
        rows = random_lines(rng)
        counted = [
            row for row in rows if row["currency"] == "GBP" and row["place_kind"] != "recipient"
        ]
        sums = sums_of(rows, None, "neighbourhood")
        buckets = sum(sums.totals[f"{bucket}_pence"] for bucket in BUCKETS)
        off += abs(buckets - sum(row["amount_pence"] for row in counted))
        off += abs(sum(row["file_pence"] for row in sums.rows) - buckets)
        off += abs(sum(row["pence"] for row in sums.by_grade if row["in_totals"]) - buckets)
    assert off == 0
