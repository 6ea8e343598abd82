"""The pages of an index, an indicator and a release: their figures worked out again from what they offer."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import UTC, date, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session

from app.indicators.value_tables import Indicator, IndicatorPeriod
from app.indicators.values import UnknownIndicator
from app.pages import indicator_view
from tests.app.pages.test_pages import read, text_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
INDEX = "/data/indices/imd-2019-demo"
INCOME = "/data/indicators/imd-2019-demo-income"
PLUM = ["#3b0f4f", "#76307f", "#ad6aa0", "#d3acc4", "#efe2e6"]


def rows_of(client: TestClient, page: str) -> list[dict[str, str]]:
    """Download the first file that a page offers."""
    address = unescape(re.findall(r'class="download" href="([^"]+)"', page)[0])
    return list(csv.DictReader(io.StringIO(client.get(address).text)))


def table_of(page: str) -> dict[str, list[str]]:
    """Read the cells of each row of the page's figures by the code of its area."""
    found = re.findall(r'<tr data-code="([^"]+)">(.*?)</tr>', page)
    return {
        code: [text_of(cell) for cell in re.findall(r"<td.*?</td>", row)] for code, row in found
    }


def shapes_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<path data-code="([^"]+)" fill="([^"]+)"', page))


def test_an_index_says_where_councils_stand_as_its_own_rows_have_it(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, INDEX)
    rows = rows_of(demo_client, page)
    worst = sum(10 * int(row["rank"]) <= len(rows) for row in rows)
    table = table_of(page)
    # Every small area is in one council, and every council is drawn.
    assert sum(int(cells[0]) for cells in table.values()) == len(rows)
    assert sum(int(cells[1]) for cells in table.values()) == worst > 0
    assert sorted(shapes_of(page)) == sorted(table)
    shares = [int(cells[1]) / int(cells[0]) for cells in table.values()]
    assert shares == sorted(shares, reverse=True)
    assert next(iter(table)) in demo_client.get(f"/areas/{next(iter(table))}").text
    assert "Barsetshire is invented" in text_of(page)


def fifths_hold(client: TestClient, page: str, area_type: str) -> None:
    """Every area of the table is drawn, in the fifth that its place gives, with the value that the API tells."""
    table, shapes = table_of(page), shapes_of(page)
    assert sorted(table) == sorted(shapes)
    values = {code: float(cells[1]) for code, cells in table.items()}
    assert list(values.values()) == sorted(values.values(), reverse=True)
    higher = [sum(other > value for other in values.values()) for value in values.values()]
    for code, place in zip(values, higher, strict=True):
        assert shapes[code] == PLUM[math.ceil(5 * (place + 1) / len(values)) - 1]
    asked = f"/api/v1/indicators/imd-2019-demo-income/values?area_type={area_type}&limit=1000"
    told: dict[str, Any] = {
        item["code"]: item["value"] for item in client.get(asked).json()["items"]
    }
    assert values == pytest.approx(told, rel=1e-3)


def test_an_indicator_is_drawn_by_fifths_and_its_tiles_are_there(demo_client: TestClient) -> None:
    page = read(demo_client, INCOME)
    fifths_hold(demo_client, page, "lsoa")
    tile = re.search(r'data-afar="([^"]+)"', page)
    assert tile is not None
    assert demo_client.get(unescape(tile[1]).format(z=6, y=21, x=31)).status_code == 200


def test_what_is_held_of_too_many_areas_for_a_picture_is_told_by_council(
    demo_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indicator_view, "MOST_PICTURED", 50)
    page = read(demo_client, f"{INCOME}?period=2019")
    fifths_hold(demo_client, page, "lad")
    # The picture's key is of councils, the key of the tiles of small areas.
    assert "averaged by people" in text_of(page)
    assert re.search(r'data-close="/ogc/collections/lsoa/tiles/[^"]+"', page)
    keys = re.findall(r'<div data-key="(\w+)"( hidden)?>', page)
    assert keys == [("picture", ""), ("close", " hidden")]


def test_a_release_shows_each_of_its_areas_with_its_ground(demo_client: TestClient) -> None:
    known = demo_client.get("/api/v1/releases?limit=100").json()["items"]
    release = next(one for one in known if one["id"].startswith("lad-"))
    page = read(demo_client, f"/data/releases/{release['id']}")
    table = table_of(page)
    assert len(table) == release["areas"]
    assert sorted(shapes_of(page)) == sorted(table)
    assert all(cells[0].endswith("km²") for cells in table.values())
    rows = rows_of(demo_client, page)
    assert sorted(row["code"] for row in rows) == sorted(table)


@pytest.mark.parametrize("kind", ["indices", "indicators", "releases"])
def test_what_is_not_there_is_a_page_that_says_so(demo_client: TestClient, kind: str) -> None:
    page = read(demo_client, f"/data/{kind}/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404)
    assert "<script>alert" not in page
    assert "<h1>" in page


def test_what_a_partnership_keeps_for_itself_has_no_page_for_all(db: Session) -> None:
    row = Indicator(
        id="own-count", number=9001, title="Own count", definition="", unit="people", direction="higher-is-worse",
        nature="extensive", area_type="lsoa", area_set="lsoa-2021", release_id="", publisher="A council",
        licence="", attribution="", confidential=True, partial=False, demo=False, dataset_id="upload",
        source_file="f.csv", sha256="", rows_in=0, rows_stored=0, rows_refused=0, rows_elsewhere=0,
        loaded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    db.add(row)
    db.flush()
    db.add(
        IndicatorPeriod(
            number=9001, period="2025", values_held=0, suppressed=0, missing=0, ranked=0
        )
    )
    db.flush()
    with pytest.raises(UnknownIndicator, match="belongs to a partnership"):
        indicator_view.indicator_page(db, "own-count", date(2026, 1, 1))


def test_an_unknown_period_is_said_to_be_unknown(demo_client: TestClient) -> None:
    page = text_of(read(demo_client, f"{INCOME}?period=1066", 404))
    assert "1066" in page
    assert "it holds" in page


def test_what_is_loaded_leads_to_every_page_of_a_dataset(demo_client: TestClient) -> None:
    page = read(demo_client, "/data")
    links = set(re.findall(r'href="(/data/[^"]+)"', page))
    assert INDEX in links
    assert any(link.startswith("/data/releases/") for link in links)
    for link in sorted(links):
        assert demo_client.get(link, headers={"Accept": "text/html"}).status_code == 200, link


@pytest.mark.parametrize(
    "address", ["/", INDEX, INCOME, "/data/indicators/imd-2019-demo-health?period=2019"]
)
def test_a_national_map_thanks_the_publishers_of_its_tiles_and_nobody_else(
    demo_client: TestClient, address: str
) -> None:
    page = read(demo_client, address)
    caption = text_of(page.split('<p class="mapcaption">', 1)[1].split("</p>", 1)[0])
    thanked = set()
    for tiles in re.findall(r'data-(?:afar|close)="([^"]+)"', page):
        about, _, asked = unescape(tiles).partition("/{z}/{y}/{x}")
        thanked.add(demo_client.get(f"{about}/tilejson.json{asked}").json()["attribution"])
    releases = demo_client.get("/api/v1/releases?limit=100").json()["items"]
    full = [demo_client.get(f"/api/v1/releases/{one['id']}").json() for one in releases]
    others = {one["source"]["attribution"] for one in full} - thanked
    assert all(words in caption for words in thanked)
    # One publisher's words may be the beginning of another's.
    left = caption
    for words in thanked:
        left = left.replace(words, "")
    assert [words for words in others if words and words in left] == []
    # Each in words, with its release behind them.
    (outlines,) = re.findall(r"Outlines: ([^.]+)\.", caption)
    named = set(re.findall(r"\(([a-z0-9-]+)\)", outlines))
    assert len(named) == outlines.count(", ") + 1
    drawn = {one["id"] for one in full if one["source"]["attribution"] in thanked}
    assert named <= drawn
