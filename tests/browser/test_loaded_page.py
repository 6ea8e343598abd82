"""The page of what is loaded in a browser: every list open, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.sources.catalogue import catalogue

pytestmark = pytest.mark.slow

Open = Callable[..., Any]


def test_every_table_has_a_caption_and_its_headings_say_their_columns(
    demo_server: str, open_page: Open
) -> None:
    page = open_page(demo_server + "/data").page
    assert page.locator("details").count() >= 9
    bare = page.evaluate(
        "[...document.querySelectorAll('table')].filter(t => !t.caption ||"
        " [...t.tHead.querySelectorAll('th')].some(th => th.scope !== 'col')).length"
    )
    assert bare == 0


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
