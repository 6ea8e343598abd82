"""The page of what is loaded in a browser: every list open, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.sources.catalogue import catalogue

pytestmark = pytest.mark.slow

Open = Callable[..., Any]


def test_with_every_list_open_no_rule_of_accessibility_is_broken_and_nothing_scrolls_sideways(
    demo_server: str, open_page: Open
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = open_page(demo_server + "/data")
    opened = seen.page.evaluate(
        "() => { const all = [...document.querySelectorAll('details')];"
        " all.forEach(one => { one.open = true; }); return all.length }"
    )
    assert opened >= 9
    for width in (1280, 360):
        seen.page.set_viewport_size({"width": width, "height": 900})
        told = Axe().run(seen.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in told] == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    bare = seen.page.evaluate(
        "[...document.querySelectorAll('table')].filter(t => !t.caption ||"
        " [...t.tHead.querySelectorAll('th')].some(th => th.scope !== 'col')).length"
    )
    assert bare == 0
    assert (seen.elsewhere, seen.messages) == ([], [])


def test_the_catalogue_opens_by_keyboard_without_scripts(demo_server: str, open_page: Open) -> None:
    page = open_page(demo_server + "/data", scripts=False, width=390).page
    row = page.locator("tr", has=page.get_by_text("lad-2025-05-bgc", exact=True))
    assert not row.is_visible()
    page.locator("summary", has_text="Boundaries:").focus()
    page.keyboard.press("Enter")
    assert row.is_visible()
    assert "Office for National Statistics" in row.inner_text()
    assert "never fetched" in row.inner_text()
    row.locator("a", has_text="Open Government Licence").click()
    assert page.url.rpartition("#")[2].startswith("credit-")
    target = page.locator(f"#{page.url.rpartition('#')[2]}")
    assert catalogue()["lad-2025-05-bgc"].attribution in target.inner_text()
