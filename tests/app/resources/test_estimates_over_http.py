"""Estimates and double counting through the API and the command line, on the demo county."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app as cli
from app.main import create_app
from app.places.demo import DEMO_SLUG
from app.settings import Settings
from boundaries.errors import Invalid
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
LEDGER = f"/api/v1/partnerships/{DEMO_SLUG}/ledger"
# A fund gives 1,000 to a charity of one council, that passes 600 on to a ward's group, which returns 50.
LINKED = """
INSERT INTO resource_lines (id, file_id, row, identifier, title, funder, recipient, stage, amount_pence, currency,
    financial_year, awarded_on, place_kind, place_code, place_type, grade, demo, role, related_identifier)
SELECT t.id, f.id, 1, t.id, t.id, t.funder, t.recipient, 'awarded', t.pence, 'GBP', '2018-19', t.day, 'area',
    'X07000002', 'lad', 'D', true, t.role, t.of
FROM (VALUES
    ('zz/a', 'Fund', 'Charity', 100000, DATE '2018-05-01', 'award', NULL),
    ('zz/b', 'Charity', 'Group', 60000, DATE '2018-06-01', 'regrant', 'zz/a'),
    ('zz/r', 'Charity', 'Group', -5000, DATE '2018-07-01', 'refund', 'zz/b'),
    ('zz/m', 'Council', 'Group', 7000, DATE '2018-07-01', 'match', 'zz/a')
) AS t (id, funder, recipient, pence, day, role, of)
CROSS JOIN (SELECT id FROM resource_files WHERE demo ORDER BY id LIMIT 1) AS f
"""
TWIN = """
INSERT INTO resource_files (id, title, publisher, licence, attribution, source_file, sha256, kind, rows_in,
    rows_stored, rows_refused, demo)
VALUES ('twin', 't', 'p', 'l', 'a', 's', 'twin', 'plain', 1, 1, 0, true);
INSERT INTO resource_lines (id, file_id, row, identifier, title, funder, recipient, stage, amount_pence, currency,
    financial_year, awarded_on, place_kind, grade, demo)
VALUES ('twin/1', 'twin', 1, 'twin/1', 't', ' FUND', 'charity ', 'awarded', 100000, 'GBP', '2018-19', '2018-05-01',
    'none', 'G', true)
"""


@pytest.fixture(scope="module")
def engine(make_database: Callable[[str], str], demo_template: str) -> Iterator[Engine]:
    opened = open_engine(make_database(demo_template), statement_timeout_s=60)
    with Session(opened) as session, session.begin():
        session.execute(text(LINKED))
        for statement in TWIN.split(";"):
            session.execute(text(statement))
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path_factory.mktemp("b")), engine)) as opened:
        yield opened


def told(served: TestClient, address: str) -> dict[str, Any]:
    answer = served.get(address)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_estimate_stands_beside_the_ledger_and_sums_to_the_file_on_every_basis(
    served: TestClient,
) -> None:
    ledger, body = told(served, LEDGER), told(served, f"{LEDGER}/estimates")
    file_pence = ledger["totals"]["file_pence"]
    assert sum(row["estimate_pence"] for row in body["rows"]) == file_pence
    assert [row["estimate_pence"] for row in ledger["rows"]] == [
        row["estimate_pence"] for row in body["rows"]
    ]
    bases = {"population", "households", "worst-fifth", "equal", "area"}
    for basis in bases:
        assert sum(row["by_basis"][basis] for row in body["rows"]) == file_pence
    compared = [each["basis"] for each in body["compared"]]
    assert {*compared, *(each["basis"] for each in body["left_out"])} == bases
    for row in body["rows"]:
        over = [row["by_basis"][basis] for basis in compared]
        assert (row["lowest_pence"], row["highest_pence"]) == (min(over), max(over))
    # What-if: the same as its own column, in the ledger too, and the totals do not move.
    what_if = told(served, f"{LEDGER}?basis=equal")
    assert [row["estimate_pence"] for row in what_if["rows"]] == [
        row["by_basis"]["equal"] for row in body["rows"]
    ]
    assert what_if["totals"] == ledger["totals"]
    assert what_if["estimate"]["words"] == "in equal shares of the small areas"


def test_of_very_many_lines_the_estimate_is_made_for_who_asks_for_it(
    served: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = told(served, f"{LEDGER}?lines=none")
    monkeypatch.setattr("app.resources.ledger_answers.MOST_WHOLE", 3)
    many = told(served, LEDGER)
    assert many["estimate"] is None
    assert {row["estimate_pence"] for row in many["rows"]} == {None}
    assert many["double_counting"]["possible_doubles"] is None
    assert many["double_counting"]["net_pence"] == few["double_counting"]["net_pence"]
    asked = told(served, f"{LEDGER}?basis=population")
    assert [row["estimate_pence"] for row in asked["rows"]] == [
        row["estimate_pence"] for row in few["rows"]
    ]


def test_every_shared_line_says_where_its_money_lies_page_by_page(served: TestClient) -> None:
    address, seen = f"{LEDGER}/estimates/lines?limit=7", []
    while address:
        page = told(served, address)
        seen += page["items"]
        address = page["next"]
    assert [each["id"] for each in seen] == sorted(each["id"] for each in seen)
    assert len(seen) == page["total"] > 7
    for each in seen:
        assert sum(zone["pence"] for zone in each["zones"]) == each["amount_pence"]
        assert (each["basis"] is None) or (each["why_not"] is None)
    # A refund of the council's money is shared as it was paid, below 0.
    refund = next(each for each in seen if each["id"] == "zz/r")
    assert all(zone["pence"] < 0 for zone in refund["zones"])
    rows = told(served, f"{LEDGER}/estimates")["rows"]
    shared: dict[Any, int] = {}
    for each in seen:
        for zone in each["zones"] if each["basis"] else []:
            shared[zone["zone"]] = shared.get(zone["zone"], 0) + zone["pence"]
    assert {row["key"]: row["estimate_shared_pence"] for row in rows} == {
        row["key"]: shared.get(row["key"], 0) for row in rows
    }


def test_what_is_counted_twice_is_told_with_the_ledger_and_by_itself(served: TestClient) -> None:
    body, ledger = told(served, f"{LEDGER}/double-counting"), told(served, LEDGER)
    file_pence = ledger["totals"]["file_pence"]
    # The refund of 5,000 lowers what was passed on: 55,000 of the charity's 100,000 stand twice.
    assert (body["refunds_pence"], body["regranted_pence"]) == (-5_000, 55_000)
    assert body["gross_pence"] == file_pence + 5_000
    assert body["net_pence"] == file_pence - 55_000
    assert (body["held_pence"], body["match_pence"]) == (45_000, 7_000)
    for bucket, own in body["by_bucket"].items():
        assert own["gross_pence"] + own["refunds_pence"] == ledger["totals"][f"{bucket}_pence"]
    assert [(each["id"], each["depth"]) for each in body["regrants"]["items"]] == [
        ("zz/a", 0), ("zz/b", 1),
    ]  # fmt: skip
    assert ledger["double_counting"]["net_pence"] == body["net_pence"]
    (pair,) = body["possible_doubles"]["items"]
    assert [each["id"] for each in pair] == ["twin/1", "zz/a"]
    # A year in which none of them is: nothing is counted twice in it.
    other = told(served, f"{LEDGER}/double-counting?year=1999-00")
    assert (other["gross_pence"], other["regrants"]["count"]) == (0, 0)


def test_the_table_of_estimates_is_the_same_as_text(served: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(served.get(f"{LEDGER}/estimates.csv").text)))
    body = told(served, f"{LEDGER}/estimates")
    assert [int(row["estimate_pence"]) for row in rows] == [
        row["estimate_pence"] for row in body["rows"]
    ]
    assert [int(row["worst_fifth_pence"]) for row in rows] == [
        row["by_basis"]["worst-fifth"] for row in body["rows"]
    ]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ("estimates?basis=people", 422, "basis: one of population"),
        ("estimates?basis=given&weights=X:-1", 422, "a number from 0"),
        ("estimates?basis=given&weights=X:1,X:2", 422, "a code once"),
        ("estimates?basis=given&weights=X:nan", 422, "a number from 0"),
        ("estimates?basis=raster-population", 404, "no grid of people"),
        ("estimates?by=theme", 400, "by"),
        ("estimates/lines?limit=0", 400, "limit"),
        ("double-counting?stage=promised", 422, "stage: one of"),
        ("double-counting?limit=1001", 400, "limit"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    served: TestClient, asked: str, status: int, words: str
) -> None:
    answer = served.get(f"{LEDGER}/{asked}")
    assert (answer.status_code, answer.headers["content-type"]) == (
        status, "application/problem+json",
    )  # fmt: skip
    assert words in answer.text


def test_the_command_line_says_the_same(
    engine: Engine, served: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOUNDS_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("BOUNDS_DATA_DIR", str(tmp_path))
    run = CliRunner()
    written = run.invoke(cli, ["estimate", DEMO_SLUG, "--json"])
    assert written.exit_code == 0, written.output
    assert orjson.loads(written.stdout) == told(served, f"{LEDGER}/estimates")
    table = run.invoke(cli, ["estimate", DEMO_SLUG, "--basis", "area"])
    assert "by area of ground; beside the ledger, in no total" in table.stdout
    ledger = run.invoke(cli, ["ledger", DEMO_SLUG])
    net = told(served, LEDGER)["double_counting"]["net_pence"]
    assert f"net £{net / 100:,.2f}" in " ".join(ledger.stdout.split())
    wrong = run.invoke(cli, ["estimate", DEMO_SLUG, "--basis", "people"])
    assert isinstance(wrong.exception, Invalid)
