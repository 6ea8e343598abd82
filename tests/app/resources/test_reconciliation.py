"""A file of money against what became of it: every row, every penny, and what does not come out is said."""

from __future__ import annotations

from typing import Any

import pytest

from app.resources.methods.reconciliation import WENT, Held, Turned, Went, reconcile, totals
from app.resources.methods.sums import Stands

FILE: dict[str, Any] = {
    "id": "f", "rows_in": 6, "rows_stored": 4, "rows_refused": 2, "stored_rows": 4, "refused_rows": 2,
    "allocations": 0, "areas": 0, "budgets": 0, "sums": 0, "services": 0,
}  # fmt: skip
# One row of the four states shares for two places: five lines.
HELD = [
    Held("f", "awarded", "GBP", 3, 2, 700),
    Held("f", "paid", "GBP", 1, 1, 40),
    Held("f", "paid", "EUR", 1, 1, 9),
]
IN, OUT = Stands("neighbourhoods", "located", 1), Stands("outside")
WENT_WHERE = [
    Went("f", "awarded", "GBP", IN, 2, 500), Went("f", "awarded", "GBP", OUT, 1, 200),
    Went("f", "paid", "GBP", Stands("paid_here_place_unknown"), 1, 40), Went("f", "paid", "EUR", IN, 1, 9),
]  # fmt: skip
TURNED = [
    Turned("f", "amount-is-a-number", None, 1, None),
    Turned("f", "year-is-known", "GBP", 1, 60),
]


def body(**changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "file": FILE,
        "held": HELD,
        "went": WENT_WHERE,
        "turned": TURNED,
    } | changed
    return reconcile([given["file"]], given["held"], given["went"], given["turned"])[0]


def test_pence_in_are_pence_stored_and_pence_refused_and_what_was_not_read_is_counted() -> None:
    told = body()
    assert (told["pence_in"], told["stored_pence"], told["refused_pence"]) == (800, 740, 60)
    assert told["amounts_not_read"] == 1
    assert told["differences"] == []


def test_every_line_of_a_file_went_to_one_place_of_one_stage() -> None:
    awarded, paid = body()["went"]
    assert {place: awarded[f"{place}_pence"] for place in WENT if awarded[f"{place}_lines"]} == {
        "neighbourhoods": 500, "outside": 200,
    }  # fmt: skip
    # nine euros' hundredths are listed and in no sum of pence
    assert (paid["other_currency_lines"], paid["other_currency_pence"], paid["pence"]) == (1, 9, 40)
    assert totals([body(), body()])[0]["neighbourhoods_pence"] == 1000


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"file": FILE | {"rows_in": 7}}, "7 rows came in, 4 stored and 2 refused"),
        ({"file": FILE | {"stored_rows": 3}}, "4 rows were stored, lines of 3 are here"),
        ({"file": FILE | {"refused_rows": 1}}, "2 rows were refused, faults of 1 are listed"),
        ({"turned": TURNED[:1]}, "the refused rows by rule are not all refused rows"),
        (
            {"went": WENT_WHERE[1:]},
            "awarded, GBP: the file holds (3, 700) lines and pence, (1, 200) went",
        ),
        (
            {"went": [*WENT_WHERE, Went("f", "planned", "GBP", IN, 1, 1)]},
            "planned, GBP: the file holds (0, 0)",
        ),
    ],
)
def test_what_does_not_come_out_is_said(changed: dict[str, Any], words: str) -> None:
    assert any(words in said for said in body(**changed)["differences"])


def test_a_file_of_services_is_not_asked_for_its_lines() -> None:
    services = FILE | {"stored_rows": 0, "services": 4}
    told = body(file=services, held=[], went=[])
    assert told["differences"] == []
    assert told["holds_lines"] is False
