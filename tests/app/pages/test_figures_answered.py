"""Every figure that a page shows can be followed: by a receipt, by the rows of a file beside it, or it says why not.

A walk over the pages that anybody may read, as a browser without JavaScript reads them. The figures are those of
its facts and of its tables' columns of numbers; the files are those that the page itself links to.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import html
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.app.pages.test_pages import PLACE, VIEW, read
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
NUMBER = re.compile(r"[−+-]?£?\d[\d,]*(?:\.\d+)?(?:m|k|bn)?%?")
TIMES = {"k": 1e3, "m": 1e6, "bn": 1e9}
MOST_FILE = 4_000_000
TEMPLATES = Path(__file__).parents[3] / "app" / "templates"
# Frames and pieces of pages, forms and words of who is signed in, and pages that are words alone.
WITHOUT = {
    "accessibility", "build_count", "desk", "desk_bar", "doctor", "features_collections", "features_document",
    "features_items", "form_faults", "frame", "history", "import_form", "job", "jobs", "map_below", "map_page_layout",
    "members", "method", "methods", "missing", "national_map", "operations", "page", "problem", "problem_kind",
    "problems", "published", "record_form", "rehearsed_reach", "sign_in", "sign_offs", "site_header",
    "compared_places",
}  # fmt: skip
# A figure that leads to its receipt, and the rows of receipts.
RECEIPT, RECEIPT_ROW = (
    ".//a[starts-with(@href, '#receipt-')]",
    ".//tr[starts-with(@id, 'receipt-')]",
)


FILE = re.compile(r"/(?:api|ogc)/(?!.*\.(?:pdf|xlsx|gpkg|fgb|parquet|docx|png|svg|geojson))")
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
    "rehearsals": ("/rehearsals",),
    "resources": (f"{PLACE}/resources",),
    "search": ("/search?q=XB2+8AA",),
    "statement": (f"{PLACE}/statement-of-use?programme=barsetshire-renewal-fund&year=2018-19",),
    "strategy": (f"{PLACE}/strategy",),
}  # fmt: skip


class Figure(NamedTuple):
    """A number as it is written, and how far its digits reach."""

    value: float
    near: float


def figures_in(words: str) -> list[Figure]:
    found = []
    for written in NUMBER.findall(words):
        plain = written.replace("−", "-").replace("£", "").replace(",", "").rstrip("%")
        scale = next((TIMES[end] for end in ("bn", "k", "m") if plain.endswith(end)), 1.0)
        plain = plain.rstrip("kmbn")
        decimals = len(plain.partition(".")[2])
        found.append(Figure(float(plain) * scale, 0.51 * scale * 10**-decimals))
    return found


def words_of(node: Any) -> str:
    return " ".join(node.text_content().split())


def blocks_of(page: Any) -> Iterator[tuple[str, list[Figure]]]:
    """Give the figures of a page by where they stand: a fact's name, or a table's caption and heading."""
    for fact in page.xpath("//dl[contains(@class, 'facts')]/div"):
        shown = fact.find("dd")
        said = "".join(shown.xpath("./text()"))
        if (found := figures_in(said)) and not shown.xpath(RECEIPT):
            yield f"fact: {words_of(fact.find('dt'))}", found
    for table in page.xpath(f"//table[not({RECEIPT_ROW})]"):
        caption = table.find("caption")
        title = re.sub(r"[\d,]+", "#", (caption.text or "").strip()) if caption is not None else "?"
        heads = [words_of(each) for each in table.xpath("./thead/tr[last()]/th")]
        columns: dict[str, list[Figure]] = {}
        for row in table.xpath(".//tbody/tr|./tfoot/tr"):
            cells = row.xpath("./th|./td")
            for place, cell in enumerate(cells):
                if "num" in (cell.get("class") or "").split() and not cell.xpath(RECEIPT):
                    # what is spanned by rows above stands at the left
                    at = place + len(heads) - len(cells)
                    head = heads[at] if 0 <= at < len(heads) else str(at)
                    columns.setdefault(head, []).extend(figures_in(words_of(cell))[:1])
        for head, found in columns.items():
            if found:
                yield f"{title} / {head}", found


def numbers_of(body: str, kind: str) -> list[list[float]]:
    """Give the numbers of a file, column by column (of JSON by name)."""
    columns: dict[str, list[float]] = {}
    if "json" in kind:
        _gather(json.loads(body), "", columns)
    else:
        for row in csv.DictReader(io.StringIO(body)):
            for name, cell in row.items():
                if name is None or not isinstance(cell, str):
                    continue
                try:
                    columns.setdefault(name, []).append(float(cell))
                except ValueError:
                    continue
    return list(columns.values())


def _gather(node: Any, name: str, columns: dict[str, list[float]]) -> None:
    if isinstance(node, Mapping):
        for key, each in node.items():
            _gather(each, key, columns)
    elif isinstance(node, list):
        columns.setdefault(f"number of {name}", []).append(len(node))
        for each in node:
            _gather(each, name, columns)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        columns.setdefault(name, []).append(float(node))


def holds(column: list[float], figures: list[Figure]) -> bool:
    """Say whether a column has each figure: as it is, as pence for pounds, as a fraction for per cent."""
    return any(
        all(
            any(abs(number * scale - one.value) <= one.near for number in column) for one in figures
        )
        for scale in (1.0, 0.01, 100.0, 0.001, 1e-6)
    )


def unanswered(client: TestClient, address: str, reasons: Mapping[str, str]) -> set[str]:
    """Name what has neither a receipt nor rows nor a reason; a reason for what is not on the page is a fault too."""
    page = html.fromstring(read(client, address))
    told: set[str] = set()

    def excused(name: str) -> bool:
        matched = {each for each in reasons if re.fullmatch(each, name)}
        told.update(matched)
        return bool(matched)

    receipts = [
        figure.value
        for cell in page.xpath(f"{RECEIPT_ROW}//td[contains(@class, 'num')]")
        for figure in figures_in(words_of(cell))[:1]
    ]
    left = {
        name: found
        for name, found in blocks_of(page)
        if not excused(name)
        and not all(any(abs(each - one.value) <= one.near for each in receipts) for one in found)
    }
    links = dict.fromkeys(unescape(each) for each in page.xpath("//a/@href") if FILE.match(each))
    for link in links:
        if not left:
            break
        answer = client.get(link)
        kind = answer.headers.get("content-type", "")
        if answer.status_code != 200 or not ("json" in kind or "csv" in kind):
            continue
        if len(answer.content) > MOST_FILE:
            continue
        columns = numbers_of(answer.text, kind)
        left = {
            name: found
            for name, found in left.items()
            if not any(holds(one, found) for one in columns)
        }
    return set(left) | {f"a reason for what is not there: {name}" for name in set(reasons) - told}


@pytest.fixture(scope="module")
def walked(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The demo county with one saved neighbourhood."""
    from app.main import create_app

    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with writing(engine) as session:
        token = create_token(session, "administrator", None, "a test").secret
    with TestClient(
        create_app(Settings(data_dir=tmp_path_factory.mktemp("walked")), engine)
    ) as made:
        ground = {"partnership": DEMO_SLUG, "perturb": "none"}
        areas = made.get("/api/v1/designate", params=ground).json()["areas"]
        codes = [one["code"] for one in areas if one["selected"]][:3]
        sent = {"name": "Quarter", "partnership": DEMO_SLUG, "reason": "a test", "codes": codes}
        kept = made.post(
            "/api/v1/neighbourhoods", headers={"Authorization": f"Bearer {token}"}, json=sent
        )
        assert kept.json().get("slug") == "quarter", kept.text
        yield made
    cluster.drop(url)


NO_FIGURE = "a code, a day or a number that names something"
NO_LEDGER = "of councils nobody saved together, and by a rule that is not the usual, no file of lines is offered"
LEDGER = "a sum over the ledger's lines by two of its columns; the ledger stands beside it, each line once"
STATED = "stated by a programme's own file; the list of its allocations stands beside the table"
BESIDE = "worked out from two figures that stand beside it"
ESTIMATE = "one of three estimates, whose rows stand in the table below it"
NO_FILE = "no file of its rows is offered yet"
# What is written of each neighbourhood or line of money, by patterns of where it stands.
MONEY = {
    r"(Lines (in|that)|Money by|Where the money goes|Paid to|What is listed|fact: Money).*": NO_LEDGER,
    r"Priority neighbourhoods# greatest need first / Money.*": NO_LEDGER,
}
CHANGED = {r"Kept# added and dropped# on .* / People": BESIDE}
PROGRAMME = {r"Barsetshire Renewal Fund / .*": STATED}
CODE = {"fact: Code": NO_FIGURE}
SHARES = {
    r".*by share of small areas in the most deprived #% / (In the most deprived 10%|Small areas)": NO_FILE
}
REASONS: dict[str, dict[str, str]] = {
    "/": SHARES | {r"Councils whose small areas are loaded / .*": NO_FILE},
    "/areas/X07000002?beside=par": CODE,
    "/areas/X01000129": CODE,
    f"{PLACE}/build": {r"Small areas of the partnership / (Households|People)": NO_FILE},
    f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002": {"Themes side by side / Difference": BESIDE},
    f"/compare?partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo": {
        r"Kept# added and dropped# in areas and people / .*": BESIDE,
    },
    "/data/indices/imd-2019-demo": SHARES | {"fact: Published": NO_FIGURE},
    "/data/releases/lad-2023-05-demo": {"fact: Published": NO_FIGURE},
    "/neighbourhoods?postcodes=XB1+1AA,XB1+1AB": {
        "Neighbourhoods and estates saved here / Version": NO_FIGURE,
        r"People and households# estimated three ways / .*": ESTIMATE,
        r"What of each small area \(LSOA\) lies in the estate / .*": NO_FILE,
    },
    f"{PLACE}/ground": {
        r"Parishes of .* / (People in it|km²)": NO_FILE,
        r"Programmes and partnerships that share people here.*": NO_FILE,
    },
    PLACE: PROGRAMME | CHANGED | {r"Money by grade / (All|Lines)": LEDGER},
    f"{PLACE}?worst=20&year=2018-19": PROGRAMME | CHANGED | MONEY,
    VIEW: PROGRAMME | CHANGED | MONEY,
    f"{PLACE}/resources": PROGRAMME | {
        "Money by grade / All": LEDGER,
        r"Neighbourhood by programme: every line of the file stands in one cell / .*": LEDGER,
    },
    f"{PLACE}/priorities": CHANGED | {"Priority small areas / Margin": BESIDE},
    f"{PLACE}/reconciliation": {r"Files of lines: .* / Stored": NO_FILE},
    "/neighbourhoods/quarter": {
        "How finely the sources place it / Amount": LEDGER, "Money by year and theme / Located": LEDGER,
        r"What each domain adds to the index .* / Here, 0 to 100": NO_FILE,
    },
}  # fmt: skip


@pytest.mark.parametrize("address", [one for each in PAGES.values() for one in each])
def test_each_figure_of_a_page_has_a_receipt_or_rows_beside_it_or_a_reason(
    walked: TestClient, address: str
) -> None:
    assert unanswered(walked, address, REASONS.get(address, {})) == set()


def test_every_template_of_figures_is_walked() -> None:
    kept = {path.stem for path in TEMPLATES.glob("*.html")}
    assert kept == set(PAGES) | WITHOUT
