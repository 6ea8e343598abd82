"""What only a browser can tell: the live map, the keyboard, accessibility, print, and that nothing leaves the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from app.places.demo import DEMO_SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

PLACE = f"/partnerships/{DEMO_SLUG}"
READY = '#map[data-ready="true"]'
AREAS = "#map path[data-code]"
Open = Callable[..., Any]


def wait_for_map(page: Page) -> None:
    page.wait_for_selector(READY)


@pytest.fixture(scope="module")
def place_at(demo_server: str, windows: Any, watched: Callable[..., Any]) -> Iterator[Open]:
    """The place with its live map, loaded once for each width; a test leaves it as it found it."""
    loaded: dict[int, Any] = {}

    def at(width: int) -> Any:
        if width not in loaded:
            loaded[width] = seen = watched(windows[True], demo_server + PLACE, width)
            wait_for_map(seen.page)
        return loaded[width]

    yield at
    for seen in loaded.values():
        seen.page.close()


def test_the_live_map_shows_every_row_of_the_tables_in_three_fills_or_more(
    place_at: Open,
) -> None:
    seen = place_at(1280)
    codes = seen.page.eval_on_selector_all(AREAS, "all => all.map(e => e.dataset.code)")
    rows = seen.page.eval_on_selector_all("tr[data-code]", "all => all.map(e => e.dataset.code)")
    assert len(rows) == 92
    assert sorted(codes) == sorted(rows)
    fills = seen.page.eval_on_selector_all(AREAS, "all => all.map(e => e.getAttribute('fill'))")
    assert len(set(fills)) >= 3
    assert seen.elsewhere == []
    assert seen.messages == []


def test_the_map_comes_with_the_pages_other_files_and_once(place_at: Open) -> None:
    asked = place_at(1280).page.evaluate(
        "performance.getEntriesByType('resource').filter(r => r.name.includes('/map.topojson'))"
        ".map(r => [r.initiatorType, r.startTime < performance.getEntriesByType('navigation')[0].domInteractive])"
    )
    # By the page's own link, and not by its script: that runs when all of the page has come.
    assert asked == [["link", True]]


def test_a_click_on_an_area_names_it_and_marks_its_row(place_at: Open) -> None:
    page = place_at(1280).page
    code = page.locator("tr[data-code]").first.get_attribute("data-code")
    name = page.locator("tr[data-code] a").first.inner_text()
    # The middle of a shape may lie under a number: the event is sent to the shape itself.
    page.dispatch_event(f'{AREAS}[data-code="{code}"]', "click")
    assert name in page.locator("#detail").inner_text()
    assert "National rank" in page.locator("#detail").inner_text()
    assert page.locator("tr.chosen").get_attribute("data-code") == code


def test_from_a_postcode_to_the_money_table_takes_at_most_25_keys(
    demo_server: str, open_page: Open
) -> None:
    page = open_page(demo_server + "/").page
    keys = 0

    def press(*several: str) -> None:
        nonlocal keys
        for key in several:
            page.keyboard.press(key)
            keys += 1

    press("Tab", "Enter", "Tab")  # past the header, into the search box
    assert page.evaluate("document.activeElement.id") == "q"
    press(*"XB28AA")
    with page.expect_navigation():
        press("Enter")
    press("Tab", "Enter", "Tab", "Tab", "Tab")
    assert page.evaluate("document.activeElement.textContent") == "Priority areas of Hogglestock"
    with page.expect_navigation():
        press("Enter")
    press("Tab", "Enter", "Tab", "Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the money"
    press("Enter", "Tab")
    table = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(table) == "Where the money goes"
    assert page.locator("[aria-label='Where the money goes']").inner_text().count("£") == 8
    assert keys <= 25


def test_arrow_keys_walk_from_area_to_area_and_enter_chooses(
    demo_server: str, open_page: Open
) -> None:
    page = open_page(demo_server + f"{PLACE}/priorities").page
    wait_for_map(page)
    page.locator(f'{AREAS}[tabindex="0"]').focus()
    first = page.evaluate("document.activeElement.dataset.code")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.dataset.code") != first:
            break
    reached = page.evaluate("document.activeElement.dataset.code")
    assert reached not in {None, first}
    assert page.locator(f'{AREAS}[tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    assert page.locator("tr.chosen").get_attribute("data-code") == reached
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "map"


def test_councils_are_ticked_and_the_address_holds_the_view(
    demo_server: str, open_page: Open
) -> None:
    page = open_page(demo_server + "/", scripts=False).page
    page.check("#council-X07000002")
    page.check("#council-X07000006")
    page.click("text=Show the ticked councils together")
    assert "councils=X07000002&councils=X07000006" in page.url
    assert "17 of 92 small areas" in page.locator("[role=status]").first.inner_text()
    page.uncheck("#c-X07000006")
    page.select_option("#worst", "20")
    page.click("text=Update")
    assert "councils=X07000006" not in page.url
    assert "worst=20" in page.url
    assert "of 62 small areas" in page.locator("[role=status]").first.inner_text()


def test_without_scripts_the_picture_and_every_figure_are_there(
    demo_server: str, open_page: Open
) -> None:
    seen = open_page(demo_server + PLACE, scripts=False)
    assert seen.page.locator("svg.mapsvg path[data-code]").count() == 92
    assert seen.page.locator("svg.mapsvg").is_visible()
    assert not seen.page.locator("#map").is_visible()
    assert seen.page.locator("tr[data-code]").count() == 92
    assert seen.elsewhere == []


def test_the_folium_map_draws_every_area_under_its_strict_policy(
    demo_server: str, open_page: Open
) -> None:
    seen = open_page(demo_server + f"{PLACE}/map")
    seen.page.wait_for_selector(".folium-map path[data-code]")
    assert seen.page.locator(".folium-map path[data-code]").count() == 92
    assert seen.page.locator("tr[data-code]").count() == 92
    assert (seen.elsewhere, seen.messages) == ([], [])


def test_in_print_the_picture_stands_and_forms_and_controls_do_not(
    place_at: Open,
) -> None:
    page = place_at(1280).page
    assert not page.locator("svg.mapsvg").is_visible()
    page.emulate_media(media="print")
    assert page.locator("svg.mapsvg").is_visible()
    assert not page.locator("#map").is_visible()
    assert not page.locator("form.rule").is_visible()
    assert page.locator("[aria-label='Where the money goes']").is_visible()
    page.emulate_media(media="screen")


def test_hostile_names_stay_text_in_the_page_the_live_map_and_the_folium_map(
    hostile_server: str, open_page: Open
) -> None:
    for address in (PLACE, f"{PLACE}/map"):
        seen = open_page(hostile_server + address)
        page = seen.page
        page.wait_for_selector("path.leaflet-interactive[data-code]")
        area = page.locator("path.leaflet-interactive[data-code]").first
        area.dispatch_event("mouseover")
        area.dispatch_event("click")
        page.wait_for_selector("#detail:not([hidden])")
        assert "<img src=x" in page.locator("#detail").inner_text()
        assert page.locator("img[src='x']").count() == 0
        assert page.title() != "owned"
        assert seen.messages == []


NAMES = ".placelabel, .contextlabel"


@pytest.mark.parametrize("width", [1280, 360])
def test_no_name_on_the_map_stands_under_a_control_or_over_the_edge(
    place_at: Open, width: int
) -> None:
    page = place_at(width).page
    for view in ("Whole place", "Priority areas"):
        page.get_by_role("button", name=view).click()
        page.wait_for_timeout(400)
        frame = page.locator("#map").bounding_box()
        controls = [one.bounding_box() for one in page.locator("#map .leaflet-control").all()]
        names = page.locator(NAMES).all()
        if view == "Whole place" and width == 1280:
            assert names
        for name in names:
            box = name.bounding_box()
            assert frame["x"] - 1 <= box["x"]
            assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
            assert frame["y"] - 1 <= box["y"]
            assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
            for control in controls:
                apart = (
                    box["x"] + box["width"] <= control["x"] + 1
                    or control["x"] + control["width"] <= box["x"] + 1
                    or box["y"] + box["height"] <= control["y"] + 1
                    or control["y"] + control["height"] <= box["y"] + 1
                )
                assert apart, name.inner_text()


def test_a_number_moved_away_from_its_ground_is_led_back_to_it(
    place_at: Open,
) -> None:
    page = place_at(360).page
    page.get_by_role("button", name="Whole place").click()
    page.wait_for_timeout(400)
    assert page.locator("#map path.leader").count() >= 1
    assert page.locator("#map .maplabel").count() >= 6


def test_pieces_that_a_partnership_takes_in_bear_the_numbers_of_their_table(
    demo_server: str, open_page: Open
) -> None:
    ground = f"{demo_server}/partnerships/plumstead-vale/ground"
    for scripts in (True, False):
        page = open_page(ground, scripts=scripts).page
        if scripts:
            page.wait_for_selector('#map[data-ready="true"]')
            page.wait_for_selector("#map .maplabel")
        numbers = page.locator("#misaligned .maplabel").all_text_contents()
        shown = page.locator("#map .maplabel" if scripts else "svg.mapsvg .maplabel text")
        assert sorted(shown.all_text_contents()) == sorted(numbers)
        assert len(numbers) == 5
