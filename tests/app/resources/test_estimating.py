"""Estimates of a ledger from the database: which small areas a place is made of, and what they weigh there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.resources.estimating import estimate_by, estimate_places, shareable_lines
from app.resources.import_tables import LineWeight
from app.resources.methods.estimated_ledger import EstimatedLedger, with_estimates
from app.resources.methods.ledger import Neighbourhood
from app.resources.queries import find_ground
from app.resources.summing import LedgerGround, build_sums, ledger_ground, some_lines
from app.resources.tables import Programme, ResourceFile, ResourceLine
from boundaries.database import named_sql
from boundaries.errors import Invalid, NotFound
from boundaries.footprints import Ground, store_footprint
from boundaries.methods.apportion import apportion
from boundaries.tables import Area, Succession, Weight
from tests.app.rasters.test_weights import add_grid
from tests.support.squares import add_members, add_people

MINE = "X07000002"
LINE: dict[str, Any] = {
    "file_id": "estimates", "row": 1, "title": "t", "funder": "F", "stage": "awarded", "currency": "GBP",
    "financial_year": "2018-19", "place_kind": "area", "grade": "D", "demo": True,
}  # fmt: skip


def add_lines(session: Session, *lines: dict[str, Any]) -> None:
    session.add(
        ResourceFile(
            id="estimates", title="t", publisher="p", licence="l", attribution="a", source_file="s",
            sha256="0" * 64, kind="plain", rows_in=len(lines), rows_stored=len(lines), rows_refused=0,
            demo=True,
        )
    )  # fmt: skip
    session.flush()
    session.execute(
        insert(ResourceLine), [LINE | {"identifier": line["id"]} | line for line in lines]
    )


def areas_of(session: Session, district: str) -> list[str]:
    rows = session.scalars(
        text("SELECT child_code FROM memberships WHERE parent_code = :code"
             " AND lookup = 'lsoa21-lad23-demo' AND child_code LIKE 'X01%' ORDER BY 1"),
        {"code": district},
    )  # fmt: skip
    return list(rows)


@pytest.fixture
def groups(demo_db: Session) -> list[Neighbourhood]:
    """Two neighbourhoods of one council of the demo county: of its most deprived small areas."""
    rows = demo_db.scalars(
        text("SELECT code FROM index_values WHERE index_id = 'imd-2025-demo' AND measure = 'imd'"
             " AND code = ANY(:codes) ORDER BY rank"),
        {"codes": areas_of(demo_db, MINE)},
    )  # fmt: skip
    mine = list(rows)
    return [Neighbourhood(1, "One", tuple(mine[:3])), Neighbourhood(2, "Two", (mine[4],))]


def asked(
    session: Session, groups: list[Neighbourhood], basis: str | None = None, **given: Any
) -> tuple[LedgerGround, list[dict[str, Any]], EstimatedLedger]:
    found = find_ground(session, [MINE], groups, area_set="lsoa-2021")
    ground = ledger_ground(
        session, found, stage="awarded", slug=given.pop("slug", None), codes=[MINE]
    )
    read = {"each": True} | {name: given.pop(name) for name in ("year", "after") if name in given}
    lines = shareable_lines(session, ground.parameters, found, ground.relations, **read)
    estimate = estimate_by(session, lines, basis, **given)
    rows = build_sums(session, ground, year=read.get("year"), by="neighbourhood").rows
    return ground, with_estimates(rows, estimate), estimate


def of(estimate: EstimatedLedger, line_id: str) -> dict[Any, int]:
    return estimate.of_line(estimate.ids.index(line_id))


def by_hand(
    session: Session, groups: list[Neighbourhood], pence: int, weights: str
) -> dict[Any, int]:
    """Share a district's money out by a list of its small areas, one query and a plain loop."""
    rows = session.execute(text(weights), {"district": MINE}).all()
    number = {code: each.number for each in groups for code in each.codes}
    sums: dict[Any, int] = {}
    shares = apportion(pence, [1000 * row[1] for row in rows]) or []
    for (code, _), share in zip(rows, shares, strict=True):
        zone = number.get(code, "rest_of_partnership")
        sums[zone] = sums.get(zone, 0) + share
    return {zone: share for zone, share in sums.items() if share}


OF_DISTRICT = (
    "FROM weights AS w JOIN memberships AS m ON m.child_code = w.code AND m.parent_code = :district"
    " AND m.lookup = 'lsoa21-lad23-demo' WHERE w.area_set = 'lsoa-2021' AND w.measure = "
)
BY_HAND = {
    "population": f"SELECT w.code, w.value {OF_DISTRICT} 'people' ORDER BY 1",
    "households": f"SELECT w.code, w.value {OF_DISTRICT} 'households' ORDER BY 1",
    "equal": f"SELECT w.code, 1 {OF_DISTRICT} 'people' ORDER BY 1",
    "worst-fifth": "SELECT w.code, CASE WHEN i.decile <= 2 THEN w.value ELSE 0 END FROM weights AS w"
    " JOIN index_values AS i ON i.code = w.code AND i.measure = 'imd' AND i.index_id = 'imd-2025-demo'"
    " JOIN memberships AS m ON m.child_code = w.code AND m.parent_code = :district"
    " AND m.lookup = 'lsoa21-lad23-demo' WHERE w.area_set = 'lsoa-2021' AND w.measure = 'people' ORDER BY 1",
}


@pytest.mark.parametrize("basis", sorted(BY_HAND))
def test_a_districts_money_is_shared_over_its_small_areas_as_by_hand(
    demo_db: Session, groups: list[Neighbourhood], basis: str
) -> None:
    add_lines(demo_db, {"id": "district", "amount_pence": 1_234_567, "place_code": MINE})
    ground, rows, estimate = asked(demo_db, groups, basis)
    expected = by_hand(demo_db, groups, 1_234_567, BY_HAND[basis])
    assert of(estimate, "district") == expected
    assert len(expected) > 1
    # It stands beside: the line is the district's, and the estimate sums to the file.
    (line,) = some_lines(demo_db, ground, only="district")[0].lines
    assert (line["bucket"], line["certainty"]) == ("rest_of_partnership", "partnership_wide")
    totals = build_sums(demo_db, ground, year=None, by="theme").totals
    assert sum(row["estimate_pence"] for row in rows) == totals["file_pence"]
    assert sum(row["file_pence"] for row in rows) == totals["file_pence"]


def test_wider_places_are_shared_over_all_of_their_ground(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    add_lines(
        demo_db,
        {"id": "county", "amount_pence": 10**9, "place_code": "X10000001", "place_kind": "wide", "grade": "E"},
        {"id": "region", "amount_pence": 10**9, "place_code": "X12000001", "place_kind": "wide", "grade": "E"},
        {"id": "nation", "amount_pence": 10**9, "place_code": "X92000001", "place_kind": "wide", "grade": "E"},
        {"id": "unknown", "amount_pence": 10**9, "place_code": "K02000001", "place_kind": "wide", "grade": "E"},
    )  # fmt: skip
    ground, _, estimate = asked(demo_db, groups)
    people = dict(
        demo_db.execute(
            text("SELECT code, value FROM weights WHERE area_set = 'lsoa-2021' AND measure = 'people'")
        ).all()
    )  # fmt: skip
    county = set(areas_of(demo_db, MINE)) | {
        code for n in (1, 3, 4, 5, 6, 7) for code in areas_of(demo_db, f"X0700000{n}")
    }
    assert len(county) < len(people)
    inside = sum(people[code] for code in ground.found.ground.areas)
    for line_id, ground in (("county", county), ("region", set(people)), ("nation", set(people))):
        got = of(estimate, line_id)
        share = 10**9 * inside / sum(people[code] for code in ground)
        assert sum(got.values()) == 10**9
        assert got[1] + got[2] + got["rest_of_partnership"] == pytest.approx(share, abs=304)
    assert of(estimate, "unknown") == {"not_placed": 10**9}


def test_a_lines_own_basis_comes_before_its_programmes_and_both_give_way_to_what_is_asked(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    demo_db.add(
        Programme(id="p", title="P", funder="F", demo=True, estimate_basis="households")
    )  # fmt: skip
    demo_db.flush()
    place = {"amount_pence": 1_000_000, "place_code": MINE}
    add_lines(
        demo_db,
        {"id": "plain", "programme_id": None, "estimate_basis": None, **place},
        {"id": "of-programme", "programme_id": "p", "estimate_basis": None, **place},
        {"id": "own", "programme_id": "p", "estimate_basis": "equal", **place},
    )
    shares = {
        basis: by_hand(demo_db, groups, 1_000_000, BY_HAND[basis])
        for basis in ("population", "households", "equal")
    }
    assert len({tuple(sorted(map(str, each.items()))) for each in shares.values()}) == 3
    estimate = asked(demo_db, groups)[2]
    assert of(estimate, "plain") == shares["population"]
    assert of(estimate, "of-programme") == shares["households"]
    assert of(estimate, "own") == shares["equal"]
    what_if = asked(demo_db, groups, "equal")[2]
    for each in ("plain", "of-programme", "own"):
        assert of(what_if, each) == shares["equal"]


def test_weights_given_by_small_area_share_what_they_name_and_nothing_else(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    add_lines(demo_db, {"id": "d", "amount_pence": 100, "place_code": MINE})
    weights = {groups[0].codes[0]: 3.0, groups[1].codes[0]: 1.0}
    assert of(asked(demo_db, groups, "given", given=weights)[2], "d") == {1: 75, 2: 25}
    none = asked(demo_db, groups, "given")[2]
    assert of(none, "d") == {"not_placed": 100}
    assert "no weight is known" in none.why_not["d"]


def test_a_programme_that_allocates_to_small_areas_itself_weighs_its_lines_so(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    demo_db.add(Programme(id="p", title="P", funder="F", demo=True, estimate_basis="given"))
    demo_db.flush()
    add_lines(demo_db, {"id": "d", "amount_pence": 1000, "place_code": MINE, "programme_id": "p"})
    demo_db.execute(
        text("INSERT INTO programme_allocations (id, programme_id, file_id, title, area_code, period,"
             " amount_pence, status, derived) VALUES ('a', 'p', 'estimates', 't', :one, '2018-19', 400, 'planned',"
             " false), ('b', 'p', 'estimates', 't', :two, '2018-19', 100, 'planned', false)"),
        {"one": groups[0].codes[0], "two": groups[1].codes[0]},
    )  # fmt: skip
    assert of(asked(demo_db, groups)[2], "d") == {1: 800, 2: 200}


def test_a_lines_own_weights_share_that_line_and_no_other(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    given = {"amount_pence": 1000, "place_code": MINE, "estimate_basis": "given"}
    add_lines(demo_db, {"id": "a", **given}, {"id": "b", **given}, {"id": "none", **given})
    for line, group, weight in (("a", 0, 3), ("a", 1, 1), ("b", 1, 1)):
        one = groups[group].codes[0]
        demo_db.add(LineWeight(line_id=line, area_code=one, weight=weight))
    demo_db.flush()
    estimate = asked(demo_db, groups)[2]
    assert of(estimate, "a") == {1: 750, 2: 250}
    assert of(estimate, "b") == {2: 1000}
    assert of(estimate, "none") == {"not_placed": 1000}


def test_money_for_the_whole_partnership_is_shared_over_its_own_ground(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    whole = {"place_kind": "partnership", "grade": "E", "amount_pence": 1000, "place_code": None}
    add_lines(demo_db, {"id": "w", "partnership_slug": "hogglestock-and-st-ewolds", **whole})
    slug = "hogglestock-and-st-ewolds"
    found = find_ground(demo_db, [MINE, "X07000006"], groups, area_set="lsoa-2021")
    ground = ledger_ground(demo_db, found, stage="awarded", slug=slug, codes=[MINE])
    lines = shareable_lines(demo_db, ground.parameters, found, ground.relations, each=True)
    got = of(estimate_by(demo_db, lines), "w")
    assert sum(got.values()) == 1000
    assert set(got) == {1, 2, "rest_of_partnership"}
    # The same money seen from one of its two councils: what falls into the other is outside.
    assert set(of(asked(demo_db, groups)[2], "w")) == {1, 2, "rest_of_partnership", "outside"}


def test_an_estate_across_two_neighbourhoods_is_shared_by_its_people_in_each(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    outlines = demo_db.scalars(
        text("SELECT ST_AsBinary(geom) FROM boundaries WHERE release_id = 'lsoa-2021-12-demo'"
             " AND code = ANY(:codes)"),
        {"codes": [groups[0].codes[0], groups[1].codes[0]]},
    ).all()  # fmt: skip
    shape = shapely.union_all([shapely.from_wkb(bytes(each)) for each in outlines])
    estate = store_footprint(
        demo_db,
        Ground(outline=shapely.multipolygons(shapely.get_parts(shape)), demo=True),
    )
    add_lines(
        demo_db,
        {
            "id": "e", "amount_pence": 1000, "place_kind": "estate", "grade": "A", "place_code": None,
            "footprint_id": estate,
        },
    )  # fmt: skip
    got = of(asked(demo_db, groups)[2], "e")
    people = demo_db.execute(
        text("SELECT code, value FROM weights WHERE area_set = 'lsoa-2021' AND measure = 'people'"
             " AND code = ANY(:codes)"),
        {"codes": [groups[0].codes[0], groups[1].codes[0]]},
    ).all()  # fmt: skip
    held = dict(people)
    share = 1000 * held[groups[0].codes[0]] / sum(held.values())
    assert got[1] == pytest.approx(share, abs=20)
    assert got[1] + got[2] == pytest.approx(1000, abs=20)
    assert sum(got.values()) == 1000


def test_lines_alike_are_shared_as_each_by_itself_would_be(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    place = {"amount_pence": 12_345, "place_code": MINE}
    add_lines(demo_db, *({"id": f"x{number}", **place} for number in range(5)))
    ground, _, by_line = asked(demo_db, groups)
    together = estimate_places(demo_db, ground.parameters, ground.found, ground.relations)
    assert together.by_zone() == by_line.by_zone()
    assert together.stood() == by_line.stood()
    assert together.summary() == by_line.summary()
    assert len(together.ids) < len(by_line.ids)


def test_a_year_shares_its_own_lines_and_a_page_goes_on_where_the_last_ended(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    place = {"amount_pence": 100, "place_code": MINE}
    add_lines(
        demo_db, {"id": "zz1", **place}, {"id": "zz2", **place},
        {"id": "zz3", **place, "financial_year": "1999-00"},
    )  # fmt: skip
    assert asked(demo_db, groups, year="1999-00")[2].ids == ("zz3",)
    assert asked(demo_db, groups, after="zz1")[2].ids == ("zz2", "zz3")


def test_a_grids_people_share_a_districts_money_to_the_thousandth_of_a_person(
    demo_db: Session, groups: list[Neighbourhood], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.app.rasters.test_weights.RELEASE", "lsoa-2021-12-demo")
    codes = areas_of(demo_db, MINE)
    people = dict.fromkeys(codes, 10.0) | {groups[1].codes[0]: 30.5}
    add_grid(demo_db, "people", {code: (value, 1.0) for code, value in people.items()})
    add_lines(demo_db, {"id": "d", "amount_pence": 1_000_000, "place_code": MINE})
    # Of the district's 10 people an area, three areas are neighbourhood 1; neighbourhood 2 has 30.5.
    whole = 10_000 * (len(codes) - 1) + 30_500
    got = of(asked(demo_db, groups, "raster-population")[2], "d")
    assert got[1] == pytest.approx(1_000_000 * 30_000 / whole, abs=3)
    assert got[2] == pytest.approx(1_000_000 * 30_500 / whole, abs=1)
    assert sum(got.values()) == 1_000_000


def test_a_basis_that_there_is_not_and_a_grid_that_is_not_here_are_refused(
    demo_db: Session, groups: list[Neighbourhood]
) -> None:
    with pytest.raises(Invalid, match="basis: one of population"):
        asked(demo_db, groups, "people")
    add_lines(demo_db, {"id": "d", "amount_pence": 100, "place_code": MINE})
    with pytest.raises(NotFound, match="no grid of people"):
        asked(demo_db, groups, "raster-population")


@pytest.fixture
def islands(db: Session) -> None:
    """Four small areas of 2011, a to d; c became e of 2021. District N1 of 2021 was O1, which was a and b."""
    areas = [("XA", "lsoa"), ("XB", "lsoa"), ("XC", "lsoa"), ("XD", "lsoa"), ("XE", "lsoa"),
             ("XO1", "lad"), ("XN1", "lad"), ("XN2", "lad"), ("XLOST", "lad"), ("XCTY", "cty")]  # fmt: skip
    db.add_all(Area(code=code, type=kind, name=code) for code, kind in areas)
    db.flush()
    add_people(db, {"XA": 100, "XB": 100, "XC": 100, "XD": 100})
    add_people(db, {"XA": 100, "XB": 100, "XE": 80, "XD": 100}, "lsoa-2021")
    add_members(db, {"XA": "XO1", "XB": "XO1", "XE": "XN2", "XD": "XN2"})
    db.add_all(
        Succession(
            old_code=old, new_code=new, changed_on=date(2021, 3, 21), kind=kind, share=share, source="t"
        )
        for old, new, kind, share in (("XO1", "XN1", "renumbered", None), ("XC", "XE", "split", 0.8))
    )  # fmt: skip
    db.flush()


def parts_of(session: Session, *stated: str, area_set: str = "lsoa-2011") -> dict[str, Any]:
    rows = session.execute(
        named_sql("app/resources/estimating.py", "areas_of_districts"),
        {
            "stated": list(stated), "area_set": area_set,
            "other_set": "lsoa-2021" if area_set == "lsoa-2011" else "lsoa-2011",
        },
    )  # fmt: skip
    return {place: dict(zip(codes.split(","), parts, strict=True)) for place, codes, parts in rows}


@pytest.mark.usefixtures("islands")
def test_a_district_is_made_of_what_its_lookup_says_carried_to_the_set_that_is_asked_for(
    db: Session,
) -> None:
    # By 2021: e and d, as written. By 2011: d, and of c the four fifths that e took.
    assert parts_of(db, "XN2", area_set="lsoa-2021") == {"XN2": {"XD": 1.0, "XE": 1.0}}
    assert parts_of(db, "XN2") == {"XN2": {"XC": 0.8, "XD": 1.0}}


@pytest.mark.usefixtures("islands")
def test_a_district_without_a_lookup_is_the_one_that_it_was_before_its_number_changed(
    db: Session,
) -> None:
    assert parts_of(db, "XN1", "XO1") == {
        "XN1": {"XA": 1.0, "XB": 1.0}, "XO1": {"XA": 1.0, "XB": 1.0},
    }  # fmt: skip


@pytest.mark.usefixtures("islands")
def test_a_county_of_which_one_district_cannot_be_told_says_so(db: Session) -> None:
    db.execute(
        text("INSERT INTO memberships (child_code, parent_code, lookup, parent_type, method, share)"
             " VALUES ('XN1', 'XCTY', 'b', 'cty', 'exact', 1), ('XLOST', 'XCTY', 'b', 'cty', 'exact', 1),"
             " ('XN2', 'XCTY', 'a', 'cty', 'exact', 1)")
    )  # fmt: skip
    # The later lookup, b, names XN1 and XLOST; XN2 was only in the earlier one.
    assert parts_of(db, "XCTY") == {"XCTY": {"": None, "XA": 1.0, "XB": 1.0}}
    assert parts_of(db, "XNONE") == {}


@pytest.mark.usefixtures("islands")
def test_a_small_area_of_a_past_that_cannot_be_carried_leaves_its_district_unknown(
    db: Session,
) -> None:
    db.execute(Weight.__table__.delete().where(Weight.code == "XC"))
    found = pd.Series(parts_of(db, "XN2")["XN2"])
    assert found.isna().any()
    assert found["XD"] == 1.0
