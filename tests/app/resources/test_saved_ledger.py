"""A ledger on a partnership's saved neighbourhoods: overlapping lists of small areas, and an estate of postcodes."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
import typer
from sqlalchemy import Engine, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.access.actions import create_token
from app.main import create_app
from app.places.demo import DEMO_SLUG
from app.resources.ledger_commands import ledger_command
from app.resources.ledger_files import TABLES
from app.resources.methods.ledger import IN_SEVERAL
from app.sessions import reading, writing
from app.settings import Settings
from boundaries.tables import Postcode
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
API = "/api/v1/partnerships"
LEDGER, PAGE = f"{API}/{DEMO_SLUG}/ledger", f"/partnerships/{DEMO_SLUG}/resources"
SAVED = "neighbourhoods=saved"


class County:
    """The demo county with three saved neighbourhoods and the lines of one file stated in and around them.

    Mill holds areas[0] and [1], Quay areas[1] and [2]; Yard is half of the postcodes of areas[3].
    """

    def __init__(self, client: TestClient, engine: Engine) -> None:
        self.client, self.engine = client, engine
        with writing(engine) as session:
            secret = create_token(session, "editor", DEMO_SLUG, "a test").secret
        self.signed = {"Authorization": f"Bearer {secret}"}
        self.before = client.get(f"{LEDGER}?{SAVED}")
        self.page_before = client.get(f"{PAGE}?{SAVED}")
        body = client.get(f"{LEDGER}?lines=none").json()
        parts = client.get(f"{LEDGER}/need?units=small_area").json()["parts"]
        priority = {code for each in body["neighbourhoods"] for code in each["codes"]}
        with reading(engine) as session:
            rows = session.execute(
                select(Postcode.lsoa11_code, Postcode.postcode)
                .where(Postcode.status == "current")
                .order_by(Postcode.lsoa11_code, Postcode.postcode)
            ).all()
        postcodes: dict[str, list[str]] = {}
        for code, postcode in rows:
            postcodes.setdefault(str(code), []).append(postcode)
        free = [
            part["key"]
            for part in sorted(parts, key=lambda part: str(part["key"]))
            if part["key"] not in priority and len(postcodes.get(part["key"], [])) >= 4
        ]
        self.areas, self.yard_area = free[:3], free[3]
        own = postcodes[self.yard_area]
        self.yard, self.next_door = own[: len(own) // 2], own[len(own) // 2 :]
        self._keep("Mill", codes=self.areas[:2])
        self._keep("Quay", codes=self.areas[1:])
        self._keep("Yard", postcodes=self.yard)
        self.rows = [
            ("in Mill alone", "1.00", self.areas[0]), ("in both", "20.00", self.areas[1]),
            ("in Quay alone", "300.00", self.areas[2]), ("in the yard", "4000.00", self.yard[0]),
            ("next door", "50000.00", self.next_door[0]), ("=1+1", "0.10", "whole partnership"),
        ]  # fmt: skip
        out = io.StringIO()
        csv.writer(out).writerows(
            [("what", "amount", "year", "funder", "place")]
            + [(what, amount, "2018-19", "Own fund", place) for what, amount, place in self.rows]
        )
        made = client.post(
            f"/api/v1/resources?partnership={DEMO_SLUG}", content=out.getvalue().encode(),
            headers=self.signed | {"Content-Type": "text/csv"},
        )  # fmt: skip
        assert made.status_code == 201, made.text

    def _keep(self, name: str, **ground: list[str]) -> None:
        sent = {"name": name, "partnership": DEMO_SLUG, "reason": "a test", **ground}
        made = self.client.post("/api/v1/neighbourhoods", json=sent, headers=self.signed)
        assert made.status_code == 201, made.text

    def told(self, query: str = SAVED, path: str = LEDGER) -> dict[str, Any]:
        answer = self.client.get(f"{path}?{query}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture(scope="module")
def county(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[County]:
    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with TestClient(create_app(Settings(data_dir=tmp_path_factory.mktemp("n")), engine)) as client:
        yield County(client, engine)
    cluster.drop(url)


def test_where_none_is_saved_the_answer_says_what_to_do(county: County) -> None:
    assert county.before.status_code == 404
    problem = county.before.json()
    assert problem["type"].endswith("/no-saved-neighbourhoods")
    assert f"bounds neighbourhood grow {DEMO_SLUG} --save" in problem["detail"]
    assert county.page_before.status_code == 404
    assert county.client.get(f"{LEDGER}?neighbourhoods=mine").status_code == 422


def test_saved_neighbourhoods_show_what_each_holds_and_count_it_once(county: County) -> None:
    body = county.told()
    assert body["neighbourhoods_are"] == "saved"
    assert [each["name"] for each in body["neighbourhoods"]] == ["Mill", "Quay", "Yard"]
    own = {line["title"]: line for line in body["lines"] if line["funder"] == "Own fund"}
    assert [own[what]["neighbourhood"] for what, _, _ in county.rows] == [1, 1, 2, 3, None, None]
    assert own["in both"]["also_in"] == [{"number": 2, "certainty": "located"}]
    assert own["next door"]["bucket"] == "rest_of_partnership"
    assert "saved neighbourhood 3, Yard" in own["in the yard"]["reason"]
    rows = {row["key"]: row for row in body["rows"]}
    for key, least in ((1, 2_100), (2, 32_000), (3, 400_000), (IN_SEVERAL, -2_000)):
        held = [
            line["amount_pence"]
            for line in body["lines"]
            if key in (line["neighbourhood"], *(each["number"] for each in line["also_in"]))
            or (key == IN_SEVERAL and line["also_in"])
        ]
        assert rows[key]["file_pence"] == (-1 if key == IN_SEVERAL else 1) * sum(held)
        assert sum(held) >= abs(least)
    totals = body["totals"]
    assert sum(row["file_pence"] for row in body["rows"]) == totals["file_pence"]
    assert sum(row["lines"] for row in body["rows"]) == totals["file_lines"]
    assert totals["file_pence"] == county.told("lines=none")["totals"]["file_pence"]
    table = csv.DictReader(io.StringIO(county.client.get(f"{LEDGER}.csv?{SAVED}").text))
    shown = {row["title"]: (row["neighbourhood"], row["also_in"]) for row in table}
    assert (shown["in both"], shown["in the yard"], shown["next door"]) == (
        ("1", "2"),
        ("3", ""),
        ("", ""),
    )
    figures = county.told(f"{SAVED}&lines=none")
    assert figures["totals"] == totals
    assert figures["neighbourhoods"] == body["neighbourhoods"]


def test_an_estate_of_postcodes_has_its_own_people_and_the_rest_has_the_others(
    county: County,
) -> None:
    body = county.told(f"{SAVED}&lines=none")
    yard = body["neighbourhoods"][2]
    assert yard["parts"][0]["code"] == county.yard_area
    parts = county.told("units=small_area", f"{LEDGER}/need")["parts"]
    people = {part["key"]: part["people"] for part in parts}
    share = yard["parts"][0]["share"]
    assert 0 < share < 1
    assert yard["people"] == pytest.approx(share * people[county.yard_area], abs=0.6)
    rest = next(row for row in body["rows"] if row["key"] == "rest_of_partnership")
    held = sum(people[code] for code in county.areas) + yard["people"]
    assert rest["people"] == pytest.approx(sum(people.values()) - held, abs=1)


def test_need_of_overlapping_neighbourhoods_is_told_of_each_and_summed_once(county: County) -> None:
    priorities = county.told("", f"{LEDGER}/need")
    saved = county.told(SAVED, f"{LEDGER}/need")
    assert saved["totals"]["people"] == pytest.approx(priorities["totals"]["people"], abs=2)
    assert saved["totals"]["pence"] == saved["placed_pence"] == priorities["placed_pence"]
    parts = {part["label"]: part for part in saved["parts"]}
    rows = {row["label"]: row for row in county.told(f"{SAVED}&lines=none")["rows"]}
    for name in ("Mill", "Quay", "Yard"):
        assert parts[name]["pence"] == rows[name]["located_pence"] + rows[name]["estimated_pence"]
        assert parts[name]["people"] == rows[name]["people"]
    assert sum(part["pence"] for part in saved["parts"]) > saved["placed_pence"]


def test_the_page_offers_the_choice_and_keeps_it_in_its_address(county: County) -> None:
    plain = county.client.get(PAGE).text
    assert '<input type="radio" name="neighbourhoods" id="n-saved" value="saved">' in plain
    page = county.client.get(f"{PAGE}?{SAVED}")
    assert page.status_code == 200
    assert 'id="n-saved" value="saved" checked' in page.text
    assert "Money by saved neighbourhood" in page.text
    assert "In more than one neighbourhood, counted once" in page.text
    assert "&amp;neighbourhoods=saved" in page.text
    shapes = county.client.get(f"/partnerships/{DEMO_SLUG}/map.geojson?{SAVED}").json()
    names = {feature["properties"].get("name") for feature in shapes["features"]}
    assert {"Mill", "Quay", "Yard"} <= names


def test_the_command_takes_the_same_choice(county: County) -> None:
    app = typer.Typer()
    app.command("ledger")(ledger_command)
    asked = [DEMO_SLUG, "--neighbourhoods", "saved"]
    done = CliRunner().invoke(app, asked, obj=lambda: county.engine)
    assert done.exit_code == 0, done.output
    assert "Quay" in done.output
    refused = CliRunner().invoke(app, [*asked[:-1], "mine"], obj=lambda: county.engine)
    assert "neighbourhoods: one of priorities, saved" in str(refused.exception)


@pytest.mark.parametrize("table", TABLES)
def test_each_table_as_csv_is_the_api_s_and_sums_to_the_file(county: County, table: str) -> None:
    answer = county.client.get(f"{LEDGER}/by/{table}.csv?{SAVED}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    if table == "bucket":
        totals = county.told(f"{SAVED}&lines=none")["totals"]
        told = {row["where"]: int(row["pence"]) for row in rows if not row["certainty"]}
        assert told.pop("recipient_only") == totals["recipient_only_pence"]
        assert told.pop("file") == totals["file_pence"] == sum(told.values())
        return
    body = county.told(f"{SAVED}&lines=none&by={table}")
    assert [row["label"] for row in rows] == [neutral(str(row["label"])) for row in body["rows"]]
    for name in ("file_pence", "lines", "located_pence", "not_placed_pence"):
        assert [int(row[name]) for row in rows] == [row[name] for row in body["rows"]]
    assert sum(int(row["file_pence"]) for row in rows) == body["totals"]["file_pence"]
    assert county.client.get(f"{LEDGER}/by/postman.csv").status_code == 404


def neutral(words: str) -> str:
    return f"'{words}" if words[:1] in "=+-@" else words


def test_the_workbook_holds_every_table_and_every_line_and_runs_nothing(county: County) -> None:
    answer = county.client.get(f"{LEDGER}.xlsx?{SAVED}")
    assert answer.content == county.client.get(f"{LEDGER}.xlsx?{SAVED}").content
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    body = county.told()
    tables = {
        sheet.title: [dict(zip([c.value for c in rows[0]], [c.value for c in row], strict=True)) for row in rows[1:]]
        for sheet in book
        for rows in [list(sheet.rows)]
    }  # fmt: skip
    assert {
        "totals",
        "by_neighbourhood",
        "by_theme",
        "by_programme",
        "by_partner",
        "by_grade",
        "lines",
    } <= set(tables)
    assert [row["estimate_pence"] for row in tables["by_neighbourhood"]] == [
        row["estimate_pence"] for row in body["rows"]
    ]
    file = body["totals"]["file_pence"]
    for name, rows in tables.items():
        if name.startswith("by_") and name != "by_grade":
            assert sum(row["file_pence"] for row in rows) == file
    assert sum(row["pence"] for row in tables["by_grade"] if row["in_totals"]) == file
    assert sum(row["amount_pence"] for row in tables["lines"] if row["in_totals"]) == file
    cells = [cell for sheet in book for row in sheet.rows for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_lines_as_geojson_are_all_lines_each_once_and_stand_where_they_say(county: County) -> None:
    address, features = f"{LEDGER}.geojson?{SAVED}&limit=40", []
    while address:
        page = county.client.get(address).json()
        features += page["features"]
        assert len(page["features"]) <= 40
        address = page["next"]
    body = county.told()
    assert len(features) == page["total"] == body["lines_total"]
    lines = {line["id"]: line for line in body["lines"]}
    counted = [f for f in features if f["properties"]["in_totals"]]
    assert [f["id"] for f in counted] == sorted(lines)
    assert sum(f["properties"]["amount_pence"] for f in counted) == body["totals"]["file_pence"]
    own = {f["properties"]["title"]: f for f in counted if f["properties"]["funder"] == "Own fund"}
    with reading(county.engine) as session:
        lon, lat = session.execute(
            select(Postcode.lon, Postcode.lat).where(Postcode.postcode == county.yard[0])
        ).one()
    assert own["in the yard"]["geometry"]["coordinates"] == [round(lon, 7), round(lat, 7)]
    assert own["in both"]["properties"]["drawn_at"] == "area"
    west, south, east, north = county.client.get(f"/api/v1/areas/{county.areas[1]}.geojson").json()[
        "bbox"
    ]
    x, y = own["in both"]["geometry"]["coordinates"]
    assert west < x < east and south < y < north  # noqa: PT018 - one fact
    assert own["=1+1"]["geometry"] is None
    rest = county.client.get(f"{LEDGER}.geojson?{SAVED}&bucket=neighbourhoods").json()
    assert rest["total"] == len(rest["features"]) == body["totals"]["neighbourhoods_lines"]


def test_the_page_links_each_download_with_its_own_choices(county: County) -> None:
    page = county.client.get(f"{PAGE}?{SAVED}&stage=awarded").text
    links = {html.unescape(link) for link in re.findall(r'href="([^"]*/ledger[^"]*)"', page)}
    for ending in (
        ".xlsx",
        ".csv",
        ".geojson",
        "/by/neighbourhood.csv",
        "/by/grade.csv",
        "/by/bucket.csv",
    ):
        found = [link for link in links if link.partition("?")[0] == f"{LEDGER}{ending}"]
        assert found, ending
        for link in found:
            assert SAVED in link
            assert county.client.get(link).status_code == 200
