"""Published tables of programmes, budgets, sums and services: read exactly, or listed by the rule that was broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.resources.methods.amounts import RuleBroken, pence_from_millions
from app.resources.readers import allocations
from app.resources.readers.local_projects import read_local_projects
from app.resources.readers.outlets import LAYOUTS, read_services
from app.resources.readers.recipient_sums import read_recipient_sums
from app.resources.readers.spending_power import PARTS, read_spending_power
from app.vintages.readers.cells import FileRefused

HTML = b"<!DOCTYPE html>\n<html><head><title>Page not found</title></head></html>"
NRF_HEAD = "district_2001,financial_year,allocation_gbp,basis,source\n"
POWER_HEAD = "ons_code,authority,region,year,sfa,under_index,ct_total,nhb,nhb_return,rsdg\n"
SUMS_HEAD = (
    "Funding Org:Name,Award Year,Recipient District Geographic Code,Recipient Ward Geographic Code,"
    "Recipient Region,Amount Awarded,Identifier\n"
)


@pytest.mark.parametrize(
    ("written", "pence"),
    [("0.755", 75_500_000), ("0.855494", 85_549_400), ("50.0", 5_000_000_000), ("0", 0), ("1e2", None),
     ("3.01573912", 301_573_912), ("999999", 99_999_900_000_000)],
)  # fmt: skip
def test_millions_of_pounds_become_whole_pence_exactly(written: str, pence: int | None) -> None:
    if pence is None:
        with pytest.raises(RuleBroken, match="not a number"):
            pence_from_millions(written)
    else:
        assert pence_from_millions(written).pence == pence


def test_a_figure_finer_than_a_penny_is_refused_unless_the_nearest_is_asked_for_and_said() -> None:
    with pytest.raises(RuleBroken) as broken:
        pence_from_millions("0.023390259")
    assert broken.value.rule == "amount-in-whole-pence"
    assert pence_from_millions("0.023390259", to_nearest=True) == (2_339_026, "23390.26")
    assert pence_from_millions("0.000000005", to_nearest=True).pence == 1  # half a penny goes up


@pytest.mark.parametrize(
    ("written", "rule"),
    [("twelve", "amount-is-a-number"), ("", "amount-required"), ("-1", "amount-not-negative"),
     ("NaN", "amount-is-a-number"), ("1000001", "amount-bounded"), ("1.296,50", "amount-is-a-number")],
)  # fmt: skip
def test_what_is_no_amount_in_millions_is_refused_by_its_rule(written: str, rule: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        pence_from_millions(written, to_nearest=True)
    assert broken.value.rule == rule


def test_a_derived_allocation_is_an_estimate_and_marked_a_published_one_is_awarded() -> None:
    told = NRF_HEAD + (
        "Barchester,2001-02,427747,derived: 0.50 x 2003-04,Lords\n"
        "Barchester,2003-04,855494,published (GBP million),Lords\n"
    )
    read = allocations.read_nrf_allocations(told.encode(), "nrf.csv")
    assert [(each.status, each.derived, each.amount_pence) for each in read.allocations] == [
        ("estimate", True, 42_774_700), ("awarded", False, 85_549_400),
    ]  # fmt: skip
    assert (read.rows_in, read.rows_refused) == (2, 0)


def test_bad_rows_of_allocations_are_listed_with_row_value_and_rule() -> None:
    told = NRF_HEAD + (
        "Barchester,2001-02,100,published,Lords\n"
        "Barchester,2001-02,200,published,Lords\n"
        "Plumstead,2001-02,a million,published,Lords\n"
        "Plumstead,2001,5,published,Lords\n"
        ",2001-02,5,published,Lords\n"
        "Framley,2001-02,,published,Lords\n"
    )
    read = allocations.read_nrf_allocations(told.encode(), "nrf.csv")
    assert [(fault.row, fault.value, fault.rule) for fault in read.faults] == [
        (3, "200", "row-once"), (4, "a million", "amount-is-a-number"), (5, "5", "year-is-financial"),
        (6, "5", "value-required"), (7, "", "amount-required"),
    ]  # fmt: skip
    assert read.rows_in == len(read.allocations) + read.rows_refused == 6


def test_an_award_that_is_blank_is_missing_and_its_place_is_kept() -> None:
    told = (
        "round,district_2001,neighbourhood,ten_year_award_gbp_million,source,lad_code_current,"
        "allocation_2009_10_gbp,indicative_2010_11_gbp,source_2009_11\n"
        "1,Barchester,Hogglestock,,Hansard,E06000999,,,\n"
        "2,Barchester,Plumstead,48.835,Hansard,E06000999,8008948.0,4932095.0,local\n"
    )
    read = allocations.read_ndc(told.encode(), "ndc.csv")
    assert [each.name for each in read.areas] == ["Hogglestock", "Plumstead"]
    assert [(a.place, a.year, a.period, a.amount_pence, a.status) for a in read.allocations] == [
        ("Plumstead", None, "10 years", 4_883_500_000, "awarded"),
        ("Plumstead", "2009-10", "2009-10", 800_894_800, "awarded"),
        ("Plumstead", "2010-11", "2010-11", 493_209_500, "planned"),
    ]
    assert [(note.row, note.value, note.rule) for note in read.notes] == [
        (2, "Hogglestock", "amount-not-found")
    ]


def test_englands_totals_keep_planned_paid_and_estimated_apart() -> None:
    told = (
        "programme,financial_year,england_gbp_million,status,source\n"
        "Coalfields,1999-2000,2,actual,H\nCoalfields,2001-02,26,estimate,H\nCoalfields,2002-03,15,plans,H\n"
        "Fund,2001-02 to 2003-04,900,announced,H\nFund,2004-05,1,rumoured,H\n"
    )
    read = allocations.read_totals(told.encode(), "totals.csv")
    assert [(a.year, a.period, a.status, a.amount_pence) for a in read.allocations] == [
        ("1999-00", "1999-00", "paid", 200_000_000),
        ("2001-02", "2001-02", "estimate", 2_600_000_000),
        ("2002-03", "2002-03", "planned", 1_500_000_000),
        (None, "2001-02 to 2003-04", "planned", 90_000_000_000),
    ]
    assert [(fault.row, fault.rule) for fault in read.faults] == [(6, "status-is-known")]


def test_a_council_with_nothing_in_every_part_is_missing_one_with_some_nought_is_not() -> None:
    told = POWER_HEAD + (
        "E07000999,Old Barset,SE,2019,0,0,0,0,0,0\n"
        "E07000999,Old Barset,SE,2018,3.01573912,0.023390259,5.472850068,0,0,0\n"
        "-,Greater Barset,SE,2018,1,0,0,0,0,0\n"
        "E07000999,Old Barset,SE,2018,9,9,9,9,9,9\n"
        "E07000998,New Barset,SE,18,9,9,9,9,9,9\n"
        "E07000998,New Barset,SE,2018,9,9,lots,9,9,9\n"
    )
    read = read_spending_power(told.encode(), "csp.csv")
    assert [(fault.row, fault.column, fault.rule) for fault in read.faults] == [
        (2, "sfa", "nought-is-missing"), (5, "year", "row-once"), (6, "year", "year-is-a-year"),
        (7, "ct_total", "amount-is-a-number"),
    ]  # fmt: skip
    old = [line for line in read.lines if line.authority == "Old Barset"]
    assert [(line.part, line.amount_pence) for line in old] == list(
        zip(PARTS, (301_573_912, 2_339_026, 547_285_007, 0, 0, 0), strict=True)
    )
    assert {(line.financial_year, line.level, line.kind) for line in old} == {
        ("2018-19", "district", "revenue")
    }
    assert {(line.authority_code, line.level) for line in read.lines if line.row == 4} == {
        (None, "other")
    }
    assert sorted((note.rule, note.value) for note in read.notes) == [
        ("nearest-penny", "2"), ("place-by-name-only", "Greater Barset"),
    ]  # fmt: skip
    assert read.rows_in == len(read.lines) // len(PARTS) + read.rows_refused


def test_sums_of_nothing_are_listed_and_dust_is_dropped() -> None:
    told = SUMS_HEAD + (
        "F,2014,E07000062,E05003932,South East,2553893.8699999996,2\n"
        "F,2015,E07000062,E05003932,South East,0.0,1\n"
        "F,2016,E07000062,E05003932,South East,-5,1\n"
        "F,2014,E07000062,E05003932,South East,7,1\n"
        "F,2017,Hastings,E05003932,South East,7,1\n"
        "F,2018,E07000062,E05003932,South East,much,1\n"
        "F,2018,E07000062,E05003932,South East,7,none\n"
        "F,2018,E07000062,E05003932,South East,NaN,1\n"
    )
    read = read_recipient_sums(told.encode(), "sums.csv")
    assert [(each.amount_pence, each.grants) for each in read.sums] == [(255_389_387, 2)]
    assert [fault.rule for fault in read.faults] == [
        "sum-above-nought", "sum-above-nought", "row-once", "code-is-gss", "amount-is-a-number",
        "whole-number", "amount-is-a-number",
    ]  # fmt: skip
    assert read.rows_in == len(read.sums) + read.rows_refused == 8


def test_a_project_listed_twice_counts_once() -> None:
    head = "district_2001,financial_year,project,funding_gbp,managed_and_delivered_by,source\n"
    row = "Barchester,2001-02,Wardens,244583,Council,H\n"
    read = read_local_projects((head + row + row).encode(), "projects.csv", "UK Government")
    assert sum(read.frame["amount_pence"]) == 24_458_300
    assert [(fault.row, fault.rule) for fault in read.faults] == [(3, "row-once")]
    assert read.frame.loc[0, "financial_year"] == "2001-02"


def test_a_table_parted_by_not_signs_in_windows_1252_is_read() -> None:
    columns = (
        "OrganisationID¬OrganisationCode¬OrganisationType¬SubType¬OrganisationName¬OrganisationStatus"
        "¬IsPimsManaged¬Address1¬Address2¬Address3¬City¬County¬Postcode¬Latitude¬Longitude\r\n"
    )
    row = (
        "1¬K81028¬GP practice¬UNKNOWN¬Magnolia House – Dr F¬Visible¬False¬16½ Road¬¬¬Sunningdale"
        "¬¬SL5 0QJ¬51.4¬-0.6\r\n"
    )
    read = read_services(
        (columns + row).encode("cp1252"), "gp.csv", LAYOUTS["nhs-gp-practices-2014"]
    )
    (practice,) = read.services
    assert (practice.kind, practice.identifier, practice.subtype) == ("gp-practice", "ods:K81028", None)  # fmt: skip
    assert practice.name == "Magnolia House – Dr F"
    assert practice.address == "16½ Road, Sunningdale"
    assert (practice.x, practice.y) == (-0.6, 51.4)
    assert {note.rule for note in read.notes} == {"file-encoding", "file-delimiter"}


def test_rows_of_services_that_repeat_or_name_nothing_are_listed_and_odd_cells_are_noted() -> None:
    head = "URN,Establishment name,Street,Town,Postcode,Type of establishment,Opening date,X,Y\n"
    told = head + (
        "1,First School,A Road,Barset,AB1 2DD,Academy,01/01/1567,500000,200000\n"
        "1,First School again,A Road,Barset,AB1 2DD,Academy,,500000,200000\n"
        ",,,,,,,216670.3,764354.3\n"
        "2,Second School,B Road,Barset,nowhere,Academy,soon,,\n"
        "3,Third School,B Road,Barset,AB1 2DD,Academy,,500000,north\n"
    )
    read = read_services(told.encode(), "schools.csv", LAYOUTS["schools-2017"])
    assert [(fault.row, fault.rule) for fault in read.faults] == [(3, "row-once"), (4, "value-required")]  # fmt: skip
    assert [note.rule for note in read.notes] == ["postcode-form", "date-is-a-day", "point-is-two-numbers"]  # fmt: skip
    first, second, third = read.services
    assert (str(first.opened_on), first.metric, first.x) == ("1567-01-01", True, 500_000.0)
    assert (second.postcode, second.opened_on, second.x, third.x) == (None, None, None, None)
    assert read.rows_in == len(read.services) + 2


READS: list[Callable[[bytes, str], object]] = [
    *allocations.READERS.values(),
    read_spending_power,
    read_recipient_sums,
    lambda raw, name: read_local_projects(raw, name, "F"),
    *((lambda raw, name, of=layout: read_services(raw, name, of)) for layout in LAYOUTS.values()),
]


@pytest.mark.parametrize("read", READS, ids=range(len(READS)))
@pytest.mark.parametrize(
    "sent", [HTML, b"", b"\x00\x01", b"a,b\n1,2\n"], ids=["html", "empty", "binary", "other"]
)
def test_what_is_no_such_table_is_refused_whole(
    read: Callable[[bytes, str], object], sent: bytes
) -> None:
    with pytest.raises(FileRefused) as refused:
        read(sent, "file.csv")
    assert refused.value.faults
