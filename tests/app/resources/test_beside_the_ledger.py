"""Programmes in the database: places found by what is sure, coverage said, nothing added that must not be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.resources.methods.allocations import by_year, programme_id
from app.resources.programme_queries import (
    UnknownProgramme,
    list_programmes,
    programmes_touching,
    show_programme,
)
from app.resources.programmes import code_areas_again, load_programme_file
from app.resources.published import load_local_projects
from app.resources.queries import list_envelopes
from app.resources.storing import ImportReport
from app.resources.tables import (
    ProgrammeAllocation,
    ProgrammeArea,
    ResourceFile,
    ResourceLine,
)
from boundaries.tables import Area

NRF = "neighbourhood-renewal-fund"
DISTRICTS = (
    "district_2001,region,la_code_id2000,lad_code_current,lad_name_current\n"
    "Derwentside,North East,20UD,E06000047,County Durham\n"
    "Gateshead,North East,CH,E08000037,Gateshead\n"
    "St Helens,North West,BZ,E08000013,St. Helens\n"
)
ALLOCATIONS = (
    "district_2001,financial_year,allocation_gbp,basis,source\n"
    "Derwentside,2001-02,741155,derived: half of 2003-04,Lords\n"
    "Derwentside,2003-04,1482310,published (GBP million),Lords\n"
    "Gateshead,2001-02,2000000,published,Lords\n"
    "Nowhere,2001-02,5,published,Lords\n"
)
Load = Callable[..., ImportReport]


def allocations_of(db: Session, programme: str = NRF) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = db.scalars(
        select(ProgrammeAllocation).where(ProgrammeAllocation.programme_id == programme)
    )
    return {
        (row.title, row.period): (row.area_code, row.lad_code, row.amount_pence, row.derived)
        for row in rows
    }


def test_districts_of_2001_are_found_by_old_code_then_by_the_one_name_of_that_year(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-districts-2001", DISTRICTS)
    rows = db.scalars(select(ProgrammeArea).order_by(ProgrammeArea.name)).all()
    assert [(row.name, row.area_code, row.lad_code, row.as_at) for row in rows] == [
        ("Derwentside", "lad-20ud", "E06000047", date(2001, 4, 1)),
        ("Gateshead", "E08000020", "E08000037", date(2001, 4, 1)),
        ("St Helens", "E08000013", "E08000013", date(2001, 4, 1)),
    ]


def test_allocations_take_the_funds_own_list_and_an_unknown_district_stays_by_name(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-districts-2001", DISTRICTS)
    done = load(load_programme_file, "nrf-allocations", ALLOCATIONS, "2 of 3 districts")
    assert allocations_of(db) == {
        ("Derwentside", "2001-02"): ("lad-20ud", "E06000047", 74_115_500, True),
        ("Derwentside", "2003-04"): ("lad-20ud", "E06000047", 148_231_000, False),
        ("Gateshead", "2001-02"): ("E08000020", "E08000037", 200_000_000, False),
        ("Nowhere", "2001-02"): (None, None, 500, False),
    }
    assert [(note.row, note.value, note.rule) for note in done.notes] == [
        (5, "Nowhere", "place-by-name-only")
    ]


def test_a_list_of_districts_that_comes_later_places_what_was_kept_by_name(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-allocations", ALLOCATIONS.replace("Derwentside", "Old Derwent"))
    assert allocations_of(db)["Old Derwent", "2001-02"][:2] == (None, None)
    load(load_programme_file, "nrf-districts-2001", DISTRICTS.replace("Derwentside", "Old Derwent"))
    assert allocations_of(db)["Old Derwent", "2001-02"][:2] == ("lad-20ud", "E06000047")


def test_a_name_that_two_districts_bore_that_year_is_never_guessed(
    db: Session, load: Load, england: None
) -> None:
    told = "pathfinder,region_code,financial_year,gbp_million,source\n"
    both = [(name, year) for name in ("Twin", "Tameside") for year in ("2002-03", "2005-06")]
    rows = "".join(f"{name},NE,{year},0.5,H\n" for name, year in both)
    load(load_programme_file, "neighbourhood-management-pathfinders", told + rows)
    found = allocations_of(db, "neighbourhood-management-pathfinders-round-1")
    assert [found["Tameside", year][:2] for year in ("2002-03", "2005-06")] == [(None, "E08000008")] * 2  # fmt: skip
    assert found["Twin", "2002-03"][:2] == (None, None)  # two were alive
    assert found["Twin", "2005-06"][:2] == (None, "E07000992")  # one was gone


def test_the_same_bytes_change_nothing_and_a_later_copy_takes_the_place_of_the_first(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-allocations", ALLOCATIONS)
    before = allocations_of(db)
    again = load(load_programme_file, "nrf-allocations", ALLOCATIONS)
    assert (again.rows_stored, again.same_as is not None, allocations_of(db)) == (0, True, before)
    load(load_programme_file, "nrf-allocations", ALLOCATIONS.replace("1482310", "1482311"))
    assert allocations_of(db)["Derwentside", "2003-04"][2] == 148_231_100
    assert len(allocations_of(db)) == len(before)
    assert db.scalar(select(func.count()).select_from(ResourceFile)) == 1


def test_a_programme_says_its_coverage_and_never_adds_what_is_derived_to_what_is_published(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-districts-2001", DISTRICTS)
    load(load_programme_file, "nrf-allocations", ALLOCATIONS, "40 of 88 districts")
    load(
        load_programme_file, "renewal-programme-totals",
        "programme,financial_year,england_gbp_million,status,source\n"
        "Neighbourhood Renewal Fund,2001-02,200,estimate,H\n",
    )  # fmt: skip
    body = show_programme(db, NRF)
    assert (body["coverage"], body["derived"], len(body["areas"])) == ("40 of 88 districts", True, 3)  # fmt: skip
    sums = {
        (row["period"], row["of"], row["status"]): (row["amount_pence"], row["derived_pence"])
        for row in body["by_year"]
    }
    assert sums == {
        ("2001-02", "England", "estimate"): (20_000_000_000, 0),
        ("2001-02", "places", "estimate"): (74_115_500, 74_115_500),
        ("2001-02", "places", "awarded"): (200_000_500, 0),
        ("2003-04", "places", "awarded"): (148_231_000, 0),
    }
    derived = [each for each in body["allocations"] if each["derived"]]
    assert [(each["basis"], each["source"], each["coverage"]) for each in derived] == [
        ("derived: half of 2003-04", "Lords", "40 of 88 districts")
    ]
    listed, total = list_programmes(db, after=None, limit=10)
    assert (total, listed[0]["coverage"], listed[0]["eligible_areas"]) == (1, "40 of 88 districts", 3)  # fmt: skip
    with pytest.raises(UnknownProgramme):
        show_programme(db, "no-such-programme")


def test_two_partial_sources_are_both_named_in_the_coverage(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-allocations", ALLOCATIONS, "40 of 88 districts")
    load(
        load_programme_file, "pendle-programmes-2001-2004",
        "district_2001,programme,financial_year,amount_gbp,note,source\n"
        "Tameside,Neighbourhood Renewal Fund,2001-02,1000000,rounded,H\n",
        "1 of 88 districts",
    )  # fmt: skip
    assert show_programme(db, NRF)["coverage"] == (
        "40 of 88 districts (Title of nrf-allocations); 1 of 88 districts (Title of pendle-programmes-2001-2004)"
    )


def test_a_place_sees_the_programmes_for_it_by_its_old_and_present_codes(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-districts-2001", DISTRICTS)
    load(load_programme_file, "nrf-allocations", ALLOCATIONS, "40 of 88 districts")
    for code, place, years in (
        ("E06000047", "Derwentside", ["2001-02", "2003-04"]),
        ("lad-20ud", "Derwentside", ["2001-02", "2003-04"]),
        ("E08000037", "Gateshead", ["2001-02"]),
        ("E08000013", "St Helens", []),
    ):
        (found,) = programmes_touching(db, [code])
        assert found["areas"] == [place]
        assert [each["period"] for each in found["allocations"]] == years
    assert programmes_touching(db, ["E08000008"]) == []


def test_a_yearly_allocation_is_no_line_and_no_envelope_of_a_whole_period(
    db: Session, load: Load, england: None
) -> None:
    load(load_programme_file, "nrf-districts-2001", DISTRICTS)
    load(load_programme_file, "nrf-allocations", ALLOCATIONS)
    load(
        load_local_projects, "sefton-projects-2001-02",
        "district_2001,financial_year,project,funding_gbp,managed_and_delivered_by,source\n"
        "Gateshead,2001-02,Wardens,244583,Council,H\nNowhere,2001-02,Advice,5,Council,H\n",
    )  # fmt: skip
    lines = db.scalars(select(ResourceLine).order_by(ResourceLine.row)).all()
    assert [(line.grade, line.place_code, line.amount_pence, line.programme) for line in lines] == [
        ("D", "E08000037", 24_458_300, "Neighbourhood Renewal Fund"),
        ("G", None, 500, "Neighbourhood Renewal Fund"),
    ]
    assert list_envelopes(db, districts=["E08000037"]) == []


def test_sums_by_year_are_apart_by_source_status_and_england() -> None:
    common: dict[str, Any] = {"financial_year": "2001-02", "period": "2001-02", "derived": False}
    given = [
        common | {"area_code": code, "file_id": file, "status": status, "amount_pence": pence}
        for code, file, status, pence in (
            ("E07000001", "a", "awarded", 1), ("E07000002", "a", "awarded", 2),
            ("E07000001", "b", "awarded", 4), ("E07000001", "a", "planned", 8), ("E92000001", "a", "awarded", 16),
        )
    ]  # fmt: skip
    assert sorted(row["amount_pence"] for row in by_year(given)) == [3, 4, 8, 16]
    assert programme_id("  Pride in Place, Phase 1 (Plan) ") == "pride-in-place-phase-1-plan"


def test_districts_of_2001_that_are_loaded_later_give_their_codes(db: Session, load: Load) -> None:
    load(load_programme_file, "nrf-districts-2001", DISTRICTS)
    load(load_programme_file, "nrf-allocations", ALLOCATIONS)
    assert allocations_of(db)["Derwentside", "2001-02"][:2] == (None, "E06000047")
    db.add(Area(code="lad-20ud", type="lad", name="Derwentside", valid_to=date(2009, 4, 1)))
    db.flush()
    assert code_areas_again(db) == 1
    assert allocations_of(db)["Derwentside", "2001-02"][:2] == ("lad-20ud", "E06000047")
    assert code_areas_again(db) == 0
