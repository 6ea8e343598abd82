"""Rehearsals over HTTP, by page and by command line on the demo county."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.partnerships.actions import create_partnership
from app.rehearsals.plans import plan_of
from app.rehearsals.rehearse import rehearse

pytestmark = pytest.mark.slow
HOGGLESTOCK, ST_EWOLDS, FRAMLEY = "X07000002", "X07000006", "X07000003"
SILVERBRIDGE, COURCY_AND_OMNIUM, RETIRED = "X07000001", "X07000007", "X07000004"
PLAN: dict[str, Any] = {
    "name": "Barsetshire in two", "day": "2028-04-01",
    "unitaries": [
        {"name": "East Barset", "councils": [HOGGLESTOCK, "Framley"]},
        {"name": "West Barset", "councils": [SILVERBRIDGE, COURCY_AND_OMNIUM, ST_EWOLDS]},
    ],
}  # fmt: skip


def ask(client: TestClient, plan: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/v1/rehearsals", json=plan)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def people(client: TestClient, *codes: str) -> int:
    return sum(client.get(f"/api/v1/areas/{code}").json()["population"] for code in codes)


def test_two_unitaries_hold_the_people_of_their_councils_and_the_county_ends(
    demo_client: TestClient,
) -> None:
    body = ask(demo_client, PLAN)
    east, west = body["unitaries"]
    assert east["people"] == people(demo_client, HOGGLESTOCK, FRAMLEY)
    assert west["people"] == people(demo_client, SILVERBRIDGE, COURCY_AND_OMNIUM, ST_EWOLDS)
    assert body["people_before"] == body["people_after"] == east["people"] + west["people"]
    assert body["area_m2_before"] == body["area_m2_after"]
    assert body["counties"] == [
        {"code": "X10000001", "name": "Barsetshire", "ends": True, "left_out": []}
    ]
    assert body["sentence"].startswith("Barsetshire in two: 2 new unitaries of 5 councils")
    assert "The county of Barsetshire would end." in body["sentence"]


def test_a_partnership_of_two_councils_that_part_ways_straddles_afterwards(
    demo_client: TestClient,
) -> None:
    rows = {row["partnership"]: row for row in ask(demo_client, PLAN)["partnerships"]}
    ours = rows["hogglestock-and-st-ewolds"]
    assert (ours["before"]["verdict"], ours["after"]["verdict"]) == ("union-of", "straddles")
    assert ours["changes"] is True
    assert {one["name"] for one in ours["after"]["authorities"]} == {"East Barset", "West Barset"}
    assert sum(round(1e4 * one["share_of_partnership"]) for one in ours["after"]["authorities"]) == 10_000  # fmt: skip
    # The one with an outline cuts three councils, and Barchester is in no unitary.
    vale = rows["plumstead-vale"]
    assert (vale["basis"], vale["before"]["verdict"]) == ("outline", "straddles")
    assert "Barchester" in {one["name"] for one in vale["after"]["authorities"]}


def test_a_ward_that_goes_another_way_takes_its_people_and_none_is_lost(
    demo_client: TestClient,
) -> None:
    wards = demo_client.get("/api/v1/areas", params={"type": "wd", "within": HOGGLESTOCK}).json()
    code = wards["items"][0]["code"]
    plan = {**PLAN, "unitaries": [PLAN["unitaries"][0], PLAN["unitaries"][1] | {"parts": [code]}]}
    body, whole = ask(demo_client, plan), ask(demo_client, PLAN)
    (moved,) = body["moved"]
    assert (moved["code"], moved["council"], moved["goes_to"]) == (code, HOGGLESTOCK, "West Barset")
    assert 0 < moved["people"] < people(demo_client, HOGGLESTOCK)
    assert body["unitaries"][0]["people"] == whole["unitaries"][0]["people"] - moved["people"]
    assert body["unitaries"][1]["people"] == whole["unitaries"][1]["people"] + moved["people"]
    assert body["people_after"] == whole["people_after"]
    ours = next(row for row in body["partnerships"] if row["partnership"] == "hogglestock-and-st-ewolds")  # fmt: skip
    assert ours["after"]["verdict"] == "straddles"


def test_districts_of_the_county_that_no_unitary_takes_are_listed(demo_client: TestClient) -> None:
    plan = {
        "name": "East alone",
        "unitaries": [{"name": "East", "councils": [HOGGLESTOCK, FRAMLEY]}],
    }
    (county,) = ask(demo_client, plan)["counties"]
    assert county["ends"] is False
    assert {row["code"] for row in county["left_out"]} == {SILVERBRIDGE, COURCY_AND_OMNIUM, ST_EWOLDS}  # fmt: skip


def test_a_county_stands_for_its_districts(demo_client: TestClient) -> None:
    body = ask(demo_client, {"unitaries": [{"name": "Barset", "councils": ["Barsetshire"]}]})
    assert len(body["unitaries"][0]["councils"]) == 5
    rows = {row["partnership"]: row for row in body["partnerships"]}
    assert rows["hogglestock-and-st-ewolds"]["after"]["verdict"] == "part-of"


def test_every_fault_of_a_plan_is_told_with_its_place(demo_client: TestClient) -> None:
    plan = {
        "unitaries": [
            {"name": "East", "councils": [HOGGLESTOCK, RETIRED, "Nowhere", "X05000001"]},
            {"name": "West", "councils": [HOGGLESTOCK], "parts": ["X07000001", "X05999999"]},
        ]
    }
    answer = demo_client.post("/api/v1/rehearsals", json=plan)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/rehearsal-invalid"
    told = {fault["pointer"]: fault["detail"] for fault in answer.json()["errors"]}
    assert COURCY_AND_OMNIUM in told["/unitaries/0/councils/1"]  # what followed the retired one
    assert "Nowhere" in told["/unitaries/0/councils/2"]
    assert "name it under parts" in told["/unitaries/0/councils/3"]
    assert "in both East and West" in told["/unitaries/1/councils/0"]
    assert "parts are wards" in told["/unitaries/1/parts/0"]
    assert "X05999999" in told["/unitaries/1/parts/1"]


def test_the_first_day_there_is_has_no_day_before_on_which_councils_stand(
    demo_client: TestClient,
) -> None:
    plan = {"day": "0001-01-01", "unitaries": [{"name": "East", "councils": [HOGGLESTOCK]}]}
    answer = demo_client.post("/api/v1/rehearsals", json=plan)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/day"]
    written = f'day = 0001-01-01\n[[unitaries]]\nname = "East"\ncouncils = ["{HOGGLESTOCK}"]'
    page = demo_client.get("/rehearsals", params={"plan": written})
    assert "Day: one that has a day before it" in page.text
    assert ask(demo_client, plan | {"day": "0001-01-02"})["sentence"]


def test_a_ward_of_a_council_that_goes_whole_is_no_part(demo_client: TestClient) -> None:
    wards = demo_client.get("/api/v1/areas", params={"type": "wd", "within": HOGGLESTOCK}).json()
    code = wards["items"][0]["code"]
    plan = {"unitaries": [{"name": "East", "councils": [HOGGLESTOCK], "parts": [code]}]}
    answer = demo_client.post("/api/v1/rehearsals", json=plan)
    assert answer.status_code == 422
    assert "takes whole" in answer.text


def test_invented_and_real_councils_are_not_regrouped_together(place_client: TestClient) -> None:
    plan = {"unitaries": [{"name": "Both", "councils": ["E07000062", HOGGLESTOCK]}]}
    assert place_client.post("/api/v1/rehearsals", json=plan).status_code == 422


def test_names_of_unitaries_are_escaped_on_the_page(demo_client: TestClient) -> None:
    plan = f'name = "<b>x</b>"\n[[unitaries]]\nname = "<script>alert(1)</script>"\ncouncils = ["{HOGGLESTOCK}"]'
    answer = demo_client.get("/rehearsals", params={"plan": plan})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert 'class="lead" role="status"' in answer.text


def test_the_page_shows_a_form_and_says_what_is_wrong_with_a_plan(demo_client: TestClient) -> None:
    assert "<textarea" in demo_client.get("/rehearsals").text
    wrong = demo_client.get("/rehearsals", params={"plan": "unitary,council\nEast,Nowhere"})
    assert wrong.status_code == 422
    assert "Nowhere" in wrong.text
    assert 'role="alert"' in wrong.text


def test_nothing_is_stored_and_a_new_partnership_is_seen_at_once(demo_db: Session) -> None:
    create_partnership(
        demo_db, "a test", name="Both sides", kind="csp", authorities=[FRAMLEY, SILVERBRIDGE],
        day=date(2026, 1, 1),
    )  # fmt: skip
    found = rehearse(demo_db, plan_of(PLAN), as_at=None, today=date(2026, 1, 1))
    row = next(row for row in found["partnerships"] if row["partnership"] == "both-sides")
    assert (row["before"]["verdict"], row["after"]["verdict"]) == ("union-of", "straddles")
    assert found["as_at"] == date(2026, 1, 1)


def test_money_is_the_same_before_and_after_and_a_council_that_goes_whole_takes_its_lines(
    demo_client: TestClient,
) -> None:
    money = ask(demo_client, PLAN)["money"]
    before, after = money["before"], money["after"]
    assert before["file"] == after["file"]
    assert after["file"]["pence"] == sum(
        each["pence"]
        for each in [
            *after["grounds"],
            *(after[key] for key in ("across", "outside", "not_placed")),
        ]
    )
    assert sum(year["file"]["pence"] for year in after["years"]) == after["file"]["pence"]
    by_code = {row["code"]: row["pence"] for row in before["grounds"]}
    east, west = after["grounds"]
    assert east["pence"] == by_code[HOGGLESTOCK] + by_code[FRAMLEY] > 0
    assert west["pence"] == sum(by_code[c] for c in (SILVERBRIDGE, COURCY_AND_OMNIUM, ST_EWOLDS))
    # The whole county's own lines lie over both; in one unitary they would be its own.
    assert money["across"]["total"] == after["across"]["lines"] == before["across"]["lines"] > 0
    assert sum(row["amount_pence"] for row in money["across"]["items"]) == after["across"]["pence"]
    whole = {"unitaries": [{"name": "Barset", "councils": ["Barsetshire"]}]}
    one = ask(demo_client, whole)["money"]["after"]
    assert one["across"]["lines"] == 0
    assert one["grounds"][0]["pence"] == east["pence"] + west["pence"] + after["across"]["pence"]


def test_a_ward_that_goes_another_way_divides_neighbourhoods_and_takes_its_own_money(
    demo_client: TestClient,
) -> None:
    wards = demo_client.get("/api/v1/areas", params={"type": "wd", "within": HOGGLESTOCK}).json()
    whole = ask(demo_client, PLAN)
    divided = 0
    for ward in wards["items"]:
        part = PLAN["unitaries"][1] | {"parts": [ward["code"]]}
        body = ask(demo_client, {**PLAN, "unitaries": [PLAN["unitaries"][0], part]})
        rows = body["designations"]["items"] + body["neighbourhoods"]["items"]
        for row in rows:
            assert row["people"] is None or row["people"] == sum(p["people"] for p in row["parts"])
        divided += sum(
            {"East Barset", "West Barset"} <= {part["name"] for part in row["parts"]}
            for row in rows
        )
        after = body["money"]["after"]
        assert after["file"] == whole["money"]["after"]["file"]
        # What states all of Hogglestock can be in neither of the two that divide it.
        before = whole["money"]["before"]["grounds"]
        assert body["money"]["before"]["grounds"] == before
        council = next(row for row in before if row["code"] == HOGGLESTOCK)
        moved = after["across"]["pence"] - whole["money"]["after"]["across"]["pence"]
        assert moved >= council["partnership_wide_pence"] > 0
        if divided:
            return
    pytest.fail("no ward of it divides anything: this test would mean nothing")


def test_a_stage_that_there_is_not_is_refused(demo_client: TestClient) -> None:
    answer = demo_client.post("/api/v1/rehearsals", json=PLAN | {"stage": "promised"})
    assert answer.status_code == 422
    assert "/stage" in answer.text


def test_the_page_tells_where_money_lands(demo_client: TestClient) -> None:
    plan = f'[[unitaries]]\nname = "<i>East"\ncouncils = ["{HOGGLESTOCK}", "{FRAMLEY}"]'
    text = demo_client.get("/rehearsals", params={"plan": plan}).text
    assert '<tr data-n="money-1"><th scope="row">&lt;i&gt;East</th>' in text
    assert "All, before" in text
