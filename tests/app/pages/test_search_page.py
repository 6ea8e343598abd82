"""The page of a postcode: what is near a border says so, also where nobody is beyond it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.rendering import render
from app.pages.search_view import Found, once, read_as_postcode
from tests.app.pages.test_pages import text_of


def page_of(beside: dict[str, str] | None) -> str:
    """The page of a point two metres inside the district of Sea, on the coast or at the border of another."""
    area: dict[str, Any] = {
        "type": "lad", "code": "E07000062", "name": "Sea", "kind": "district", "distance_to_boundary_m": 2.0,
        "release": "lad-2025-05-bgc", "quality": "official", "near_border": True,
    }  # fmt: skip
    area |= {"other_side": beside} if beside else {}
    body = {
        "postcode": "XB1 1AA",
        "status": "current",
        "easting": 1,
        "northing": 2,
        "areas": [area],
    }
    found = Found("XB1 1AA", postcode=body, day=date(2026, 1, 1))
    return text_of(render("search.html", found=found, here="/search", base_url="http://localhost"))


@pytest.mark.parametrize(
    ("beside", "said"),
    [(None, "near the border"), ({"code": "E07000064", "name": "Land"}, "near the border of Land")],
)  # fmt: skip
def test_near_a_border_the_other_side_is_named_where_there_is_one(
    beside: dict[str, str] | None, said: str
) -> None:
    page = page_of(beside)
    assert said in page
    assert ("near the border of" in page) == (beside is not None)


def test_a_county_stands_once_though_two_layers_draw_it() -> None:
    rows = [
        ("lad", "E07000062"),
        ("cty", "E10000011"),
        ("utla", "E10000011"),
        ("utla", "E06000043"),
    ]
    told = once([{"type": kind, "code": code} for kind, code in rows])
    # The unitary authority is drawn by one layer alone here, and stays.
    assert [(row["type"], row["code"]) for row in told] == [*rows[:2], rows[3]]


def test_places_of_one_name_that_are_spelt_alike_say_which_each_is(demo_client: TestClient) -> None:
    found = re.findall(
        r"<li><a href=\"([^\"]+)\">([^<]+)</a>: ", demo_client.get("/search?q=Hoggelstok").text
    )
    assert found
    assert (
        len({address for address, _ in found}) == len(found) == len({words for _, words in found})
    )
    assert ("/areas/X07000002", "Hogglestock (district X07000002)") in found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tn343jn", "TN34 3JN"), ("TN34-3JN", "TN34 3JN"), ("TN 34 3JN", "TN34 3JN"), ("TN34 1", "TN34 1"),
        ("TN341", "TN34 1"), ("TN343J", "TN34 3J"), ("TN34", "TN34"), ("TN3 4", "TN3 4"), ("n11aa", "N1 1AA"),
        ("TN34 3JNN", ""), ("Castle 1", ""), ("E07000062", ""), ("Hove", ""),
    ],
)  # fmt: skip
def test_a_postcode_is_read_in_any_writing_and_a_name_is_none(written: str, read: str) -> None:
    assert read_as_postcode(written) == read


def test_part_of_a_postcode_and_a_letter_for_a_digit_lead_to_what_is_here(
    demo_client: TestClient,
) -> None:
    part = text_of(demo_client.get("/search?q=XB2+8").text)
    assert "XB2 8 is the start of " in part
    # XB2 8AA is kept; the eight is written as the letter that looks like it.
    meant = demo_client.get("/search?q=XB2+BAA").text
    assert '<a href="/search?q=XB2%208AA">XB2 8AA</a>: a letter for a digit' in meant


def test_places_of_one_name_are_counted_first_and_more_than_are_listed_are_not(
    demo_client: TestClient,
) -> None:
    some = demo_client.get("/search?q=hoggle").text
    listed = some[some.index("<h2>Areas") : some.index("<footer")].count("<li>")
    assert listed > 1
    told = text_of(some)
    assert f"{listed} places go by “hoggle”: choose one." in told or (
        "The first" in told and listed >= 40
    )
    # Every name of the county has an e: more than are listed.
    assert "write more of the name to find others" in text_of(demo_client.get("/search?q=e").text)
