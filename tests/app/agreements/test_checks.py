"""What a post, a service agreement and a budget must say, and how a budget stands to what is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.agreements.methods.checks import BUDGETS, MANAGERS, SERVICES, check_record, stand_of

SERVICE = {
    "service": "Street cleaning", "provider": "The council", "standard": "Twice a week",
    "review_on": date(2030, 4, 1),
}  # fmt: skip
BUDGET = {"fund": "Chest", "year": "2026-27", "amount_pence": 1, "decided_by": "The board"}
POST = {"role": "Manager", "organisation": "The council"}


@pytest.mark.parametrize(
    ("kind", "said", "rule"),
    [
        (SERVICES, SERVICE | {"standard": " "}, "standard-required"),
        (SERVICES, SERVICE | {"review_on": None}, "review-on-required"),
        (SERVICES, SERVICE | {"starts_on": date(2031, 1, 1)}, "days-in-order"),
        (SERVICES, SERVICE | {"status": "hoped for"}, "status-is-known"),
        (SERVICES, SERVICE | {"status": None}, "status-is-known"),
        (SERVICES, SERVICE | {"provider": "call 01424 123456"}, "no-personal-contact"),
        (SERVICES, SERVICE | {"fund": "Chest"}, "field-is-known"),
        (BUDGETS, BUDGET | {"amount_pence": -1}, "amount-in-range"),
        (BUDGETS, BUDGET | {"amount_pence": 10**15 + 1}, "amount-in-range"),
        (BUDGETS, BUDGET | {"year": "2026-28"}, "financial-year"),
        (BUDGETS, BUDGET | {"year": "2026"}, "financial-year"),
        (MANAGERS, POST | {"starts_on": date(2030, 1, 1), "ends_on": date(2030, 1, 1)}, "days-in-order"),
        (MANAGERS, {"role": "Manager"}, "organisation-required"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_told_by_its_rule(
    kind: str, said: dict[str, Any], rule: str
) -> None:
    assert [fault.rule for fault in check_record(kind, said)] == [rule]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (SERVICES, SERVICE | {"starts_on": date(2030, 4, 1)}),
        (BUDGETS, BUDGET | {"amount_pence": 0, "year": "1999-00"}),
        (BUDGETS, BUDGET | {"amount_pence": 10**15}),
        (MANAGERS, POST | {"starts_on": date(2030, 1, 1), "ends_on": date(2030, 1, 2)}),
    ],
)
def test_what_stands_on_the_edge_is_kept(kind: str, said: dict[str, Any]) -> None:
    assert list(check_record(kind, said)) == []


@pytest.mark.parametrize(
    ("located", "estimated", "words", "left"),
    [
        (0, 0, "nothing known", 100),
        (60, 40, "within", 0),
        (60, 41, "over if the estimates are right", -1),
        (100, 1, "over if the estimates are right", -1),
        (101, 0, "over", -1),
        (0, 100, "within", 0),
    ],
)
def test_a_budget_stands_by_what_is_located_and_says_where_an_estimate_decides(
    located: int, estimated: int, words: str, left: int
) -> None:
    assert stand_of(100, located, estimated) == (words, left)
