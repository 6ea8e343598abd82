"""Rows brought in: parted by shares, placed by several places, confirmed names, estates, drawn points; none lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.neighbourhoods.tables import Neighbourhood, NeighbourhoodVersion
from app.partnerships.tables import Partnership
from app.resources.actions import import_resources
from app.resources.import_tables import LineWeight
from app.resources.mappings import FileMapping, MappingInvalid, save_mapping, saved_mapping
from app.resources.methods.relate import Ground
from app.resources.queries import GroundFound
from app.resources.schemas import report_body
from app.resources.storing import ImportReport
from app.resources.tables import Programme, ResourceFile, ResourceLine
from boundaries.crs import point_to_bng
from boundaries.footprints import Ground as Footprint
from boundaries.footprints import store_footprint
from boundaries.storing import store_postcodes
from boundaries.tables import Area, Membership

ROW: dict[str, Any] = {
    "what": "Play",
    "amount": "1.00",
    "year": "2018-19",
    "funder": "F",
    "place": "",
}
SLUG = "towns"
HERE = GroundFound(Ground(set(), {}, {"E07000062"}), "lsoa-2011", (), None)


@pytest.fixture(autouse=True)
def places(db: Session) -> None:
    """A partnership of one district with two wards, Ore and Old Town, three postcodes and a saved estate."""
    db.add(Partnership(slug=SLUG, name="T", kind="lsp", authorities=["E07000062"], members=[]))
    rows = [
        ("E07000062", "lad", "Hastings"), ("E05009998", "wd", "Ore"), ("E05009997", "wd", "Old Town"),
        ("E01020979", "lsoa", "Hastings 009A"), ("E01020980", "lsoa", "Hastings 009B"),
    ]  # fmt: skip
    db.add_all(Area(code=code, type=kind, name=name) for code, kind, name in rows)
    db.flush()
    db.add_all(
        Membership(
            child_code=code,
            parent_code="E07000062",
            parent_type="lad",
            share=1,
            lookup="test",
            method="exact",
        )
        for code in ("E05009998", "E05009997")
    )
    spots = [("TN34 1AA", 581000, "E01020979"), ("TN34 1AB", 581100, "E01020980")]
    store_postcodes(
        db,
        pd.DataFrame(
            [(each, east, 109000, "E07000062", code, code, "current") for each, east, code in spots],
            columns=["postcode", "easting", "northing", "lad_code", "lsoa11_code", "lsoa21_code", "status"],
        ),
    )  # fmt: skip
    made = store_footprint(db, Footprint(postcodes=("TN34 1AA",)))
    db.add(
        Neighbourhood(
            slug="the-flats", partnership_slug=SLUG, name="The Flats", named_by="person", kind="estate",
            made_by="test",
        )
    )  # fmt: skip
    db.flush()
    db.add(
        NeighbourhoodVersion(
            slug="the-flats", version=1, footprint_id=made, reason="r", author="a", inputs={}, figures={}
        )
    )  # fmt: skip
    db.flush()


def bring(
    db: Session, *rows: Mapping[str, object], commit: bool = True, mapping: FileMapping | None = None
) -> ImportReport:  # fmt: skip
    source = [ROW | dict(row) for row in rows]
    return import_resources(
        db,
        COMMAND_LINE,
        source,
        "rows",
        partnership_slug=SLUG,
        found=HERE,
        mapping=mapping,
        commit=commit,
    )


def lines(db: Session) -> list[ResourceLine]:
    return list(db.scalars(select(ResourceLine).order_by(ResourceLine.id)))


def test_a_row_with_shares_is_a_line_for_each_place_and_one_row_of_its_file(db: Session) -> None:
    report = bring(
        db, {"identifier": "X", "place": "E05009998; TN34 1AA; Old Town", "shares": "1/3; 1/3; 1/3"}
    )
    assert (report.rows_in, report.rows_stored, report.faults) == (1, 1, ())
    assert [
        (each.identifier, each.amount_pence, each.part_of, each.part_share, each.grade, each.place_kind)
        for each in lines(db)
    ] == [
        ("X#1", 34, "X", "1/3", "C", "area"), ("X#2", 33, "X", "1/3", "A", "postcode"),
        ("X#3", 33, "X", "1/3", "C", "area"),
    ]  # fmt: skip
    assert db.scalars(select(ResourceFile.rows_stored)).one() == 1


def test_a_row_for_several_places_without_shares_is_one_line_of_them_all(db: Session) -> None:
    bring(db, {"place": "TN34 1AA; E01020980"}, {"place": "TN34 1AA; TN34 1AB", "what": "b"})
    found = {each.title: (each.place_code, each.place_type, each.grade) for each in lines(db)}
    # The coarsest grade of the several: a postcode beside an LSOA is no finer than the LSOA.
    assert found == {
        "Play": ("E01020979 E01020980", "several", "B"), "b": ("E01020979 E01020980", "several", "A"),
    }  # fmt: skip


def test_a_row_whose_parts_or_whole_are_stored_is_not_stored_again(db: Session) -> None:
    shared = {"identifier": "X", "place": "Ore; Old Town", "shares": "0.5; 0.5"}
    bring(db, shared)
    whole = bring(db, {"identifier": "X", "place": "Ore"}, {"identifier": "Y"})
    assert [(each.row, each.rule) for each in whole.faults] == [(1, "identifier-once")]
    again = bring(db, shared, {"identifier": "X#2", "what": "new"}, {"identifier": "Z"})
    assert (again.rows_in, again.rows_stored, again.rows_refused) == (3, 1, 2)
    assert len(lines(db)) == 4


def test_a_part_never_takes_the_identifier_of_another_row(db: Session) -> None:
    report = bring(
        db,
        {"identifier": "X", "place": "Ore; Old Town", "shares": "0.5; 0.5"},
        {"identifier": "X#2"},
    )
    assert [(each.row, each.rule) for each in report.faults] == [(2, "identifier-once")]
    assert [each.id for each in lines(db)] == ["towns/X#1", "towns/X#2"]


def test_the_same_identifier_with_another_amount_is_a_conflict_that_says_both(db: Session) -> None:
    bring(db, {"identifier": "X", "amount": "5"}, {"identifier": "Y"})
    report = bring(db, {"identifier": "X", "amount": "6"}, {"identifier": "Y"}, {"identifier": "Z"})
    assert [(each.row, each.rule) for each in report.faults] == [
        (1, "identifier-conflict"), (2, "identifier-once"),
    ]  # fmt: skip
    assert "£5.00, here £6.00" in report.faults[0].detail


def test_refunds_and_matches_are_stored_with_what_they_are_of(db: Session) -> None:
    bring(
        db, {"identifier": "A", "amount": "10"},
        {"identifier": "B", "amount": "-2.50", "role": "refund", "related_identifier": "A", "money_kind": "revenue",
         "weights": "E01020979=3; E01020980=1", "deliverer": "Club", "outcome": "o"},
    )  # fmt: skip
    refund = lines(db)[1]
    assert (refund.role, refund.amount_pence, refund.related_identifier) == ("refund", -250, "A")
    assert (refund.money_kind, refund.deliverer, refund.outcome, refund.estimate_basis) == (
        "revenue", "Club", "o", "given",
    )  # fmt: skip
    weights = db.execute(
        select(LineWeight.area_code, LineWeight.weight).order_by(LineWeight.area_code)
    )
    assert [(code, int(weight)) for code, weight in weights] == [("E01020979", 3), ("E01020980", 1)]


def test_a_saved_neighbourhood_is_named_by_its_slug(db: Session) -> None:
    bring(db, {"place": "the-flats"}, {"place": "neighbourhood:the-flats", "what": "b"})
    assert {(each.place_kind, each.grade, each.place_name) for each in lines(db)} == {
        ("estate", "A", "The Flats")
    }
    assert len({each.footprint_id for each in lines(db)} - {None}) == 1


def test_a_slug_that_an_area_bears_too_is_not_guessed(db: Session) -> None:
    held = db.scalars(select(NeighbourhoodVersion)).one().footprint_id
    db.add(
        Neighbourhood(
            slug="ore", partnership_slug=SLUG, name="Ore", named_by="person", kind="estate", made_by="test"
        )
    )  # fmt: skip
    db.flush()
    db.add(
        NeighbourhoodVersion(
            slug="ore", version=1, footprint_id=held, reason="r", author="a", inputs={}, figures={}
        )
    )  # fmt: skip
    db.flush()
    report = bring(db, {"place": "ore"}, {"place": "neighbourhood:ore", "what": "b"})
    assert [(each.row, each.rule) for each in report.faults] == [(1, "name-matches-one")]
    assert [option.code for option in report.asked[0].options] == ["E05009998"]
    assert lines(db)[0].place_kind == "estate"


def test_words_are_offered_candidates_and_mean_what_a_person_confirms(db: Session) -> None:
    report = bring(db, {"place": "Old Twon"}, commit=False)
    assert report_body(report)["candidates"] == [
        {
            "row": 1, "words": "Old Twon",
            "options": [{"code": "E05009997", "name": "Old Town", "type": "wd", "within": "Hastings"}],
        }
    ]  # fmt: skip
    several = bring(db, {"place": "TN34 1AA; Old Twon"}, commit=False)
    assert [each.words for each in several.asked] == ["Old Twon"]  # these are what is confirmed
    mapping = FileMapping(places={"old  twon": "E05009997"})
    done = bring(db, {"place": "Old Twon"}, mapping=mapping)
    assert (done.rows_stored, lines(db)[0].place_code, lines(db)[0].place_text) == (
        1, "E05009997", "Old Twon",
    )  # fmt: skip
    assert [note.rule for note in done.notes] == ["place-is-sure"]


def test_a_code_of_an_older_scheme_is_a_place_and_may_be_confirmed(db: Session) -> None:
    old = [("lad-20ud", "lad", "Derwentside"), ("wd-20udfa", "wd", "Annfield Plain")]
    db.add_all(Area(code=code, type=kind, name=name) for code, kind, name in old)
    db.flush()
    rows = [{"place": words, "what": words} for words in ("20UD", "lad-20ud", "20udfa", "Derwent")]
    report = bring(
        db, *rows, {"place": "99ZZ"}, mapping=FileMapping(places={"Derwent": "lad-20ud"})
    )
    assert [(each.row, each.rule) for each in report.faults] == [(5, "name-matches-one")]
    assert {each.title: (each.place_code, each.grade) for each in lines(db)} == {
        "20UD": ("lad-20ud", "D"), "lad-20ud": ("lad-20ud", "D"), "20udfa": ("wd-20udfa", "C"),
        "Derwent": ("lad-20ud", "D"),
    }  # fmt: skip


def test_a_mapping_is_kept_changed_and_laid_over(db: Session) -> None:
    first = FileMapping({"what": "Project"}, {"The Ore": "E05009998"})
    assert save_mapping(db, COMMAND_LINE, SLUG, "plan", first).revision == 1
    assert save_mapping(db, COMMAND_LINE, SLUG, "plan", first).revision == 1
    joined = saved_mapping(db, SLUG, "plan").joined(
        FileMapping({"amount": "Sum"}, {"the ore": "E05009997"})
    )
    assert joined == FileMapping({"what": "Project", "amount": "Sum"}, {"the ore": "E05009997"})
    assert save_mapping(db, COMMAND_LINE, SLUG, "plan", joined).revision == 2


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [(FileMapping({"wat": "x"}), "column-known"), (FileMapping(places={"x": "E05000001"}), "code-exists"),
     (FileMapping(places={"x": "ZZ9 9ZZ"}), "postcode-exists"),
     (FileMapping(places={"x": "Nowhere"}), "name-matches-one")],
)  # fmt: skip
def test_a_mapping_to_what_is_not_there_is_refused(
    db: Session, mapping: FileMapping, rule: str
) -> None:
    with pytest.raises(MappingInvalid) as refused:
        save_mapping(db, COMMAND_LINE, SLUG, "plan", mapping)
    assert [fault.rule for fault in refused.value.faults] == [rule]


def test_a_year_outside_its_programme_is_refused_in_a_table_and_noted_in_a_published_file(
    db: Session,
) -> None:
    db.add(
        Programme(
            id="nrf", title="Renewal Fund", funder="G", first_year="2001-02", last_year="2005-06"
        )
    )
    db.flush()
    rows = [
        {"programme": " renewal  fund", "year": year, "what": f"in {year}"}
        for year in ("2001-02", "2000-01", "")
    ]
    report = bring(db, *rows)
    assert [(each.row, each.rule) for each in report.faults] == [(2, "year-in-programme")]
    assert [each.programme_id for each in lines(db)] == ["nrf", "nrf"]
    grant = {
        "id": "g", "title": "T", "currency": "GBP", "amountAwarded": 1, "awardDate": "2019-01-01",
        "fundingOrganization": [{"name": "F"}], "grantProgramme": [{"title": "Renewal Fund"}],
    }  # fmt: skip
    told = import_resources(db, COMMAND_LINE, json.dumps([grant]).encode(), "g.json", commit=True)
    assert (told.rows_stored, [note.rule for note in told.notes]) == (1, ["year-in-programme"])


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": {**ROW, **properties}}


def drawn(db: Session, *features: object) -> ImportReport:
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return import_resources(
        db, COMMAND_LINE, body, "map.geojson", partnership_slug=SLUG, found=HERE, commit=True
    )


RING = [[0.57, 50.85], [0.58, 50.85], [0.58, 50.86], [0.57, 50.85]]


def test_points_and_outlines_of_geojson_are_the_places_of_their_lines(db: Session) -> None:
    report = drawn(
        db, feature({"type": "Point", "coordinates": [0.57, 50.86]}, what="point"),
        feature({"type": "MultiPoint", "coordinates": [[0.57, 50.86], [0.6, 50.9]]}, what="parts", shares="0.5;0.5"),
        feature({"type": "Polygon", "coordinates": [RING]}, what="estate"),
        feature(None, what="words", place="Ore"),
    )  # fmt: skip
    assert report.faults == ()
    assert (report.kind, report.rows_in, report.rows_stored) == ("geojson", 4, 4)
    placed = {each.title: (each.place_kind, each.grade) for each in lines(db)}
    assert placed == {
        "point": ("point", "A"), "parts": ("point", "A"), "estate": ("estate", "A"), "words": ("area", "C"),
    }  # fmt: skip
    spot = db.execute(
        text("SELECT ST_X(place_geom), ST_Y(place_geom) FROM resource_lines WHERE title = 'point'")
    ).one()
    assert spot == pytest.approx(point_to_bng(0.57, 50.86), abs=0.01)
    estate = db.scalars(select(ResourceLine).where(ResourceLine.title == "estate")).one()
    area = db.scalar(
        text("SELECT ST_Area(geom) FROM footprints WHERE id = :id"), {"id": estate.footprint_id}
    )
    # Half of 0.01 degrees by 0.01 at 50.85 north: 702 m by 1112 m by 1/2.
    assert area == pytest.approx(702 * 1112 / 2, rel=0.01)


@pytest.mark.parametrize(
    ("geometry", "rule"),
    [
        ({"type": "Point", "coordinates": [581000, 109000]}, "point-in-degrees"),
        ({"type": "Point", "coordinates": ["0.5", 50]}, "point-in-degrees"),
        ({"type": "LineString", "coordinates": [[0.5, 50], [0.6, 50]]}, "geometry-is-known"),
        ({"type": "MultiPoint", "coordinates": []}, "geometry-is-known"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "outline"),
        (
            {"type": "Polygon", "coordinates": [[[0, 50], [1, 51], [1, 50], [0, 51], [0, 50]]]},
            "outline",
        ),
        ("here", "geometry-is-known"),
    ],
)
def test_a_broken_geometry_refuses_its_feature_alone(
    db: Session, geometry: object, rule: str
) -> None:
    report = drawn(db, feature(geometry), feature(None, what="good"))
    assert [(each.row, each.column, each.rule) for each in report.faults] == [(1, "geometry", rule)]
    assert (report.rows_in, report.rows_stored) == (2, 1)


def test_geojson_cut_in_the_middle_says_so(db: Session) -> None:
    body = json.dumps({"type": "FeatureCollection", "features": [feature(None)]})[:-30]
    with pytest.raises(Exception, match="it ends in the middle"):
        import_resources(db, COMMAND_LINE, body.encode(), "map.geojson", commit=True)


def test_a_grant_for_several_locations_keeps_its_points(db: Session) -> None:
    grant = {
        "id": "g", "title": "T", "currency": "GBP", "amountAwarded": 1, "awardDate": "2019-01-01",
        "fundingOrganization": [{"name": "F"}], "relatedActivity": ["h"],
        "classifications": [{"title": "Young people"}, {"title": "Sport"}],
        "beneficiaryLocation": [{"geoCode": "E05009998", "share": "0.25"},
                                {"latitude": "50.86", "longitude": "0.57", "share": 0.75}],
    }  # fmt: skip
    raw = json.dumps({"grants": [grant]}).encode()
    report = import_resources(db, COMMAND_LINE, raw, "g.json", commit=True)
    assert report.rows_stored == 1
    assert [(each.amount_pence, each.place_kind, each.theme, each.related_identifier) for each in lines(db)] == [
        (25, "area", "Young people; Sport", "h"), (75, "point", "Young people; Sport", "h"),
    ]  # fmt: skip
    assert report.standard is not None
    assert "standard-required" in {fault.rule for fault in report.standard.items}


def test_nothing_of_a_file_that_is_only_looked_at_stays(db: Session) -> None:
    report = bring(db, {"place": "Ore"}, {"place": "the-flats", "what": "b"}, commit=False)
    assert (report.rows_stored, report.stored, lines(db)) == (2, False, [])
    # No small areas are drawn here, so that nothing is said of where the estate would go.
    assert [line["bucket"] for line in report.lines] == ["not_placed", None]
