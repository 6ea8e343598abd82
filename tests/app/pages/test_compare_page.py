"""The pages of comparisons and of a board's check over the demo county, as a browser without JavaScript reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import read, text_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

LISTS = f"/compare?partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo"


def test_two_lists_are_told_in_areas_and_people_and_every_shape_has_its_row(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, LISTS)
    asked = {"partnership": DEMO_SLUG, "index": "imd-2019-demo", "against": "imd-2025-demo"}
    counts = demo_client.get("/api/v1/compare-designations", params=asked).json()["counts"]
    said = text_of(page)
    told = f"{counts['kept']} kept, {counts['added']} added, {counts['dropped']} dropped"
    assert told in said
    shapes = re.findall(r'<path data-code="([^"]+)" fill="([^"]+)"', page)
    rows = re.findall(r'<tr data-code="([^"]+)"', page)
    assert [code for code, _ in shapes] == rows
    assert len(rows) == counts["kept"] + counts["added"] + counts["dropped"]
    outcomes = sum(counts[kind] > 0 for kind in ("kept", "added", "dropped"))
    assert len({fill for _, fill in shapes}) == outcomes >= 2


def test_the_downloads_of_a_comparison_are_of_the_same_lists(demo_client: TestClient) -> None:
    page = read(demo_client, f"{LISTS}&worst=20")
    links = [
        link.replace("&amp;", "&") for link in re.findall(r'href="(/api/v1/compare[^"]+)"', page)
    ]
    assert len(links) == 4
    rows = demo_client.get(links[1]).text.splitlines()
    assert len(rows) - 1 == page.count("<tr data-code=")


def test_places_stand_side_by_side_and_an_empty_choice_is_no_place(demo_client: TestClient) -> None:
    one = f"partnerships/{DEMO_SLUG}"
    page = read(demo_client, f"/compare?place={one}&place={one}&place=")
    table = page.split('aria-label="Side by side"')[1].split("</table>")[0]
    assert table.count(f'href="/{one}/profile"') == 2
    # the same place twice differs in nothing
    differences = re.findall(r'<td class="num">([^<]*)</td></tr>', table)
    assert len(differences) == 25
    assert {re.sub(r"[.,%0]", "", words) for words in differences} == {""}


def test_the_forms_offer_what_there_is(demo_client: TestClient) -> None:
    page = read(demo_client, "/compare")
    assert f'<option value="{DEMO_SLUG}">' in page
    assert f'<option value="partnerships/{DEMO_SLUG}">' in page
    assert '<option value="imd-2025-demo">' in page


def test_a_boundary_of_codes_is_checked_on_its_page(demo_client: TestClient) -> None:
    codes = demo_client.get(
        "/api/v1/designate",
        params={"partnership": DEMO_SLUG, "index": "imd-2025-demo", "perturb": "none"},
    ).json()["areas"][:3]
    listed = "%0A".join(area["code"] for area in codes)
    said = text_of(read(demo_client, f"/board-check?codes={listed}&people_min=1&people_max=99999"))
    assert "People in the band met" in said
    # no programme of the demo county has a default area
    assert "No default area is known for this ground." in said
    assert "100.00%" in said


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/compare?place=x&place=y", 422), (f"/compare?partnership={DEMO_SLUG}&worst=0", 422),
        ("/compare?partnership=nobody", 404), ("/compare?designation=a&against_designation=b", 404),
        ("/board-check?codes=%3Cb%3E", 404), ("/board-check?codes=X01000001&people_min=9&people_max=1", 422),
        ("/board-check?neighbourhood=nobody", 404), ("/neighbourhoods/nobody", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_or_checked_is_told_as_a_page(
    demo_client: TestClient, address: str, status: int
) -> None:
    page = read(demo_client, address, status)
    assert "<b>" not in page.split("<main")[1]
