"""Programmes, services, budgets and sums over HTTP and on the command line; programmes on a partnership's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.main import create_app
from app.places.demo import DEMO_SLUG
from app.resources.beside_commands import programmes_command, services_command
from app.resources.outlets import load_services
from app.resources.programmes import load_programme_file
from app.resources.published import load_budgets, load_recipient_sums
from app.resources.storing import Publication
from app.settings import Settings
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
SCHOOLS = "URN,Establishment name,Street,Town,Postcode,Type of establishment,Opening date,X,Y\n" + "".join(
    f"{at},School {at},,,,Academy,,{500_000 + 1000 * at},200000\n" for at in range(1, 6)
)  # fmt: skip
FILES: list[tuple[Any, str, str | None, str]] = [
    (
        load_programme_file, "nrf-allocations", "40 of 88 districts",
        "district_2001,financial_year,allocation_gbp,basis,source\n"
        "Barset,2001-02,10,derived: half,Lords\nBarset,2003-04,20,published,Lords\n"
        '"<script>alert(1)</script>",2003-04,30,published,Lords\n',
    ),
    (load_services, "schools-2017", "a quarter of schools", SCHOOLS),
    (
        load_budgets, "core-spending-power-2015-2020", None,
        "ons_code,authority,region,year,sfa,under_index,ct_total,nhb,nhb_return,rsdg\n"
        "E07000062,Hastings,SE,2018,1,2,3,4,5,6\nE10000011,East Sussex,SE,2018,1,2,3,4,5,6\n",
    ),
    (
        load_recipient_sums, "grantnav-2018", None,
        "Funding Org:Name,Award Year,Recipient District Geographic Code,Recipient Ward Geographic Code,"
        "Recipient Region,Amount Awarded,Identifier\nF,2014,E07000062,E05003932,South East,3.0,3\n",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(
    make_database: Callable[[str], str], demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:  # fmt: skip
    opened = open_engine(make_database(demo_template), statement_timeout_s=60)
    folder = tmp_path_factory.mktemp("published")
    with Session(opened) as session, session.begin():
        for load, dataset, coverage, written in FILES:
            path = folder / f"{dataset}.csv"
            path.write_text(written, encoding="utf-8")
            load(session, path, Publication(f"Title of {dataset}", "P", "OGL", "A", dataset, coverage))  # fmt: skip
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path_factory.mktemp("bounds")), engine)) as opened:  # fmt: skip
        yield opened


def told(served: TestClient, address: str) -> Any:
    answer = served.get(f"/api/v1{address}" if not address.startswith("/api") else address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_programme_is_listed_with_its_coverage_and_shown_with_every_basis(
    served: TestClient,
) -> None:
    (listed,) = told(served, "/programmes")["items"]  # the demo's programme is no national one
    assert (listed["id"], listed["coverage"], listed["derived"]) == (
        "neighbourhood-renewal-fund", "40 of 88 districts", True,
    )  # fmt: skip
    body = told(served, f"/programmes/{listed['id']}")
    assert {each["coverage"] for each in body["allocations"]} == {"40 of 88 districts"}
    assert [each["basis"] for each in body["allocations"] if each["derived"]] == ["derived: half"]
    assert body["sources"][0]["licence"] == "OGL"
    assert served.get("/api/v1/programmes/no-such").status_code == 404
    assert told(served, "/programmes?district=E07000062")["total"] == 0


def test_services_come_page_by_page_each_once_also_by_distance(served: TestClient) -> None:
    for asked in ("kind=school", "near=-0.55,51.69", "bbox=-1,51,0,52"):
        seen: list[str] = []
        address: str | None = f"/services?{asked}&limit=2"
        while address:
            body = told(served, address)
            assert body["total"] == 5
            assert body["sources"][0]["coverage"] == "a quarter of schools"
            seen += [each["name"] for each in body["items"]]
            address = body["next"]
        assert sorted(seen) == [f"School {at}" for at in range(1, 6)]


def test_services_as_geojson_are_the_same_as_in_the_list(served: TestClient) -> None:
    items = told(served, "/services")["items"]
    answer = served.get("/api/v1/services.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    features = answer.json()["features"]
    assert [each["geometry"]["coordinates"] for each in features] == [
        [each["lon"], each["lat"]] for each in items
    ]
    tag = answer.headers["etag"]
    assert served.get("/api/v1/services.geojson", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "asked",
    ["kind=castle", "near=1", "near=200,1", "near=a,b", "within_m=5", "near=0,51&within_m=0", "bbox=1,2,3",
     "near=0,51&within_m=inf"],
)  # fmt: skip
def test_a_question_about_services_that_cannot_be_is_refused(
    served: TestClient, asked: str
) -> None:
    answer = served.get(f"/api/v1/services?{asked}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_services_within_an_area_that_is_not_here_or_not_drawn_is_a_404(served: TestClient) -> None:
    assert served.get("/api/v1/services?within=E99999999").status_code == 404


def test_budgets_are_of_one_authority_and_name_its_level(served: TestClient) -> None:
    body = told(served, "/budgets?area=E07000062&year=2018-19&limit=4")
    assert (body["total"], {each["level"] for each in body["items"]}) == (6, {"district"})
    rest = told(served, body["next"])["items"]
    assert [each["amount_pence"] for each in body["items"] + rest] == [
        100_000_000 * at for at in range(1, 7)
    ]
    assert served.get("/api/v1/budgets?year=2018").status_code == 422


def test_sums_by_recipient_say_their_grade(served: TestClient) -> None:
    (row,) = told(served, "/recipient-sums?area=E07000062")["items"]
    assert (row["grade"], row["amount_pence"], row["grants"]) == ("F", 300, 3)


def test_the_page_of_a_partnership_shows_its_programmes_beside_the_ledger(served: TestClient) -> None:  # fmt: skip
    page = served.get(f"/partnerships/{DEMO_SLUG}/resources")
    assert page.status_code == 200
    assert "Barsetshire Renewal Fund" in page.text
    assert "Renewal Fund allocation for Hogglestock (invented)" in page.text
    assert "40 of 88 districts" not in page.text  # a national programme is for none of its councils


@pytest.fixture
def bounds(engine: Engine) -> Callable[..., Any]:
    app = typer.Typer()
    app.command("programmes")(programmes_command)
    app.command("services")(services_command)
    return lambda *words: CliRunner().invoke(app, list(words), obj=lambda: engine)


def test_the_command_line_says_the_same_as_http(
    served: TestClient, bounds: Callable[..., Any]
) -> None:
    printed = bounds("programmes", "neighbourhood-renewal-fund", "--json")
    assert orjson.loads(printed.stdout) == told(served, "/programmes/neighbourhood-renewal-fund")
    table = bounds("programmes", "neighbourhood-renewal-fund").stdout
    assert "40 of 88 districts" in table
    assert "worked out" in table
    assert "40 of 88" in bounds("programmes").stdout
    near = bounds("services", "--near", "-0.55", "51.69", "--limit", "1", "--json")
    assert orjson.loads(near.stdout)["total"] == 5
    assert "School 1" in bounds("services", "--kind", "school").stdout
