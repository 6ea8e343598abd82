"""What nations and regions are made of, and the people of many areas: kept, never older than their sources."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.resources import estimate_weights
from app.resources.district_parts import parts_of_districts
from app.resources.estimate_weights import small_area_counts
from app.sessions import reading, writing
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.squares import add_layer, add_members, add_people

SET = "lsoa-2011"
PEOPLE = {"E01000001": 100, "E01000002": 300, "E01000003": 50}


@pytest.fixture
def engine(cluster: ClusterForTests, template_database: str) -> Iterator[Engine]:
    """Three small areas of one nation: two in one council, one in another."""
    url = cluster.clone(template_database)
    made = open_engine(url)
    with writing(made) as session:
        squares = {code: (at, 0, at + 1, 1) for at, code in enumerate(PEOPLE)}
        add_layer(session, "lsoa-2011-12-bgc", squares)
        add_layer(
            session, "lad-2025-05-bgc", {"E07000001": (0, 0, 2, 1), "E07000002": (2, 0, 3, 1)}
        )
        add_people(session, PEOPLE)
        add_members(
            session, dict.fromkeys(list(PEOPLE)[:2], "E07000001") | {"E01000003": "E07000002"}
        )
    yield made
    cluster.drop(url)


def asked(engine: Engine, *codes: str) -> tuple[dict[str, dict[str, float]], int]:
    """Give the parts, and how often the database was asked what places are made of."""
    statements: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda *args: statements.append(args[2]), once=False
    )
    with reading(engine) as session:
        found = parts_of_districts(session, codes, SET)
    told = {place: dict(parts) for place, parts in found.items()}
    return told, sum(
        "of which small areas (of one set) are districts" in each for each in statements
    )


def test_a_nation_is_read_once_and_anew_after_its_geography_changed(engine: Engine) -> None:
    whole = dict.fromkeys(PEOPLE, 1.0)
    expected = {"E92000001": whole, "E07000001": dict.fromkeys(list(PEOPLE)[:2], 1.0)}
    assert asked(engine, "E92000001", "E07000001") == (expected, 2)
    # The district is another for every place; the nation is the same for all.
    told, questions = asked(engine, "E92000001", "E07000002")
    assert told == {"E92000001": whole, "E07000002": {"E01000003": 1.0}}
    assert questions == 1
    with writing(engine) as session:
        session.execute(text("DELETE FROM weights WHERE code = 'E01000003'"))
    assert asked(engine, "E92000001")[0] == {"E92000001": dict.fromkeys(list(PEOPLE)[:2], 1.0)}


def test_a_session_that_writes_takes_nothing_kept_and_keeps_nothing(engine: Engine) -> None:
    asked(engine, "E92000001")
    with Session(engine) as session:
        session.execute(text("DELETE FROM weights WHERE code = 'E01000003'"))
        assert "E01000003" not in parts_of_districts(session, {"E92000001"}, SET)["E92000001"]
        session.rollback()
    assert "E01000003" in asked(engine, "E92000001")[0]["E92000001"]


def test_people_of_many_areas_are_those_of_each(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["E01000003", "E01000001", "E01999999"]
    with reading(engine) as session:
        few = small_area_counts(session, "people", wanted, SET)
    monkeypatch.setattr(estimate_weights, "MANY", 2)
    for _ in range(2):
        with reading(engine) as session:
            many = small_area_counts(session, "people", wanted, SET)
        assert dict(many) == dict(few) == {"E01000001": 100.0, "E01000003": 50.0}
    with writing(engine) as session:
        session.execute(text("UPDATE weights SET value = 60 WHERE code = 'E01000003'"))
    with reading(engine) as session:
        assert small_area_counts(session, "people", wanted, SET)["E01000003"] == 60.0
