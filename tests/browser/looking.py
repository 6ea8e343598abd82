"""Which addresses a browser looks at, and all that is asked of each, so that no page is loaded twice."""

from __future__ import annotations

import json
from dataclasses import KW_ONLY, dataclass
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
_NOTHING_MET = urlencode({"rule": json.dumps(_NOWHERE)})
_LISTS = f"partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo"
HOOD = "quarter"
_STATEMENT = f"{PLACE}/statement-of-use?programme=barsetshire-renewal-fund&year=2018-19"
_RECORDS = "/desk/records"
#: an address of the partnership whose councils, indices, people and money are not loaded
NO_DATA = "/partnerships/nothing-yet"


@dataclass(frozen=True)
class Cases:
    """The addresses at which one template is looked at, each state said, or said not to exist.

    plain: as it opens. chosen: something chosen by the address. empty: nothing to show. error: what is refused.
    Behind " > " stands the form that is sent as it stands once the page is open. None: there is no such state.
    """

    plain: str | None
    _: KW_ONLY
    chosen: str | None
    empty: str | None
    error: str | None
    more: tuple[str, ...] = ()
    signed_in: bool = False

    def all(self) -> list[str]:
        """List every address."""
        return [one for one in (self.plain, self.chosen, self.empty, self.error, *self.more) if one]


#: every template that a page is written from; a new one without its cases fails a test
TEMPLATES = {
    "accessibility": Cases("/accessibility", chosen=None, empty=None, error=None),
    "accreditation": Cases(f"{PLACE}/accreditation", chosen=None, empty=None, error=None),
    "area": Cases("/areas/X07000002", chosen="/areas/X07000002?beside=wd&as_at=2020-01-01", empty=None, error=None),
    "board": Cases("/board-check", chosen=f"/board-check?neighbourhood={HOOD}", empty=None, error=None),
    "build": Cases(f"{PLACE}/build", chosen=None, empty=None, error=f"{PLACE}/build > form#build"),
    "compare": Cases(
        f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002", chosen=f"/compare?{_LISTS}", empty="/compare",
        error=None,
    ),
    "data": Cases("/data", chosen=None, empty=None, error=None),
    "dataset": Cases(
        "/data/indices/imd-2019-demo", chosen="/data/indicators/imd-2019-demo-income", empty=None, error=None,
        more=("/data/releases/lad-2023-05-demo",),
    ),
    "desk": Cases("/desk", chosen=f"/desk?partnership={DEMO_SLUG}", empty=None, error=None, signed_in=True),
    "doctor": Cases("/doctor", chosen=None, empty=None, error=None),
    "embed": Cases(
        f"/embed{PLACE}/priorities", chosen=f"/embed/neighbourhoods/{HOOD}", empty=None, error=None,
        more=(f"/embed{PLACE}/resources", f"/embed{PLACE}/profile", "/embed/areas/X07000002"),
    ),
    "estate": Cases(
        "/neighbourhoods", chosen="/neighbourhoods?postcodes=XB1+1AA,XB1+1AB,nonsense", empty=None,
        error="/neighbourhoods?postcodes=nonsense",
    ),
    "features_collections": Cases("/ogc/collections?f=html", chosen=None, empty=None, error=None),
    "features_document": Cases(
        "/ogc?f=html", chosen="/ogc/collections/lad?f=html", empty=None, error=None,
        more=("/ogc/collections/lad/items/X07000002?f=html",),
    ),
    "features_items": Cases(
        "/ogc/collections/lad/items?f=html", chosen="/ogc/collections/lad/items?f=html&limit=2",
        empty="/ogc/collections/lad/items?f=html&bbox=0,0,1,1", error=None,
    ),
    "fewer": Cases("/fewer?demo=true", chosen=None, empty=None, error=None),
    "gap": Cases(f"{PLACE}/gap", chosen=f"{PLACE}/gap?year=2018-19", empty=None, error=None),
    "ground": Cases(f"{PLACE}/ground", chosen=f"{PLACE}/ground?as_at=2024-01-01", empty=None, error=None),
    "history": Cases(
        f"/history/partnership/{DEMO_SLUG}", chosen=None, empty=None, error=None
    ),
    "home": Cases("/", chosen=None, empty=None, error=None),
    "import_form": Cases(
        "/desk/import/indicators", chosen="/desk/import/resources", empty=None,
        error="/desk/import/boundaries > form.desk", signed_in=True,
    ),
    "jobs": Cases("/jobs", chosen=None, empty=None, error=None, signed_in=True),
    "members": Cases(f"{PLACE}/members", chosen=None, empty=f"{NO_DATA}/members", error=None),
    "mergers": Cases(
        "/mergers", chosen=f"/mergers?partnerships={DEMO_SLUG},plumstead-vale", empty=None,
        error="/mergers?partnerships=nobody,plumstead-vale",
    ),
    "method": Cases("/methods/money", chosen=None, empty=None, error=None),
    "methods": Cases("/methods", chosen=None, empty=None, error=None),
    "missing": Cases(
        f"{NO_DATA}/priorities", chosen=None, empty=NO_DATA, error=None,
        more=tuple(
            f"{NO_DATA}/{part}"
            for part in (
                "resources", "gap", "profile", "build", "ground", "map", "statement-of-use", "progress", "accreditation"
            )
        ),
    ),
    "operations": Cases("/docs", chosen=None, empty=None, error=None),
    "place": Cases(PLACE, chosen=f"{PLACE}?worst=20&year=2018-19", empty=f"{PLACE}?{_NOTHING_MET}", error=None),
    "priorities": Cases(
        f"{PLACE}/priorities", chosen=f"{PLACE}/priorities?worst=20",
        empty=f"{PLACE}/priorities?{_NOTHING_MET}", error=None,
    ),
    "problem": Cases(
        "/nowhere", chosen=None, empty=None, error=f"{PLACE}?worst=101",
        more=(
            "/areas/E99999999", "/partnerships/nobody",
            "/board-check?codes=nonsense", "/compare?place=partnerships/nobody",
            "/neighbourhoods/nobody", f"{PLACE}?year=never", "/view",
            f"{PLACE}/priorities?rule=%7B%22", f"{PLACE}/priorities?index=imd-1066", "/problems/nothing",
        ),
    ),
    "problem_kind": Cases("/problems/unknown-area", chosen=None, empty=None, error=None),
    "problems": Cases("/problems", chosen=None, empty=None, error=None),
    "profile": Cases(f"{PLACE}/profile", chosen=f"/neighbourhoods/{HOOD}", empty=None, error=None),
    "progress": Cases(f"{PLACE}/progress", chosen=None, empty=None, error=None),
    "reconciliation": Cases(f"{PLACE}/reconciliation", chosen=None, empty=None, error=None),
    "record_form": Cases(
        f"{_RECORDS}/partnerships/new", chosen=f"{_RECORDS}/partnerships/{DEMO_SLUG}/edit", empty=None,
        error=f"{_RECORDS}/programmes/new > form.desk", signed_in=True,
        more=(
            f"{_RECORDS}/programmes/new", f"{_RECORDS}/targets/new", f"{_RECORDS}/actions/new?partnership={DEMO_SLUG}",
            f"{_RECORDS}/strategies/{DEMO_SLUG}/edit", f"{_RECORDS}/notes/{DEMO_SLUG}:players/edit",
            f"{_RECORDS}/statements/{DEMO_SLUG}:2018-19:barsetshire-renewal-fund/edit", f"{_RECORDS}/managers/new",
            f"{_RECORDS}/services/new", f"{_RECORDS}/budgets/new",
        ),
    ),
    "region": Cases("/regions/X12000001", chosen=None, empty=None, error=None),
    "rehearsals": Cases("/rehearsals", chosen=None, empty=None, error="/rehearsals?plan=nonsense"),
    "resources": Cases(f"{PLACE}/resources", chosen=f"{PLACE}/resources?year=2018-19", empty=None, error=None),
    "search": Cases(
        "/search?q=hoggle", chosen="/search?q=XB2+8AA", empty="/search?q=nowhere+at+all", error=None,
        more=("/search?q=",),
    ),
    "sign_in": Cases("/sign-in", chosen=None, empty=None, error="/sign-in > main form"),
    "sign_offs": Cases(
        f"/desk/sign-offs/{DEMO_SLUG}", chosen=None, empty="/desk/sign-offs/nothing-yet", error=None, signed_in=True
    ),
    "statement": Cases(_STATEMENT, chosen=None, empty=None, error=None),
    "strategy": Cases(f"{PLACE}/strategy", chosen=None, empty=f"{NO_DATA}/strategy", error=None),
}  # fmt: skip
#: each page of a place once, for names that mean harm
HOSTILE = [
    one
    for cases in TEMPLATES.values()
    for one in (cases.plain, *cases.more[:1])
    if one and one.startswith(PLACE)
]
#: looked at by tests of their own, from files alone or over a database of their own
ELSEWHERE = {"published": "test_published_map_in_a_browser.py", "job": "test_desk_in_a_browser.py"}

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_ASK = """() => axe.run({resultTypes: ['violations']}).then(
  told => told.violations.map(one => one.id + ': ' + one.nodes[0].html.slice(0, 200)))"""
#: the innermost things that reach over the edge, outside boxes that scroll by themselves
_TOO_WIDE = """() => [...document.querySelectorAll('main *, header *, footer *')].filter(one =>
  one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, .mapbox, svg') &&
  ![...one.children].some(inner => inner.getBoundingClientRect().right > innerWidth + 1)
  ).slice(0, 4).map(one => one.parentElement.outerHTML.slice(0, 160))"""
#: switches of which the one that is on looks as one that is off does
_ALIKE = """() => [...document.querySelectorAll('.views')].filter(bar => {
  const looks = [...bar.querySelectorAll('button')].map(one => getComputedStyle(one).backgroundColor);
  return looks.length > 1 && new Set(looks).size === 1; }).length"""
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
        if across > width:
            wrong.append(f"{across} px wide at {width}: {page.evaluate(_TOO_WIDE)}")
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
    alike = page.evaluate(_ALIKE)
    wrong += (
        [f"{alike} switches look the same on and off where colours are forced"] if alike else []
    )
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
