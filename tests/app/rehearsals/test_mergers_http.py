"""Mergers rehearsed over HTTP and on the page, on the demo county: before leads to after, to the penny."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from tests.support.databases import ClusterForTests
from tests.support.overlapping import TWIN, overlapping_client

pytestmark = pytest.mark.slow
ONE, OTHER = "hogglestock-and-st-ewolds", "plumstead-vale"
ALL = f"{ONE},{OTHER},{TWIN}"


@pytest.fixture(scope="module")
def client(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    yield from overlapping_client(cluster, demo_template, tmp_path_factory.mktemp("overlapping"))


@pytest.fixture(scope="module")
def body(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/v1/mergers", params={"partnerships": ALL})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_money_before_is_that_of_each_ledger(client: TestClient, body: dict[str, Any]) -> None:
    for row in body["money"]["before"]:
        own = client.get(f"/api/v1/partnerships/{row['partnership']}/ledger").json()["totals"]
        for name in ("neighbourhoods_pence", "rest_of_partnership_pence", "outside_pence", "not_placed_pence",
                     "file_pence"):  # fmt: skip
            assert row[name] == own[name], (row["partnership"], name)
        assert row["here_pence"] > 0


def test_before_leads_to_after_and_the_lines_counted_twice_are_named(body: dict[str, Any]) -> None:
    money = body["money"]
    once, again = money["once"], money["once"]["counted_again"]
    assert sum(row["here_pence"] for row in money["before"]) - again["pence"] == once["pence"]
    steps = once["pence"] + money["only_in_all"]["pence"] - money["in_none_of_all"]["pence"]
    assert steps == money["after"]["here_pence"]
    assert again["lines"] == sum(row["lines"] for row in once["in_several"]) > 0
    listed = money["in_several_lines"]
    assert listed["total"] == again["lines"]
    assert sum(row["amount_pence"] for row in listed["items"]) == again["pence"]


def test_the_union_is_judged_and_neither_of_the_two_claims_it_twice(body: dict[str, Any]) -> None:
    assert body["alignment"]["basis"] == "outline"  # one of them is drawn
    assert {ONE, OTHER, TWIN}.isdisjoint(
        row["partnership"] for row in body["alignment"]["claimed_twice"]
    )
    assert body["members"]["named_before"] >= body["members"]["total"] > 0
    saved = body["neighbourhoods"]
    assert saved["total"] == saved["kept"] + saved["divided"]


def test_the_csv_walks_from_before_to_after(client: TestClient, body: dict[str, Any]) -> None:
    asked = {"partnerships": ALL}
    text = client.get("/api/v1/mergers.csv", params=asked).text
    rows = list(csv.DictReader(io.StringIO(text)))
    # Every step but the sets of ledgers, which the step after them sums.
    walk = [row for row in rows if row["row"] not in ("counted in several", "after")]
    assert sum(int(row["here_pence"]) for row in walk) == int(rows[-1]["here_pence"])
    book = client.get("/api/v1/mergers.xlsx", params=asked).content
    names = openpyxl.load_workbook(io.BytesIO(book)).sheetnames
    assert names == ["money", "neighbourhoods", "members", "words"]
    page = client.get("/mergers", params=asked)
    assert str(escape(body["sentence"])) in page.text
    assert "less counted again" in page.text


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (ONE, 422, "not 1"),
        (f"{ONE},{ONE}", 422, "not 1"),
        (f"{ONE},no-such", 404, "no-such"),
        (",".join(f"p{n}" for n in range(13)), 422, "not 13"),
    ],
)
def test_what_is_no_merger_is_refused(
    client: TestClient, asked: str, status: int, told: str
) -> None:
    answer = client.get("/api/v1/mergers", params={"partnerships": asked})
    assert (answer.status_code, told in answer.text) == (status, True)
    page = client.get("/mergers", params={"partnerships": asked + ",<b>"})
    assert page.status_code == 422
    assert "<b>" not in page.text
