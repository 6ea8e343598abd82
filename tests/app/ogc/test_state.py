"""The name under which answers are kept is another one after every change, however transactions end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.ogc.statements.area_layers import geography_stamp
from tests.support.engines import open_engine

CHANGE = text("INSERT INTO geography_changes (table_name) VALUES ('boundaries')")


@pytest.fixture
def engine(make_database: Callable[[str], str], template_database: str) -> Engine:
    return open_engine(make_database(template_database))


def test_of_two_changes_the_one_that_began_first_may_end_last(engine: Engine) -> None:
    def seen() -> int:
        with Session(engine) as session:
            return geography_stamp(session)

    states = [seen()]
    with engine.connect() as early, engine.connect() as late:
        early.execute(CHANGE)
        late.execute(CHANGE)
        late.commit()
        states.append(seen())
        early.commit()
        states.append(seen())
    assert len(set(states)) == 3
