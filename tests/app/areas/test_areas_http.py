"""Areas, points and postcodes over HTTP: real ones where the files are, invented ones everywhere."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.lookup.commands import lookup_app

pytestmark = pytest.mark.slow
# Ordnance Survey's published check point for OSTN15: Caister water tower.
CAISTER = {"easting": 651409.804, "northing": 313177.450}
CAISTER_LON_LAT = (1.716073973, 52.658007833)
METRES_A_DEGREE = 111_000


def test_caister_comes_out_within_fifteen_centimetres_both_ways(demo_client: TestClient) -> None:
    there = demo_client.get("/api/v1/lookup/point", params=CAISTER).json()
    assert (
        abs(there["lon"] - CAISTER_LON_LAT[0]) * METRES_A_DEGREE * 0.607 < 0.15
    )  # cos 52.66° = 0.607
    assert abs(there["lat"] - CAISTER_LON_LAT[1]) * METRES_A_DEGREE < 0.15
    back = demo_client.get(
        "/api/v1/lookup/point", params={"lon": CAISTER_LON_LAT[0], "lat": CAISTER_LON_LAT[1]}
    ).json()
    assert abs(back["easting"] - CAISTER["easting"]) < 0.15
    assert abs(back["northing"] - CAISTER["northing"]) < 0.15


def test_a_point_outside_everything_answers_200_with_a_note(demo_client: TestClient) -> None:
    body = demo_client.get("/api/v1/lookup/point", params={"lon": -3.2, "lat": 51.5}).json()
    assert body["areas"] == []
    assert "outside England" in body["note"]


@pytest.mark.parametrize(
    "params", [{}, {"lon": 1}, {"lon": 1, "lat": 52, "easting": 1, "northing": 1}]
)
def test_a_point_said_no_way_or_two_ways_is_refused(
    demo_client: TestClient, params: dict[str, float]
) -> None:
    assert demo_client.get("/api/v1/lookup/point", params=params).status_code == 422


def test_a_retired_code_answers_with_its_successors_and_no_error(demo_client: TestClient) -> None:
    listed = demo_client.get("/api/v1/areas", params={"type": "lad", "as_at": "2020-01-01"}).json()
    gone = [item for item in listed["items"] if item["valid_to"]]
    assert len(gone) == 2  # Courcy and Omnium's two predecessors
    body = demo_client.get(f"/api/v1/areas/{gone[0]['code']}").json()
    assert body["status"] == "retired"
    assert [s["code"] for s in body["successors"]] == ["X07000007"]


def test_the_last_day_belongs_to_the_old_area_and_the_next_to_the_new(
    demo_client: TestClient,
) -> None:
    old, new = "/api/v1/areas/X07000004", "/api/v1/areas/X07000007"
    last, first = {"as_at": "2023-03-31"}, {"as_at": "2023-04-01"}
    assert demo_client.get(old, params=last).status_code == 200
    assert demo_client.get(new, params=last).status_code == 404
    assert demo_client.get(old, params=first).status_code == 404
    assert demo_client.get(new, params=first).status_code == 200


def test_a_box_finds_what_it_meets_and_nothing_beside_it(demo_client: TestClient) -> None:
    west, south, east, north = demo_client.get("/api/v1/areas/X07000002.geojson").json()["bbox"]
    middle = f"{(west + east) / 2},{south},{(west + east) / 2 + 1e-4},{north}"  # a strip from foot to head
    listed = demo_client.get("/api/v1/areas", params={"type": "lad", "bbox": middle}).json()
    found = {item["code"] for item in listed["items"]}
    assert "X07000002" in found
    beyond = f"{east + 1e-4},{south},{east + 2e-4},{north}"
    listed = demo_client.get("/api/v1/areas", params={"type": "lad", "bbox": beyond}).json()
    assert "X07000002" not in {item["code"] for item in listed["items"]}
    assert demo_client.get("/api/v1/areas", params={"bbox": "10,50,11,51"}).json()["total"] == 0


def test_an_areas_geojson_is_a_feature_in_lon_lat_with_its_licence_line(
    demo_client: TestClient,
) -> None:
    answer = demo_client.get("/api/v1/areas/X07000002.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    feature = answer.json()
    west, south, east, north = feature["bbox"]
    assert -1 < west < east < 3
    assert 52 < south < north < 55
    assert all(round(edge, 7) == edge for edge in feature["bbox"])
    assert "invented" in feature["properties"]["attribution"]


def test_a_list_pages_through_all_rows_once(demo_client: TestClient) -> None:
    seen: list[str] = []
    address: str | None = "/api/v1/areas?type=wd&limit=30"
    while address:
        body = demo_client.get(address).json()
        seen += [item["code"] for item in body["items"]]
        address = body["next"]
    assert len(seen) == body["total"] == len(set(seen)) == 72


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "colour=red"])
def test_a_bad_limit_or_an_unknown_parameter_is_400(demo_client: TestClient, query: str) -> None:
    assert demo_client.get(f"/api/v1/areas?{query}").status_code == 400


def test_a_postcode_of_hastings_is_in_hastings_with_metres_to_each_border(
    place_client: TestClient,
) -> None:
    body = place_client.get("/api/v1/lookup/postcode/tn341aa").json()
    assert body["postcode"] == "TN34 1AA"
    district = next(a for a in body["areas"] if a["type"] == "lad")
    assert district["code"] == body["lad_code"] == "E07000062"
    assert 190 < district["distance_to_boundary_m"] < 200


def test_part_of_a_postcode_lists_its_districts_with_shares_that_add_up(
    place_client: TestClient,
) -> None:
    body = place_client.get("/api/v1/lookup/postcode/TN34").json()
    assert body["status"] == "partial"
    assert {d["code"] for d in body["districts"]} == {"E07000062", "E07000064"}
    assert sum(d["share"] for d in body["districts"]) == pytest.approx(1)


def test_a_postcode_that_does_not_exist_is_404_and_says_so(place_client: TestClient) -> None:
    answer = place_client.get("/api/v1/lookup/postcode/TN99 9ZZ")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-postcode"


def test_a_point_is_never_in_an_area_that_was_not_there_on_the_day(
    place_client: TestClient,
) -> None:
    where = "/api/v1/lookup/point?lon=-2.95&lat=51.05&type=lad"
    today = place_client.get(where).json()
    assert [area["name"] for area in today["areas"]] == ["Somerset"]
    # Somerset began on 1 April 2023; the oldest layer loaded is of May 2023.
    before = place_client.get(f"{where}&as_at=2022-01-01").json()
    assert before["areas"] == []
    assert before["note"]


def test_a_longitude_west_of_greenwich_is_no_option_of_the_command_line(
    place_engine: Engine,
) -> None:
    told = CliRunner().invoke(
        lookup_app, ["point", "-2.95", "51.05", "--json"], obj=lambda: place_engine
    )
    assert told.exit_code == 0, told.output
    assert "Somerset" in told.output
    outside = CliRunner().invoke(lookup_app, ["point", "-3.1", "51.5"], obj=lambda: place_engine)
    assert "outside England" in outside.output


def test_the_history_of_a_merged_council_is_told_both_ways_with_the_share_of_people(
    demo_client: TestClient,
) -> None:
    after = demo_client.get("/api/v1/areas/X07000004/history").json()["after"]
    (link,) = [step for step in after if step["new"]["code"] == "X07000007"]
    assert (link["changed_on"], link["share"], link["steps"]) == ("2023-04-01", 1.0, 1)
    assert link["sentence"].startswith("On 1 April 2023 ")
    before = demo_client.get("/api/v1/areas/X07000007/history").json()["before"]
    assert {step["old"]["code"] for step in before} == {"X07000004", "X07000005"}
    assert demo_client.get("/api/v1/areas/X07009999/history").status_code == 404


def test_the_page_of_an_area_tells_its_history_in_words_and_any_day_may_be_asked(
    demo_client: TestClient,
) -> None:
    page = demo_client.get("/areas/X07000007").text
    assert "What came before and after" in page
    assert "became part of" in page
    then = demo_client.get("/areas/X07000004", params={"as_at": "2023-03-31"})
    assert then.status_code == 200
    assert "As it was, or will be, on 31 March 2023" in then.text
    assert demo_client.get("/areas/X07000004", params={"as_at": "2023-04-01"}).status_code == 404
