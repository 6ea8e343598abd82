"""Every page in a real browser: no rule of accessibility broken, nothing from elsewhere, a strict policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access.actions import create_token
from tests.browser.looking import BROAD, DAILY, PLACE, SIGNED_IN, is_strict, look_over

pytestmark = pytest.mark.slow

Open = Callable[..., Any]


@pytest.mark.parametrize("address", DAILY)
def test_one_page_of_each_kind_is_without_fault(
    demo_server: str, open_page: Open, address: str
) -> None:
    seen = open_page(demo_server + address)
    assert is_strict(seen.headers)
    assert look_over(seen, address) == []


@pytest.mark.national
@pytest.mark.parametrize("address", BROAD)
def test_every_page_in_every_state_is_without_fault(
    demo_server: str, open_page: Open, address: str
) -> None:
    seen = open_page(demo_server + address)
    assert is_strict(seen.headers)
    assert look_over(seen, address, unfold=True) == []


@pytest.fixture(scope="module")
def signed_in(demo_engine: Engine, demo_server: str, browser: Any) -> Iterator[Any]:
    """A window in which an administrator has signed in."""
    with Session(demo_engine) as session:
        token = create_token(session, "administrator", None, "a test")
        session.commit()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{demo_server}/sign-in")
    page.fill("input[name=token]", token.secret)
    page.click("main button")
    page.wait_for_url("**/desk")
    yield context
    context.close()


@pytest.mark.national
@pytest.mark.parametrize("address", SIGNED_IN)
def test_every_page_of_an_editor_is_without_fault(
    demo_server: str, signed_in: Any, watched: Callable[..., Any], address: str
) -> None:
    seen = watched(signed_in, demo_server + address)
    assert is_strict(seen.headers)
    assert look_over(seen, address, unfold=True) == []
    seen.page.close()


@pytest.mark.national
@pytest.mark.parametrize(
    "address", [PLACE, f"{PLACE}/map", *(one for one in BROAD if one.startswith(PLACE))]
)
def test_hostile_names_are_words_on_every_page_of_a_place(
    hostile_server: str, open_page: Open, address: str
) -> None:
    seen = open_page(hostile_server + address)
    page = seen.page
    assert look_over(seen, address, unfold=True) == []
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("script:not([src]):not([nonce])").count() == 0
    # Braces are no template's: 7 * 7 is not worked out.
    assert "{{7*7}}" in page.locator("main").inner_text() or "?" in address


@pytest.mark.national
def test_a_page_whose_script_fails_half_way_keeps_its_picture(
    demo_server: str, open_page: Open
) -> None:
    seen = open_page("about:blank")
    page = seen.page
    # The map's own file breaks off in its middle, as half a download does.
    page.route(
        "**/map.js*",
        lambda route: route.fulfill(
            content_type="text/javascript", body=route.fetch().text()[:3000]
        ),
    )
    page.goto(demo_server + PLACE)
    page.wait_for_load_state("networkidle")
    assert page.locator("svg.mapsvg").is_visible()
    assert page.locator("#map").is_hidden()
    assert page.locator("tr[data-code]").count() == 92
