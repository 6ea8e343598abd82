"""Councils are counted once for a moment's indices and geography, by all indices and by one alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from app.indicators.tables import DeprivationIndex, IndexValue
from app.indicators.worst_tenth import Ranked, ranked_councils
from app.sessions import reading
from tests.support.engines import open_engine
from tests.support.squares import add_layer, add_members

DAY = date(2026, 1, 1)
AREAS = {"E01000001": "E07000002", "E01000002": "E07000001", "E01000003": "E07000001"}


def add_index(session: Session, index_id: str, ranks: dict[str, int]) -> None:
    session.add(
        DeprivationIndex(
            id=index_id, title=index_id, area_set="lsoa-2021", release_id="lsoa-2021-12-bgc", areas_total=20,
            published_on=date(2019, 9, 26), partial=False, demo=False, publisher="MHCLG", licence="OGL",
            attribution="MHCLG", source_file="f", sha256="0", rows_in=1, rows_stored=1, rows_refused=0,
            rows_elsewhere=0,
        )
    )  # fmt: skip
    session.flush()
    for code, rank in ranks.items():
        session.add(IndexValue(index_id=index_id, code=code, measure="imd", rank=rank))


def test_councils_are_counted_once_and_anew_when_an_index_changed(
    make_database: Callable[[str], str], template_database: str
) -> None:
    engine = open_engine(make_database(template_database))
    with Session(engine) as session:
        add_layer(
            session, "lsoa-2021-12-bgc", {code: (n, 0, n + 1, 1) for n, code in enumerate(AREAS)}
        )
        add_layer(
            session, "lad-2025-05-bgc", {"E07000001": (1, 0, 3, 1), "E07000002": (0, 0, 1, 1)}
        )
        add_members(session, AREAS)
        add_index(session, "imd-2015", {"E01000001": 1})
        add_index(session, "imd-2019", {"E01000001": 2, "E01000002": 2, "E01000003": 3})
        session.commit()
    counted: list[str] = []
    event.listen(
        engine, "before_cursor_execute",
        lambda *given: counted.append(given[2]) if "ranked AS MATERIALIZED" in given[2] else None,
    )  # fmt: skip
    first = Ranked("E07000001", "Area 1", False, {"imd-2019": (1, 2)})
    second = Ranked("E07000002", "Area 2", False, {"imd-2019": (1, 1)})
    for _ in range(2):
        with reading(engine) as session:
            assert ranked_councils(session, DAY, "imd-2019") == [first, second]
            assert {one.code: one.found for one in ranked_councils(session, DAY)} == {
                "E07000001": {"imd-2019": (1, 2)},
                "E07000002": {"imd-2015": (1, 1), "imd-2019": (1, 1)},
            }
            assert [one.code for one in ranked_councils(session, DAY, "imd-2015")] == ["E07000002"]
    assert len(counted) == 1
    with Session(engine) as session:
        session.execute(update(IndexValue).where(IndexValue.code == "E01000003").values(rank=1))
        # What is not entered yet is this session's own.
        assert ranked_councils(session, DAY, "imd-2019")[0].found == {"imd-2019": (2, 2)}
        with reading(engine) as other:
            assert ranked_councils(other, DAY, "imd-2019")[0].found == {"imd-2019": (1, 2)}
        session.commit()
    with reading(engine) as session:
        assert ranked_councils(session, DAY, "imd-2019")[0].found == {"imd-2019": (2, 2)}
