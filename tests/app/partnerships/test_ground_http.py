"""Overlaps and neighbours of partnerships over HTTP, on the demo county and on real ground."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.partnerships.actions import create_partnership
from app.partnerships.neighbours import neighbours_of
from app.partnerships.overlaps import all_overlaps, overlaps_of
from boundaries.queries import layer_on, outlines

pytestmark = pytest.mark.slow
HOGGLESTOCK, ST_EWOLDS, FRAMLEY = "X07000002", "X07000006", "X07000003"
DAY = date(2026, 1, 1)
ALIGNED = "hogglestock-and-st-ewolds"


def make(session: Session, name: str, *codes: str, kind: str = "csp", **more: object) -> None:
    row = create_partnership(
        session,
        "a test",
        name=name,
        kind=kind,
        authorities=codes,
        day=DAY,
        **more,  # type: ignore[arg-type]
    )
    row.demo = row.demo or not codes  # an outline does not say of which world it is
    session.flush()


def test_a_partnership_of_one_of_two_councils_shares_all_of_itself_and_that_part_of_the_other(
    demo_db: Session,
) -> None:
    make(
        demo_db,
        "Safer Hogglestock",
        HOGGLESTOCK,
        members=[{"name": "BARSET constabulary", "sector": "Public sector"}],
    )
    body = overlaps_of(demo_db, "safer-hogglestock", DAY)
    (row,) = body["items"]
    assert (row["partnership"], row["same_kind"], row["share_of_this"]) == (ALIGNED, False, 1.0)
    others = overlaps_of(demo_db, ALIGNED, DAY)["items"]
    other = next(r for r in others if r["partnership"] == "safer-hogglestock")
    assert (other["share_of_that"], other["share_of_this"]) == (1.0, row["share_of_that"])
    frame = outlines(demo_db, layer_on(demo_db, "lad", DAY, demo=True).id, [HOGGLESTOCK, ST_EWOLDS])
    areas = frame.set_index("code").geometry.area
    assert row["share_of_that"] == pytest.approx(areas[HOGGLESTOCK] / areas.sum(), abs=1e-6)
    assert row["shared_authorities"] == [HOGGLESTOCK]
    assert row["shared_members"] == ["BARSET constabulary"]
    assert "100.00% of its own ground" in body["sentence"]


def test_all_pairs_say_what_each_partnership_says(demo_db: Session) -> None:
    make(demo_db, "Safer Hogglestock", HOGGLESTOCK)
    make(demo_db, "Framley Pact", FRAMLEY)
    pairs = all_overlaps(demo_db, DAY, demo=True)
    one = next(row for row in pairs if row["b"] == "safer-hogglestock")
    told = overlaps_of(demo_db, "safer-hogglestock", DAY)["items"][0]
    assert one["a"] == ALIGNED
    assert (one["overlap_m2"], one["people"]) == (told["overlap_m2"], told["people"])
    # The Vale cuts Framley and not Hogglestock.
    assert {(row["a"], row["b"]) for row in pairs} == {
        (ALIGNED, "safer-hogglestock"), ("framley-pact", "plumstead-vale"),
    }  # fmt: skip


def test_two_outlines_on_one_ground_are_the_same_ground_and_a_sliver_is_nothing(
    demo_db: Session,
) -> None:
    frame = outlines(demo_db, layer_on(demo_db, "lad", DAY, demo=True).id, [FRAMLEY])
    west, south, east, north = frame.total_bounds
    square = shapely.box(west, south, (west + east) / 2, north)
    nearly = shapely.box(west + 10, south, (west + east) / 2, north)
    beside = shapely.box((west + east) / 2 - 10, south, east, north)
    for name, shape in (("One", square), ("Two", nearly), ("Three", beside)):
        make(demo_db, name, outline=shapely.multipolygons([shape]))
    row = next(r for r in overlaps_of(demo_db, "one", DAY)["items"] if r["partnership"] == "two")
    assert row["same_ground"] is True
    assert row["overlap_m2"] == round(nearly.area)
    assert "three" not in {r["partnership"] for r in overlaps_of(demo_db, "one", DAY)["items"]}
    assert "three" in {r["partnership"] for r in neighbours_of(demo_db, "one", DAY)["partnerships"]}


def test_a_partnership_that_has_ended_shares_nothing_and_says_so(demo_db: Session) -> None:
    make(demo_db, "Past", HOGGLESTOCK, valid_from=date(2001, 4, 1), valid_to=date(2004, 4, 1))
    body = overlaps_of(demo_db, "past", DAY)
    assert body["items"] == []
    assert "does not live on 2026-01-01" in body["sentence"]
    assert not any("past" in (row["a"], row["b"]) for row in all_overlaps(demo_db, DAY, demo=True))


def test_the_matrix_is_a_list_in_pages_and_an_unknown_partnership_is_404(
    demo_client: TestClient,
) -> None:
    whole = demo_client.get("/api/v1/partnerships/overlaps", params={"demo": True}).json()
    assert set(whole) == {"items", "total", "next"}
    for ending in ("overlaps", "neighbours"):
        assert demo_client.get(f"/api/v1/partnerships/nobody/{ending}").status_code == 404
        assert demo_client.get(f"/api/v1/partnerships/{ALIGNED}/{ending}?x=1").status_code == 400


def test_the_address_of_the_matrix_is_no_partnerships(demo_db: Session) -> None:
    with pytest.raises(Exception, match="taken by the service"):
        make(demo_db, "Overlaps", HOGGLESTOCK)


def test_borders_add_up_and_each_neighbour_names_the_council_it_lies_beside(
    demo_client: TestClient,
) -> None:
    body = demo_client.get(f"/api/v1/partnerships/{ALIGNED}/neighbours").json()
    assert body["border_m"] == pytest.approx(
        sum(a["border_m"] for a in body["authorities"]), abs=0.5
    )
    own = {HOGGLESTOCK, ST_EWOLDS}
    assert not own & {a["code"] for a in body["authorities"]}
    assert all(set(a["beside"]) <= own for a in body["authorities"])
    assert body["authorities"][0]["name"] in body["sentence"]


def test_hastings_and_rother_border_four_councils_of_two_counties(place_db: Session) -> None:
    make(place_db, "HR", "E07000062", "E07000064")
    found = {row["code"]: row for row in neighbours_of(place_db, "hr", DAY)["authorities"]}
    assert set(found) == {"E07000065", "E07000116", "E07000112", "E07000105"}
    assert found["E07000065"]["beside"] == ["E07000064"]  # Hastings is surrounded by Rother
    assert 50_000 < found["E07000065"]["border_m"] < 57_000
