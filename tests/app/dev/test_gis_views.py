"""Schema gis: what QGIS and a notebook find there, what the page says of it, and what its reader may not do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from boundaries.database import REPOSITORY, migrate
from tests.support.engines import open_engine

PAGE = REPOSITORY / "docs" / "gis.md"
COLUMNS_SQL = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'gis'::regnamespace AND c.relkind = 'v'
ORDER BY c.relname, a.attnum
"""
Row = tuple[Any, ...]


def reader_address(address: str) -> str:
    """The address of one database for bounds_ro, as libpq takes it."""
    return address.replace("+psycopg", "").replace("bounds_owner@", "bounds_ro@")


@pytest.fixture
def reader(demo_engine: Engine) -> Iterator[psycopg.Connection[Row]]:
    """QGIS's connection to the demo county."""
    address = reader_address(demo_engine.url.render_as_string(hide_password=False))
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def one(session: Session, question: str, **values: object) -> Any:
    return session.execute(text(question), values).scalar_one()


def first_row(session: Session, question: str, view: str, values: Sequence[object] = ()) -> Row:
    """The one row that a question about a view, written {}, gives in the session's transaction."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    written = sql.SQL(question).format(sql.Identifier(view))
    row = driver.execute(written, values).fetchone()
    assert row is not None
    return tuple(row)


def rows_of_table(head: str) -> list[list[str]]:
    """The rows of the table on the page whose head line begins so, cell by cell."""
    after = PAGE.read_text(encoding="utf-8").split(head, 1)[1].splitlines()[2:]
    table = after[: next((n for n, line in enumerate(after) if not line.startswith("|")), None)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def columns_on_page() -> list[Row]:
    """View, column, type and words, as the page tells them."""
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for column, kind, words in rows_of_table("| column | type |"):
        named = re.findall(r"`([a-z_0-9.]+)`", column)
        for view in named[1:] or ["*"]:
            told[view.removeprefix("gis."), named[0]] = (kind, words)
    found = []
    used = set()
    for view, _, listed in rows_of_table("| view | a row for |"):
        name = view.strip("`").removeprefix("gis.")
        for column in re.findall(r"`([a-z_0-9]+)`", listed):
            key = (name, column) if (name, column) in told else ("*", column)
            used.add(key)
            found.append((name, column, *told[key]))
    assert set(told) - used == set(), "the page explains a column that no view has"
    return found


def test_the_page_and_the_database_say_the_same_of_every_column(demo_db: Session) -> None:
    held = [tuple(row) for row in demo_db.execute(text(COLUMNS_SQL))]
    assert len(held) > 200
    assert sorted(columns_on_page()) == sorted(held)
    by_view = {name: [row[1] for row in held if row[0] == name] for name, *_ in held}
    on_page = columns_on_page()
    assert by_view == {name: [row[1] for row in on_page if row[0] == name] for name in by_view}


def test_the_page_names_every_function(demo_db: Session) -> None:
    rows = demo_db.execute(
        text("SELECT proname FROM pg_proc WHERE pronamespace = 'gis'::regnamespace")
    )
    public = {row[0] for row in rows} - {"today", "shows_demo", "layer_on"}
    assert public == set(re.findall(r"gis\.(\w+)\(", PAGE.read_text(encoding="utf-8")))


def test_every_outline_has_a_type_and_the_national_grid_and_every_row_a_key(
    reader: psycopg.Connection[Row],
) -> None:
    listed = reader.execute(
        "SELECT f_table_name, type, srid FROM geometry_columns WHERE f_geometry_column = 'geom'"
    ).fetchall()
    points = {"postcodes", "resources"}
    no_outline = {"indices", "memberships", "layers"}
    views = {row[0] for row in columns_on_page()}
    assert sorted(listed) == [
        (view, "POINT" if view in points else "MULTIPOLYGON", 27700)
        for view in sorted(views - no_outline)
    ], "all of gis and nothing of the tables"
    empty = []
    for view in sorted(views):
        key = next(row[1] for row in columns_on_page() if row[0] == view)
        counted = sql.SQL(
            "SELECT count(*), count(DISTINCT {}), count(*) FILTER (WHERE demo) FROM gis.{}"
        )
        if view == "memberships":
            counted = sql.SQL("SELECT count(*), count(DISTINCT {}), count(*) FROM gis.{}")
        found = reader.execute(counted.format(sql.Identifier(key), sql.Identifier(view))).fetchone()
        assert found is not None
        assert found[0] == found[1] == found[2], view
        empty += [view] if found[0] == 0 else []
    assert empty == ["combined_authorities"], "the demo county has none"


def test_a_view_shows_the_areas_alive_today_drawn_by_one_release(demo_db: Session) -> None:
    alive = demo_db.execute(
        text("SELECT code FROM areas WHERE type = 'lad' AND valid_to IS NULL ORDER BY code")
    ).scalars()
    shown = demo_db.execute(text("SELECT code, release FROM gis.districts ORDER BY code")).all()
    assert [row.code for row in shown] == list(alive)
    assert len({row.release for row in shown}) == 1
    assert one(demo_db, "SELECT missing FROM gis.layers WHERE type = 'lad'") == 0


def test_another_day_shows_other_districts(demo_db: Session) -> None:
    turn = one(demo_db, "SELECT max(valid_to) FROM areas WHERE type = 'lad'")
    before = demo_db.execute(
        text("SELECT code FROM gis.districts_on(CAST(:day AS date) - 1)"), {"day": turn}
    ).scalars()
    after = demo_db.execute(
        text("SELECT code FROM gis.areas_on('lad', :day)"), {"day": turn}
    ).scalars()
    ended = demo_db.execute(
        text("SELECT code FROM areas WHERE type = 'lad' AND valid_to = :day"), {"day": turn}
    ).scalars()
    born = demo_db.execute(
        text("SELECT code FROM areas WHERE type = 'lad' AND valid_from = :day"), {"day": turn}
    ).scalars()
    old, new, gone, come = set(before), set(after), set(ended), set(born)
    assert gone
    assert come
    assert old - new == gone
    assert new - old == come


def test_people_of_a_county_are_its_parts_and_unknown_where_one_is(demo_db: Session) -> None:
    county = one(
        demo_db, "SELECT min(county_code) FROM gis.districts WHERE county_code IS NOT NULL"
    )
    summed = one(demo_db, "SELECT sum(people) FROM gis.districts WHERE county_code = :c", c=county)
    assert one(demo_db, "SELECT people FROM gis.counties WHERE code = :c", c=county) == summed > 0
    district = one(demo_db, "SELECT min(code) FROM gis.districts WHERE county_code = :c", c=county)
    demo_db.execute(
        text("DELETE FROM weights WHERE code = :d AND area_set = 'lad'"), {"d": district}
    )
    assert one(demo_db, "SELECT people FROM gis.counties WHERE code = :c", c=county) is None
    assert one(demo_db, "SELECT people FROM gis.districts WHERE code = :d", d=district) is None


def test_people_are_those_of_the_set_and_say_whether_they_are_estimated(demo_db: Session) -> None:
    differ = """SELECT count(*), count(*) FILTER (WHERE v.people = w.value AND v.people_estimated = w.estimated)
        FROM gis.{} AS v JOIN weights AS w ON w.code = v.code AND w.measure = 'people' AND w.area_set = %s"""
    for view, area_set in (("lsoas_2011", "lsoa-2011"), ("lsoas_2021", "lsoa-2021")):
        in_all, same = first_row(demo_db, differ, view, [area_set])
        assert in_all == same > 0, view
    # Areas that the turn of the sets left alone have the published figure, the others an estimate.
    assert one(demo_db, "SELECT count(*) FROM gis.lsoas_2011 WHERE people_estimated") == 0
    assert one(demo_db, "SELECT count(*) FROM gis.lsoas_2021 WHERE people_estimated") > 0


def test_an_area_without_a_value_stays_on_the_map_without_one(demo_db: Session) -> None:
    total = one(demo_db, "SELECT count(*) FROM gis.imd_2019")
    code = one(demo_db, "SELECT code FROM gis.imd_2019 WHERE decile = 1 ORDER BY rank LIMIT 1")
    demo_db.execute(
        text("DELETE FROM index_values WHERE code = :c AND measure = 'imd'"), {"c": code}
    )
    left = demo_db.execute(
        text("SELECT decile, rank, lad_name FROM gis.imd_2019 WHERE code = :c"), {"c": code}
    ).one()
    assert (left.decile, left.rank) == (None, None)
    assert left.lad_name
    assert one(demo_db, "SELECT count(*) FROM gis.imd_2019") == total


def test_money_with_a_point_is_shown_once_and_sums_to_the_ledgers_lines(demo_db: Session) -> None:
    placed = """SELECT count(*), sum(amount_pence) FROM resource_lines AS l WHERE place_geom IS NOT NULL
        OR EXISTS (SELECT 1 FROM postcodes AS p WHERE p.postcode = l.place_postcode)"""
    wanted = demo_db.execute(text(placed)).one()
    shown = demo_db.execute(text("SELECT count(*), sum(amount_pence) FROM gis.resources")).one()
    assert wanted[0] > 0
    assert tuple(shown) == tuple(wanted)


def test_designated_areas_are_those_that_the_designation_keeps(demo_db: Session) -> None:
    kept = demo_db.execute(
        text(
            "SELECT id, result -> 'summary' ->> 'areas_selected' AS n FROM designations ORDER BY id"
        )
    ).all()
    assert kept
    for designation, count in kept:
        drawn = """SELECT count(*) FROM gis.designated_areas
            WHERE designation_id = :d AND selected AND geom IS NOT NULL"""
        assert one(demo_db, drawn, d=designation) == int(count)


def test_no_invented_row_shows_once_a_real_release_is_served(demo_db: Session) -> None:
    demo_db.execute(
        text(
            "INSERT INTO areas (code, type, name) VALUES ('E07000062', 'lad', 'Hastings');"
            ' INSERT INTO releases SELECT (jsonb_populate_record(r, \'{"id": "real", "demo": false}\')).*'
            " FROM releases AS r WHERE r.area_type = 'lad' LIMIT 1;"
            " INSERT INTO boundaries SELECT 'real', 'E07000062', 'Hastings', geom, geom_wgs84, area_m2"
            " FROM boundaries LIMIT 1"
        )
    )
    demo_db.execute(text("SELECT refresh_release_days('lad')"))
    assert demo_db.execute(text("SELECT code, demo FROM gis.districts")).all() == [
        ("E07000062", False)
    ]
    for view in sorted(
        {row[0] for row in columns_on_page()} - {"districts", "boundaries", "layers"}
    ):
        assert first_row(demo_db, "SELECT count(*) FROM gis.{}", view) == (0,), view


@pytest.mark.slow
def test_a_window_takes_the_spatial_index_and_the_layer_is_chosen_once(demo_db: Session) -> None:
    # 30,000 squares of 1 km, 200 to a row, as a newer release of the small areas of 2021.
    made = """
    INSERT INTO areas (code, type, name, valid_from, demo)
    SELECT 'X9' || lpad(n::text, 7, '0'), 'lsoa', 'Square', DATE '2021-03-20', TRUE
    FROM generate_series(0, 29999) AS n;
    INSERT INTO releases
    SELECT (jsonb_populate_record(r, '{"id": "squares", "temporal": true, "published_on": "2021-12-30"}')).*
    FROM releases AS r WHERE r.area_type = 'lsoa' ORDER BY r.published_on LIMIT 1;
    INSERT INTO boundaries
    SELECT 'squares', 'X9' || lpad(n::text, 7, '0'), 'Square', o.geom, ST_Transform(o.geom, 4326), 1000000
    FROM generate_series(0, 29999) AS n
    CROSS JOIN LATERAL (
        SELECT ST_Multi(ST_MakeEnvelope(
            300000 + 1000 * (n % 200), 100000 + 1000 * (n / 200), 301000 + 1000 * (n % 200),
            101000 + 1000 * (n / 200), 27700)) AS geom
    ) AS o;
    SELECT refresh_release_days('lsoa');
    ANALYZE boundaries;
    ANALYZE areas;
    """
    for statement in made.split(";\n"):
        if statement.strip():
            demo_db.execute(text(statement))
    assert one(demo_db, "SELECT release FROM gis.layers WHERE type = 'lsoa'") == "squares"
    seen = explain(
        demo_db,
        "SELECT code, lad_name, people, geom FROM gis.lsoas_2021"
        " WHERE geom && ST_MakeEnvelope(350100, 150100, 352900, 152900, 27700)",
    )
    assert seen["Actual Rows"] == 9, "three squares by three"
    steps = list(steps_of(seen))
    assert "ix_boundaries_geom" in {step.get("Index Name") for step in steps}
    chosen = [step for step in steps if step.get("Parent Relationship") == "InitPlan"]
    assert [step["Actual Loops"] for step in chosen] == [1]
    anywhere = explain(
        demo_db,
        "SELECT code FROM gis.areas_on('lsoa', '2022-01-01')"
        " WHERE geom && ST_MakeEnvelope(350100, 150100, 352900, 152900, 27700)",
    )
    assert "ix_boundaries_geom" in {step.get("Index Name") for step in steps_of(anywhere)}
    counted = list(steps_of(explain(demo_db, "SELECT count(*) FROM gis.lsoas_2021")))
    read = {step["Relation Name"] for step in counted if "Relation Name" in step}
    assert read <= {"boundaries", "areas", "releases"}, "people and parents are not looked up"


def explain(session: Session, question: str) -> dict[str, Any]:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    row = driver.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {question}").fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def steps_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from steps_of(inner)


REFUSED = [
    "INSERT INTO areas (code, type, name) VALUES ('E07000062', 'lad', 'Hastings')",
    "INSERT INTO gis.postcodes (postcode) VALUES ('TN34 1AA')",
    "UPDATE gis.partnerships SET name = 'mine'",
    "DELETE FROM gis.partnerships",
    "CREATE TABLE public.mine (n int)",
    "CREATE TABLE gis.mine (n int)",
    "DROP VIEW gis.districts",
    "DROP SCHEMA gis CASCADE",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY gis.districts TO '/tmp/districts.csv'",
    "SELECT sha256 FROM tokens",
    "SELECT created_by FROM designations",
    "SELECT count(*) FROM audit_events",
    "SELECT code FROM areas",
    "SELECT id FROM public.layer_on('lad', current_date, true)",
    "CREATE FUNCTION gis.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_reader_may_not(reader: psycopg.Connection[Row], statement: str) -> None:
    with pytest.raises(
        (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
    ):
        reader.execute(statement)
    # The role's own setting is only a default that anybody may change: its rights must do as well.
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)


def test_the_reader_reads_no_table_and_its_statements_end(reader: psycopg.Connection[Row]) -> None:
    readable = reader.execute(
        "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'v', 'm', 'p') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
    ).fetchall()
    assert readable == [("geography_columns",), ("geometry_columns",), ("spatial_ref_sys",)]
    assert reader.execute("SHOW statement_timeout").fetchone() == ("5min",)
    assert reader.execute("SHOW transaction_read_only").fetchone() == ("on",)


@pytest.mark.slow
def test_the_migration_takes_older_rights_away_and_both_ways_leave_the_same_views(
    make_database: Callable[[str], str], template_database: str
) -> None:
    address = make_database(template_database)
    engine = open_engine(address)
    with engine.begin() as connection:
        first = [tuple(row) for row in connection.execute(text(COLUMNS_SQL))]
    migrate(address, "down:0007")
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT to_regnamespace('gis')")) is None
        # As private clusters made before 0008 have it.
        connection.execute(
            text(
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO bounds_ro;"
                " GRANT SELECT ON tokens, areas TO bounds_ro"
            )
        )
    migrate(address)
    with engine.begin() as connection:
        assert [tuple(row) for row in connection.execute(text(COLUMNS_SQL))] == first
        connection.execute(text("CREATE TABLE made_later (n int)"))
    with psycopg.connect(reader_address(address), autocommit=True) as reader:
        for table in ("tokens", "areas", "made_later"):
            asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(asked)
        assert reader.execute("SELECT count(*) FROM gis.districts").fetchone() == (0,)
