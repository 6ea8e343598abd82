"""What leaves the screen: two pages of A4 for a board, and the map as one file that opens without a network."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.places.demo import DEMO_SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

PLACE = f"/partnerships/{DEMO_SLUG}"
HASTINGS_AND_ROTHER = "/view?councils=E07000062&councils=E07000064"
A4_POINTS = (595, 842)
READY = '#map[data-ready="true"]'
Open = Callable[..., Any]


def printed(page: Page) -> list[str]:
    """The words of each sheet, as Chromium prints the page on A4."""
    from pypdf import PdfReader

    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    for sheet in sheets:
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4_POINTS
    return [" ".join(sheet.extract_text().split()) for sheet in sheets]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_demo_partnership_prints_on_two_sheets_with_all_that_a_board_needs(
    demo_server: str, open_page: Open, scripts: bool
) -> None:
    page = open_page(demo_server + PLACE, scripts=scripts).page
    if scripts:
        page.wait_for_selector(READY)
    first, second = printed(page)
    assert "is a union of two districts, Hogglestock and St Ewold's" in first
    assert "Barsetshire is invented" in first
    assert "Most deprived 10%" in first
    assert "7 Hoggle End 1 1,395 28 none none" in first
    assert "All priority neighbourhoods 17 27,653 £844,922.37 £60,403.00" in first
    assert "15 kept, 2 added, 1 dropped" in first
    assert "Hogglestock 002A X01000129 2, Estuary 1,943 2" in second
    assert "17 priority areas 27,653" in second
    assert "Priority neighbourhoods located 14 £844,922.37" in second
    assert "Priority neighbourhoods estimated 2 £60,403.00" in second
    assert "Rest of the partnership partnership-wide 4" in second
    assert "Sources, as of " in second
    assert "CC0 1.0 (invented):" in second
    assert "There stand what is left out here: the other 75 small areas" in second
    for left_out in ("A rule of your own", "Money by grade", "Whole place", "Take it away"):
        assert left_out not in first + second


def test_a_comparison_prints_its_maps_side_by_side_on_the_first_sheet(
    demo_server: str, open_page: Open
) -> None:
    page = open_page(
        f"{demo_server}/compare?place={DEMO_SLUG}&place=X07000002&place=X07000001"
    ).page
    page.wait_for_selector('.pair[data-ready="true"]')
    first = printed(page)[0]
    assert "One key for all maps" in first
    page.emulate_media(media="print")
    one, other, third = [
        page.locator(".pair svg.mapsvg").nth(n).bounding_box() for n in range(3)
    ]  # fmt: skip
    assert one is not None
    assert other is not None
    assert third is not None
    assert (one["y"], one["x"]) == (other["y"], third["x"])
    assert one["x"] + one["width"] <= other["x"]
    # the publishers' words stand once below, and on no picture
    assert "invented county" not in "".join(page.locator(".pair svg text").all_text_contents())
    assert "invented county" in page.locator(".mapcaption").inner_text()


def test_a_neighbourhoods_theme_heads_its_table_on_the_same_sheet(
    demo_server: str, open_page: Open
) -> None:
    from pypdf import PdfReader

    page = open_page(f"{demo_server}{PLACE}/profile").page
    page.wait_for_selector(READY)
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    themes = [words for sheet in sheets if "By theme" in (words := sheet.extract_text())]
    assert len(themes) == 1
    assert "Where it stands by theme" in themes[0]


def test_hastings_and_rother_print_on_two_sheets(place_server: str, open_page: Open) -> None:
    page = open_page(place_server + HASTINGS_AND_ROTHER).page
    page.wait_for_selector(READY)
    first, second = printed(page)
    assert "Hastings and Rother is a union of two districts" in first
    assert "31,191 of 189,270 people" in first
    assert "10 Castle 2 1 1,516 2,966 none none" in first
    assert "Hastings 005A E01020972 1, Baird 2,047 147" in second
    assert "18 priority areas 31,191" in second
    assert "Priority neighbourhoods located 8 £669,995.00" in second
    assert "Open Government Licence v3.0:" in second
    # 21 small areas by the newer index: three more rows still fit
    page.goto(place_server + HASTINGS_AND_ROTHER + "&index=imd-2025")
    page.wait_for_selector(READY)
    assert len(printed(page)) == 2


def test_the_printed_map_stands_on_the_first_sheet_at_full_width_of_its_drawing(
    demo_server: str, open_page: Open
) -> None:
    page = open_page(demo_server + PLACE).page
    page.wait_for_selector(READY)
    page.emulate_media(media="print")
    box = page.locator("svg.mapsvg").bounding_box()
    # 840 by 630 px at 0.6: the drawing keeps its own layout, and so its labels keep apart
    assert (round(box["width"]), round(box["height"])) == (504, 378)
    assert page.locator("svg.mapsvg path[data-code]").count() == 92


def test_the_single_file_opens_from_a_disk_without_a_network(
    demo_server: str, browser: Browser, open_page: Open, tmp_path: Path
) -> None:
    saved = tmp_path / "map.html"
    answer = open_page(demo_server + "/").page.request.get(f"{demo_server}{PLACE}/map.html")
    saved.write_bytes(answer.body())
    context = browser.new_context(offline=True)
    page = context.new_page()
    messages: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(saved.as_uri())
    page.wait_for_selector("path.leaflet-interactive[data-code]")
    assert page.locator(".folium-map path[data-code]").count() == 92
    assert page.locator("tr[data-code]").count() == 92
    assert "£844,922.37" in page.locator("main").inner_text()
    assert messages == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def test_a_hostile_name_is_text_in_the_single_file_and_in_print(
    hostile_server: str, browser: Browser, open_page: Open, tmp_path: Path
) -> None:
    seen = open_page(hostile_server + PLACE)
    seen.page.wait_for_selector(READY)
    assert "<img src=x onerror=" in printed(seen.page)[0]
    saved = tmp_path / "map.html"
    saved.write_bytes(seen.page.request.get(f"{hostile_server}{PLACE}/map.html").body())
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(saved.as_uri())
    area = page.locator("path.leaflet-interactive[data-code]").first
    area.dispatch_event("mouseover")
    area.dispatch_event("click")
    assert "<img src=x" in page.locator("h1").inner_text()
    assert page.locator("img[src='x']").count() == 0
    assert page.title() != "owned"
    context.close()
