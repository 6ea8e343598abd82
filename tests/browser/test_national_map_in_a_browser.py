"""The start page's map of all councils: tiles in the place of the picture, and the picture where they fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow
Open = Callable[..., Any]
HOSTILE = "<img src=x onerror=alert(1)> {{7*7}}"


def test_the_tiles_take_the_pictures_place_and_enter_says_what_is_in_the_middle(
    demo_server: str, open_page: Open
) -> None:
    watched = open_page(f"{demo_server}/")
    page = watched.page
    # The look-up's answer in its own shape; the service keeps a connection for it that this server never closes.
    page.route(
        "**/api/v1/lookup/point?lon=*&lat=*",
        lambda route: route.fulfill(
            json={"areas": [{"type": "lad", "code": "X06000001", "name": HOSTILE}]}
        ),
    )
    councils = page.locator("svg.mapsvg path[data-code]").count()
    assert councils == page.locator("input[name=councils]").count() > 1
    page.locator(".mapbox").scroll_into_view_if_needed()
    page.wait_for_selector('#map[data-ready="true"]')
    assert page.locator(".mapbox > svg.mapsvg").is_hidden()
    page.get_by_role("button", name="Small areas").click()
    assert page.locator('[data-key="close"]').is_visible()
    assert page.locator('[data-key="afar"]').is_hidden()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(r => r.name.includes('/lsoa/tiles/'))"
    )
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#detail li a")
    assert page.locator("#detail a[href='/areas/X06000001']").inner_text() == HOSTILE
    assert _painted(page) > 0.02
    from axe_playwright_python.sync_playwright import Axe

    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        told = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in told] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.elsewhere == []
    assert watched.messages == []


def _painted(page: Any) -> float:
    """Say which share of the tiles' pixels is painted."""
    share: float = page.evaluate(
        """() => { let all = 0, painted = 0;
        document.querySelectorAll('#map canvas').forEach(c => {
          const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          for (let at = 3; at < pixels.length; at += 4) { all += 1; if (pixels[at]) painted += 1; }
        }); return painted / all; }"""
    )
    return share


@pytest.mark.parametrize("lost", ["**/ogc/**", "**/protomaps-leaflet*"])
def test_when_tiles_or_library_fail_the_picture_stays_and_a_line_says_so(
    demo_server: str, open_page: Open, lost: str
) -> None:
    watched = open_page("about:blank")
    page = watched.page
    page.route(lost, lambda route: route.abort())
    page.goto(f"{demo_server}/")
    page.locator(".mapbox").scroll_into_view_if_needed()
    page.wait_for_selector("#map-status.warning")
    assert "could not be loaded" in page.locator("#map-status").inner_text()
    assert page.locator(".mapbox > svg.mapsvg").is_visible()
    assert page.locator("#map").is_hidden()
