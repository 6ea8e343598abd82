"""The figures of a statement of use, worked by hand on a small fund."""

from __future__ import annotations

from typing import Any

import pytest

from app.resources.methods.allocations import ENGLAND
from app.statements.methods.changed import changes_between
from app.statements.methods.use import (
    Neighbourhoods,
    StatementBroken,
    draw,
    envelopes_of,
    told_stages,
    unallocated,
    use_of,
    years_of,
)
from app.statements.methods.use import _check as check
from app.statements.methods.words_said import contact_faults, signing_faults
from app.statements.wording import sentence_of

PLACES = Neighbourhoods(((1, "Ore", 4_000), (2, "Hollington", None), (3, "Tressell", 2_000)))
YEAR = "2001-02"


def line(name: str, pence: int, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "identifier": name, "part_of": None, "related_identifier": None, "role": "award",
        "stage": "awarded", "amount_pence": pence, "currency": "GBP", "financial_year": YEAR,
        "money_kind": None, "theme": None, "bucket": "rest_of_partnership",
        "certainty": "partnership_wide", "neighbourhood": None, **more,
    }  # fmt: skip


def inside(number: int, certainty: str = "located") -> dict[str, Any]:
    return {"bucket": "neighbourhoods", "certainty": certainty, "neighbourhood": number}


LINES = [
    line("a", 1_000, theme="Crime", money_kind="capital", **inside(1)),
    line("b", 500, theme="Crime", **inside(1, "estimated")),
    line("c", 300, **inside(2)),
    line("d", 800),
    line("e", 200, role="regrant", related_identifier="d", **inside(3)),  # of the 800
    line("f", -100, role="refund", related_identifier="a", **inside(1)),
    line("g", 5_000, role="match", related_identifier="a"),  # somebody else's money
    line("h", 40, bucket="place_unknown", certainty=None),
    line("i", 60, bucket="outside", certainty=None),
    line("j", 9, stage="paid"),
    line("k", 7, financial_year="2002-03"),
    line("l", 11, financial_year=None),
    line("m", 12, currency="EUR"),
]


def allocation(pence: int, **more: Any) -> dict[str, Any]:
    return {
        "financial_year": YEAR, "period": YEAR, "status": "awarded", "file_id": "f1", "coverage": None,
        "area_code": "E07000062", "amount_pence": pence, "derived": False, **more,
    }  # fmt: skip


def used(year: str | None = YEAR, theme: str | None = None) -> dict[str, Any]:
    return use_of("awarded", draw(LINES)["awarded"], year, PLACES, theme, None)


def test_what_is_drawn_is_gross_less_refunds_and_less_what_regrants_pass_on() -> None:
    found = used()
    assert found["gross_pence"] == 1_000 + 500 + 300 + 800 + 200 + 40 + 60
    assert (found["refunds_pence"], found["regranted_pence"]) == (-100, 200)
    assert found["drawn_pence"] == 2_900 - 100 - 200
    assert (found["match_lines"], found["match_pence"]) == (1, 5_000)
    assert found["lines"] == 9


def test_every_table_adds_up_to_what_was_drawn() -> None:
    found = used()
    assert found["by_kind"] == [
        {"kind": "capital", "lines": 1, "pence": 1_000}, {"kind": "not stated", "lines": 7, "pence": 1_600},
    ]  # fmt: skip
    assert found["by_theme"] == [
        {"theme": "Crime", "lines": 2, "pence": 1_500}, {"theme": "not stated", "lines": 6, "pence": 1_100},
    ]  # fmt: skip
    # The 800 keeps 600; the 200 that it passed on stands where the regrant was spent.
    assert [(row["bucket"], row["certainty"], row["pence"]) for row in found["by_place"]] == [
        ("neighbourhoods", "located", 1_000 + 300 + 200 - 100), ("neighbourhoods", "estimated", 500),
        ("rest_of_partnership", "located", 0), ("rest_of_partnership", "estimated", 0),
        ("rest_of_partnership", "partnership_wide", 600), ("outside", None, 60), ("not_placed", None, 0),
        ("place_unknown", None, 40),
    ]  # fmt: skip


def test_each_neighbourhood_that_benefits_has_located_and_estimated_apart() -> None:
    rows = used()["neighbourhoods"]
    assert [(row["number"], row["people"], row["located_pence"], row["estimated_pence"]) for row in rows] == [
        (1, 4_000, 900, 500), (2, None, 300, 0), (3, 2_000, 200, 0),
    ]  # fmt: skip


def test_a_table_that_does_not_add_up_is_a_fault_of_ours() -> None:
    found = used()
    counted = [each for each in LINES if each["stage"] == "awarded" and each["role"] != "match"][:8]
    check(found, counted)
    found["by_theme"][0]["pence"] += 1
    with pytest.raises(StatementBroken, match="by_theme"):
        check(found, counted)


def test_lines_without_theme_or_kind_take_the_programmes() -> None:
    found = use_of("awarded", draw(LINES)["awarded"], YEAR, PLACES, "Renewal", "revenue")
    assert [row["theme"] for row in found["by_theme"]] == ["Crime", "Renewal"]
    assert [row["kind"] for row in found["by_kind"]] == ["revenue", "capital"]


def test_all_years_hold_the_lines_of_no_year_too_and_no_other_currency() -> None:
    assert used(None)["drawn_pence"] == used()["drawn_pence"] + 7 + 11


def test_the_order_of_the_lines_changes_nothing() -> None:
    other = use_of("awarded", draw(LINES[::-1])["awarded"], YEAR, PLACES, None, None)
    assert other == used()


def test_stages_are_told_of_only_where_they_have_lines_but_awarded_always() -> None:
    drawn = draw(LINES)
    assert told_stages(drawn, YEAR) == ["awarded", "paid"]
    assert told_stages(draw(()), YEAR) == ["awarded"]


def test_statuses_and_sources_stay_apart_and_england_is_no_place() -> None:
    rows = [
        allocation(10, derived=True), allocation(5), allocation(7, status="planned"),
        allocation(20, file_id="f2", coverage="1 of 88 districts"), allocation(900, area_code=ENGLAND),
        allocation(3, financial_year=None, period="ten years", file_id=None),
    ]  # fmt: skip
    assert [
        (row["status"], row["file_id"], row["amount_pence"], row["derived_pence"])
        for row in envelopes_of(rows, year=YEAR)
    ] == [("awarded", "f1", 15, 10), ("awarded", "f2", 20, 0), ("planned", "f1", 7, 0)]
    (period,) = envelopes_of(rows, year=None)
    assert (period["of"], period["amount_pence"]) == ("ten years", 3)
    assert {row["of"] for row in envelopes_of(rows, year=None, together=True)} == {"all years"}
    assert years_of(draw(LINES), [allocation(1, financial_year="1999-00")]) == [
        "1999-00", "2001-02", "2002-03",
    ]  # fmt: skip


def test_more_drawn_than_allocated_is_said_and_below_nothing() -> None:
    envelopes = envelopes_of([allocation(2_500)], year=YEAR)
    (row,) = unallocated(envelopes, [used()])
    assert (row["unallocated_pence"], row["overspent"]) == (-100, True)
    (row,) = unallocated(envelopes_of([allocation(2_600)], year=YEAR), [used()])
    assert (row["unallocated_pence"], row["overspent"]) == (0, False)


def test_the_sentence_says_what_is_left_and_what_is_not_known() -> None:
    body = {
        "year": YEAR, "caption": "Fund (40 of 88 districts)", "use": [used()],
        "allocation": {"envelopes": envelopes_of([allocation(2_500, derived=True)], year=YEAR)},
    }  # fmt: skip
    body["unallocated"] = unallocated(body["allocation"]["envelopes"], body["use"])
    assert sentence_of("Pact", body) == (
        "Pact had from Fund (40 of 88 districts) in 2001-02: £25.00 awarded, £25.00 of it worked out. "
        "9 lines of awarded money, £26.00, draw on it: £1.00 more than was awarded."
    )
    body |= {"allocation": {"envelopes": []}, "unallocated": []}
    unknown = "What Pact had from Fund (40 of 88 districts) in 2001-02 is not known."
    assert sentence_of("Pact", body).startswith(unknown)


def test_what_newer_data_changes_is_named_by_its_path_and_one_more_line_shifts_no_other() -> None:
    signed = {
        "sentence": "x",
        "drawn": 5,
        "lines": [{"id": "a", "pence": 1}, {"id": "c", "pence": 3}],
    }
    now = {"sentence": "y", "drawn": 6,
           "lines": [{"id": "a", "pence": 1}, {"id": "b", "pence": 1}, {"id": "c", "pence": 3}]}  # fmt: skip
    assert changes_between(signed, signed) == []
    assert [(each["pointer"], each["signed"], each["now"]) for each in changes_between(signed, now)] == [
        ("/drawn", 5, 6), ("/lines/b/id", None, "b"), ("/lines/b/pence", None, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Ask jo.bloggs@example.org", True), ("Call 01424 451 066", True), ("+44 1424 451066", True),
        ("£1,296,500 over 2001-02 to 2003-04", False), ("E07000062 and 12345678 others", False),
    ],
)  # fmt: skip
def test_nobodys_contact_is_published(text: str, refused: bool) -> None:
    sign_off = {"signatories": [{"role": text, "organisation": "Council"}]}
    assert [f.pointer for f in contact_faults({"next": text}, sign_off)] == (
        ["/words/next", "/sign_off/signatories/0/role"] if refused else []
    )


def test_signing_wants_a_role_a_day_that_has_come_and_a_signatory() -> None:
    from datetime import date

    day = date(2026, 11, 28)
    assert [f.pointer for f in signing_faults({}, day)] == [
        "/sign_off/prepared_by_role", "/sign_off/agreed_on", "/sign_off/signatories",
    ]  # fmt: skip
    full = {
        "prepared_by_role": "Manager", "agreed_on": "2026-11-28",
        "signatories": [{"role": "Chair", "organisation": "The partnership"}],
    }  # fmt: skip
    assert signing_faults(full, day) == []
    nobody = [{"role": "", "organisation": "The partnership"}]
    (fault,) = signing_faults(full | {"signatories": nobody}, day)
    assert fault.pointer == "/sign_off/signatories/0"
    late = signing_faults(full | {"agreed_on": "2026-11-29"}, day)
    assert [f.pointer for f in late] == ["/sign_off/agreed_on"]
