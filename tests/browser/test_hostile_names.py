"""Every text that somebody can enter, entered to do harm, and every page that shows it: words, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.browser.conftest import Watched, serve
from tests.browser.hostile import (
    CHOSEN,
    MARK,
    enter_everything,
    free_texts,
    marked,
    spoil_what_is_loaded,
)
from tests.browser.looking import PLACE, look_over
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = [pytest.mark.slow, pytest.mark.national]

_RECORDS = "/desk/records"
_STATEMENT = f"{PLACE}/statement-of-use?programme={DEMO_SLUG}.evil&year=2018-19"
#: pages on which something stands that was entered or loaded, and what is edited there
PAGES = (
    "/", PLACE, f"{PLACE}/priorities", f"{PLACE}/resources?year=2018-19", f"{PLACE}/progress", f"{PLACE}/members",
    f"{PLACE}/strategy", f"{PLACE}/accreditation", f"{PLACE}/gap", f"{PLACE}/ground", f"{PLACE}/profile",
    f"{PLACE}/build", f"{PLACE}/reconciliation", f"{PLACE}/map", _STATEMENT, "/neighbourhoods/HOOD",
    "/board-check?neighbourhood=HOOD", f"/compare?place=neighbourhoods/HOOD&place=partnerships/{DEMO_SLUG}",
    "/search?q=evil", f"/history/partnership/{DEMO_SLUG}", "/history/neighbourhood/HOOD", "/areas/X07000002",
    "/data", "/data/releases/lad-2023-05-demo", "/data/indices/imd-2019-demo", "/mergers?partnerships=" + DEMO_SLUG,
    "/regions/X12000001", f"/embed{PLACE}/priorities", "/embed/neighbourhoods/HOOD",
    "/ogc/collections/lad/items?f=html",
)  # fmt: skip
SIGNED_IN = (
    f"/desk?partnership={DEMO_SLUG}", f"/desk/sign-offs/{DEMO_SLUG}", f"{_RECORDS}/partnerships/{DEMO_SLUG}/edit",
    f"{_RECORDS}/programmes/{DEMO_SLUG}.evil/edit", f"{_RECORDS}/strategies/{DEMO_SLUG}/edit",
    f"{_RECORDS}/actions/new?partnership={DEMO_SLUG}",
)  # fmt: skip


class Entered(NamedTuple):
    """A service over a county that means harm, what was sent to it, and the windows of a reader and an editor."""

    address: str
    sent: dict[str, Any]
    hood: str
    reader: BrowserContext
    editor: BrowserContext


@pytest.fixture(scope="module")
def entered(
    make_database: Callable[[str], str], demo_template: str, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Entered]:  # fmt: skip
    engine = open_engine(make_database(demo_template))
    with writing(engine) as session:
        token = create_token(session, "administrator", None, "a test").secret
    for address in serve(engine, Settings(data_dir=tmp_path_factory.mktemp("entered"))):
        ground = {"partnership": DEMO_SLUG, "perturb": "none"}
        areas = httpx.get(f"{address}/api/v1/designate", params=ground, timeout=60).json()["areas"]
        codes = [one["code"] for one in areas if one["selected"]][:3]
        sent = enter_everything(address, token, codes)
        spoil_what_is_loaded(engine)
        kept = httpx.get(
            f"{address}/api/v1/neighbourhoods", params={"partnership": DEMO_SLUG}, timeout=60
        )
        reader, editor = browser.new_context(), browser.new_context()
        page = editor.new_page()
        page.goto(f"{address}/sign-in")
        page.fill("input[name=token]", token)
        page.click("main button")
        page.wait_for_url("**/desk")
        page.close()
        yield Entered(address, sent, kept.json()["items"][-1]["slug"], reader, editor)
        reader.close()
        editor.close()


def test_every_free_text_of_a_write_was_entered(entered: Entered) -> None:
    described = httpx.get(f"{entered.address}/openapi.json").json()
    schemas, missing = described["components"]["schemas"], {}
    for write, body in entered.sent.items():
        verb, path = write.split()
        # The kinds of agreements are one route; each kind has words of its own.
        route = (
            f"/api/v1{path}"
            if f"/api/v1{path}" in described["paths"]
            else "/api/v1/agreements/{kind}"
        )
        content = described["paths"][route][verb.lower()]["requestBody"]["content"]
        texts = set(free_texts(content["application/json"]["schema"], schemas))
        left = {one for one in texts - set(marked(body)) if one.rpartition(".")[2] not in CHOSEN}
        if route.endswith("{kind}"):
            together = [b for w, b in entered.sent.items() if "/agreements/" in w]
            left -= {found for each in together for found in marked(each)}
        if left:
            missing[write] = sorted(left)
    assert missing == {}
    words = sum(len(list(marked(body))) for body in entered.sent.values())
    assert words > 60, "too few texts were entered for this test to mean anything"


@pytest.mark.parametrize("address", [*PAGES, *SIGNED_IN])
def test_what_was_entered_to_do_harm_is_words(
    entered: Entered, watched: Callable[..., Watched], address: str
) -> None:
    window = entered.editor if address in SIGNED_IN else entered.reader
    seen = watched(window, entered.address + address.replace("HOOD", entered.hood))
    page = seen.page
    assert seen.page.locator("body").get_attribute("data-page") != "problem"
    wrong = look_over(seen, address, unfold=True)
    assert wrong == [], "\n".join(wrong)
    assert page.title() != "owned"
    assert page.locator("img[src=x], [onerror], [onfocus]").count() == 0
    assert page.locator("script:not([src]):not([nonce])").count() == 0
    # Braces are no template's: 7 * 7 is not worked out, and the words stand in the page, typed or filled in.
    assert MARK in page.content()
    page.close()
