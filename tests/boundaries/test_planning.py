"""Planned areas on the demo county: what ends, what begins, what draws the day, and how all of it is taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.areas.queries import NotOnThatDay, full_area
from app.dev.sample_county.places import FRAMLEY, HOGGLESTOCK, SILVERBRIDGE
from app.lookup.queries import areas_here
from boundaries.plan_drawing import join_outlines
from boundaries.plan_tables import Plan
from boundaries.planning import (
    NewArea,
    NewPlan,
    PlanExists,
    PlanInvalid,
    UnknownPlan,
    add_plan,
    carry_out_again,
    remove_plan,
)
from boundaries.queries import get_area, layer_on, outlines
from boundaries.storing import store_areas
from boundaries.tables import Area, Boundary, Membership, Release, Succession, Weight

START = date(2040, 4, 1)
DAY = timedelta(days=1)
BOTH = (HOGGLESTOCK, SILVERBRIDGE)
CODE = "X06000099"


def area(**over: object) -> NewArea:
    told: dict[str, object] = {
        "code": CODE, "name": "New Barset", "area_type": "lad", "valid_from": START, "valid_to": None,
        "made_of": BOTH,
    }  # fmt: skip
    return NewArea(**{**told, **over})  # type: ignore[arg-type]


def plan(*areas: NewArea, **over: str) -> NewPlan:
    told = {"slug": "reform", "name": "A reform", "source": "An order", **over}
    return NewPlan(told["slug"], told["name"], told["source"], areas or (area(),))


def counts(session: Session) -> dict[str, int]:
    tables = (Area, Boundary, Membership, Release, Succession, Weight, Plan)
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables
    }


def test_on_the_day_before_the_old_answer_and_on_the_day_the_new_one(demo_db: Session) -> None:
    people = sum(full_area(demo_db, code, None, START - DAY)["population"] for code in BOTH)
    report = add_plan(demo_db, plan())
    assert (report.ended, report.people) == (tuple(sorted(BOTH)), {CODE: people})
    for code in BOTH:
        assert full_area(demo_db, code, START - DAY, START - DAY)["status"] == "current"
        with pytest.raises(NotOnThatDay, match=f"successors: {CODE}"):
            full_area(demo_db, code, START, START)
    with pytest.raises(NotOnThatDay):
        full_area(demo_db, CODE, START - DAY, START - DAY)
    body = full_area(demo_db, CODE, START, START)
    assert (body["status"], body["source"]["quality"]) == ("current", "approximate")
    assert body["planned"]["made_of"] == list(BOTH)
    assert full_area(demo_db, CODE, None, date(2026, 1, 1))["status"] == "future"


def test_its_outline_is_that_of_its_members_and_one_layer_draws_the_day(demo_db: Session) -> None:
    before = layer_on(demo_db, "lad", START - DAY, demo=True)
    frame = outlines(demo_db, before.id, BOTH)
    add_plan(demo_db, plan())
    after = layer_on(demo_db, "lad", START, demo=True)
    assert (after.quality, after.is_exact, after.missing) == ("approximate", True, 0)
    assert layer_on(demo_db, "lad", START - DAY, demo=True).id == before.id
    (joined,) = outlines(demo_db, after.id, [CODE]).geometry
    assert joined.symmetric_difference(shapely.union_all(frame.geometry)).area < 1
    middle = shapely.point_on_surface(frame.geometry.iloc[0])
    for day, wanted in ((START - DAY, frame["code"].iloc[0]), (START, CODE)):
        found = areas_here(demo_db, middle.x, middle.y, ("lad",), day)
        assert [row["code"] for row in found] == [wanted]


def test_small_areas_of_its_members_belong_to_it_and_their_shares_are_whole(
    demo_db: Session,
) -> None:
    members = select(func.count(func.distinct(Membership.child_code))).where(
        Membership.parent_code.in_(BOTH)
    )
    wanted = demo_db.scalar(members)
    add_plan(demo_db, plan())
    own = select(func.count(func.distinct(Membership.child_code))).where(
        Membership.parent_code == CODE
    )
    assert demo_db.scalar(own) == wanted
    links = demo_db.scalars(select(Succession).where(Succession.new_code == CODE)).all()
    assert {(link.old_code, link.share, link.changed_on) for link in links} == {
        (code, 1.0, START) for code in BOTH
    }


def test_a_county_of_which_every_district_goes_ends_too_and_is_shared_out(
    demo_db: Session,
) -> None:
    county = demo_db.scalar(
        select(Membership.parent_code).where(
            Membership.child_code == HOGGLESTOCK, Membership.parent_type == "cty"
        )
    )
    districts = demo_db.scalars(
        select(Area.code).join(Membership, Membership.child_code == Area.code)
        .where(Membership.parent_code == county, Area.type == "lad", Area.valid_to.is_(None)).distinct()
    ).all()  # fmt: skip
    assert len(districts) > 2
    first, rest = tuple(sorted(districts)[:1]), tuple(sorted(districts)[1:])
    report = add_plan(
        demo_db, plan(area(made_of=first), area(code="X06000098", name="Other", made_of=rest))
    )
    assert report.counties_ended == (county,)
    assert get_area(demo_db, str(county)).valid_to == START
    shares = demo_db.scalars(select(Succession.share).where(Succession.old_code == county)).all()
    assert len(shares) == 2
    assert sum(share or 0 for share in shares) == pytest.approx(1)
    remove_plan(demo_db, "reform")
    assert get_area(demo_db, str(county)).valid_to is None
    partly = add_plan(demo_db, plan(area(made_of=first)))
    assert partly.counties_ended == ()


def test_taken_away_it_leaves_everything_as_it_was(demo_db: Session) -> None:
    before = counts(demo_db)
    ends = {code: get_area(demo_db, code).valid_to for code in BOTH}
    drawn = layer_on(demo_db, "lad", START, demo=True)
    add_plan(demo_db, plan())
    assert remove_plan(demo_db, "reform") == [CODE]
    assert counts(demo_db) == before
    assert {code: get_area(demo_db, code).valid_to for code in BOTH} == ends
    assert layer_on(demo_db, "lad", START, demo=True) == drawn
    with pytest.raises(UnknownPlan):
        remove_plan(demo_db, "reform")


def test_after_the_lists_gave_lives_back_the_plan_is_carried_out_again(demo_db: Session) -> None:
    add_plan(demo_db, plan())
    held = counts(demo_db)
    import pandas as pd

    rows = [(code, "lad", code, None, None) for code in BOTH]
    columns = ["code", "type", "name", "valid_from", "valid_to"]
    store_areas(demo_db, pd.DataFrame(rows, columns=columns), demo=True, lives_known=True)
    demo_db.expire_all()
    assert get_area(demo_db, HOGGLESTOCK).valid_to is None
    assert carry_out_again(demo_db) == 1
    demo_db.expire_all()
    assert get_area(demo_db, HOGGLESTOCK).valid_to == START
    assert counts(demo_db) == held


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"made_of": (HOGGLESTOCK, "X07009999")}, "no area here has this code"),
        ({"made_of": ()}, "name the 1 to"),
        ({"made_of": (HOGGLESTOCK, HOGGLESTOCK)}, "twice in one"),
        ({"made_of": ("X07000004",)}, "already, followed by X07000007"),
        ({"valid_to": START}, "which is not after its start"),
        ({"valid_to": START - DAY}, "which is not after its start"),
        ({"valid_from": date(2001, 4, 1)}, "which it follows"),
        ({"area_type": "wd"}, "only areas of type lad"),
        ({"code": "X10000001"}, "give a slug"),
        ({"code": "lad-New Barset"}, "give a slug"),
        ({"code": "lad-new-barset"}, "codes of the invented county"),
        ({"name": " "}, "needs a name"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_place_of_each_fault(
    demo_db: Session, wrong: dict[str, object], told: str
) -> None:
    before = counts(demo_db)
    with pytest.raises(PlanInvalid, match=told) as refused:
        add_plan(demo_db, plan(area(**wrong)))
    assert all(str(fault.pointer).startswith("/areas") for fault in refused.value.faults)
    assert counts(demo_db) == before


def test_groupings_that_overlap_are_refused_within_one_plan_and_between_two(
    demo_db: Session,
) -> None:
    other = area(code="X06000098", name="Other", made_of=(FRAMLEY, HOGGLESTOCK))
    with pytest.raises(PlanInvalid, match="it is in two groupings") as refused:
        add_plan(demo_db, plan(area(), other))
    assert {fault.pointer for fault in refused.value.faults} == {
        "/areas/0/made_of/0", "/areas/1/made_of/1",
    }  # fmt: skip
    add_plan(demo_db, plan())
    with pytest.raises(PlanInvalid, match="the plan 'reform' ends it already"):
        add_plan(demo_db, plan(other, slug="second"))
    with pytest.raises(PlanExists):
        add_plan(demo_db, plan())
    with pytest.raises(PlanExists, match=CODE):
        add_plan(demo_db, plan(area(made_of=(FRAMLEY,)), slug="third"))


def test_slivers_between_neighbours_are_no_holes_in_what_is_made_of_them() -> None:
    west = shapely.box(0, 0, 1000, 1000)
    border = [(1000, 1000), (1000, 700), (1005, 500), (1000, 300), (1000, 0)]
    east = shapely.Polygon([*border, (2000, 0), (2000, 1000)])
    lake = shapely.box(1200, 200, 1500, 500)
    joined = join_outlines([west, east.difference(lake)])
    (part,) = joined.geoms
    assert [round(shapely.Polygon(ring).area) for ring in part.interiors] == [90_000]
    assert part.contains(shapely.Point(1002, 500))
