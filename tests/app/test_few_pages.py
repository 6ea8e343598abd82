"""What an answer takes from all of England is read from the pages where it stands, and from no others.

A database that was just started reads each page from the disk, where thousands of single ones take longer than a
statement may. Counted on invented rows: ten measures and ten lookups, of which each answer needs one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow
from app.profiles.queries import read_people
from boundaries.database import named_sql
from tests.support.pages_read import looks_of

AREAS, KINDS = 6_000, 10


def pages_of(session: Session, table: str) -> int:
    asked = text("SELECT pg_relation_size(CAST(:name AS regclass)) / 8192")
    return int(session.execute(asked, {"name": table}).scalar_one())


@pytest.fixture
def england(db: Session) -> Session:
    """Small areas with ten measures and ten lookups to sixty districts, as loads leave them: one after the other."""
    db.execute(
        text(
            "INSERT INTO areas (code, type, name, demo)"
            " SELECT 'E07' || to_char(n, 'FM000000'), 'lad', 'District', false FROM generate_series(1, 60) AS n"
            " UNION ALL SELECT 'E01' || to_char(n, 'FM000000'), 'lsoa', 'Small area', false"
            " FROM generate_series(1, :areas) AS n"
        ),
        {"areas": AREAS},
    )
    for kind in range(KINDS):
        given = {"areas": AREAS, "measure": "people" if kind == 4 else f"m{kind}", "kind": kind}
        db.execute(
            text(
                "INSERT INTO weights (code, area_set, measure, period, value, estimated, source)"
                " SELECT 'E01' || to_char(n, 'FM000000'), 'lsoa-2011', :measure, '2020', 1500, false, 'File'"
                " FROM generate_series(1, :areas) AS n"
            ),
            given,
        )
        db.execute(
            text(
                "INSERT INTO memberships (child_code, parent_code, lookup, parent_type, method, share)"
                " SELECT 'E01' || to_char(n, 'FM000000'), 'E07' || to_char(1 + n % 60, 'FM000000'),"
                "  CASE CAST(:kind AS integer) WHEN 4 THEN 'LSOA11_lad.csv' ELSE 'wd' || :kind || '.csv' END,"
                "  'lad', 'exact', 1"
                " FROM generate_series(1, :areas) AS n"
            ),
            given,
        )
    db.execute(text("ANALYZE weights, memberships, areas"))
    return db


def test_people_are_read_from_the_pages_of_their_measure(england: Session) -> None:
    index = IndexRow(
        "imd-2019", "Indices", "lsoa-2011", "", AREAS, AREAS, False, False, date(2019, 9, 26), "Ministry", "OGL",
        "Ministry", "File", datetime(2026, 1, 1, tzinfo=UTC), ("imd",),
    )  # fmt: skip
    looked = looks_of(england, lambda: read_people(england, index, ("people",)))
    assert sum(each.pages for each in looked) < pages_of(england, "weights") / 5


def test_districts_of_small_areas_are_read_from_the_pages_of_their_lookup(england: Session) -> None:
    given = {"own_lookup": "lsoa11%", "demo": False, "day": date(2026, 1, 1)}
    asked = named_sql("app/profiles/queries.py", "places_of_set")
    rows = england.execute(asked, given).all()
    assert len(rows) == AREAS
    assert {row.code: row.district for row in rows}["E01000059"] == "E07000060"
    assert {row.region for row in rows} == {None}
    looked = looks_of(england, lambda: england.execute(asked, given))
    # Each of the sixty districts is looked up once for its region, through the three pages of an index.
    assert sum(each.pages for each in looked) < pages_of(england, "memberships") / 5 + 60 * 4


def test_current_postcodes_of_a_pair_are_counted_by_an_index_that_holds_both(db: Session) -> None:
    db.execute(text("SET LOCAL enable_seqscan = off"))
    db.execute(text("SET LOCAL enable_bitmapscan = off"))
    given = {"day": date(2021, 3, 20), "demo": False}
    asked = named_sql("boundaries/rebasing.py", "links_of_lsoas")
    (looked,) = looks_of(db, lambda: db.execute(asked, given))
    assert "Index Only Scan ix_postcodes_current" in looked.planned


def test_a_code_that_is_no_output_area_is_asked_for_none_of_its_memberships(db: Session) -> None:
    db.execute(text("SET LOCAL enable_seqscan = off"))
    db.execute(text("SET LOCAL enable_bitmapscan = off"))
    given = {
        "ground": ["E01000001"], "area_set": "lsoa-2011", "other_set": "lsoa-2021", "own_lookup": "lsoa11%",
        "stated": ["E01000001", "E01000002"],
    }  # fmt: skip
    asked = named_sql("app/resources/queries.py", "pieces")
    (looked,) = looks_of(db, lambda: db.execute(asked, given))
    assert "Index Scan ix_memberships_in_lsoa" in looked.planned


def test_where_a_level_stands_is_told_by_an_index_that_holds_the_scores(db: Session) -> None:
    db.execute(text("SET LOCAL enable_seqscan = off"))
    db.execute(text("SET LOCAL enable_bitmapscan = off"))
    given = {"index_ids": ["imd-2019"], "measures": ["imd"], "levels": [20.0]}
    asked = named_sql("app/profiles/trends.py", "standings")
    (looked,) = looks_of(db, lambda: db.execute(asked, given))
    assert "Index Only Scan ix_index_values_measure" in looked.planned
