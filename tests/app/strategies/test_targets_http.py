"""Targets over HTTP on the demo county: kept, judged, changed by one person at a time, refused with every fault."""

from __future__ import annotations

from typing import Any

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.strategies.conftest import SERIES, Promises

FLOOR: dict[str, Any] = {
    "partnership": DEMO_SLUG, "title": "Nobody below 56%", "kind": "floor", "indicator": SERIES,
    "threshold": 56.0, "baseline_period": "2023", "due_period": "2031",
}  # fmt: skip


def test_a_target_is_kept_judged_for_each_district_and_stands_in_progress(
    promises: Promises,
) -> None:
    made = promises.send("POST", "/targets", json=FLOOR)
    assert (made.status_code, made.headers["Location"]) == (
        201, f"/api/v1/targets/{DEMO_SLUG}-nobody-below-56",
    )  # fmt: skip
    assert made.json()["unit"] == "per cent"
    body = promises.client.get(f"{made.headers['Location']}/evaluation").json()
    by_code = {each["code"]: each for each in body["subjects"]}
    assert sorted(by_code) == promises.ours
    for code, told in by_code.items():
        figure = 54 + promises.districts.index(code)
        assert (told["figure"], told["baseline"]) == (figure, figure - 4)
        # On a straight line from 2023 to 2031 a quarter of the way is gone by 2025.
        asked = figure - 4 + (56 - (figure - 4)) / 4 if figure - 4 < 56 else 56
        expected = "met" if figure >= 56 else "on track" if figure >= asked else "off track"
        assert (told["expected"], told["status"]) == (pytest.approx(asked), expected)
    progress = promises.client.get(f"/api/v1/partnerships/{DEMO_SLUG}/progress").json()
    assert [each["id"] for each in progress["targets"]] == [body["id"]]
    assert sum(progress["counts"].values()) == 1
    national = {each["id"]: each for each in progress["national"]}
    assert national["national-2001-decent-homes"]["status"] == "cannot tell"
    assert "no series" in national["national-2001-decent-homes"]["reason"]
    removed = promises.send(
        "DELETE", f"/targets/{body['id']}", headers={"If-Match": made.headers["ETag"]}
    )
    assert removed.status_code == 204
    assert promises.client.get(f"/api/v1/targets/{body['id']}").status_code == 404


def test_as_at_an_earlier_day_only_what_was_known_is_judged(promises: Promises) -> None:
    made = promises.send("POST", "/targets", json=FLOOR | {"title": "As of then"})
    address = f"/api/v1/targets/{made.json()['id']}/evaluation"
    assert promises.client.get(address).json()["period"] == "2025"
    assert promises.client.get(f"{address}?as_at=2024-06-01").json()["period"] == "2024"
    every = promises.client.get(f"{address}?areas={','.join(promises.districts)}").json()
    assert len(every["subjects"]) == len(promises.districts)


def test_no_district_and_a_partnership_that_is_not_there_are_said(promises: Promises) -> None:
    nobody = promises.client.get("/api/v1/targets/offer-burglary/evaluation?areas=,")
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/areas")
    for kind in ("targets", "actions"):
        assert promises.client.get(f"/api/v1/{kind}?partnership=no-such").status_code == 404


def test_two_people_who_save_one_target_the_second_is_told_and_nothing_is_lost(
    promises: Promises,
) -> None:
    made = promises.send("POST", "/targets", json=FLOOR | {"title": "Twice"})
    address, read = f"/targets/{made.json()['id']}", {"If-Match": made.headers["ETag"]}
    assert promises.send("PATCH", address, json={"threshold": 57.0}).status_code == 428
    first = promises.send("PATCH", address, json={"threshold": 57.0}, headers=read)
    assert (first.status_code, first.json()["threshold"]) == (200, 57.0)
    second = promises.send("PATCH", address, json={"threshold": 58.0}, headers=read)
    assert second.status_code == 412
    assert promises.client.get(f"/api/v1{address}").json()["threshold"] == 57.0
    again = promises.send("POST", "/targets", json=FLOOR | {"title": "Twice"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/target-exists")


OWN = {
    "indicator": None, "scope": "whole", "kind": "level", "measure": "tenants", "unit": "per cent",
    "higher_is_worse": False, "baseline_value": 50,
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "pointer", "rule"),
    [
        ({"threshold": None}, "/threshold", "one-aim"),
        ({"reduction_share": 0.1}, "/threshold", "one-aim"),
        ({"baseline_period": "2019"}, "/baseline_period", "baseline-required"),
        ({"due_period": "2024"}, "/due_period", "due-not-past"),
        ({"due_period": "2022", "is_record": True}, "/due_period", "due-after-baseline"),
        ({"due_period": "soon"}, "/due_period", "period-is-a-time"),
        ({"unit": "people"}, "/unit", "unit-is-the-series"),
        ({"threshold": 100.1}, "/threshold", "within-the-unit"),
        ({"threshold": -0.1}, "/threshold", "within-the-unit"),
        ({"kind": "tail-gap", "threshold": 100.1}, "/threshold", "within-the-unit"),
        ({"baseline_value": -1}, "/baseline_value", "within-the-unit"),
        (OWN | {"unit": "% of tenants", "threshold": 101}, "/threshold", "within-the-unit"),
        (OWN | {"baseline_value": None}, "/baseline_value", "baseline-required"),
        ({"kind": "hope"}, "/kind", "kind-is-known"),
        ({"title": "!!!"}, "/title", "title-required"),
        ({"kind": "ratio", "scope": "whole"}, "/scope", "whole-has-a-level"),
        ({"path": "stepped"}, "/milestones", "path-has-steps"),
        ({"path": "stepped", "milestones": [{"period": "2032", "figure": 55}]}, "/milestones/0", "milestones-in-order"),
        ({"indicator": "no-such"}, "/indicator", "indicator-is-held"),
        ({"indicator": None, "measure": "homes", "unit": "homes"}, "/higher_is_worse", "polarity-required"),
    ],
)  # fmt: skip
def test_what_nothing_could_be_judged_by_is_refused_with_its_rule(
    promises: Promises, said: dict[str, Any], pointer: str, rule: str
) -> None:
    answer = promises.send("POST", "/targets", json=FLOOR | {"title": "Odd"} | said)
    assert answer.status_code == 422, answer.text
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]
    assert rule in [each.get("rule") for each in answer.json()["errors"]]
    assert promises.client.get(f"/api/v1/targets/{DEMO_SLUG}-odd").status_code == 404


def test_a_target_of_the_partnership_s_own_is_offered_the_series_whose_words_are_nearest(
    promises: Promises,
) -> None:
    said = OWN | {"title": "More jobs", "threshold": 60, "partnership": DEMO_SLUG, "baseline_period": "2025",
                  "due_period": "2030"}  # fmt: skip
    made = promises.send("POST", "/targets", json=said).json()
    told = promises.client.get(f"/api/v1/targets/{made['id']}/evaluation").json()
    assert (told["status"], told["nearest"]["indicator"]) == ("cannot tell", SERIES)
    assert "no series is named for it; by its words the nearest that is held is" in told["reason"]


def test_a_strangers_token_may_not_write_and_learns_nothing(promises: Promises) -> None:
    made = promises.send("POST", "/targets", json=FLOOR | {"partnership": "no-such"})
    assert made.status_code == 404
    assert promises.client.post("/api/v1/targets", json=FLOOR).status_code == 401
    assert (
        promises.send(
            "DELETE", "/targets/national-2001-burglary", headers={"If-Match": "x"}
        ).status_code
        == 404
    )


def test_the_national_targets_stand_as_data_and_name_the_nearest_series(promises: Promises) -> None:
    body = promises.client.get("/api/v1/targets").json()
    by_id = {each["id"]: each for each in body["items"]}
    assert sum(1 for one in by_id if one.startswith("national-2001-")) == 6
    for each in by_id.values():
        assert each["source"]
        assert each["offer"] is None or by_id[each["offer"]]["indicator"]
    assert by_id["national-2001-attainment"]["threshold"] == 38


def test_a_count_of_a_whole_partnership_is_the_sum_of_its_districts(promises: Promises) -> None:
    said = {**FLOOR, "title": "Whole", "kind": "level", "scope": "whole", "threshold": 60.0}
    made = promises.send("POST", "/targets", json=said)
    assert made.status_code == 201, made.text
    body = promises.client.get(f"/api/v1/targets/{made.json()['id']}/evaluation").json()
    figures = [54 + promises.districts.index(code) for code in promises.ours]
    (whole,) = body["subjects"] or [{"figure": None}]
    if whole["figure"] is None:  # a rate, and nobody counted the people of invented districts
        assert "people" in body["reason"]
    else:
        assert min(figures) <= whole["figure"] <= max(figures)
