"""What is known of releases in sum is kept by the database, and never older than the geography."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, event, text

from app.ogc.queries import find_collection, list_ids
from app.ogc.statements import area_layers, release_facts
from app.sessions import reading, writing
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

DAY = date(2026, 1, 1)


def told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """List every collection as a process does that has just begun; and how often all areas were looked through."""
    for module, names in ((area_layers, ("_held", "_collections")), (release_facts, ("_known",))):
        for name in names:
            monkeypatch.setattr(module, name, type(getattr(module, name))(4))
    looks = 0

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal looks
        looks += "ST_Extent" in statement

    event.listen(engine, "before_cursor_execute", count)
    try:
        with reading(engine) as session:
            said = [
                repr(find_collection(session, name, None, DAY).about)
                for name in list_ids(session, DAY)
            ]
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return said, looks


def test_the_first_list_of_a_process_looks_through_no_areas_unless_they_changed(
    cluster: ClusterForTests, demo_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.clone(demo_template)
    engine = open_engine(url)
    try:
        with writing(engine) as session:
            session.execute(text("DELETE FROM geography_facts"))
        first, looks = told(engine, monkeypatch)
        assert looks == 1
        assert "interval=(datetime.date(" in " ".join(first)
        assert told(engine, monkeypatch) == (first, 0)
        with writing(engine) as session:
            session.execute(
                text("DELETE FROM boundaries WHERE release_id = (SELECT min(release_id) FROM boundaries)")
            )  # fmt: skip
        changed, looks = told(engine, monkeypatch)
        assert looks == 1
        assert changed != first
    finally:
        engine.dispose()
        cluster.drop(url)
