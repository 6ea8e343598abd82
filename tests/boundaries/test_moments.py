"""What is asked twice of one moment is read once, and of more than one moment each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.sessions import reading
from boundaries.queries import LayerMissing, layer_on
from tests.support.engines import open_engine
from tests.support.squares import add_layer

DAY = date(2026, 1, 1)


def test_a_layer_is_chosen_once_a_moment_and_anew_for_the_next(
    make_database: Callable[[str], str], template_database: str
) -> None:
    engine = open_engine(make_database(template_database))
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with Session(engine) as session:
        add_layer(session, "lad-2023-05-bgc", {"E07000001": (0, 0, 2, 2)})
        session.commit()
    for has_newer in (False, True):
        with reading(engine) as session:
            drawn = layer_on(session, "lad", DAY)
            before = len(asked)
            assert layer_on(session, "lad", DAY) == drawn
            assert len(asked) == before
            assert drawn.id == ("lad-2025-05-bgc" if has_newer else "lad-2023-05-bgc")
            # A question that differs in anything is another.
            with pytest.raises(LayerMissing):
                layer_on(session, "lad", DAY, demo=True)
            with pytest.raises(LayerMissing):
                layer_on(session, "wd", DAY)
        with Session(engine) as session:
            # What this session enters it sees at once: it is of no one moment.
            layer_on(session, "lad", DAY)
            if not has_newer:
                add_layer(
                    session,
                    "lad-2025-05-bgc",
                    {"E07000001": (0, 0, 2, 2)},
                    published_on=date(2025, 5, 1),
                )
            session.flush()
            assert layer_on(session, "lad", DAY).id == "lad-2025-05-bgc"
            session.commit()
