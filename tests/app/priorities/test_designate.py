"""From the database to the answer: places, indices, groups, comparing, saving, the API and its files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.access.tables import AuditEvent
from app.indicators.queries import UnknownIndex
from app.indicators.routes import router as indices_router
from app.indicators.tables import DeprivationIndex, IndexValue
from app.partnerships.queries import UnknownPartnership
from app.partnerships.tables import Partnership
from app.priorities import actions, comparing, queries
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.rules import InvalidRule, UnknownMeasure
from app.priorities.routes import router
from app.priorities.tables import Designation
from boundaries.queries import UnknownArea
from boundaries.tables import Membership

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DAY = date(2026, 11, 23)
A = [f"E0100000{place}" for place in range(9)]


def place(session: Session, *words: str) -> queries.Place:
    return queries.find_place(session, words, DAY)


def run(session: Session, *words: str, rule: object = None, index: str | None = None) -> Any:
    made = actions.designate(session, place(session, *words), rule or worst_percent(10), index)
    return made.as_plain()


def chosen(result: Any) -> list[str]:
    return [area["code"] for area in result["areas"] if area["selected"]]


def test_a_county_is_its_districts_and_missing_is_said(filled: Session) -> None:
    result = run(filled, "Exshire")
    # Ranks 1, 2, 3, 20, 2, none of N = 20: the worst 10 % are 1 and 2. People 1001, 1002, 1005.
    assert chosen(result) == [A[1], A[2], A[5]]
    assert result["summary"] == {
        "areas_selected": 3, "areas_cannot_tell": 1, "areas_total": 6, "people_selected": 3008,
        "people_cannot_tell": 1006, "people_total": 6021, "people_source": "mid-2020",
    }  # fmt: skip
    assert run(filled, "E07000901", "Wye")["areas"] == result["areas"]
    # 1 and 2 touch in one ward; 5 touches only 4 and 6, which are not selected.
    assert [(group["name"], group["codes"]) for group in result["groups"]] == [
        ("Baird", [A[1], A[2]]), ("Castle <b>", [A[5]]),
    ]  # fmt: skip
    assert [area["group"] for area in result["areas"]] == [1, 1, None, None, 2, None]


def test_an_index_uses_its_own_set_of_areas(filled: Session) -> None:
    result = run(filled, "Wye", index="imd-2025")
    assert [area["code"] for area in result["areas"]] == [A[4], A[6], A[7], A[8]]
    assert result["summary"]["people_source"] == "estimated, mid-2020"
    assert result["inputs"][0]["release"] == "lsoa-2021-12-bgc"


def test_a_small_area_of_the_other_set_is_carried_and_said(filled: Session) -> None:
    result = run(filled, A[5], index="imd-2025")
    assert [area["code"] for area in result["areas"]] == [A[7], A[8]]
    assert "was carried to E01000007, E01000008" in result["notes"][0]


def test_a_district_that_only_the_older_lookup_names_is_carried_whole(filled: Session) -> None:
    filled.execute(
        text(
            "DELETE FROM memberships WHERE parent_code = 'E07000902' AND lookup = 'lsoa21.parquet'"
        )
    )
    result = run(filled, "Wye", index="imd-2025")
    assert [area["code"] for area in result["areas"]] == [A[4], A[6], A[7], A[8]]


def test_another_edition_is_read_through_the_links(filled: Session) -> None:
    rule = {**worst_percent(10), "measure": "imd@imd-2025"}
    result = run(filled, "Exshire", rule=rule)
    found = {area["code"]: area for area in result["areas"]}
    # 5 became 7 (rank 1) and 8 (rank 15): they do not agree. 3 is rank 2, 2 is rank 9.
    assert chosen(result) == [A[1], A[3]]
    assert found[A[5]]["cannot_tell"] is True
    assert found[A[5]]["clauses"][0]["rebased"]["from"] == [A[7], A[8]]
    assert [given["id"] for given in result["inputs"][:2]] == ["imd-2019", "imd-2025"]
    back = run(
        filled, "Wye", rule={**worst_percent(10), "measure": "imd@imd-2019"}, index="imd-2025"
    )
    assert chosen(back) == [A[7], A[8]]  # both halves carry the published rank 2 of 5


def test_unknown_places_are_all_named_with_what_is_near(filled: Session) -> None:
    with pytest.raises(UnknownArea) as caught:
        place(filled, "Exx", "Wye", "E07999999")
    assert "Exe (E07000901)" in caught.value.detail
    assert [fault.pointer for fault in caught.value.faults] == ["/areas/0", "/areas/2"]


def test_unknown_index_measure_partnership_and_empty_ground(filled: Session) -> None:
    with pytest.raises(UnknownIndex, match="imd-2019, imd-2025"):
        run(filled, "Exe", index="imd-1066")
    with pytest.raises(UnknownMeasure, match="imd, crime"):
        run(filled, "Exe", rule={**worst_percent(10), "measure": "joy"})
    with pytest.raises(UnknownPartnership):
        queries.find_partnership_place(filled, "nobody")
    filled.execute(text("DELETE FROM memberships WHERE parent_code = 'E07000901'"))
    with pytest.raises(queries.NoSmallAreas, match="bounds up --place"):
        run(filled, "Exe")


def test_an_outline_takes_half_of_the_postcodes_or_of_the_ground(filled: Session) -> None:
    # The outline holds area 1 and ends 500 m into area 2, which is 1,000 m wide.
    filled.execute(
        text(
            "UPDATE partnerships SET geom = ST_Multi(ST_MakeEnvelope(500000, 200000, 501500, 201000, 27700))"
        )
    )
    filled.execute(text("UPDATE partnerships SET authorities = '{}'"))
    filled.expire_all()
    here = queries.find_partnership_place(filled, "exe")
    made = actions.designate(filled, here, worst_percent(10))
    assert made.index.id == "imd-2019"
    assert list(made.ground.codes) == [A[1], A[2]]  # half of area 2, which has no postcode: in
    assert made.ground.border_cases == [{"code": A[2], "belongs": True, "share": 0.5, "by": "area"}]
    # Three postcodes in area 2, one of them inside: a third is less than half.
    for number, easting in enumerate((501_400, 501_600, 501_700)):
        filled.execute(
            text(
                "INSERT INTO postcodes (postcode, easting, northing, lon, lat, geom, lsoa11_code, status)"
                " VALUES (:pc, :e, 200500, 0, 51, ST_SetSRID(ST_MakePoint(:e, 200500), 27700), :code, 'current')"
            ),
            {"pc": f"EX1 1A{number}", "e": easting, "code": A[2]},
        )
    made = actions.designate(filled, here, worst_percent(10), "imd-2019")
    assert list(made.ground.codes) == [A[1]]
    assert made.ground.border_cases == [
        {"code": A[2], "belongs": False, "share": 0.333333, "by": "postcodes"}
    ]


def test_two_indices_are_compared_on_the_newer_areas(filled: Session) -> None:
    whole = place(filled, "Exshire")
    for order in (("imd-2019", "imd-2025"), ("imd-2025", "imd-2019")):
        result = comparing.compare_designations(filled, whole, worst_percent(10), *order).as_plain()
        # 2019: 1, 2, 5 -> 1, 2, 7, 8. 2025: 1, 3, 7.
        outcome = {area["code"]: area["outcome"] for area in result["areas"]}
        assert outcome == {
            A[1]: "kept",
            A[2]: "dropped",
            A[3]: "added",
            A[7]: "kept",
            A[8]: "dropped",
        }
        assert result["counted_on"] == "lsoa-2021"
        counts = result["counts"]
        assert (counts["areas_old"], counts["gained_by_splits"], counts["areas_carried"]) == (
            3,
            1,
            4,
        )
    with pytest.raises(comparing.SameIndex):
        comparing.compare_designations(filled, whole, worst_percent(10), "imd-2019", "imd-2019")


def test_a_saved_designation_stays_and_says_what_newer_inputs_change(filled: Session) -> None:
    saved = actions.save_designation(filled, "exe", worst_percent(10), None, "Board list", "test")
    assert saved.result["summary"]["areas_selected"] == 2
    assert actions.count_differences(filled, saved) is None
    event = filled.scalars(select(AuditEvent).where(AuditEvent.verb == "designate")).one()
    assert event.subject == f"designation:{saved.id}"
    # Area 2 falls from rank 2 to 12 in a newer load; area 3 stays out.
    filled.execute(update(IndexValue).where(IndexValue.code == A[2]).values(rank=12, decile=6))
    filled.execute(
        update(DeprivationIndex)
        .where(DeprivationIndex.id == "imd-2019")
        .values(loaded_at=text("now() + interval '1 day'"))
    )
    filled.expire_all()
    found = actions.count_differences(filled, saved)
    assert found is not None
    assert (found["areas_that_differ"], found["codes"]) == (1, [A[2]])
    assert saved.result["summary"]["areas_selected"] == 2


def test_default_designations_are_kept_once(filled: Session) -> None:
    first = actions.save_default_designations(filled, "exe")
    assert len(first) == 2
    assert actions.save_default_designations(filled, "exe") == first
    assert filled.scalar(select(func.count()).select_from(Designation)) == 2


def test_a_rule_that_is_no_object_is_refused_before_anything_is_kept(filled: Session) -> None:
    with pytest.raises(InvalidRule):
        actions.save_designation(filled, "exe", ["imd"], None, None, "test")


def test_a_best_fit_ward_of_the_own_set_comes_first(filled: Session) -> None:
    filled.add(
        Membership(
            child_code=A[1], parent_code="E05000002", parent_type="wd", lookup="lsoa21x.parquet",
            method="best-fit", share=1.0,
        )
    )  # fmt: skip
    filled.flush()
    assert run(filled, A[1])["groups"][0]["name"] == "Baird"


@pytest.fixture
def served(client: TestClient, fill: Callable[[Session], None]) -> TestClient:
    app: Any = client.app
    mounted = {getattr(route, "path", "") for route in app.routes}
    for own in (router, indices_router):
        if f"/api/v1{own.routes[0].path}" not in mounted:  # type: ignore[attr-defined]
            app.include_router(own, prefix="/api/v1")
    with Session(app.state.engine) as session:
        fill(session)
        session.commit()
    return client


def token(client: TestClient, slug: str | None = None) -> dict[str, str]:
    from app.access.actions import create_token

    app: Any = client.app
    with Session(app.state.engine) as session:
        made = create_token(session, "editor", slug, "test")
        session.commit()
    return {"Authorization": f"Bearer {made.secret}"}


def test_the_api_computes_saves_and_reads_back(served: TestClient) -> None:
    answer = served.get("/api/v1/designate", params={"areas": "Exe", "worst": 10})
    assert answer.status_code == 200
    assert answer.json()["summary"]["areas_selected"] == 2
    body = {"index": "imd-2019", "rule": worst_percent(10), "name": "Board list"}
    path = "/api/v1/partnerships/exe/designations"
    assert served.post(path, json=body).status_code == 401
    made = served.post(path, json=body, headers=token(served, "exe"))
    assert made.status_code == 201
    read = served.get(made.headers["Location"])
    assert read.status_code == 200
    assert read.json()["areas"] == answer.json()["areas"]
    assert read.json()["newer_inputs"] is None
    assert read.json()["name"] == "Board list"
    listed = served.get(path).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, read.json()["id"])
    assert served.post(path, json={**body, "colour": 1}, headers=token(served)).status_code == 422
    other = token(served, "wye")
    assert served.post(path, json=body, headers=other).status_code == 404


def test_the_files_hold_the_same_areas(served: TestClient) -> None:
    whole = {"areas": "Exshire"}
    result = served.get("/api/v1/designate", params=whole).json()
    sheet = served.get("/api/v1/designate.csv", params=whole)
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    assert [row["code"] for row in rows] == [area["code"] for area in result["areas"]]
    assert [row["selected"] for row in rows] == ["true", "true", "false", "false", "true", "false"]
    assert rows[5]["cannot_tell"] == "true"
    assert rows[5]["clause_1_value"] == ""
    shapes = served.get("/api/v1/designate.geojson", params=whole)
    assert shapes.headers["content-type"].startswith("application/geo+json")
    features = json.loads(shapes.text)["features"]
    assert [feature["id"] for feature in features] == [row["code"] for row in rows]
    # Counter-clockwise, lon/lat, seven decimals at most.
    assert features[0]["geometry"]["coordinates"][0][0][1] == [0.01, 51]
    metres = served.get("/api/v1/designate.geojson", params={**whole, "crs": "EPSG:27700"})
    assert "27700" in metres.headers["Content-Crs"]
    assert json.loads(metres.text)["features"][0]["geometry"]["coordinates"][0][0][0] == [
        500_000, 200_000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({}, 422, "either areas or partnership"),
        ({"areas": "Exe", "partnership": "exe"}, 422, "either areas or partnership"),
        ({"areas": "Exe", "rule": "{}", "worst": 10}, 422, "either rule or worst"),
        ({"areas": "Nowhere at all"}, 404, "no authority is called"),
        ({"areas": "Exe", "rule": "{"}, 422, "not JSON"),
        ({"areas": "Exe", "index": "imd-1066"}, 404, "imd-2019"),
        ({"areas": "Exe", "worst": 0}, 422, ""),
        ({"areas": " , "}, 404, "no area was named"),
        (
            {"areas": "Exe", "rule": '{"measure":"joy","statistic":"rank","at_most":1}'},
            422,
            "it has imd, crime",
        ),
    ],
)
def test_bad_questions_are_problems(
    served: TestClient, params: dict[str, Any], status: int, said: str
) -> None:
    answer = served.get("/api/v1/designate", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert said in answer.json()["detail"]


def test_indices_are_listed_with_what_is_held(served: TestClient) -> None:
    items = served.get("/api/v1/indices").json()["items"]
    assert [(item["id"], item["areas_total"], item["areas_held"]) for item in items] == [
        ("imd-2019", 20, 6), ("imd-2025", 20, 7),
    ]  # fmt: skip
    assert items[0]["measures"] == ["imd", "crime"]
    assert served.get("/api/v1/indices/imd-2025").json()["area_set"] == "lsoa-2021"
    assert served.get("/api/v1/indices/imd-2000").status_code == 404


def test_the_comparison_is_served(served: TestClient) -> None:
    answer = served.get("/api/v1/compare-designations", params={"partnership": "exe"})
    assert answer.status_code == 200
    counts = answer.json()["counts"]
    assert (counts["kept"], counts["added"], counts["dropped"]) == (1, 1, 1)


def test_a_partnership_that_goes_takes_its_designations_along(filled: Session) -> None:
    actions.save_designation(filled, "exe", worst_percent(10), None, None, "test")
    filled.delete(filled.get(Partnership, "exe"))
    filled.flush()
    assert filled.scalar(select(func.count()).select_from(Designation)) == 0
