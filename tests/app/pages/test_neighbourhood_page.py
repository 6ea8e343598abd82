"""A neighbourhood's own page over the demo county: figures, map, money, versions, and hostile names."""

from __future__ import annotations

import csv
import io
import math
import re
import statistics
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.neighbourhoods.tables import Neighbourhood, NeighbourhoodVersion
from app.places.demo import DEMO_SLUG
from boundaries.footprints import Ground, store_footprint
from boundaries.tables import Boundary, Postcode, Release
from tests.app.pages.test_pages import read, text_of
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

HOSTILE = '"><img src=x onerror=alert(1)>'
API = "/api/v1/neighbourhoods/quarter/profile"


@pytest.fixture(scope="module")
def served(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The demo county with one neighbourhood of two versions, five small areas and then three of them."""
    from starlette.testclient import TestClient

    from app.main import create_app
    from app.settings import Settings

    url = cluster.clone(demo_template)
    engine = open_engine(url)
    settings = Settings(data_dir=tmp_path_factory.mktemp("quarter"))
    with TestClient(create_app(settings, engine)) as opened:
        asked = {"partnership": DEMO_SLUG, "perturb": "none"}
        areas = opened.get("/api/v1/designate", params=asked).json()["areas"]
        worst = sorted(areas, key=lambda area: area["rank"])[:5]
        codes = tuple(area["code"] for area in worst)
        with Session(engine) as session, session.begin():
            session.add(
                Neighbourhood(
                    slug="quarter", name=HOSTILE, named_by="person", kind="listed", made_by="t", demo=True,
                    partnership_slug=DEMO_SLUG,
                )
            )  # fmt: skip
            session.flush()
            for version, some in ((1, codes), (2, codes[:3])):
                ground = Ground(codes=some, as_at=date(2019, 10, 1), demo=True)
                session.add(
                    NeighbourhoodVersion(
                        slug="quarter", version=version, footprint_id=store_footprint(session, ground),
                        reason=f"because {version}", author="t", inputs={}, figures={},
                    )
                )  # fmt: skip
        yield opened
    cluster.drop(url)


def test_the_page_says_where_it_stands_and_every_shape_has_its_row(served: TestClient) -> None:
    page = read(served, "/neighbourhoods/quarter")
    assert "of small areas in Barsetshire (invented)" in text_of(page)
    shapes = re.findall(r'<path data-code="(X[^"]+)" fill=', page)
    rows = re.findall(r'<tr data-code="([^"]+)"', page)
    assert shapes == rows
    assert len(rows) == 3
    # every number leads to a receipt that is there
    linked = set(re.findall(r'href="#(receipt-\d+)"', page))
    assert len(linked) > 40
    assert linked <= set(re.findall(r'<tr id="(receipt-\d+)"', page))


def test_themes_stand_worst_first_below_the_whole(served: TestClient) -> None:
    page = read(served, "/neighbourhoods/quarter")
    table = page.partition('aria-label="By theme"')[2].partition("</table>")[0]
    shown = re.findall(r'<th scope="row">([^<]+)</th>', table)
    whole, *parts = served.get(API).json()["themes"]
    in_order = sorted(parts, key=lambda one: one["middle_rank"]["rank"])
    assert shown == [one["title"] for one in (whole, *in_order)]
    assert in_order != parts


def test_each_theme_fills_its_tenth_and_marks_that_of_the_partnership(served: TestClient) -> None:
    page = read(served, "/neighbourhoods/quarter")
    table = page.partition('aria-label="By theme"')[2].partition("</table>")[0]
    drawn = re.findall(r'<svg class="tenths".*?</svg>', table)
    whole, *parts = served.get(API).json()["themes"]
    themes = [whole, *sorted(parts, key=lambda one: one["middle_rank"]["rank"])]
    assert len(drawn) == len(themes)
    for boxes, theme in zip(drawn, themes, strict=True):
        filled = re.findall(r'<rect x="(\d+)"[^>]*fill="#3b0f4f"', boxes)
        foot = re.findall(r'<rect x="(\d+)" y="17"', boxes)
        assert filled == [str(18 * (theme["middle_rank"]["decile"] - 1))]
        assert foot == [str(18 * (theme["middle_in_partnership"]["decile"] - 1))]
        assert boxes.count("<rect") == 11
    partnership = read(served, f"/partnerships/{DEMO_SLUG}/profile")
    assert partnership.count('<svg class="tenths"') == len(themes)
    assert (
        'y="17"' not in partnership.partition('aria-label="By theme"')[2].partition("</table>")[0]
    )


def test_tenths_of_here_and_of_the_partnership_are_made_again_from_their_rows(
    served: TestClient,
) -> None:
    profile = served.get(API).json()
    for theme in profile["themes"]:
        middles = theme["middle_rank"], theme["middle_in_partnership"]
        for one in middles:
            answer = served.get(profile["receipts"][one["receipt"]]["rows"])
            rows = csv.DictReader(io.StringIO(answer.text))
            ranks = [float(row["rank"]) for row in rows if float(row["share"]) > 0]
            assert one["rank"] == statistics.median(ranks)
            assert one["decile"] == math.ceil(10 * math.ceil(one["rank"]) / one["of"])
        assert middles[0]["rank"] != middles[1]["rank"]
    partnership = served.get(f"/api/v1/partnerships/{DEMO_SLUG}/profile").json()
    assert {theme["middle_in_partnership"] for theme in partnership["themes"]} == {None}


def test_an_older_version_still_gives_its_numbers_and_says_that_it_is_older(
    served: TestClient,
) -> None:
    first = served.get(API, params={"version": 1}).json()
    newest = served.get(API).json()
    assert (first["version"], newest["version"]) == (1, 2)
    assert (first["ground"]["areas"], newest["ground"]["areas"]) == (5, 3)
    assert "version=1" in first["receipts"][first["ground"]["receipt"]]["rows"]
    page = read(served, "/neighbourhoods/quarter?version=1")
    assert "This is version 1; the newest is version 2" in text_of(page)
    assert served.get(API, params={"version": 3}).status_code == 404


def test_its_rank_in_the_partnership_is_counted_among_the_partnerships_small_areas(
    served: TestClient,
) -> None:
    body = served.get(API).json()
    theme = body["themes"][0]
    rank = theme["rank_in_partnership"]
    lines = served.get(body["receipts"][rank["receipt"]]["rows"]).text.splitlines()
    at = lines[0].split(",").index("score")
    scores = [float(line.rsplit(",", len(lines[0].split(",")) - at)[1]) for line in lines[1:]]
    assert len(scores) == rank["of"] == 92
    assert rank["rank"] == 1 + sum(score > theme["level"]["value"] + 1e-6 for score in scores)
    # three of the worst five: their mean stands among the worst
    assert rank["rank"] <= 4


def test_the_files_to_take_away_hold_the_same_figures(served: TestClient) -> None:
    body = served.get(API).json()
    book = openpyxl.load_workbook(io.BytesIO(served.get(f"{API}.xlsx").content))
    assert book.sheetnames == ["figures", "small_areas", "nearest"]
    people = next(row for row in book["figures"].iter_rows(values_only=True) if row[1] == "people")
    assert people[4] == body["ground"]["people"]
    assert len(served.get(f"{API}.geojson").json()["features"]) == 3
    assert served.get(f"{API}.csv").text.count("\r\n") == book["figures"].max_row


def test_a_hostile_name_stays_text_on_its_page_and_in_its_files(served: TestClient) -> None:
    for address in ("/neighbourhoods/quarter", "/board-check?neighbourhood=quarter", "/compare",
                    "/compare?place=neighbourhoods/quarter&place=X07000002"):  # fmt: skip
        page = read(served, address)
        assert "<img src=x" not in page, address
        assert "onerror=alert(1)" in page, address


def test_money_services_gaps_and_what_to_do_stand_on_the_page(served: TestClient) -> None:
    page = read(served, "/neighbourhoods/quarter")
    said = text_of(page)
    ledger = served.get("/api/v1/neighbourhoods/quarter/ledger").json()
    for certainty in ("located", "estimated"):
        own = [row[f"{certainty}_pence"] for row in ledger["by_year_and_theme"]]
        assert sum(own) == ledger[certainty]["pence"]
    assert ledger["lines_in_all"] > 0
    for row in ledger["by_year_and_theme"]:
        assert f"{row['located_pence'] / 100:,.2f}" in said
    for heading in (
        "Money by year and theme",
        "Services in and near",
        "What is missing",
        "What to do next",
    ):
        assert heading in said
    assert "no service is loaded" in said.lower()
    services = served.get("/api/v1/neighbourhoods/quarter/services").json()
    assert (services["version"], services["kinds"]) == (2, [])
    assert served.get("/api/v1/neighbourhoods/nowhere/services").status_code == 404


def test_a_postcode_is_led_to_its_partnership_and_its_neighbourhood(
    served: TestClient, demo_engine: Engine
) -> None:
    asked = {"partnership": DEMO_SLUG, "perturb": "none"}
    areas = served.get("/api/v1/designate", params=asked).json()["areas"]
    ranked = [area["code"] for area in sorted(areas, key=lambda area: area["rank"])]
    # The second version, the newest, is of the three worst alone.
    with Session(demo_engine) as session:
        points = session.execute(
            select(Postcode.postcode, Boundary.code)
            .join(Boundary, func.ST_Covers(Boundary.geom, Postcode.geom))
            .join(Release, Release.id == Boundary.release_id)
            .where(Release.area_type == "lsoa", Postcode.demo)
            .order_by(Postcode.postcode)
        ).all()
    within = {code: postcode for postcode, code in points}
    for code in (ranked[0], ranked[3]):
        page = read(served, f"/search?q={within[code].replace(' ', '+')}")
        assert f'href="/partnerships/{DEMO_SLUG}"' in page
        assert ('href="/neighbourhoods/quarter"' in page) == (code in ranked[:3])
