"""Which addresses a browser looks at, and all that is asked of each, so that no page is loaded twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import axe_playwright_python

from app.places.demo import DEMO_SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Watched

PLACE = f"/partnerships/{DEMO_SLUG}"
READY = '#map[data-ready="true"]'
WIDTHS = (1280, 360)
NARROWEST = 320

#: one of each kind, looked at in every run: start page, place with its live map, one area, nothing found, fault
DAILY = ("/", PLACE, "/areas/X07000002", "/search?q=nowhere+at+all", "/view")

_NOWHERE = {"measure": "imd", "statistic": "rank", "scope": "national", "at_most": 1}
#: all the others, with their states: empty, faulty, chosen by the address; `make national` looks at them
BROAD = (
    f"{PLACE}/priorities", f"{PLACE}/priorities?{urlencode({'rule': json.dumps(_NOWHERE)})}", f"{PLACE}/map",
    f"{PLACE}/profile", f"{PLACE}/resources", f"{PLACE}/progress", f"{PLACE}/build", f"{PLACE}/ground",
    f"{PLACE}/strategy", f"{PLACE}/accreditation", f"{PLACE}/gap", f"{PLACE}/members", "/data",
    "/data/indices/imd-2019-demo", "/data/indicators/imd-2019-demo-income", "/data/releases/lad-2023-05-demo",
    f"{PLACE}/statement-of-use?programme=barsetshire-renewal-fund&year=2018-19",
    f"/compare?partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo",
    f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002", "/compare", "/board-check",
    "/search?q=hoggle", "/search?q=XB2+8AA", "/neighbourhoods?postcodes=XB1+1AA,XB1+1AB,nonsense", "/neighbourhoods",
    "/fewer", "/mergers", f"/mergers?partnerships={DEMO_SLUG},plumstead-vale",
    "/regions/X12000001", "/rehearsals", "/doctor", f"/history/partnership/{DEMO_SLUG}", "/methods", "/methods/money",
    "/accessibility", "/problems", "/problems/unknown-area", "/sign-in", "/nowhere", "/areas/E99999999",
    "/partnerships/nobody", f"{PLACE}?worst=101", f"{PLACE}?year=never", "/neighbourhoods/nobody",
    f"/embed{PLACE}/priorities",
)  # fmt: skip

#: pages of who is signed in
SIGNED_IN = (
    "/desk", f"/desk?partnership={DEMO_SLUG}", "/jobs", "/jobs/nothing", "/desk/import/indicators",
    "/desk/import/resources", "/desk/import/boundaries", "/desk/records/partnerships/new",
    f"/desk/records/partnerships/{DEMO_SLUG}/edit", "/desk/records/programmes/new",
    "/desk/records/targets/new", f"/desk/records/actions/new?partnership={DEMO_SLUG}",
    f"/desk/records/strategies/{DEMO_SLUG}/edit", f"/desk/records/notes/{DEMO_SLUG}:players/edit",
    f"/desk/sign-offs/{DEMO_SLUG}", f"/desk/records/statements/{DEMO_SLUG}:2018-19:barsetshire-renewal-fund/edit",
    "/desk/records/managers/new", "/desk/records/services/new", "/desk/records/budgets/new",
)  # fmt: skip

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_ASK = """() => axe.run({resultTypes: ['violations']}).then(
  told => told.violations.map(one => one.id + ': ' + one.nodes[0].html.slice(0, 200)))"""
_VIOLATED = """window.violated = [];
addEventListener('securitypolicyviolation', e => violated.push(e.violatedDirective + ' ' + e.blockedURI));"""


def watch_policy(page: Page) -> None:
    """Write down, from now on, whatever a page's policy stops."""
    page.add_init_script(_VIOLATED)


def faults(page: Page) -> list[str]:
    """List the rules of accessibility that a page breaks as it stands, each with the first element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    found: list[str] = page.evaluate(_ASK)
    return found


def has_live_map(page: Page) -> bool:
    """Say whether the page puts a live map of areas in the place of its picture."""
    return page.locator("#map[data-geojson]").count() > 0


def look_over(seen: Watched, address: str, *, unfold: bool = False) -> list[str]:
    """Look at one loaded page in all ways; gives what is wrong, each in words.

    Axe at both widths, sideways scrolling, the policy and its violations, other hosts, the console, forced
    colours, reduced motion and paper. `unfold` opens what is folded first: the longest tables take a while.
    """
    page: Page = seen.page
    wrong: list[str] = []
    if has_live_map(page):
        page.wait_for_selector(READY)
    if unfold:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [f"{width} px: {fault}" for fault in faults(page)]
    for width in (*WIDTHS, NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        across = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{across} px wide at {width}"] if across > width else []
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    wrong += _in_other_media(page)
    wrong += [f"policy: {one}" for one in page.evaluate("window.violated || []")]
    wrong += [f"elsewhere: {one}" for one in seen.elsewhere]
    # A page that says it is not there is written into the console by the browser itself.
    wrong += [one for one in seen.messages if "Failed to load resource" not in one]
    return [f"{address}: {one}" for one in wrong]


def _in_other_media(page: Page) -> list[str]:
    wrong = []
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    unseen = page.evaluate(
        "[...document.querySelectorAll('.swatch, .bar svg')].filter(one =>"
        " getComputedStyle(one).forcedColorAdjust !== 'none').length"
    )
    wrong += [f"{unseen} swatches lose their colour where colours are forced"] if unseen else []
    moving = page.evaluate(
        "document.getAnimations().filter(one => one.playState === 'running').length"
    )
    wrong += [f"{moving} things move where motion is reduced"] if moving else []
    page.emulate_media(forced_colors="none", reduced_motion="no-preference", media="print")
    for shown in ("header.site nav", ".desk-bar form", "#map"):
        found = page.locator(shown)
        if found.count() and found.first.is_visible():
            wrong.append(f"{shown} stands on paper")
    page.emulate_media(media="screen")
    return wrong


def is_strict(headers: dict[str, Any]) -> bool:
    """Say whether a page's policy forbids what stands inline, and all that it does not name."""
    policy = str(headers.get("content-security-policy", ""))
    return "default-src 'none'" in policy and "unsafe" not in policy
