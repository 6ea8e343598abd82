"""What is in and around an estate, by kind and by year: worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.resources.estate import money_around, services_of_ground
from app.resources.methods.estate_services import (
    kinds_not_told,
    services_by_kind,
    years_without_lines,
)
from app.resources.methods.ground_lines import GroundMoney, by_year_and_theme
from boundaries.footprints import Ground

COLUMNS = ["id", "kind", "name", "postcode", "easting", "northing", "is_inside"]


def test_services_are_counted_in_and_near_and_nothing_is_said_where_no_source_tells() -> None:
    services = pd.DataFrame(
        [("a", "school", "A", "P1", 0.0, 300.0, True), ("b", "school", "B", "P2", 0.0, 2000.0, False),
         ("c", "school", "Far", "P3", 9000.0, 0.0, False), ("d", "library", "L", None, 100.0, 0.0, False)],
        columns=COLUMNS,
    )  # fmt: skip
    spots, people = np.array([[0.0, 0.0], [0.0, 2500.0]]), np.array([30.0, 10.0])
    kinds = {"school": True, "library": False, "dentist": True}
    dentist, library, school = services_by_kind(
        services, spots, people, kinds, distance_m=400.0, around_m=5000.0
    )
    # Spots at 300 and 500 m from a school: 10 of 40 people live beyond 400 m.
    assert (school["inside"], school["within"], school["share_beyond"]) == (1, 1, 0.25)
    assert school["mean_distance_m"] == (300 * 30 + 500 * 10) / 40
    assert school["nearest"] == {
        "id": "a", "name": "A", "postcode": "P1", "distance_m": 300.0, "inside": True,
    }  # fmt: skip
    assert (library["within"], library["share_beyond"], library["mean_distance_m"]) == (
        1,
        None,
        None,
    )
    assert (dentist["nearest"], dentist["share_beyond"]) == (None, 1.0)
    # a kind of which a service is named is not also said to be told of by nobody
    assert kinds_not_told([dentist, library, school]) == []
    none_near = {"kind": "library", "covered": False, "nearest": None}
    assert kinds_not_told([none_near, dentist]) == ["library"]


def test_gaps_between_years_are_named() -> None:
    assert years_without_lines(["2018-19", None, "2021-22"]) == ["2019-20", "2020-21"]
    assert years_without_lines(["1998-99", "2000-01"]) == ["1999-00"]
    assert years_without_lines([None]) == []


def line(
    year: str | None, theme: str | None, pence: int, certainty: str, grade: str
) -> dict[str, object]:
    return {
        "financial_year": year,
        "theme": theme,
        "amount_pence": pence,
        "certainty": certainty,
        "grade": grade,
    }


def test_money_by_year_and_theme_sums_to_located_and_to_estimated() -> None:
    money = GroundMoney(
        "awarded", None,
        [line("2019-20", "health", 5, "located", "B"), line("2018-19", None, 7, "estimated", "C"),
         line("2018-19", "health", 11, "located", "A"), line("2018-19", "health", -2, "located", "A"),
         line(None, "health", 13, "estimated", "C")],
        [], 0,
    )  # fmt: skip
    rows = by_year_and_theme(money)
    assert [(r["year"], r["theme"], r["located_pence"], r["estimated_pence"]) for r in rows] == [
        ("2018-19", "health", 9, 0), ("2018-19", None, 0, 7), ("2019-20", "health", 5, 0), (None, "health", 0, 13),
    ]  # fmt: skip
    assert sum(row["located_pence"] for row in rows) == money.as_plain()["located"]["pence"]
    assert sum(row["estimated_lines"] for row in rows) == money.as_plain()["estimated"]["lines"]


@pytest.mark.usefixtures("demo_db")
def test_money_of_the_district_stands_beside_the_estate_and_not_on_it(demo_db: Session) -> None:
    row = demo_db.execute(
        text("SELECT postcode, lad_code FROM postcodes WHERE demo AND status = 'current' AND lad_code IN"
             " (SELECT place_code FROM resource_lines WHERE demo AND stage = 'awarded' AND currency = 'GBP')"
             " ORDER BY postcode LIMIT 1")
    ).one()  # fmt: skip
    ground = Ground(postcodes=(row[0],), demo=True)
    found = money_around(demo_db, ground, partnership_slug=None)
    stated = demo_db.execute(
        text("SELECT count(*), sum(amount_pence) FROM resource_lines WHERE place_code = :code AND demo"
             " AND stage = 'awarded' AND currency = 'GBP' AND place_kind = 'area' AND file_id IN"
             " (SELECT id FROM resource_files WHERE partnership_slug IS NULL)"), {"code": row[1]},
    ).one()  # fmt: skip
    assert (found["district"]["lines"], found["district"]["pence"]) == tuple(stated)
    assert found["district"]["lines"] > 0
    # No service is loaded: no kind is claimed, and nothing is inside.
    services = services_of_ground(demo_db, ground)
    assert (services["kinds"], services["inside"], services["origins_total"]) == ([], [], 1)
