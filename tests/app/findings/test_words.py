from __future__ import annotations

from datetime import date

import pytest

from app.findings import words
from app.resources.methods.ledger import Amounts, Ledger


@pytest.mark.parametrize(
    ("pence", "written"),
    [
        (257_000_000, "£2.57m"),
        (58_512_345, "£585k"),  # £585,123.45
        (1_200, "£12"),
        (123_456, "£1.23k"),  # £1,234.56
        (99_960_000, "£1.00m"),  # £999,600 rounds to three figures before it is given its unit
        (99_940_000, "£999k"),
        (326_833_436_030, "£3.27bn"),
        (50, "£0.50"),
        (0, "£0"),
        (-257_000_000, "-£2.57m"),
        (None, "–"),
    ],
)
def test_pounds_in_short_keep_three_figures(pence: int | None, written: str) -> None:
    assert words.pounds_short(pence) == written


@pytest.mark.parametrize(
    ("pence", "written"),
    [(66_999_500, "£669,995.00"), (7, "£0.07"), (-105, "-£1.05"), (0, "£0.00"), (None, "–")],
)
def test_exact_pounds_keep_every_penny_and_missing_is_no_zero(
    pence: int | None, written: str
) -> None:
    assert words.pounds(pence) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (18, 111, "16%"),  # 16.2
        (1, 200, "1%"),  # 0.5 rounds up
        (1, 201, "under 1%"),  # 0.4975
        (0, 5, "0%"),
        (5, 5, "100%"),
        (999, 1000, "over 99%"),  # 99.9 is not all
        (None, 5, "–"),
        (3, 0, "–"),
    ],
)
def test_a_share_never_calls_some_none_or_nearly_all_all(
    part: float | None, whole: float, written: str
) -> None:
    assert words.share(part, whole) == written


def test_a_missing_count_is_a_dash_and_a_half_rank_keeps_its_half() -> None:
    assert words.count(None) == "–"
    assert words.count(float("nan")) == "–"
    assert words.count(32844) == "32,844"
    assert words.count(2088.5) == "2,088.5"


def test_days_and_lists_are_written_as_a_sentence_does() -> None:
    assert words.day(date(2026, 11, 2)) == "2 November 2026"
    assert words.day(None) == "–"
    lists = [words.listed(["A", "B", "C"][:n]) for n in range(4)]
    assert lists == ["", "A", "A and B", "A, B and C"]
    assert words.counted(1, "small area") == "1 small area"
    assert words.counted(1200, "small area") == "1,200 small areas"


def ledger(located: int, recipient_lines: int, none_lines: int, other_lines: int) -> Ledger:
    inside = [{"bucket": "neighbourhoods", "amount_pence": located}] if located else []
    grades = [
        {"grade": "A", "lines": other_lines, "pence": 0},
        {"grade": "F", "lines": recipient_lines, "pence": 0},
        {"grade": "G", "lines": none_lines, "pence": 0},
    ]
    here = [{"amount_pence": 150} for _ in range(min(recipient_lines, 1))]
    totals = {"neighbourhoods": {"located_pence": located, "estimated_pence": 0}}
    return Ledger(
        "awarded", None, (), None, inside, here, Amounts(), [], totals, grades,
        {"count": 0, "pence": 0},
    )  # fmt: skip


def test_most_is_said_only_of_more_than_half() -> None:
    # 6 of 11 lines without a place; then 5 of 10, which is half and not most
    assert "Most grants state no place" in words.money_finding(ledger(100, 4, 2, 5))
    assert "Some grants state no place" in words.money_finding(ledger(100, 3, 2, 5))
    assert "Every grant states a place" in words.money_finding(ledger(100, 0, 0, 5))


def test_the_money_sentence_names_located_and_estimated_apart_and_what_was_paid_here() -> None:
    said = words.money_finding(ledger(66_999_500, 1, 0, 8))
    assert "£669,995.00 located and £0.00 estimated" in said
    assert "1 such line, £1.50, went to organisations based here" in said
    assert "in no total" in said


def test_no_money_is_said_in_words() -> None:
    said = words.money_finding(ledger(0, 0, 0, 0))
    assert said.startswith("No awarded money can be placed in the priority neighbourhoods.")
    assert "£0" not in said


def test_a_release_is_told_by_its_type_and_month_and_another_id_stays_as_it_is() -> None:
    assert words.edition("lad-2025-05-bgc") == "districts of May 2025 (lad-2025-05-bgc)"
    years = words.edition("cty-2014-2025-bsc")
    assert years == "counties of 2014 to 2025 (cty-2014-2025-bsc)"
    assert words.area_set_words("lsoa-2021") == "small areas of 2021"
    assert words.edition("par-2019-04") == "parishes of April 2019 (par-2019-04)"
    for other in ("lad-2025-13-bgc", "lad-2025-051", "zzz-2025-05", "lad-all"):
        assert words.edition(other) == other


@pytest.mark.parametrize(
    ("distance", "said"),
    [(690.9, "691 m"), (70.0, "70 m"), (7.44, "7.4 m"), (0.0, "0 m"), (12_345.6, "12,346 m"), (None, "–")],
)  # fmt: skip
def test_a_distance_is_whole_metres_under_ten_to_one_decimal(
    distance: float | None, said: str
) -> None:
    assert words.metres(distance) == said
