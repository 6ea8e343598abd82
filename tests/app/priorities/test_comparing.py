"""Any two lists compared: saved ones, rules by indices, and the areas to count on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session

from app.priorities import actions, queries
from app.priorities.comparing import ListAsked, SameIndex, compare_asked
from app.priorities.lists import NotComparable
from app.priorities.methods.conditions import worst_percent
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DAY = date(2026, 11, 23)
A = [f"E0100000{place}" for place in range(9)]


def outcomes(body: dict[str, Any]) -> dict[str, str]:
    return {area["code"]: area["outcome"] for area in body["areas"]}


def test_two_saved_designations_are_compared_with_the_codes_of_both(filled: Session) -> None:
    tenth = actions.save_designation(filled, "exe", worst_percent(10), "imd-2019", "Tenth", "test")
    newer = actions.save_designation(filled, "exe", worst_percent(10), "imd-2025", "Newer", "test")
    body = compare_asked(filled, None, ListAsked(tenth.id), ListAsked(newer.id)).as_plain()
    # N = 20, so ranks 1 and 2. 2019: areas 1, 2. 2025: areas 1, 3.
    assert body["older"]["codes"] == [A[1], A[2]]
    assert body["newer"]["codes"] == [A[1], A[3]]
    assert body["older"]["designation"]["name"] == "Tenth"
    assert outcomes(body) == {A[1]: "kept", A[2]: "dropped", A[3]: "added"}
    # people of the newer set: 1000 + place
    counts = body["counts"]
    assert (counts["people_kept"], counts["people_dropped"], counts["people_added"]) == (
        1001,
        1002,
        1003,
    )
    turned = compare_asked(filled, None, ListAsked(newer.id), ListAsked(tenth.id)).as_plain()
    assert turned == body


def test_two_rules_by_one_index_are_two_lists(filled: Session) -> None:
    tenth = actions.save_designation(filled, "exe", worst_percent(10), "imd-2019", None, "test")
    other = ListAsked(index="imd-2019", rule=worst_percent(15))
    body = compare_asked(filled, None, ListAsked(tenth.id), other).as_plain()
    # the worst 15 % of 20 are ranks 1 to 3
    assert outcomes(body) == {A[1]: "kept", A[2]: "kept", A[3]: "added"}


def test_a_side_without_a_rule_takes_that_of_the_saved_list(filled: Session) -> None:
    wide = actions.save_designation(filled, "exe", worst_percent(50), "imd-2019", None, "test")
    body = compare_asked(filled, None, ListAsked(wide.id), ListAsked(index="imd-2025")).as_plain()
    # the worst half are ranks to 10: 1, 2 and 3 by 2019; 1, 9 and 2 by 2025
    assert set(outcomes(body).values()) == {"kept"}
    assert len(body["areas"]) == 3


def test_the_areas_to_count_on_can_be_the_older_ones(filled: Session) -> None:
    whole = queries.find_place(filled, ["Exshire"], DAY)
    found = compare_asked(
        filled, whole, ListAsked(index="imd-2019"), ListAsked(index="imd-2025"), "lsoa-2011"
    )
    body = found.as_plain()
    assert body["counted_on"] == "lsoa-2011"
    # 2025 selects 7, one half of the old 5: 1005 of 2011 people are less than half
    assert outcomes(body) == {A[1]: "kept", A[2]: "dropped", A[3]: "added", A[5]: "dropped"}
    counts = body["counts"]
    assert counts["kept"] + counts["dropped"] == counts["areas_old"] == 3
    assert counts["kept"] + counts["added"] == counts["areas_carried"] == 2
    assert counts["people_dropped"] == 1002 + 1005


def test_an_area_of_which_either_list_cannot_tell_is_in_doubt_and_never_plainly_out(
    filled: Session,
) -> None:
    whole = queries.find_place(filled, ["Exshire"], DAY)
    found = compare_asked(filled, whole, ListAsked(index="imd-2019"), ListAsked(index="imd-2025"))
    # area 6 has no value in 2019
    assert found.as_plain()["counts"]["in_doubt"] == 1
    assert found.in_doubt == {A[6]}
    assert found.as_plain()["older"]["cannot_tell"] == [A[6]]


def test_one_list_twice_and_areas_of_neither_are_refused(filled: Session) -> None:
    saved = actions.save_designation(filled, "exe", worst_percent(10), "imd-2019", None, "test")
    with pytest.raises(SameIndex):
        compare_asked(filled, None, ListAsked(saved.id), ListAsked(saved.id))
    with pytest.raises(SameIndex, match="name a place"):
        compare_asked(filled, None, ListAsked(index="imd-2019"), ListAsked(index="imd-2025"))
    with pytest.raises(NotComparable, match="lsoa-2011 or lsoa-2021"):
        compare_asked(filled, None, ListAsked(saved.id), ListAsked(index="imd-2025"), "lsoa-2001")


@pytest.fixture(scope="module")
def served(
    make_database: Callable[[str], str],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TestClient]:
    """One service for the questions below: they only read."""
    from starlette.testclient import TestClient

    from app.main import create_app
    from app.settings import Settings
    from tests.app.priorities.conftest import fill_place

    engine = open_engine(make_database(template_database))
    with Session(engine) as session, session.begin():
        fill_place(session)
        row = actions.save_designation(session, "exe", worst_percent(10), "imd-2019", None, "test")
        row.id = "exe-list"
    with TestClient(create_app(Settings(data_dir=tmp_path_factory.mktemp("b")), engine)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"designation": "exe-list", "index": "imd-2019"}, 422),
        ({"designation": "exe-list", "against_designation": "exe-list"}, 422),
        ({"designation": "exe-list", "against_designation": "nobody"}, 404),
        ({"designation": "exe-list", "on": "=cmd"}, 422),
        ({"designation": "exe-list", "against_worst": "0"}, 422),
        ({}, 422),
    ],
)
def test_bad_comparisons_are_problems(
    served: TestClient, params: dict[str, str], status: int
) -> None:
    for ending in ("", ".csv", ".xlsx", ".geojson"):
        answer = served.get(f"/api/v1/compare-designations{ending}", params=params)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_table_has_a_row_for_each_area_of_either_list(served: TestClient) -> None:
    answer = served.get("/api/v1/compare-designations.csv", params={"designation": "exe-list"})
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert lines[0].startswith("code,name,outcome,link,old_codes,old_share,people,in_doubt")
    assert len(lines) == 4


def test_workbook_and_features_hold_the_same_areas(served: TestClient) -> None:
    import io

    import openpyxl

    asked = {"designation": "exe-list"}
    listed = served.get("/api/v1/compare-designations", params=asked).json()["areas"]
    book = served.get("/api/v1/compare-designations.xlsx", params=asked)
    page = openpyxl.load_workbook(io.BytesIO(book.content))["comparison"]
    assert [row[0].value for row in page.iter_rows(min_row=2)] == [area["code"] for area in listed]
    features = served.get("/api/v1/compare-designations.geojson", params=asked).json()["features"]
    assert [(one["id"], one["properties"]["outcome"]) for one in features] == [
        (area["code"], area["outcome"]) for area in listed
    ]
    assert all(one["geometry"]["type"] == "MultiPolygon" for one in features)
