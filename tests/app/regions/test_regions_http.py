"""A region's partnerships over HTTP and on its page, on the demo county."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from tests.support.databases import ClusterForTests
from tests.support.overlapping import overlapping_client

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    yield from overlapping_client(cluster, demo_template, tmp_path_factory.mktemp("overlapping"))


@pytest.fixture(scope="module")
def region(client: TestClient) -> str:
    rows = client.get("/api/v1/areas", params={"type": "rgn"}).json()["items"]
    return next(str(row["code"]) for row in rows if row["code"].startswith("X"))


@pytest.fixture(scope="module")
def body(client: TestClient, region: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/regions/{region}/partnerships")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_partnership_has_the_figures_of_its_own_pages(
    client: TestClient, body: dict[str, Any]
) -> None:
    assert body["total"] == len(body["items"]) == 3
    for row in body["items"]:
        root = f"/api/v1/partnerships/{row['slug']}"
        totals = client.get(f"{root}/ledger").json()["totals"]
        assert row["money"]["file_pence"] == totals["file_pence"]
        assert row["money"]["neighbourhoods_pence"] == totals["neighbourhoods_pence"]
        assert row["money"]["rest_of_partnership_pence"] == totals["rest_of_partnership_pence"]
        assert row["verdict"] == client.get(f"{root}/alignment").json()["verdict"]
        counts = client.get(f"{root}/accreditation").json()["counts"]
        assert {word: row["accreditation"][word] for word in counts} == counts


def test_each_pound_counts_once_and_the_region_reconciles(body: dict[str, Any]) -> None:
    money = body["money"]
    once, parts = money["once"], money["reconciled"]
    summed = sum(row["money"]["here_pence"] for row in body["items"])
    assert summed == once["sum_of_each"]["pence"]
    assert summed - once["counted_again"]["pence"] == once["pence"] > 0
    assert once["counted_again"]["lines"] > 0, "no two overlap: this test would mean nothing"
    assert parts["in_both"]["pence"] + parts["beyond"]["pence"] == once["pence"]
    assert parts["in_both"]["pence"] + parts["in_none"]["pence"] == money["region"]["pence"]
    assert sum(year["pence"] for year in money["region"]["years"]) == money["region"]["pence"]


def test_files_and_page_tell_the_same(
    client: TestClient, region: str, body: dict[str, Any]
) -> None:
    root = f"/api/v1/regions/{region}/partnerships"
    rows = list(csv.DictReader(io.StringIO(client.get(f"{root}.csv").text)))
    assert [row["slug"] for row in rows] == [row["slug"] for row in body["items"]]
    inside = [row["money"]["here_pence"] for row in body["items"]]
    assert [int(row["here_pence"]) for row in rows] == inside
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{root}.xlsx").content))
    steps = list(book["reconciled"].iter_rows(min_row=2, values_only=True))
    walk = [row for row in steps if row[0] not in ("of it in more than one", "each pound once")]
    assert sum(row[3] for row in walk[:-1]) == walk[-1][3] == body["money"]["region"]["pence"]
    page = client.get(f"/regions/{region}").text
    assert page.count('data-n="progress-') == body["total"]
    assert "less counted again" in page
    assert f'href="/regions/{region}"' in client.get(f"/areas/{region}").text
    assert f'href="/regions/{region}"' in client.get("/").text


def test_a_page_of_partnerships_goes_on_after_the_last(
    client: TestClient, region: str, body: dict[str, Any]
) -> None:
    first = client.get(f"/api/v1/regions/{region}/partnerships", params={"limit": 1}).json()
    later = client.get(first["next"].replace("limit=1", "limit=100")).json()
    assert [*first["items"], *later["items"]] == body["items"]


def test_what_is_no_region_is_refused(client: TestClient) -> None:
    district = client.get("/api/v1/regions/X07000002/partnerships")
    assert (district.status_code, "not a region" in district.text) == (422, True)
    assert client.get("/api/v1/regions/X12999999/partnerships").status_code == 404
    assert client.get("/regions/%3Cb%3E").status_code == 404
