"""A ledger through the API in parts: figures alone, lines a page at a time, one line, and every file reconciled."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.places.demo import DEMO_SLUG
from app.resources.methods.views import VIEWS

pytestmark = pytest.mark.slow
LEDGER = f"/api/v1/partnerships/{DEMO_SLUG}/ledger"
BUCKETS = ("neighbourhoods", "rest_of_partnership", "outside", "not_placed")


def told(served: TestClient, address: str = LEDGER) -> dict[str, Any]:
    answer = served.get(address)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("by", VIEWS)
@pytest.mark.parametrize("which", ["none", "some"])
def test_the_figures_without_all_lines_are_those_with_them(
    served: TestClient, by: str, which: str
) -> None:
    whole, part = told(served, f"{LEDGER}?by={by}"), told(served, f"{LEDGER}?by={by}&lines={which}")
    of_lines = (
        "lines",
        "lines_next",
        "other_currency_lines",
        "paid_here_place_unknown",
        "estimate",
    )
    for body in (whole, part):  # the estimate is made of lines alone
        body["rows"] = [{k: row[k] for k in row if "estimate_" not in k} for row in body["rows"]]
    assert {key: part[key] for key in part if key not in of_lines} == {
        key: whole[key] for key in whole if key not in of_lines
    }
    held = [
        len(body["lines"]) + len(body["paid_here_place_unknown"]["lines"]) for body in (whole, part)
    ]
    assert held[1] == (0 if which == "none" else min(100, held[0]))


@pytest.mark.parametrize("bucket", [None, *BUCKETS])
def test_pages_of_lines_are_all_lines_each_once(served: TestClient, bucket: str | None) -> None:
    address = f"{LEDGER}?limit=7" + (f"&bucket={bucket}" if bucket else "")
    lines: list[dict[str, Any]] = []
    beside: list[dict[str, Any]] = []
    while address:
        page = told(served, address)
        found = [
            *page["lines"],
            *page["paid_here_place_unknown"]["lines"],
            *page["other_currency_lines"],
        ]
        assert len(found) <= 7
        lines += page["lines"]
        beside += page["paid_here_place_unknown"]["lines"]
        address = page["lines_next"]
    whole = told(served)
    expected = [line for line in whole["lines"] if bucket in (None, line["bucket"])]
    assert lines == expected
    assert beside == ([] if bucket else whole["paid_here_place_unknown"]["lines"])


def test_any_line_tells_where_it_went_and_why(served: TestClient) -> None:
    whole = told(served)
    for line in (
        whole["lines"][0],
        whole["lines"][-1],
        whole["paid_here_place_unknown"]["lines"][0],
    ):
        alone = told(served, f"{LEDGER}/lines/{quote(line['id'], safe='')}")
        assert alone["line"] == line
        assert alone["in_totals"] is (line["bucket"] in BUCKETS)
        assert alone["file"]["id"] == line["file_id"]
    assert served.get(f"{LEDGER}/lines/nothing/at/all").status_code == 404


def test_an_auditor_finds_every_row_and_penny_of_a_file(
    served: TestClient, ward: str, token: str
) -> None:
    signed = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    rows = [("what", "amount", "year", "funder", "place"), ("a", "10.00", "2018-19", "F", ward),
            ("b", "2.50", "2018-19", "F", "whole partnership"), ("c", "7.00", "18th", "F", ward),
            ("d", "4.00", "", "F", "Nowhere at all"), ("e", "lots", "", "F", "")]  # fmt: skip
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    address = f"/api/v1/resources?partnership={DEMO_SLUG}"
    made = served.post(address, content=out.getvalue().encode(), headers=signed)
    assert made.status_code == 201, made.text
    body = told(served, f"/api/v1/partnerships/{DEMO_SLUG}/reconciliation")
    assert body["balanced"] is True
    file = next(each for each in body["files"] if each["id"] == made.json()["id"])
    assert (file["rows_in"], file["rows_stored"], file["rows_refused"]) == (5, 2, 3)
    # 7.00 and 4.00 were refused with their amounts read; "lots" was not read
    assert (file["pence_in"], file["stored_pence"], file["refused_pence"]) == (2350, 1250, 1100)
    assert file["amounts_not_read"] == 1
    assert file["went"][0]["pence"] == 1250
    for stage in body["totals"]:
        ledger = told(served, f"{LEDGER}?stage={stage['stage']}&lines=none")
        for bucket in BUCKETS:
            assert stage[f"{bucket}_pence"] == ledger["totals"][f"{bucket}_pence"]
        assert stage["pence"] == ledger["totals"]["source_pence"]
    alone = told(served, f"{made.headers['Location']}/reconciliation")
    assert {key: alone[key] for key in ("pence_in", "refused", "differences")} == {
        key: file[key] for key in ("pence_in", "refused", "differences")
    }
    table = served.get(f"/api/v1/partnerships/{DEMO_SLUG}/reconciliation.csv").text
    mine = [row for row in csv.DictReader(io.StringIO(table)) if row["file"] == file["id"]]
    assert sum(int(row["pence"] or 0) for row in mine) == 2350
    assert sum(int(row["lines_or_rows"]) for row in mine) == 5
    assert served.delete(made.headers["Location"], headers=signed).status_code == 204


@pytest.mark.parametrize("units", ["neighbourhood", "small_area"])
def test_need_and_money_stand_side_by_side_and_make_up_the_file(
    served: TestClient, units: str
) -> None:
    whole = told(served, f"{LEDGER}?lines=none")
    body = told(served, f"{LEDGER}/need?units={units}")
    assert body["placed_pence"] + body["beside_pence"] == whole["totals"]["file_pence"]
    assert sum(part["pence"] for part in body["parts"]) == body["placed_pence"]
    people = sum(each["people"] for each in whole["rows"] if each["people"] is not None)
    assert body["totals"]["people"] == people
    assert abs(sum(part["share_of_people"] for part in body["parts"]) - 1) < 1e-6
    assert body["money"]["curve"][0] == [0, 0]
    assert body["money"]["curve"][-1] == [1, 1]
    if units == "neighbourhood":
        heads = {row["key"]: row["people_in_worst_fifth"] for row in whole["rows"]}
        for part in body["parts"]:
            assert heads[part["key"]] == part["people_in_worst_fifth"]
    assert served.get(f"{LEDGER}/need?units=ward").status_code == 422


def test_a_line_that_lies_wholly_in_a_small_area_is_told_there(served: TestClient) -> None:
    codes = {part["key"]: part for part in told(served, f"{LEDGER}/need?units=small_area")["parts"]}
    lines = [
        line
        for line in told(served)["lines"]
        if line["place_type"] == "lsoa" and line["place_code"] in codes
    ]
    assert lines
    for line in lines:
        own = [each for each in lines if each["place_code"] == line["place_code"]]
        assert codes[line["place_code"]]["lines"] >= len(own)
        assert codes[line["place_code"]]["pence"] >= sum(each["amount_pence"] for each in own)
