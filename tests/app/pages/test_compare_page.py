"""The pages of comparisons and of a board's check over the demo county, as a browser without JavaScript reads them."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from app.pages.compare_places_view import _sentence
from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import read, text_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.support.page_figures import Walk

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
    first = page.split('</svg>\n<div id="map"')[0]
    shapes = re.findall(r'<path data-code="([^"]+)" fill="([^"]+)"', first)
    rows = re.findall(r'<tr data-code="([^"]+)"', page)
    assert [code for code, _ in shapes] == rows
    assert len(rows) == counts["kept"] + counts["added"] + counts["dropped"]
    outcomes = sum(counts[kind] > 0 for kind in ("kept", "added", "dropped"))
    assert len({fill for _, fill in shapes}) == outcomes >= 2
    # each list by itself: what it kept, and what only it holds, in the same order and colours
    both = dict(shapes)
    outcome_of = dict(re.findall(r'<tr data-code="([^"]+)">.*?</td><td>(kept|added|dropped)', page))
    sides = re.findall(r'<figure><div class="mapbox">(.*?)</figure>', page, re.DOTALL)
    for drawn, gone in zip(sides, ("added", "dropped"), strict=True):
        alone = re.findall(r'<path data-code="([^"]+)" fill="([^"]+)"', drawn)
        assert alone == [(code, both[code]) for code in rows if outcome_of[code] != gone]
        assert f"{len(alone)} small area" in text_of(drawn)


def test_the_downloads_of_a_comparison_are_of_the_same_lists(demo_client: TestClient) -> None:
    page = read(demo_client, f"{LISTS}&worst=20")
    links = [
        link.replace("&amp;", "&") for link in re.findall(r'href="(/api/v1/compare[^"]+)"', page)
    ]
    assert len(links) == 4
    rows = demo_client.get(links[1]).text.splitlines()
    assert len(rows) - 1 == page.count("<tr data-code=")


PLACES = f"place=partnerships/{DEMO_SLUG}&place=X07000002&place="


@pytest.fixture(scope="module")
def side_by_side(demo_client: TestClient) -> tuple[str, dict[str, Any]]:
    """The page of a partnership beside one of its councils, and the API's answer to the same."""
    page = read(demo_client, f"/compare?{PLACES}")
    return page, demo_client.get(f"/api/v1/compare-places?{PLACES}").json()


def test_places_of_two_kinds_stand_side_by_side_and_the_difference_is_the_second_less_the_first(
    side_by_side: tuple[str, dict[str, Any]],
) -> None:
    page, body = side_by_side
    rows = re.findall(r'<tr data-n="\d+"><th scope="row">([^<]+)</th>(.*?)</tr>', page)
    told = [row["title"] for row in body["rows"]]
    assert [title for title, _ in rows][: len(told)] == told
    assert len(told) >= 25
    people = body["rows"][0]
    first, second = (one["value"] for one in people["values"])
    assert people["difference"] == second - first < 0
    cells = re.findall(r'<td class="num">(.*?)</td>', rows[0][1])
    assert text_of(cells[0]).strip() == f"{first:,}"
    assert text_of(cells[2]).strip() == f"\u2212{first - second:,}"
    for row in body["rows"]:
        values = [one["value"] for one in row["values"]]
        known = None not in values
        assert row["difference"] == (round(values[1] - values[0], 6) if known else None)
        assert all(one["reason"] for one in row["values"] if one["value"] is None)


def test_both_maps_have_one_key_and_every_shape_has_its_row(
    side_by_side: tuple[str, dict[str, Any]],
) -> None:
    page, body = side_by_side
    assert page.count('class="mapkey"') == 1
    shapes = re.findall(r'<path data-code="([^"]+)" fill="[^"]+"', page)
    assert shapes == re.findall(r'<tr data-code="([^"]+)"', page)
    assert len(shapes) == sum(one["ground"]["areas"] for one in body["places"])
    counts = [int(n) for n in re.findall(r'<span class="count">\((\d+)\)', page)]
    assert sum(counts) == len(shapes)


def test_each_number_is_the_formula_of_its_receipt_on_the_rows_that_it_names(
    demo_client: TestClient, side_by_side: tuple[str, dict[str, Any]]
) -> None:
    _, body = side_by_side
    for row in body["rows"]:
        if row["title"].startswith(("People", "Overall deprivation: share")):
            for told in row["values"]:
                rows = table(demo_client, told["receipt"]["rows"])
                worst = row["unit"] == "share"
                of = told["receipt"]["constants"]["areas ranked"]
                whole = sum(float(r["residents"]) * float(r["share"]) for r in rows)
                part = sum(
                    float(r["residents"]) * float(r["share"])
                    for r in rows if 10 * int(float(r["rank"])) <= of
                )  # fmt: skip
                assert told["value"] == pytest.approx(part / whole if worst else whole, abs=1e-6)
    money = [row for row in body["rows"] if row["unit"] == "pence"]
    assert len(money) == 3
    for row in money:
        for told in row["values"]:
            if told["value"] is None:
                assert told["reason"] == "told of a partnership alone, by its ledger"
                continue
            rows = table(demo_client, told["receipt"]["rows"])
            own = [int(r["amount_pence"]) for r in rows if r["certainty"] == row["certainty"]]
            assert told["value"] == sum(own)
    assert any(told["value"] for row in money for told in row["values"])
    # only a partnership's own ledger tells of money for the whole of it
    assert [told["value"] is None for told in money[2]["values"]] == [False, True]


def test_the_sources_are_those_of_what_stands_on_the_page_and_no_others(
    side_by_side: tuple[str, dict[str, Any]],
) -> None:
    page, body = side_by_side
    listed = re.findall(r"<li>(.*?)</li>", page.split('<ul class="credits">')[1].split("</ul>")[0])
    named = {html.unescape(line) for line in listed}
    receipts = [
        told["receipt"] for row in body["rows"] for told in row["values"] if told["receipt"]
    ]
    figures = {each["attribution"] for each in receipts if each["attribution"]}
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", page))
    for line in named:
        assert (
            line in figures or any(line in each for each in figures) or line.split()[0] in drawn
        ), line
    assert all(any(line in each for line in named) for each in figures)
    assert len(named) == len(listed)


def table(client: TestClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_downloads_of_places_hold_the_figures_of_the_page(
    demo_client: TestClient, side_by_side: tuple[str, dict[str, Any]]
) -> None:
    page, body = side_by_side
    links = dict.fromkeys(re.findall(r'href="(/api/v1/compare-places[.?][^"]+)"', page))
    as_json, as_csv, as_book = (html.unescape(link) for link in links)
    assert demo_client.get(as_json).json() == body
    rows = table(demo_client, as_csv)
    values = [told["value"] for row in body["rows"] for told in row["values"]]
    assert [float(row["value"]) if row["value"] else None for row in rows] == values
    book = openpyxl.load_workbook(io.BytesIO(demo_client.get(as_book).content), read_only=True)
    assert {"side_by_side", "figures", "small_areas", "money"} <= set(book.sheetnames)


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ([f"partnerships/{DEMO_SLUG}"], "choose 2 to 4 places, not 1"),
        (["X07000001", "X07000002", "X07000003", "X07000004", "X07000005"], "not 5"),
        ([f"partnerships/{DEMO_SLUG}", "partnerships/nobody"], "nobody"),
        ([f"partnerships/{DEMO_SLUG}", "neighbourhoods/<b>nobody"], "nobody"),
        (["X07000002,X07000001", " x07000001; X07000002"], "asked for twice"),
        (["X07000001", "W06000015"], "W06000015 is of Wales"),
        (["X07000001", "E07000062"], "E07000062"), (["X07000001", "x/y"], "partnerships/SLUG"),
    ],
    ids=["one", "five", "unknown", "hostile", "twice", "Wales", "two worlds", "badly written"],
)  # fmt: skip
def test_places_that_cannot_be_compared_are_one_400_that_names_them(
    demo_client: TestClient, places: list[str], named: str
) -> None:
    answer = demo_client.get("/api/v1/compare-places", params={"place": places})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/places-not-comparable"
    assert named in answer.json()["detail"]
    if len(places) == 1:
        return  # the page takes one place for a beginning
    page = demo_client.get("/compare", params={"place": places}, headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert named in text_of(page.text)
    assert "<b>" not in page.text.split("<main")[1]


def test_a_bare_slug_is_a_partnership_and_a_bare_code_an_area(demo_client: TestClient) -> None:
    """As an address bar has them; what looks like an area's own slug stays an area."""
    bare = demo_client.get(f"/api/v1/compare-places?place={DEMO_SLUG.upper()}&place=X07000002")
    full = demo_client.get(f"/api/v1/compare-places?{PLACES}")
    assert bare.status_code == 200
    assert bare.json()["places"] == full.json()["places"]
    area = demo_client.get(f"/api/v1/compare-places?place={DEMO_SLUG}&place=lad-15ub")
    assert area.status_code == 400
    assert "no area here has the code lad-15ub" in area.json()["detail"]


def test_a_place_that_the_form_begins_with_is_chosen_and_nothing_is_compared(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, f"/compare?first=partnerships/{DEMO_SLUG}")
    assert f'<option value="partnerships/{DEMO_SLUG}" selected>' in page
    assert "<figure>" not in page


def test_one_place_is_a_beginning_and_a_bare_slug_may_be_a_neighbourhoods(walked: Walk) -> None:
    page = walked.client.get("/compare?place=quarter")
    assert page.status_code == 200
    assert '<option value="neighbourhoods/quarter" selected>' in page.text
    assert "One place is chosen: choose another" in text_of(page.text)
    none = walked.client.get("/compare?place=nobody", headers={"Accept": "text/html"})
    assert none.status_code == 400
    assert "there is no partnership &#39;nobody&#39;" in none.text
    both = walked.client.get(f"/api/v1/compare-places?place=quarter&place={DEMO_SLUG}").json()
    assert [one["kind"] for one in both["places"]] == ["neighbourhood", "partnership"]
    twice = walked.client.get("/api/v1/compare-places?place=quarter&place=neighbourhoods/quarter")
    assert twice.status_code == 400
    assert "neighbourhoods/quarter is asked for twice" in twice.json()["detail"]


def test_places_that_are_alike_are_said_to_be() -> None:
    def said(*shares: float) -> str:
        places = [{"title": title} for title in "ABCD"[: len(shares)]]
        row = {"unit": "share", "measure": "imd", "values": [{"value": share} for share in shares]}
        return _sentence({"index": {"title": "Index"}, "places": places, "rows": [row]})

    tenth = "in the most deprived tenth of small areas by the Index"
    assert said(0.0, 0.0) == f"A and B are alike in this: in both, nobody lives {tenth}."
    assert said(1, 1, 1) == f"A, B and C are alike in this: in all 3, everybody lives {tenth}."
    assert said(0.25, 0.25) == f"A and B are alike in this: in both, 25.00% of people live {tenth}."
    assert said(0.25, 0) == f"Share of people {tenth}: A 25.00%; B none."


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
        (f"/compare?partnership={DEMO_SLUG}&worst=0", 422),
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


def test_each_side_s_live_map_holds_the_shapes_that_its_picture_shows(
    demo_client: TestClient,
) -> None:
    place = f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002"
    for address, count in ((LISTS, 2), (place, 2)):
        page = read(demo_client, address)
        figures = re.findall(
            r'<figure><div class="mapbox">(.*?)<div class="pairmap" hidden data-geojson="([^"]+)"', page, re.DOTALL
        )  # fmt: skip
        assert len(figures) == count
        for drawn, data in figures:
            shapes = dict(re.findall(r'<path data-code="([^"]+)" fill="([^"]+)"', drawn))
            live = demo_client.get(html.unescape(data)).json()["features"]
            own = {
                each["properties"]["code"]: each["properties"]["style"]["fillColor"]
                for each in live
                if each["properties"]["role"] == "choropleth"
            }
            assert own == shapes
            assert own
    assert demo_client.get("/compare/place.geojson?place=no-such-place").status_code == 404
    assert demo_client.get(f"{LISTS.replace('?', '/map.geojson?')}&side=left").status_code == 422
