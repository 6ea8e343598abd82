"""Each page names the sources of what stands on it: no fewer, and no more.

Every work's words of thanks are made its own here, so that a page's text says which works it names. What they
must be is told by what the page itself offers: the bodies behind it, its receipts' rows and its map.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlencode

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import PLACE, VIEW
from tests.support.page_figures import Walk

pytestmark = pytest.mark.slow
API = f"/api/v1/partnerships/{DEMO_SLUG}"
Works = set[str]
WORST = {"measure": "imd", "statistic": "percentile", "scope": "national", "at_most": 10}


def named(page: str) -> Works:
    """The works that a page thanks; an indicator of an index and its domain go by the index's own words."""
    return set(re.findall(r"thanks to (\S+) \((?:\w+)\)", unescape(unescape(page))))


def rows(client: Walk, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).text)))


def drawn(client: Walk, codes: str) -> Works:
    """The release that draws some areas today."""
    return {client.get(f"/api/v1/areas/{codes}").json()["release"]}


def designated(client: Walk, asked: str) -> Works:
    rule = urlencode({"index": "imd-2019-demo", "rule": json.dumps(WORST)})
    body = client.get(f"/api/v1/designate?{asked}&{rule}").json()
    return {work for one in body["inputs"] for work in (one["id"], one.get("release")) if work}


def lines(client: Walk, *stages: str, inside: bool = False) -> Works:
    """The files of a ledger's lines: of all, or of those in the partnership."""
    found = set()
    for stage in stages:
        body = client.get(f"{API}/ledger?stage={stage}").json()
        every = [*body["lines"], *(body["paid_here_place_unknown"].get("lines") or [])]
        found |= {
            line["file_id"]
            for line in every
            if not inside or line.get("bucket") in ("neighbourhoods", "rest")
        }
    return found


def both(client: Walk) -> Works:
    """Both indices that a place's lists are compared by, each with the release of its areas."""
    found = set()
    for one in ("imd-2019-demo", "imd-2025-demo"):
        found |= {one, client.get(f"/api/v1/indices/{one}").json()["release"]}
    return found


def postcode(client: Walk) -> Works:
    return {row["release"] for row in client.get("/api/v1/lookup/postcode/XB28AA").json()["areas"]}


def judged(client: Walk) -> Works:
    """What the figures of a page of progress rest on: targets' series, the money inside, and what moved."""
    body = client.get(f"{API}/progress/report").json()
    series = [
        one["series"]["indicator"] for one in (*body["targets"], *body["national"]) if one["series"]
    ]
    moved = set(re.findall(r"thanks to (\S+)", str(body["moved"])))
    return {*series, *moved} | lines(client, "planned", "awarded", "paid", inside=True)


def profiled(client: Walk, address: str) -> Works:
    """The indices that a profile's receipts are of, and the release whose areas it shows on its map."""
    body = client.get(f"{address}/profile").json()
    shown = client.get(f"/api/v1/indices/{body['index']['id']}").json()["release"]
    return {each["index"] for each in body["receipts"].values()} | {shown}


def placed(client: Walk) -> Works:
    """The files of the lines that are placed in the saved neighbourhood."""
    own = {
        line["id"] for line in client.get("/api/v1/neighbourhoods/quarter/ledger").json()["lines"]
    }
    assert own, "no line lies in it: this would test nothing"
    ledger = client.get(f"{API}/ledger").json()["lines"]
    return {line["file_id"] for line in ledger if line["id"] in own}


def listed(client: Walk) -> Works:
    """What the two lists that are compared are made of."""
    body = client.get(f"/api/v1/compare-designations?{LISTS}").json()
    return {work for one in body["inputs"] for work in (one["id"], one.get("release")) if work}


def stated(client: Walk) -> Works:
    body = client.get(f"{API}/statement-of-use?{STATEMENT}")
    return set(re.findall(r"thanks to (\S+)", body.text)) | {body.json()["index"]}


def loaded(client: Walk) -> Works:
    """Everything that is loaded, an index's measures going by the index."""

    def items(kind: str) -> list[dict[str, str]]:
        return list(client.get(f"/api/v1/{kind}?limit=1000").json()["items"])

    indices = {one["id"] for one in items("indices")}
    measures = [one["id"] for one in items("indicators")]
    alone = {one for one in measures if not any(one.startswith(f"{index}-") for index in indices)}
    files = {file["id"] for file in client.get(f"{API}/reconciliation").json()["files"]}
    return indices | alone | files | {one["id"] for one in items("releases")}


def small_areas(client: Walk) -> Works:
    return {client.get("/api/v1/neighbourhoods/quarter/board-check").json()["release"]}


def ground(client: Walk) -> Works:
    asked = ("alignment", "parishes", "neighbours", "overlaps")
    return {client.get(f"{API}/{each}").json()["release"] for each in asked}


COUNCIL = "X07000002"
# The edition that a page of a profile tells the trend by, and nothing in a frame.
OTHER = {"imd-2025-demo"}
LISTS = f"partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo"
STATEMENT = "programme=barsetshire-renewal-fund&year=2018-19"
QUARTER = "/api/v1/neighbourhoods/quarter"
EXPECTED: dict[str, Callable[[Walk], Works]] = {
    "/": lambda c: {"imd-2019-demo"} | drawn(c, COUNCIL) | {"lsoa-2011-12-demo"},
    "/search?q=XB2+8AA": postcode,
    f"/areas/{COUNCIL}": lambda c: drawn(c, COUNCIL) | {
        row["release"] for row in rows(c, f"/api/v1/areas/{COUNCIL}/relations.csv?type=wd")
    },
    f"/areas/{COUNCIL}?beside=par": lambda c: drawn(c, COUNCIL) | {
        row["release"] for row in rows(c, f"/api/v1/areas/{COUNCIL}/relations.csv?type=par")
    },
    VIEW: lambda c: both(c) | drawn(c, COUNCIL) | lines(c, "awarded"),
    PLACE: lambda c: both(c) | drawn(c, COUNCIL) | lines(c, "awarded"),
    f"{PLACE}/priorities": lambda c: both(c) | drawn(c, COUNCIL),
    f"{PLACE}/resources": lambda c: designated(c, f"partnership={DEMO_SLUG}") | drawn(c, COUNCIL) | lines(c, "awarded"),
    f"{PLACE}/map": lambda c: designated(c, f"partnership={DEMO_SLUG}") | drawn(c, COUNCIL) | lines(c, "awarded"),
    f"{PLACE}/map.html": lambda c: designated(c, f"partnership={DEMO_SLUG}") | drawn(c, COUNCIL) | lines(c, "awarded"),
    f"{PLACE}/progress": judged,
    f"{PLACE}/gap": lambda c: set(re.findall(r"thanks to (\S+)", c.get(f"{API}/gap").text)),
    f"{PLACE}/ground": ground,
    "/data/indices/imd-2019-demo": lambda c: {"imd-2019-demo", "lsoa-2011-12-demo"} | drawn(c, COUNCIL),
    "/data/indicators/imd-2019-demo-income": lambda _: {"imd-2019-demo", "lsoa-2011-12-demo"},
    "/data/releases/lad-2023-05-demo": lambda _: {"lad-2023-05-demo"},
    "/methods": lambda _: set(),
    "/accessibility": lambda _: set(),
    "/problems": lambda _: set(),
    f"{PLACE}/members": lambda _: set(),
    "/neighbourhoods/quarter": lambda c: profiled(c, QUARTER) | placed(c),
    f"{PLACE}/profile": lambda c: profiled(c, API),
    f"/compare?place=partnerships/{DEMO_SLUG}&place={COUNCIL}": lambda c: profiled(c, API) | lines(c, "awarded"),
    f"/compare?{LISTS}": listed,
    "/compare": lambda _: set(),
    f"/embed{PLACE}/priorities": lambda c: designated(c, f"partnership={DEMO_SLUG}") | drawn(c, COUNCIL),
    f"/embed{PLACE}/priorities?show=figures": lambda c: (
        designated(c, f"partnership={DEMO_SLUG}") | drawn(c, COUNCIL)
    ),
    f"/embed{PLACE}/resources": lambda c: (
        designated(c, f"partnership={DEMO_SLUG}") | drawn(c, COUNCIL) | lines(c, "awarded")
    ),
    f"/embed{PLACE}/profile": lambda c: profiled(c, API) - OTHER,
    "/embed/neighbourhoods/quarter": lambda c: profiled(c, QUARTER) - OTHER,
    f"/embed/areas/{COUNCIL}": lambda c: drawn(c, COUNCIL),
    f"{PLACE}/build": small_areas,
    "/regions/X12000001": lambda c: drawn(c, COUNCIL) | lines(c, "awarded"),
    f"{PLACE}/statement-of-use?{STATEMENT}": stated,
    "/fewer?demo=true": lambda _: set(),
    "/data": loaded,
    "/board-check?neighbourhood=quarter": small_areas,
    "/board-check": lambda _: set(),
    "/neighbourhoods?postcodes=XB1+1AA,XB1+1AB": small_areas,
    f"/mergers?partnerships={DEMO_SLUG},plumstead-vale": lambda c: drawn(c, COUNCIL) | lines(c, "awarded"),
    f"{PLACE}/reconciliation": lambda c: {file["id"] for file in c.get(f"{API}/reconciliation").json()["files"]},
}  # fmt: skip


@pytest.mark.parametrize("address", EXPECTED)
def test_a_page_names_the_works_that_it_shows_and_no_others(walked: Walk, address: str) -> None:
    assert named(walked.page(address)) == EXPECTED[address](walked)
