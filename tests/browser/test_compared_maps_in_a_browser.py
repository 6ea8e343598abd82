"""Maps beside one another in a real browser: one scale, moved together, by keyboard; the pictures where one fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from app.places.demo import DEMO_SLUG
from tests.browser.looking import look_over
from tests.browser.test_place_in_a_browser import Open

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow
PLACES = f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002"
LISTS = f"/compare?partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo"
UP = '.pair[data-ready="true"]'
_BARS = """() => [...document.querySelectorAll('.pair .leaflet-control-scale-line')].map(
  one => one.textContent + ' ' + one.style.width)"""
_AT = """() => [...document.querySelectorAll('.pair .pairmap')].map(map => {
  const box = map.getBoundingClientRect();
  const area = map.querySelector('path[data-code="%s"]').getBoundingClientRect();
  return [Math.round(area.x - box.x), Math.round(area.y - box.y), Math.round(area.width)];
})"""


def _bars(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(_BARS)
    return found


def test_places_stand_at_one_scale_and_each_as_large_as_it_fits_when_asked(
    demo_server: str, open_page: Open
) -> None:
    seen = open_page(demo_server + PLACES)
    page = seen.page
    page.wait_for_selector(UP)
    bars = _bars(page)
    assert len(bars) == 2
    assert len(set(bars)) == 1
    page.locator(".pair .leaflet-control-zoom-in").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"before => JSON.stringify(({_BARS})()) !== before", arg=_json(bars))  # fmt: skip
    assert len(set(_bars(page))) == 1
    assert _bars(page) != bars
    page.get_by_role("button", name="Each as large as it fits").focus()
    page.keyboard.press("Enter")
    apart = _bars(page)
    assert len(set(apart)) == 2
    page.get_by_role("button", name="Same scale").focus()
    page.keyboard.press("Enter")
    assert _bars(page) == bars
    assert look_over(seen, PLACES) == []


def test_two_lists_show_one_ground_move_together_and_ring_what_is_chosen_in_either(
    demo_server: str, open_page: Open
) -> None:
    seen = open_page(demo_server + LISTS)
    page = seen.page
    page.wait_for_selector(UP)
    page.locator(".pairmap").first.focus()
    here = "() => document.activeElement.dataset.code"
    page.keyboard.press("Tab")
    code = page.evaluate(here)
    kept = page.locator(f'.pairmap path[data-code="{code}"]').count()
    assert code
    if kept < 2:  # only in the older list: take one that both hold
        code = page.evaluate(
            "() => [...document.querySelectorAll('.pairmap path[data-code]')].map(p => p.dataset.code)"
            ".find((one, n, all) => all.indexOf(one) !== n)"
        )
        page.locator(f'.pairmap path[data-code="{code}"]').first.focus()
    first, second = page.evaluate(_AT % code)
    assert first == second
    page.keyboard.press("Enter")
    assert page.locator("#detail .areaname").inner_text()
    assert page.locator(f'tr[data-code="{code}"]').get_attribute("aria-selected") == "true"
    for side in page.locator(".pairmap .leaflet-ring-pane").all():
        assert side.locator("path").count() == 2
    page.keyboard.press("Escape")
    page.keyboard.press(
        "ArrowRight"
    )  # the map itself has the keys now: it moves, and so does the other
    page.wait_for_function(
        f"before => JSON.stringify(({_AT % code})()) !== before", arg=_json([first, second])
    )
    page.wait_for_timeout(400)
    moved = page.evaluate(_AT % code)
    assert moved[0] == moved[1]
    assert look_over(seen, LISTS) == []


def _json(given: Any) -> str:
    return json.dumps(given, separators=(",", ":"))


def test_where_one_map_fails_all_pictures_stay(demo_server: str, open_page: Open) -> None:
    seen = open_page("about:blank")
    page = seen.page
    page.route("**/compare/place.geojson*X07000002*", lambda route: route.abort())
    page.goto(demo_server + PLACES)
    page.wait_for_selector(".pair + .warning")
    assert [one.is_visible() for one in page.locator(".pair svg.mapsvg").all()] == [True, True]
    assert not page.locator(".pairmap").first.is_visible()
