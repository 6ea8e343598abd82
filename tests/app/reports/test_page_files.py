"""The files beside tables of pages: what a page shows stands in each, sums agree, what cannot be read is refused."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.places.demo import DEMO_SLUG

API = f"/api/v1/partnerships/{DEMO_SLUG}"
COUNCILS = "councils=X07000002&councils=X07000006"
ESTATE = "postcodes=XB1+1AA,XB1+1AB"


def rows_of(client: TestClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def body_of(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.slow
def test_money_by_the_usual_rule_is_the_ledgers(demo_client: TestClient) -> None:
    made, usual = body_of(demo_client, f"{API}/money"), body_of(demo_client, f"{API}/ledger")
    for name in ("totals", "by_grade", "neighbourhoods", "envelopes", "double_counting"):
        assert made[name] == usual[name], name
    assert made["sources"]
    assert rows_of(demo_client, f"{API}/money.csv") == rows_of(demo_client, f"{API}/ledger.csv")


@pytest.mark.slow
@pytest.mark.parametrize("place", [f"{API}/money", "/api/v1/view/money"])
def test_money_by_another_rule_sums_to_its_file(demo_client: TestClient, place: str) -> None:
    asked = "worst=20&year=2018-19" + ("&" + COUNCILS if "view" in place else "")
    made = body_of(demo_client, f"{place}?{asked}")
    assert made["rule"]["at_most"] == 20
    by_bucket: Counter[str] = Counter()
    for line in rows_of(demo_client, f"{place}.csv?{asked}"):
        if line["in_totals"] == "true":
            by_bucket[line["bucket"]] += int(line["amount_pence"])
    totals = made["totals"]
    assert sum(by_bucket.values()) == totals["file_pence"] > 0
    for bucket, pence in by_bucket.items():
        assert totals[f"{bucket}_pence"] == pence
    cells = rows_of(demo_client, f"{place}-by-programme.csv?{asked}")
    assert sum(int(cell["pence"]) for cell in cells) == totals["file_pence"]
    assert {cell["year"] for cell in cells} == {"2018-19"}
    sources = rows_of(demo_client, f"{place.removesuffix('money')}sources.csv?{asked}")
    assert {one["title"] for one in made["sources"]} < {one["title"] for one in sources}
    assert all(one["licence"] for one in sources)


def test_money_refuses_what_it_cannot_read(demo_client: TestClient) -> None:
    assert demo_client.get("/api/v1/view/money").status_code == 422
    assert demo_client.get(f"{API}/money?year=2018").status_code == 422
    assert demo_client.get(f"{API}/money?neighbourhoods=mine").status_code == 422
    assert demo_client.get("/api/v1/partnerships/nowhere/money.csv").status_code == 404


def test_places_stand_by_their_share_in_the_worst_tenth(demo_client: TestClient) -> None:
    at = "/api/v1/indices/imd-2019-demo/worst-tenth"
    whole = body_of(demo_client, at)
    shares = [one["share"] for one in whole["items"]]
    assert shares == sorted(shares, reverse=True)
    assert whole["total"] == len(shares) > 2
    assert rows_of(demo_client, f"{at}.csv")[0]["code"] == whole["items"][0]["code"]
    first = body_of(demo_client, f"{at}?limit=2")
    following = body_of(demo_client, first["next"])
    assert [*first["items"], *following["items"]][:3] == whole["items"][:3]
    # a partnership of whole councils is the sum of theirs
    (own,) = (
        row for row in rows_of(demo_client, f"{at}.csv?of=partnerships") if row["code"] == DEMO_SLUG
    )
    summary = body_of(demo_client, f"/api/v1/designate?partnership={DEMO_SLUG}&perturb=none")[
        "summary"
    ]
    assert int(own["in_worst_tenth"]) == summary["areas_selected"]
    assert int(own["small_areas"]) == summary["areas_total"]
    assert own["attribution"]
    assert demo_client.get(f"{at}?of=regions").status_code == 422
    assert demo_client.get("/api/v1/indices/imd-1066/worst-tenth.csv").status_code == 404


def test_small_areas_to_choose_from_are_those_of_the_page(demo_client: TestClient) -> None:
    rows = rows_of(demo_client, f"{API}/small-areas.csv")
    page = demo_client.get(f"/partnerships/{DEMO_SLUG}/build").text
    assert all(f'value="{row["code"]}"' in page for row in rows)
    assert page.count('name="area"') == len(rows)
    listed = body_of(demo_client, f"{API}/small-areas?limit=1000")
    assert [(one["code"], str(one["people"])) for one in listed["items"]] == [
        (row["code"], row["people"]) for row in rows
    ]
    assert listed["attribution"] == rows[0]["attribution"] != ""


def test_an_estate_in_an_address_is_that_of_its_preview(demo_client: TestClient) -> None:
    sent = {"postcodes": ["XB1 1AA", "XB1 1AB"]}
    previewed = demo_client.post("/api/v1/neighbourhoods/preview", json=sent).json()
    made = body_of(demo_client, f"/api/v1/estate?{ESTATE}")
    assert {name: made[name] for name in previewed} == previewed
    assert made["attribution"]
    areas = rows_of(demo_client, f"/api/v1/estate.csv?{ESTATE}")
    assert [row["code"] for row in areas] == [one["code"] for one in made["areas"]]
    counts = {
        row["what"]: row for row in rows_of(demo_client, f"/api/v1/estate/counts.csv?{ESTATE}")
    }
    for measure in ("people", "households"):
        for end in ("low", "high"):
            assert counts[end][measure] == str(made[measure]["range"][end])
        assert counts["best_fit"][measure] == str(made[measure]["estimates"]["best_fit"])
    assert demo_client.get("/api/v1/estate?postcodes=nonsense").status_code == 422


def test_the_grounds_tables_are_files_too(demo_client: TestClient) -> None:
    overlaps = body_of(demo_client, f"{API}/overlaps")["items"]
    assert [row["partnership"] for row in rows_of(demo_client, f"{API}/overlaps.csv")] == [
        one["partnership"] for one in overlaps
    ]
    beside = body_of(demo_client, f"{API}/neighbours")
    rows = rows_of(demo_client, f"{API}/neighbours.csv")
    assert [row["code"] for row in rows] == [
        *(one["code"] for one in beside["authorities"]),
        *(one["partnership"] for one in beside["partnerships"]),
    ]
    assert rows
    pairs = body_of(demo_client, f"/api/v1/overlaps/programmes?partnership={DEMO_SLUG}&limit=1000")
    written = rows_of(demo_client, f"/api/v1/overlaps/programmes.csv?partnership={DEMO_SLUG}")
    assert [(row["a_id"], row["b_id"], int(row["people"])) for row in written] == [
        (one["a"]["id"], one["b"]["id"], one["people"]) for one in pairs["items"]
    ]
    assert written


def test_the_invented_countys_programme_is_shown_as_invented(demo_client: TestClient) -> None:
    shown = body_of(demo_client, "/api/v1/programmes/barsetshire-renewal-fund")
    assert shown["demo"] is True
    assert "barsetshire-renewal-fund" not in demo_client.get("/api/v1/programmes?limit=1000").text


def test_a_plan_in_an_address_is_rehearsed_piece_by_piece(demo_client: TestClient) -> None:
    asked = (
        f"plan={quote('unitary,council' + chr(10) + 'East,X07000002' + chr(10) + 'West,X07000006')}"
    )
    body = body_of(demo_client, f"/api/v1/rehearsals?{asked}")
    people: Counter[str] = Counter()
    for row in rows_of(demo_client, f"/api/v1/rehearsals.csv?{asked}"):
        people[row["unitary"]] += int(row["people"])
    assert people == {one["name"]: one["people"] for one in body["unitaries"]}
    assert set(people) == {"East", "West"}
    assert demo_client.get("/api/v1/rehearsals?plan=nonsense").status_code == 422
