"""Which columns may be carried: counts, and rates with what they are of; never ranks, deciles or medians."""

from __future__ import annotations

import pytest

from app.vintages.methods.columns import Wanted, choose_columns
from app.vintages.methods.headings import heading_for, unused_titles
from boundaries.methods.rebase import Column

NOTHING_SAID = Wanted()


def chosen(*titles: str, wanted: Wanted = NOTHING_SAID) -> tuple[list[Column], list[str]]:
    header = ["code", *titles]
    columns, _, faults = choose_columns(header, dict.fromkeys(titles, True), wanted, "code")
    return columns, [fault.rule for fault in faults]


@pytest.mark.parametrize(
    "title",
    ["IMD Rank", "imd_decile", "IMDRank2019", "rank", "Quintile of income", "national percentile"],
)
def test_ranks_are_refused_even_where_they_are_asked_for(title: str) -> None:
    assert chosen(title) == ([], ["ranks-are-not-carried"])
    assert chosen(title, wanted=Wanted(counts=(title,))) == ([], ["ranks-are-not-carried"])
    wanted = Wanted(rates=((title, "people"),))
    assert chosen(title, "people", wanted=wanted)[1] == ["ranks-are-not-carried"]


def test_medians_are_refused() -> None:
    assert chosen("Median house price")[1] == ["medians-are-not-carried"]


@pytest.mark.parametrize(
    "title", ["claimant_rate", "% in work", "IMD Score", "crimes per 1000", "pct_old"]
)
def test_a_rate_needs_the_count_that_it_is_of(title: str) -> None:
    assert chosen(title)[1] == ["rates-need-a-count"]
    columns, faults = chosen(title, "people", wanted=Wanted(rates=((title, "people"),)))
    assert (columns, faults) == ([Column(title, "rate", "people"), Column("people")], [])


@pytest.mark.parametrize("title", ["year", "OBJECTID", "Easting", "BNG_E", "lat"])
def test_a_label_made_of_numbers_is_not_added_up(title: str) -> None:
    assert chosen(title)[1] == ["labels-are-not-counts"]
    assert chosen(title, "people", wanted=Wanted(by=(title,)))[0] == [Column("people")]


@pytest.mark.parametrize("title", ["people", "Aged 0-15", "operations", "scored", "ranked_offers"])
def test_a_plain_count_is_carried(title: str) -> None:
    assert chosen(title) == ([Column(title)], [])


def test_a_column_that_is_not_there_is_named() -> None:
    columns, _, faults = choose_columns(["code", "a"], {"a": True}, Wanted(counts=("b",)), "code")
    assert columns == []
    assert [(fault.column, fault.rule) for fault in faults] == [("b", "column-is-there")]


@pytest.mark.parametrize(
    ("heading", "after"),
    [
        ("LSOA11CD", "LSOA21CD"),
        ("lsoa11_code", "lsoa21_code"),
        ("lsoa2011", "lsoa2021"),
        ("code", "code"),
    ],
)
def test_the_year_in_a_heading_follows(heading: str, after: str) -> None:
    assert heading_for(heading, "lsoa", 2011, 2021) == after


def test_added_titles_never_hide_one_that_is_there() -> None:
    assert unused_titles(["Method", "x"], ["method", "note"]) == ["method_2", "note"]
