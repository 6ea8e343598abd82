"""A programme's own record and the table of its allocations: what is kept, what is refused, with which words."""

from __future__ import annotations

from datetime import date

import pytest

from app.resources.methods.programme_record import (
    AllocationSaid,
    PlaceSaid,
    Record,
    allocation_faults,
    own_id,
    record_faults,
)
from app.resources.readers.programme_table import read_programme_table

FUND = Record("Renewal Fund", "Government", first_year="2001-02", last_year="2003-04")
HEAD = "place,year,amount,status,derived,basis\n"


def money(year: str | None = "2001-02", pence: int = 100, **more: object) -> AllocationSaid:
    return AllocationSaid("E07000062", year, None, pence)._replace(**more)  # type: ignore[arg-type]


def table(rows: str, head: str = HEAD) -> tuple[list[tuple[int, AllocationSaid]], list[str]]:
    read = read_programme_table(
        (head + rows).encode(), "t.csv", first_year="2001-02", last_year="2003-04"
    )
    assert read.rows_in == len(read.areas) + len(read.allocations) + len(read.faults)
    return read.allocations, [fault.rule for fault in read.faults]


def test_a_partnerships_own_programme_can_never_bear_the_id_of_a_published_one() -> None:
    assert own_id("Neighbourhood Renewal Fund", None) == "neighbourhood-renewal-fund"
    assert own_id("Renewal. Fund", "exe-pact") == "exe-pact.renewal-fund"
    # No title makes a dot, so no published programme is called so.
    assert own_id("exe-pact.renewal-fund", None) == "exe-pact-renewal-fund"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": "!!"}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"funder": " "}, "/funder"),
        ({"money_kind": "gold"}, "/money_kind"),
        ({"estimate_basis": "luck"}, "/estimate_basis"),
        ({"first_year": "2001"}, "/first_year"),
        ({"last_year": "2000-01"}, "/last_year"),
        ({"areas": (PlaceSaid(" "),)}, "/eligible_areas/0/place"),
        ({"allocations": (money(), money())}, "/allocations/1"),
        ({"allocations": (money("2004-05"),)}, "/allocations/0/year"),
        ({"allocations": (money("2000-01"),)}, "/allocations/0/year"),
        ({"allocations": (money("2001-03"),)}, "/allocations/0/year"),
        ({"allocations": (money(None),)}, "/allocations/0/year"),
        ({"allocations": (money(period="three years"),)}, "/allocations/0/year"),
        ({"allocations": (money(pence=-1),)}, "/allocations/0/amount_pence"),
        ({"allocations": (money(status="promised"),)}, "/allocations/0/status"),
        ({"allocations": (money(derived=True),)}, "/allocations/0/basis"),
    ],
)
def test_each_fault_of_a_record_is_named_where_it_is(
    change: dict[str, object], pointer: str
) -> None:
    assert [fault.pointer for fault in record_faults(FUND._replace(**change))] == [pointer]  # type: ignore[arg-type]


def test_the_first_and_last_year_of_a_programme_are_its_own() -> None:
    for year in ("2001-02", "2003-04"):
        assert allocation_faults(money(year), "2001-02", "2003-04") == []
    assert record_faults(FUND._replace(allocations=(money(), money(status="paid")))) == []


def test_a_table_keeps_exact_pence_and_lists_the_rest_by_rule() -> None:
    kept, rules = table(
        'E07000062,2001-02,"£688,000.05",,,\n'  # row 2
        "E07000062,2002/03,1031000,Paid,yes,half of the fund\n"  # row 3
        "E07000062,2004-05,5,,,\n"  # outside its years
        "E07000062,2001,5,,,\n"  # could be two years
        "E07000062,2002-03,-5,,,\n"
        'E07000062,2002-03,"1.296,50",,,\n'
        "E07000062,2002-03,1e30,,,\n"
        "E07000062,2003-04,5,,perhaps,\n"
        "E07000062,2003-04,5,,yes,\n"  # worked out, but not how
        "E07000062,,5,,,\n"  # neither year nor period
    )
    assert [(row, said.year, said.amount_pence, said.status, said.derived) for row, said in kept] == [
        (2, "2001-02", 68_800_005, "awarded", False), (3, "2002-03", 103_100_000, "paid", True),
    ]  # fmt: skip
    assert rules == [
        "year-is-financial", "amount-not-negative", "amount-is-a-number", "amount-is-a-number",
        "derived-is-yes-or-no", "year-in-programme", "derived-says-how", "year-or-period",
    ]  # fmt: skip


def test_a_blank_amount_is_an_eligible_place_and_never_0() -> None:
    read = read_programme_table(
        b"place,year,amount\nE07000062,,\nE07000064,2001-02, \n,2001-02,7\n", "t.csv"
    )
    assert [(row, place.words) for row, place in read.areas] == [(2, "E07000062"), (3, "E07000064")]
    assert [(fault.row, fault.rule) for fault in read.notes] == [(3, "amount-not-known")]
    # Without a place the row means the whole partnership.
    assert [(row, said.words) for row, said in read.allocations] == [(4, "whole partnership")]


def test_the_day_of_a_year_is_its_first() -> None:
    from app.resources.own_programmes import day_of

    assert day_of(money("2001-02"), date(2026, 1, 1)) == date(2001, 4, 1)
    assert day_of(money(None, period="ten years"), date(2026, 1, 1)) == date(2026, 1, 1)
