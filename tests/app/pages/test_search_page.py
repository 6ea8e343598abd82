"""The page of a postcode: what is near a border says so, also where nobody is beyond it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.rendering import render
from app.pages.search_view import Found, once
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
