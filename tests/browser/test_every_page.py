"""Every page in a real browser: no rule of accessibility broken, nothing from elsewhere, a strict policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from app.access.actions import create_token
from app.partnerships.tables import Partnership
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from boundaries.database import REPOSITORY
from tests.browser.conftest import Watched, serve
from tests.browser.looking import (
    DAILY,
    ELSEWHERE,
    HOOD,
    HOSTILE,
    PLACE,
    TEMPLATES,
    is_strict,
    look_over,
)
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.slow

Open = Callable[..., Any]
FOLDER = REPOSITORY / "app" / "templates"
LAYOUTS = {"page", "frame", "map_page_layout"}


@pytest.mark.parametrize("address", DAILY)
def test_one_page_of_each_kind_is_without_fault(
    demo_server: str, open_page: Open, address: str
) -> None:
    seen = open_page(demo_server + address)
    assert is_strict(seen.headers)
    assert look_over(seen, address) == []


def test_every_template_of_a_page_has_its_cases() -> None:
    written = {
        path.stem for path in FOLDER.glob("*.html") if re.match(r"\{% extends |<!doctype", path.read_text("utf-8"))
    }  # fmt: skip
    assert written - LAYOUTS == {*TEMPLATES, *ELSEWHERE}
    for test in ELSEWHERE.values():
        assert re.search(
            r"look_over\(|faults\(|Axe\(", Path(__file__).with_name(test).read_text("utf-8")
        )


class Walked(NamedTuple):
    """A service over a demo county of its own, and the windows of a reader and of who has signed in."""

    address: str
    reader: BrowserContext
    editor: BrowserContext


@pytest.fixture(scope="module")
def walked(
    make_database: Callable[[str], str], demo_template: str, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Walked]:  # fmt: skip
    """The demo county with a saved neighbourhood, and a partnership of real councils of which nothing is loaded."""
    engine = open_engine(make_database(demo_template))
    with writing(engine) as session:
        token = create_token(session, "administrator", None, "a test").secret
        session.add(
            Partnership(
                slug="nothing-yet", name="Nothing yet", kind="lsp", authorities=["E07000062", "E07000064"],
                members=[], demo=False,
            )
        )  # fmt: skip
    for address in serve(engine, Settings(data_dir=tmp_path_factory.mktemp("walked"))):
        ground = {"partnership": DEMO_SLUG, "perturb": "none"}
        areas = httpx.get(f"{address}/api/v1/designate", params=ground, timeout=60).json()["areas"]
        codes = [one["code"] for one in areas if one["selected"]][:3]
        kept = httpx.post(
            f"{address}/api/v1/neighbourhoods", headers={"Authorization": f"Bearer {token}"}, timeout=60,
            json={"name": "Quarter", "partnership": DEMO_SLUG, "reason": "a test", "codes": codes},
        )  # fmt: skip
        assert kept.json().get("slug") == HOOD, kept.text
        contexts = [browser.new_context() for _ in range(2)]
        page = contexts[1].new_page()
        page.goto(f"{address}/sign-in")
        page.fill("input[name=token]", token)
        page.click("main button")
        page.wait_for_url("**/desk")
        page.close()
        yield Walked(address, *contexts)
        for context in contexts:
            context.close()


@pytest.mark.national
@pytest.mark.parametrize(
    ("template", "case"), [(name, case) for name, cases in TEMPLATES.items() for case in cases.all()]
)  # fmt: skip
def test_every_template_in_every_state_is_without_fault(
    walked: Walked, watched: Callable[..., Watched], template: str, case: str
) -> None:
    address, _, form = case.partition(" > ")
    window = walked.editor if TEMPLATES[template].signed_in else walked.reader
    seen = watched(window, walked.address + address)
    assert is_strict(seen.headers)
    if form:
        seen.page.locator("[required]").evaluate_all(
            "all => all.forEach(e => { e.required = false; })"
        )
        with seen.page.expect_navigation():
            seen.page.locator(f"{form} button").last.click()
    assert seen.page.locator("body").get_attribute("data-page") == template
    assert look_over(seen, case, unfold=True) == []
    seen.page.close()


@pytest.mark.national
@pytest.mark.parametrize("address", [f"{PLACE}/map", *HOSTILE])
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
