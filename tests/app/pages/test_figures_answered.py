"""Every figure that a page shows can be followed: by a receipt, by the rows of a file beside it, or it says why not.

A walk over the pages that anybody may read, as a browser without JavaScript reads them. The figures are those of
its facts and of its tables' columns of numbers; the files are those that the page itself links to.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import PLACE, VIEW
from tests.support.page_figures import Walk

pytestmark = pytest.mark.slow
TEMPLATES = Path(__file__).parents[3] / "app" / "templates"
# Frames and pieces of pages, forms and words of who is signed in, and pages that are words alone.
WITHOUT = {
    "accessibility", "build_count", "desk", "desk_bar", "doctor", "features_collections", "features_document",
    "features_items", "form_faults", "form_inputs", "frame", "history", "import_form", "job", "jobs", "map_ahead",
    "map_below", "map_page_layout", "members", "method", "methods", "missing", "national_map", "operations", "page",
    "problem", "problem_kind", "problems", "published", "record_form", "rehearsed_reach", "sign_in", "sign_offs",
    "site_header", "compared_places",
}  # fmt: skip
PLAN = """unitary,council
East,X07000002
West,X07000006
"""
PAGES: dict[str, tuple[str, ...]] = {
    "accreditation": (f"{PLACE}/accreditation",),
    "area": ("/areas/X07000002?beside=par", "/areas/X01000129"),
    "board": ("/board-check?neighbourhood=quarter",),
    "build": (f"{PLACE}/build",),
    "compare": (
        f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002",
        f"/compare?partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo",
    ),
    "data": ("/data",),
    "dataset": (
        "/data/indices/imd-2019-demo", "/data/indicators/imd-2019-demo-income", "/data/releases/lad-2023-05-demo",
    ),
    "embed": (
        f"/embed{PLACE}/priorities", "/embed/neighbourhoods/quarter", f"/embed{PLACE}/resources",
        f"/embed{PLACE}/profile", "/embed/areas/X07000002",
    ),
    "estate": ("/neighbourhoods?postcodes=XB1+1AA,XB1+1AB",),
    "fewer": ("/fewer?demo=true",),
    "gap": (f"{PLACE}/gap", f"{PLACE}/gap?neighbourhoods=saved"),
    "ground": (f"{PLACE}/ground",),
    "home": ("/",),
    "mergers": (f"/mergers?partnerships={DEMO_SLUG},plumstead-vale",),
    "place": (PLACE, f"{PLACE}?worst=20&year=2018-19", VIEW),
    "priorities": (f"{PLACE}/priorities",),
    "profile": (f"{PLACE}/profile", "/neighbourhoods/quarter"),
    "progress": (f"{PLACE}/progress",),
    "reconciliation": (f"{PLACE}/reconciliation",),
    "region": ("/regions/X12000001",),
    "rehearsals": ("/rehearsals", f"/rehearsals?plan={quote(PLAN)}"),
    "resources": (f"{PLACE}/resources",),
    "search": ("/search?q=XB2+8AA",),
    "statement": (f"{PLACE}/statement-of-use?programme=barsetshire-renewal-fund&year=2018-19",),
    "strategy": (f"{PLACE}/strategy",),
}  # fmt: skip


NO_FIGURE = "a code, a day or a number that names something"
BESIDE = "worked out from two figures that stand beside it"
CODE = {"fact: Code": NO_FIGURE}
PUBLISHED = {"fact: Published": NO_FIGURE}
REASONS: dict[str, dict[str, str]] = {
    "/areas/X07000002?beside=par": CODE,
    "/areas/X01000129": CODE,
    f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002": {"Themes side by side / Difference": BESIDE},
    "/data/indices/imd-2019-demo": PUBLISHED,
    "/data/releases/lad-2023-05-demo": PUBLISHED,
}  # fmt: skip


@pytest.mark.parametrize("address", [one for each in PAGES.values() for one in each])
def test_each_figure_of_a_page_has_a_receipt_or_rows_beside_it_or_a_reason(
    walked: Walk, address: str
) -> None:
    assert walked.unanswered(address, REASONS.get(address, {})) == set()


SHARES = "Councils in both tiers / Of its area, in the partnership"
FUND = "Neighbourhood by programme: every line of the file stands in one cell / Neighbourhood Wardens, together"


@pytest.mark.parametrize(
    ("address", "digit", "named"),
    [
        # a receipt's share a tenth off; a cell that no row has; a sum that is a penny off
        (PLACE, r'(<tr id="receipt-\d+"[^\n]*?class="num">34\.)(\d)', SHARES),
        (f"{PLACE}/build", r'(<td class="num">)(\d)(?=,\d{3}<)', "Small areas of the partnership / People"),
        (f"{PLACE}/resources", r"(>File</th><td[^>]*>£[\d,]+\.\d)(\d)", FUND),
    ],
)  # fmt: skip
def test_a_figure_that_nothing_answers_is_named(
    walked: Walk, address: str, digit: str, named: str
) -> None:
    def other(found: re.Match[str]) -> str:
        return f"{found[1]}{(int(found[2]) + 5) % 10}"

    page, changed = re.subn(digit, other, walked.page(address), count=1)
    assert changed == 1
    assert walked.unanswered(address, REASONS.get(address, {}), page) == {named}


def test_every_template_of_figures_is_walked() -> None:
    kept = {path.stem for path in TEMPLATES.glob("*.html")}
    assert kept == set(PAGES) | WITHOUT
