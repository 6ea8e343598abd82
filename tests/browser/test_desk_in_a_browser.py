"""An editor's work in a real browser, over a database of its own: by keyboard, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.browser.conftest import serve
from tests.browser.looking import look_over, watch_policy
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.slow, pytest.mark.national]
ROWS = 30_000
HEAD = b"what,amount,year,funder,place\n"
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"> {{7*7}} \u202eevil\u2066 \U0001f3da "
    + "Llanfair" * 30
)


class Served(NamedTuple):
    """A service over a demo county of its own, and an administrator's token."""

    address: str
    token: str


@pytest.fixture(scope="module")
def served(
    make_database: Callable[[str], str],
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    engine = open_engine(make_database(demo_template))
    with writing(engine) as session:
        token = create_token(session, "administrator", None, "a test").secret
    for address in serve(engine, Settings(data_dir=tmp_path_factory.mktemp("desk"))):
        yield Served(address, token)


def sign_in(context: BrowserContext, served: Served) -> Page:
    """Sign a window in by keyboard; gives its page."""
    page = context.new_page()
    page.goto(f"{served.address}/sign-in")
    page.locator("#token").focus()
    page.keyboard.type(served.token)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")
    return page


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def window(request: Any, browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """A window that has signed in, with scripts and without."""
    context = browser.new_context(java_script_enabled=request.param)
    sign_in(context, served).close()
    yield context
    context.close()


def by_label(page: Page, words: str, text: str) -> None:
    """Type into the field with a label, as who uses a keyboard does once the field is reached."""
    page.get_by_label(words, exact=False).first.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)


def test_a_strategy_is_written_with_another_row_kept_and_published_by_keyboard(
    served: Served, window: BrowserContext
) -> None:
    page = window.new_page()
    page.goto(f"{served.address}/partnerships/{DEMO_SLUG}/strategy")
    way = page.locator("a[href$='/edit']").first
    way.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/records/strategies/**")
    by_label(page, "Vision", "Good streets")
    rows = page.locator("fieldset.row[id^='objectives.']").count()
    page.locator(f"[name='objectives.{rows - 1}.title']").fill(f"Homes {rows} {HOSTILE[:120]}")
    page.locator("button[value='more:objectives']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[name='objectives.{rows}.title']")
    assert page.locator("[name=vision]").input_value() == "Good streets"
    by_label(page, "Why this version", "A test")
    # Enter in a field keeps the draft: it neither publishes nor adds a row
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/partnerships/{DEMO_SLUG}/strategy")
    page.goto(f"{served.address}/desk/records/strategies/{DEMO_SLUG}/edit")
    assert "is the draft of version" in page.locator(".lead").inner_text()
    page.locator("button[value=publish]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/partnerships/{DEMO_SLUG}/strategy")
    assert f"Homes {rows}" in page.locator("main").inner_text()
    assert "{{7*7}}" in page.locator("main").inner_text()
    assert page.locator("a.deskedit").count() >= 2
    page.close()


def test_a_faulty_form_names_its_field_and_leads_to_it(
    served: Served, browser: Browser, window: BrowserContext
) -> None:
    page = window.new_page()
    watch_policy(page)
    page.goto(f"{served.address}/desk/records/actions/new?partnership={DEMO_SLUG}")
    for name in ("title", "owner", "note"):
        page.locator(f"[name={name}]").fill(HOSTILE)
    page.locator("[name=starts_on]").fill("2030-06-01")
    page.locator("[name=due_on]").focus()
    page.keyboard.type("05052030")  # the same day whether its month is typed first or second
    page.locator("main form.desk button").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".error-summary")
    assert page.locator("#due_on").get_attribute("aria-invalid") == "true"
    assert page.locator("[name=note]").input_value() == HOSTILE
    assert page.locator("[name=due_on]").input_value() == "2030-05-05"
    page.locator(".error-summary a").last.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.location.hash") == "#due_on"
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0
    page.close()


def _begin(page: Page, served: Served, content: bytes, name: str) -> None:
    page.goto(f"{served.address}/desk/import/resources")
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.locator("[name=partnership]").select_option(DEMO_SLUG)
    page.locator("main form.desk button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*")


def test_an_import_shows_its_rows_as_they_come_is_left_found_again_and_cancelled(
    served: Served, browser: Browser
) -> None:
    context = browser.new_context()
    page = sign_in(context, served)
    amounts = ("some" if n % 100 == 7 else n + 1 for n in range(ROWS))
    faulty = [f"Lamp {n},{each},2018-19,F,whole partnership" for n, each in enumerate(amounts)]
    _begin(page, served, HEAD + "\n".join(faulty).encode(), "lamps.csv")
    where = page.url
    counts = "document.querySelector('#run-live .rows')?.textContent || ''"
    page.wait_for_function(f"() => /^[1-9][\\d,]* of [\\d,]+ rows$/.test({counts})", timeout=60_000)
    first = page.evaluate(counts)
    # the counts move on by themselves, and what is refused is listed while it runs
    page.wait_for_function(f"() => ({counts}) !== {first!r}", timeout=60_000)
    page.wait_for_selector("#run-live table:has-text('so far')", timeout=60_000)
    # left and found again
    page.goto(f"{served.address}/jobs")
    page.locator("a", has_text="lamps.csv").first.click()
    assert page.url == where
    if page.locator("#run-status").get_attribute("data-status") == "running":
        page.locator("button", has_text="Cancel it").focus()
        page.keyboard.press("Enter")
    page.wait_for_selector("#run-status:not([data-status=running])", timeout=60_000)
    assert "cancelled" in page.locator("main").inner_text()
    assert "nothing" in page.locator("#run-status").inner_text()
    assert not re.search(r"[1-9] stored", page.locator("main").inner_text())
    context.close()


def test_every_state_of_an_editor_s_form_is_without_fault(
    served: Served, browser: Browser, watched: Callable[..., Any]
) -> None:
    context = browser.new_context()
    sign_in(context, served).close()

    def sent(address: str, **typed: str) -> list[str]:
        seen = watched(context, served.address + address)
        for name, text in typed.items():
            seen.page.locator(f"[name='{name}']").first.fill(text)
        seen.page.evaluate(
            "document.querySelectorAll('[required]').forEach(e => e.required = false)"
        )
        seen.page.locator("form.desk .buttons button").last.click()
        seen.page.wait_for_load_state()
        wrong = look_over(seen, address, unfold=True)
        seen.page.close()
        return wrong

    records = "/desk/records"
    assert sent(f"{records}/strategies/{DEMO_SLUG}/edit", vision=HOSTILE * 3, reason="") == []
    assert sent(f"{records}/targets/new?partnership={DEMO_SLUG}", title=HOSTILE) == []
    assert (
        sent(f"{records}/notes/{DEMO_SLUG}:players/edit", words="0123 456 7890 a@b.example") == []
    )
    assert sent(f"{records}/services/new", service=HOSTILE) == []
    page = context.new_page()
    cell = HOSTILE.replace('"', '""')
    row = f'"{cell}",some,2018-19,"{cell}",nowhere\n'
    _begin(page, served, HEAD + row.encode(), f"<b>{{{{7*7}}}}{'x' * 190}.csv")
    page.wait_for_selector("#run-status:not([data-status=running])", timeout=60_000)
    run = page.url.removeprefix(served.address)
    page.close()
    place = f"/partnerships/{DEMO_SLUG}"
    for address in (run, "/jobs", f"/desk?partnership={DEMO_SLUG}", place, f"{place}/progress"):
        seen = watched(context, served.address + address)
        assert look_over(seen, address, unfold=True) == []
        assert seen.page.title() != "owned"
        seen.page.close()
    context.close()
