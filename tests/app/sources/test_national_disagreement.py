"""The one small area whose official best-fit district is wrong, in a place on either side of the border.

METHODS.md 8: the lookup of 2024 gives E01027305 (West Northamptonshire 048E) to Cherwell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.priorities.ground import members_of
from app.sources.geography import load_districts, load_small_areas
from boundaries.tables import Boundary, LookupDisagreement, Weight
from tests.support.engines import open_engine
from tests.support.places import quiet

pytestmark = [pytest.mark.slow, pytest.mark.national]
ASTRAY, CHERWELL, WEST_NORTHAMPTONSHIRE = "E01027305", "E07000177", "E06000062"


@pytest.fixture(scope="module")
def engine(make_database: Callable[[str], str], place_template: str) -> Iterator[Engine]:
    """Beside another place, whose load brought the districts."""
    opened = open_engine(make_database(place_template), statement_timeout_s=300)
    yield opened
    opened.dispose()


def load(engine: Engine, mirror: Path, district: str) -> None:
    with Session(engine) as session, session.begin():
        active = load_districts(session, mirror).active
        load_small_areas(session, mirror, {district}, active, quiet)


def people_of(session: Session, area_set: str, code: str | None = None) -> int | None:
    query = select(func.sum(Weight.value)).where(
        Weight.area_set == area_set, Weight.measure == "people"
    )
    return session.scalar(query if code is None else query.where(Weight.code == code))


def test_the_small_area_counts_where_its_outline_lies_and_nowhere_else(
    engine: Engine, mirror: Path
) -> None:
    load(engine, mirror, CHERWELL)
    with Session(engine) as session:
        assert ASTRAY not in members_of(session, [CHERWELL], ["lad"])
        assert session.get(Boundary, ("lsoa-2021-12-bgc", ASTRAY)) is None
        assert people_of(session, "lsoa-2011") == people_of(session, "lsoa-2021")
    load(engine, mirror, WEST_NORTHAMPTONSHIRE)
    with Session(engine) as session:
        assert ASTRAY not in members_of(session, [CHERWELL], ["lad"])
        assert ASTRAY in members_of(session, [WEST_NORTHAMPTONSHIRE], ["lad"])
        assert session.get(Boundary, ("lsoa-2021-12-bgc", ASTRAY)) is not None
        assert people_of(session, "lsoa-2011") == people_of(session, "lsoa-2021")
        assert people_of(session, "lsoa-2021", ASTRAY) == 1_916
        row = session.scalars(select(LookupDisagreement)).one()
        assert (row.child_code, row.lookup_parent, row.outline_parent, row.used) == (
            ASTRAY, CHERWELL, WEST_NORTHAMPTONSHIRE, "outline",
        )  # fmt: skip
        assert row.lookup_share < 0.01
        assert row.outline_share > 0.99
