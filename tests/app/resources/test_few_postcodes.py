"""Of services and recipients all over England only those that may be here have their postcode looked up.

Each alone stands on a page of its own, and a database that was just started reads every page from the disk.
"""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.resources.access import Origins, covered_origins
from app.resources.tables import ResourceFile
from boundaries.database import named_sql
from tests.support.pages_read import looks_of

DISTRICTS, IN_EACH = 200, 100


@pytest.fixture
def land(db: Session) -> Session:
    """20,000 postcodes in order of 200 districts; at every tenth a service and a recipient, no more stated of them."""
    given = {"many": DISTRICTS * IN_EACH, "each": IN_EACH}
    db.execute(
        text(
            "INSERT INTO postcodes (postcode, easting, northing, lon, lat, geom, lad_code, lsoa11_code, status)"
            " SELECT to_char(n, 'FM00000'), 400000, 300000, -2, 53,"
            "  ST_SetSRID(ST_MakePoint(400000, 300000), 27700), 'E07' || to_char(n / :each, 'FM000000'),"
            "  CASE WHEN n % 30 > 0 THEN 'E01' || to_char(n / :each, 'FM000000') END, 'current'"
            " FROM generate_series(0, :many - 1) AS n"
        ),
        given,
    )
    db.execute(
        text(
            "INSERT INTO resource_files (id, title, publisher, licence, attribution, source_file, sha256, kind,"
            "  coverage, rows_in, rows_stored, rows_refused)"
            " VALUES ('some', 'Some', 'P', 'L', 'A', 'some.csv', 'x', 'schools', 'a quarter', 2001, 2001, 0)"
        )
    )
    db.execute(
        text(
            "INSERT INTO services (id, file_id, row, kind, name, postcode, observed)"
            " SELECT 's' || n, 'some', n, 'school', 'A school', to_char(n * 10, 'FM00000'), '2017'"
            " FROM generate_series(0, :many / 10 - 1) AS n"
            " UNION ALL SELECT 'lost', 'some', 99999, 'school', 'A school', NULL, '2017'"
        ),
        given,
    )
    db.execute(
        text(
            "INSERT INTO resource_lines (id, file_id, row, identifier, title, funder, stage, amount_pence, currency,"
            "  place_kind, recipient_postcode, recipient_lad, grade)"
            " SELECT 'l' || n, 'some', n, 'l' || n, 'Grant', 'Fund', 'awarded', 100, 'GBP', 'recipient',"
            "  to_char(n * 10, 'FM00000'), NULL, 'F'"
            " FROM generate_series(0, :many / 10 - 1) AS n"
            # Not in the list of postcodes: the file's own word counts, here and elsewhere.
            " UNION ALL SELECT 'here', 'some', 90000, 'here', 'Grant', 'Fund', 'awarded', 100, 'GBP', 'recipient',"
            "  'ZZ1 1ZZ', 'E07000007', 'F'"
            " UNION ALL SELECT 'elsewhere', 'some', 90001, 'elsewhere', 'Grant', 'Fund', 'awarded', 100, 'GBP',"
            "  'recipient', 'ZZ1 1ZZ', 'E07000008', 'F'"
            # The list's word counts before the file's.
            " UNION ALL SELECT 'moved', 'some', 90002, 'moved', 'Grant', 'Fund', 'awarded', 100, 'GBP', 'recipient',"
            "  '00801', 'E07000007', 'F'"
        ),
        given,
    )
    db.execute(text("ANALYZE postcodes, services, resource_lines"))
    return db


def test_services_are_counted_in_the_districts_asked_about(
    land: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 10 of 2,001 in each district.
    monkeypatch.setattr("app.resources.access.BRUSHED", 10 / 2001)
    districts: list[str | None] = ["E07000007", None, "E07000199", "E07000200"]
    names, nothing = ["a", "b", "c", "d"], np.zeros(4)
    origins = Origins(
        "postcodes", "lsoa-2011", False, names, names, nothing, nothing, nothing, districts
    )  # fmt: skip
    file = land.get_one(ResourceFile, "some")
    assert covered_origins(land, origins, "school", [file]) == [True, False, True, False]
    looked = looks_of(land, lambda: covered_origins(land, origins, "school", [file]))
    assert sum(each.pages for each in looked) < 300
    monkeypatch.setattr("app.resources.access.BRUSHED", 10.01 / 2001)
    assert covered_origins(land, origins, "school", [file]) == [False] * 4


def test_only_recipients_who_may_be_here_are_looked_up(land: Session) -> None:
    given = {
        "stage": "awarded", "demo": False, "slug": None, "districts": ["E07000007"], "ground": ["E01000007"],
        "area_set": "lsoa-2011",
    }  # fmt: skip
    asked = named_sql("app/resources/stated_places.py", "stated_places")

    def told() -> list[str]:
        return [str(row.place_key) for row in land.execute(asked, given)]

    # Of the hundred postcodes from 00700 on every tenth; of each third of those the list knows the district alone.
    here = [f"recipient:00{n}:" for n in range(700, 800, 10)]
    assert told() == sorted([*here, "recipient:ZZ1 1ZZ:E07000007"])
    looked = looks_of(land, told)
    assert sum(each.pages for each in looked) < 300
    # Of a ground of many small areas every recipient is looked up, and the same is told.
    given["ground"] = ["E01000007", *(f"E02{n:06}" for n in range(1000))]
    assert told() == sorted([*here, "recipient:ZZ1 1ZZ:E07000007"])


def test_money_of_recipients_elsewhere_is_summed_without_looking_each_of_them_up(
    land: Session,
) -> None:
    given = {
        "stage": "awarded", "demo": False, "slug": None, "districts": ["E07000007"], "ground": ["E01000007"],
        "area_set": "lsoa-2011",
    }  # fmt: skip
    here = named_sql("app/resources/stated_places.py", "stated_places")
    asked = named_sql("app/resources/building.py", "recipients_elsewhere")

    def told() -> list[tuple[object, ...]]:
        places = [row.place_key for row in land.execute(here, given)]
        return [tuple(row) for row in land.execute(asked, {**given, "places": places})]

    # Of 2,003 lines at a pound ten and the one that the file alone puts here are here; "moved" is not.
    assert told() == [(None, 2003 - 11, 100 * (2003 - 11))]
    looked = looks_of(land, told)
    # Of both questions: the second looks up no postcode.
    assert sum(each.pages for each in looked) < 300
    given["ground"] = ["E01000007", *(f"E02{n:06}" for n in range(1000))]
    assert told() == [(None, 2003 - 11, 100 * (2003 - 11))]
