"""Amounts, years and postcodes as people write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resources.methods.amounts import RuleBroken, pence_from, pounds_text
from app.resources.methods.dates import (
    financial_year_of,
    is_month_first,
    is_unsure,
    read_date,
    read_year,
)
from app.resources.methods.postcodes import looks_like_postcode, read_postcode


@pytest.mark.parametrize(
    ("written", "pence"),
    [
        ("1296.50", 129650),
        ("£1,296.50", 129650),
        ("£ 7", 700),
        ("0", 0),
        ("0.1", 10),
        (" 12 ", 1200),
        (30000, 3000000),
    ],
)
def test_a_written_amount_becomes_exact_pence(written: object, pence: int) -> None:
    assert pence_from(written).pence == pence


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("about ten", "amount-is-a-number"),
        ("1,29", "amount-is-a-number"),
        ("1e5", "amount-is-a-number"),
        ("NaN", "amount-is-a-number"),
        (float("nan"), "amount-is-a-number"),
        (float("inf"), "amount-is-a-number"),
        ("１２", "amount-is-a-number"),
        (True, "amount-is-a-number"),
        ("12.345", "amount-in-whole-pence"),
        ("-5", "amount-not-negative"),
        ("£-5.00", "amount-not-negative"),
        ("(5.00)", "amount-not-negative"),
        (-1, "amount-not-negative"),
        ("", "amount-required"),
        (None, "amount-required"),
        (Decimal("1e999999999"), "amount-bounded"),
        ("1000000000000.01", "amount-bounded"),
    ],
)
def test_what_is_not_an_amount_is_refused_by_its_rule(written: object, rule: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        pence_from(written)
    assert broken.value.rule == rule


@pytest.mark.parametrize("form", [str, Decimal, float])
def test_what_is_within_a_millionth_of_a_penny_is_rounded_and_said(form: type) -> None:
    assert pence_from(form("41133.770000000004")) == (4113377, "41133.77")
    assert pence_from(form("12.00000001")) == (1200, "12")  # a millionth of a penny off, no more


@pytest.mark.parametrize("written", ["12.345", "12.005", "12.0000000101", "12.009999", "0.001"])
def test_what_is_farther_from_whole_pence_is_another_amount_and_refused(written: str) -> None:
    for form in (written, Decimal(written), float(written)):
        with pytest.raises(RuleBroken, match="more than two decimals"):
            pence_from(form)


@pytest.mark.parametrize("written", ["-5", "£-5.00", "-£5.00", "(5.00)", "5.00-", -5, Decimal(-5)])
def test_a_refund_may_be_written_below_nought_in_any_of_the_usual_ways(written: object) -> None:
    assert pence_from(written, below_nought=True).pence == -500
    assert pence_from("5", below_nought=True).pence == 500


def test_only_dates_that_no_day_first_reading_fits_are_month_first() -> None:
    assert [is_month_first(day) for day in ("05/13/2018", "13/05/2018", "05/06/2018", "2018-05-13")] == [
        True, False, False, False,
    ]  # fmt: skip
    assert [is_unsure(day) for day in ("05/06/2018", "06/06/2018", "13/05/2018", "05/13/2018")] == [
        True, False, False, False,
    ]  # fmt: skip


@given(st.integers(min_value=0, max_value=10**14))
def test_every_amount_in_pence_survives_being_written_out(pence: int) -> None:
    assert pence_from(pounds_text(pence)).pence == pence


@given(st.integers(min_value=0, max_value=10**13))
def test_a_spreadsheets_double_gives_the_pence_that_were_typed(pence: int) -> None:
    assert pence_from(pence / 100).pence == pence


def test_the_financial_year_turns_on_the_first_of_april() -> None:
    assert financial_year_of(date(2019, 3, 31)) == "2018-19"
    assert financial_year_of(date(2019, 4, 1)) == "2019-20"
    assert financial_year_of(date(1999, 4, 1)) == "1999-00"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2015-06-10T00:00:00+00:00", date(2015, 6, 10)),
        ("05/06/2014", date(2014, 6, 5)),  # day first, as British publishers write
        (datetime(2021, 1, 26, 0, 0), date(2021, 1, 26)),  # noqa: DTZ001 - spreadsheets have no zone
        ("", None),
    ],
)
def test_dates_are_read_day_first_or_iso(written: object, day: date | None) -> None:
    assert read_date(written) == day


@pytest.mark.parametrize("written", ["13/13/2014", "2014-02-30", "June 2014", "0001-01-01"])
def test_a_day_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(RuleBroken):
        read_date(written)


@pytest.mark.parametrize(
    ("written", "year"),
    [("2018-19", "2018-19"), ("2018/19", "2018-19"), ("2018/2019", "2018-19"), ("1999-00", "1999-00"),
     ("31/03/2019", "2018-19"), (None, None)],
)  # fmt: skip
def test_a_year_is_a_financial_year_or_a_date_in_it(written: object, year: str | None) -> None:
    assert read_year(written)[0] == year


@pytest.mark.parametrize("written", ["2018", 2018, "2018-20", "2018/2020"])
def test_a_year_that_could_be_two_is_refused(written: object) -> None:
    with pytest.raises(RuleBroken) as broken:
        read_year(written)
    assert broken.value.rule == "year-is-financial"


@pytest.mark.parametrize(
    ("written", "postcode"),
    [
        ("TN34 1AA", "TN34 1AA"), ("tn341aa", "TN34 1AA"), ("LA4  5HE", "LA4 5HE"), ("DA14\u00a04ED", "DA14 4ED"),
        ("SE1OEH", "SE1 0EH"), ("E5 OPD", "E5 0PD"), ("S016 6AY", "SO16 6AY"), ("C091HT", "CO9 1HT"),
        ("EH2 IJQ", None), ("GU34", None), ("10036", None), ("PE1 2RA.", None), (None, None),
    ],
)  # fmt: skip
def test_postcodes_are_mended_for_blanks_and_nought_and_nothing_else(
    written: str | None, postcode: str | None
) -> None:
    assert read_postcode(written).postcode == postcode


def test_every_change_to_a_postcode_is_said() -> None:
    assert read_postcode("TN34 1AA").changes == ()
    assert read_postcode("se1OEH").changes == ("capital letters", "blanks", "O and 0 exchanged")


def test_a_ward_name_is_not_taken_for_a_postcode() -> None:
    assert not looks_like_postcode("Old Hastings")
    assert looks_like_postcode("ZZ99 9ZZ")
