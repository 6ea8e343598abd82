"""Each script of the pages lost on its way, broken off in its middle, or throwing: the page serves as without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from app.places.demo import DEMO_SLUG
from boundaries.database import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.national]

Open = Callable[..., Any]
PLACE = f"/partnerships/{DEMO_SLUG}"
COMPARED = f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002"
#: where each script is at work: the page, and what its reader must still have
AT_WORK = {
    "map": (PLACE, "picture"),
    "areas": (f"{PLACE}/priorities", "picture"),
    "share": (PLACE, "words"),
    "build": (f"{PLACE}/build", "form"),
    "pair": (COMPARED, "picture"),
    "national": ("/", "picture"),
    "leaflet": (f"{PLACE}/profile", "picture"),
    "protomaps-leaflet": ("/", "picture"),
}
#: tested where they are at work: over an import that runs, and in a published folder
ELSEWHERE = {"jobs": "test_desk_in_a_browser.py", "published": "test_published_map_in_a_browser.py"}
THROWS = "throw new Error('half-way');"


def _lose(route: Route) -> None:
    route.abort()


def _break_off(route: Route) -> None:
    body = route.fetch().text()
    route.fulfill(content_type="text/javascript", body=body[: len(body) // 2])


def _throw(route: Route) -> None:
    route.fulfill(content_type="text/javascript", body=THROWS)


def _throw_at_last(route: Route) -> None:
    # The integrity that the page states is no longer its: as with a cache of another version, it is refused.
    route.fulfill(content_type="text/javascript", body=route.fetch().text() + THROWS)


WAYS = {
    "lost": _lose,
    "broken off": _break_off,
    "throwing": _throw,
    "of another version": _throw_at_last,
}


def test_every_script_is_tried() -> None:
    written = {path.stem for path in (REPOSITORY / "app" / "static").glob("*.js")}
    assert written <= {*AT_WORK, *ELSEWHERE}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("script", AT_WORK)
def test_a_page_serves_without_a_script_that_fails(
    demo_server: str, open_page: Open, script: str, way: str
) -> None:
    address, left = AT_WORK[script]
    plain = open_page(demo_server + address, scripts=False).page
    seen = open_page("about:blank")
    page, asked = seen.page, []

    def fail(route: Route) -> None:
        asked.append(route.request.url)
        WAYS[way](route)

    page.route(f"**/static/**/{script}.*js*", fail)
    page.route(f"**/static/{script}.*js*", fail)
    page.goto(demo_server + address)
    if script in {"national", "protomaps-leaflet"}:
        page.locator(".mapbox").first.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert asked, "the page never asked for it, so that nothing was tried"
    # Every word, table, link and form of the page without scripts is there.
    for what in (
        "tr",
        "table",
        "h2",
        "a[href]",
        "form",
        "input:not([type=hidden])",
        "button[type=submit]",
    ):
        assert page.locator(what).count() >= plain.locator(what).count(), what
    _still_has(page, left)


def _still_has(page: Page, left: str) -> None:
    if left == "picture":
        shown = page.locator(".mapbox > svg.mapsvg")
        assert all(one.is_visible() for one in shown.all())
        assert shown.count() >= 1
        assert page.locator("#map:visible, .pairmap:visible").count() == 0
    elif left == "words":
        assert page.locator("#share").count() == 1
        assert page.locator("[data-copy]").first.text_content()
    else:
        page.locator("form#build button").last.click()
        page.wait_for_load_state()
        assert page.locator("form#build").count() == 1


def test_a_dead_background_map_is_said_and_changes_nothing(
    basemap_server: str, open_page: Open
) -> None:
    seen = open_page("about:blank")
    page, tiles = seen.page, []

    def dead(route: Route) -> None:
        tiles.append(route.request.url)
        route.abort()

    page.route("**://tiles.invalid/**", dead)
    page.goto(basemap_server + PLACE)
    page.wait_for_selector('#map[data-ready="true"]')
    page.wait_for_selector("#map-status.warning")
    assert "Background map not available" in page.locator("#map-status").inner_text()
    assert len(tiles) >= 3
    assert (
        page.locator("#map path[data-code]").count() == page.locator("tr[data-code]").count() == 92
    )
    assert page.locator(".basemap-attribution").count() == 0
    assert page.locator(".leaflet-tile-pane img").count() == 0
    page.locator('#map path[data-code][tabindex="0"]').focus()
    page.keyboard.press("Enter")
    assert page.locator("#detail").is_visible()
    assert [
        url for url in seen.messages if "tiles.invalid" not in url and "Failed to load" not in url
    ] == []


def test_the_national_map_stands_without_its_background(
    basemap_server: str, open_page: Open
) -> None:
    page = open_page("about:blank").page
    page.route("**://tiles.invalid/**", lambda route: route.abort())
    page.goto(basemap_server + "/")
    page.locator(".mapbox").scroll_into_view_if_needed()
    page.wait_for_selector('#map[data-ready="true"]')
    page.wait_for_selector("#map-status.warning")
    assert "Background map not available" in page.locator("#map-status").inner_text()
    assert page.locator("#map").is_visible()
