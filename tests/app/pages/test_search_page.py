"""The page of a postcode: what is near a border says so, also where nobody is beyond it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.pages.rendering import render
from app.pages.search_view import Found
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
