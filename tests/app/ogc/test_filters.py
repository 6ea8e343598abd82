"""Filters as conditions: what is taken, what is refused, and that nothing of a caller's reaches SQL as text."""

from __future__ import annotations

import contextlib
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import column, table
from sqlalchemy.dialects import postgresql
from starlette.datastructures import QueryParams

from app.ogc.asking import read_question
from app.ogc.crs_names import CRS84, lon_lat_box, read_system
from app.ogc.filter_text import JSON, MOST_CHARACTERS, BadFilter, read_filter
from app.ogc.spans import Span, read_span
from app.ogc.statements.collections import About, Collection, Property, Source
from app.ogc.statements.filters import Conditions
from app.problems import BadRequest

PROPERTIES = {
    "name": Property("text", ""), "rank": Property("whole", ""), "valid_from": Property("day", ""),
    "valid_to": Property("day", ""),
}  # fmt: skip
SOURCE = Source(
    table("t"), column("name"), {each: column(each) for each in PROPERTIES}, column("geom"),
    column("geom_wgs84"), [],
)  # fmt: skip
ABOUT = About("t", "t", "t", None, None, PROPERTIES, "point", "", "", 0)
COLLECTION = Collection(ABOUT, SOURCE, "", 0, "t", True)


def sql(written: str, lang: str | None = None) -> tuple[str, list[object]]:
    """Give a filter's SQL with names for its values, and the values."""
    found = Conditions(COLLECTION, CRS84).read(read_filter(written, lang))
    made = found.compile(dialect=postgresql.dialect())
    return str(made), list(made.params.values())


@pytest.mark.parametrize(
    "written",
    [
        "name = 'x'", "rank > 3 AND rank <= 5 OR NOT name IS NULL", "rank BETWEEN 1 AND 2",
        "name LIKE 'a%'", "CASEI(name) LIKE CASEI('A%')", "name IN ('a','b')", "name = name",
        "valid_from < DATE('2020-01-01')", "valid_from < TIMESTAMP('2020-01-01T00:00:00Z')",
        "T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('2020-01-01', '..'))",
        "T_AFTER(valid_from, DATE('2020-01-01'))", "S_WITHIN(geometry, BBOX(0,50,1,51))",
        "S_INTERSECTS(POINT(0.5 50.9), geometry)", "S_DISJOINT(geometry, LINESTRING(0 50, 1 51))",
        "TRUE",
    ],
)  # fmt: skip
def test_standard_filters_become_conditions(written: str) -> None:
    assert sql(written)[0]


@pytest.mark.parametrize(
    "written",
    [
        "nosuch = 1", "name = 3", "rank = 'x'", "name = TRUE", "pg_sleep(10) = 1", "name", "3", "((((",
        "name = 1; DROP TABLE areas", "rank + 1 = 2", "geometry = 'x'", "name LIKE 'x\\'",
        "S_INTERSECTS(geometry, POLYGON((0 50, 1 51, 0 51, 1 50, 0 50)))",
        "S_INTERSECTS(geometry, POINT(500 50))", "S_INTERSECTS(name, POINT(0 50))",
        "S_INTERSECTS(geometry, geometry)", "T_AFTER(name, DATE('2020-01-01'))",
        "valid_from < DATE('2020-02-31')", "T_AFTER(valid_from, DATE('yesterday'))", "",
        '"name; DROP TABLE areas" = 1', "name LIKE 3", "S_INTERSECTS(geometry,POINT EMPTY)",
        "S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(0 50), point z empty))", "geometry IS NULL IS NULL",
    ],
)  # fmt: skip
def test_what_is_no_filter_of_this_collection_is_refused(written: str) -> None:
    with pytest.raises(BadFilter):
        sql(written)


def test_words_in_quotes_are_no_outline_and_null_is_no_filter() -> None:
    assert sql("name = 'a POINT EMPTY' AND name <> 'it''s POINT EMPTY'")[1] == [
        "a POINT EMPTY", "it's POINT EMPTY",
    ]  # fmt: skip
    with pytest.raises(BadFilter):
        sql("null", JSON)


def test_values_are_bound_and_never_part_of_the_statement() -> None:
    hostile = "'; DROP TABLE areas; --"
    asked = {"op": "=", "args": [{"property": "name"}, hostile]}
    statement, values = sql(json.dumps(asked), JSON)
    assert "DROP" not in statement
    assert values == [hostile]


@pytest.mark.parametrize("count", [100, 1_000, 16_000])
def test_nesting_is_refused_and_not_followed(count: int) -> None:
    for written in ("(" * count + "rank=1" + ")" * count, "NOT " * count + "rank=1"):
        with pytest.raises(BadFilter):
            sql(written)
    deep = '{"op":"not","args":[' * count + "true" + "]}" * count
    with pytest.raises(BadFilter):
        sql(deep, JSON)


def test_filter_longer_than_the_most_is_refused() -> None:
    with pytest.raises(BadFilter, match=str(MOST_CHARACTERS)):
        read_filter("name = '" + "x" * 1_000_000 + "'", None)


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["op", "args", "property", "date", "interval", "type", "bbox", "coordinates"]),
            inner | st.sampled_from(["and", "=", "in", "like", "s_within", "t_after", "between", "casei"]),
            max_size=3,
        ),
        max_leaves=6,
    )
)  # fmt: skip
def test_any_json_is_a_condition_or_a_refusal(tree: object) -> None:
    with contextlib.suppress(BadFilter):
        sql(json.dumps(tree), JSON)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("2024-05-01", Span(date(2024, 5, 1), date(2024, 5, 1))),
        ("2024-05-01T12:00:00Z", Span(date(2024, 5, 1), date(2024, 5, 1))),
        ("../2024-05-01", Span(None, date(2024, 5, 1))),
        ("/2024-05-01", Span(None, date(2024, 5, 1))),
        ("2024-05-01/..", Span(date(2024, 5, 1), None)),
        ("2024-05-01/2024-06-01", Span(date(2024, 5, 1), date(2024, 6, 1))),
    ],
)
def test_datetime_is_read_as_the_standard_words_it(written: str, span: Span) -> None:
    assert read_span(written) == span


def test_span_is_drawn_on_its_last_day_that_has_come() -> None:
    today = date(2025, 1, 1)
    assert Span(date(2001, 1, 1), date(2004, 1, 1)).day_drawn(today) == date(2004, 1, 1)
    assert Span(date(2001, 1, 1), None).day_drawn(today) == today
    assert Span(date(2001, 1, 1), date(2030, 1, 1)).day_drawn(today) == today
    assert Span(date(2030, 1, 1), date(2031, 1, 1)).day_drawn(today) == date(2030, 1, 1)


def test_box_of_six_numbers_leaves_heights_out_and_latitude_comes_first_in_its_system() -> None:
    degrees = "http://www.opengis.net/def/crs/EPSG/0/4326"
    six = read_question(QueryParams({"bbox": "1,50,-9,2,51,9"}))
    turned = read_question(QueryParams({"bbox": "50,1,51,2", "bbox-crs": degrees}))
    assert six.boxes == turned.boxes == ((1.0, 50.0, 2.0, 51.0),)


def test_parameter_given_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match="twice"):
        read_question(QueryParams([("limit", "1"), ("limit", "2")]))


def test_web_metres_become_degrees_without_overflow() -> None:
    mercator = read_system("crs", "http://www.opengis.net/def/crs/EPSG/0/3857")
    half = 20_037_508.342789244  # half the sphere's girth
    assert lon_lat_box((-half, 0, half, 1e308), mercator) == pytest.approx((-180, 0, 180, 90))
