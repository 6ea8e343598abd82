"""The builder by keyboard, one page loaded once: areas on the map, the count, the words, a file that is too large."""

from __future__ import annotations

import re

import pytest

from app.places.demo import DEMO_SLUG
from tests.browser.test_place_in_a_browser import Open, wait_for_map

pytestmark = pytest.mark.slow


def test_a_neighbourhood_is_chosen_on_the_map_by_keyboard_and_the_words_follow(
    demo_server: str, open_page: Open
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = open_page(f"{demo_server}/partnerships/{DEMO_SLUG}/build")
    page = seen.page
    wait_for_map(page)
    page.wait_for_selector("form[data-ready]")
    page.locator("#map").focus()
    page.keyboard.press("Tab")
    here = "document.activeElement"
    first = page.evaluate(f"{here}.dataset.code")
    assert "Not chosen" in page.evaluate(f"{here}.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#build-count [data-packed]:has-text('1 small area:')")
    label = page.evaluate(f"{here}.getAttribute('aria-label')")
    assert "Chosen" in label
    assert "Not chosen" not in label
    assert page.evaluate(f"{here}.getAttribute('aria-pressed')") == "true"
    assert page.locator(f"#a-{first}").is_checked()
    assert page.locator("#detail .areaband").inner_text() == "Chosen"
    assert "(1)" in page.locator(".mapkey .count").first.inner_text()
    name = page.locator("#detail .areaname").inner_text()
    # named on the map: what is chosen does not hang on colour
    page.wait_for_function(
        "name => [...document.querySelectorAll('.placelabel')].some(one => one.textContent === name)", arg=name
    )  # fmt: skip
    assert "chosen=" in page.url
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
        if page.evaluate(f"{here}.dataset.code") != first:
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#build-count [data-packed]:has-text('2 small areas:')")
    page.locator(f"#a-{first}").focus()
    page.keyboard.press("Space")
    page.wait_for_selector("#build-count [data-packed]:has-text('1 small area:')")
    told = page.locator(f"path.leaflet-interactive[data-code='{first}']").get_attribute(
        "aria-label"
    )
    assert "Not chosen" in str(told)
    great = {
        "name": "great.geojson",
        "mimeType": "application/geo+json",
        "buffer": b" " * 20_000_000,
    }
    # dropped anywhere on the page, it neither takes the page's place nor is sent
    dropped = """() => { const moved = new DataTransfer();
      moved.items.add(new File([new Uint8Array(20e6)], 'great.csv'));
      const drop = new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: moved});
      document.querySelector('.mapbox').dispatchEvent(drop);
      return drop.defaultPrevented; }"""
    assert page.evaluate(dropped)
    assert re.search(
        r"20,000,000 bytes; at most\s2,000,000", page.locator("#file-told").inner_text()
    )
    assert (
        page.locator("#build-sum").inner_text() == page.locator("#build-count .lead").inner_text()
    )
    page.set_input_files("#file", great)
    assert re.search(
        r"20,000,000 bytes; at most\s10,000,000", page.locator("#file-told").inner_text()
    )
    assert page.evaluate("document.getElementById('file').files.length") == 0
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert (seen.elsewhere, seen.messages) == ([], [])
