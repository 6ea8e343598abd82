"""The one small area whose official best-fit district is wrong, in a place on either side of the border.

METHODS.md 8: the lookup of 2024 gives E01027305 (West Northamptonshire 048E) to Cherwell.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.places.load import load_place
from app.priorities.ground import members_of
from boundaries.database import make_engine
from boundaries.tables import Boundary, LookupDisagreement, Membership, Weight
from tests.support.places import quiet

pytestmark = pytest.mark.slow
ASTRAY, CHERWELL, WEST_NORTHAMPTONSHIRE = "E01027305", "E07000177", "E06000062"


def loaded(url: str, mirror: Path, *places: str) -> Engine:
    engine = make_engine(url, pool_size=0, statement_timeout_s=300)
    for place in places:
        with Session(engine) as session, session.begin():
            load_place(session, mirror, place, quiet)
    return engine


@pytest.mark.parametrize(
    "places",
    [
        ("Cherwell",),
        ("West Northamptonshire",),
        ("Cherwell", "West Northamptonshire"),
    ],
)
def test_the_small_area_counts_where_its_outline_lies_and_nowhere_else(
    mirror: Path, make_database: Callable[[str], str], template_database: str, places: tuple[str, ...]
) -> None:  # fmt: skip
    engine = loaded(make_database(template_database), mirror, *places)
    with Session(engine) as session:
        assert ASTRAY not in members_of(session, [CHERWELL], ["lad"])
        if "West Northamptonshire" in places:
            assert ASTRAY in members_of(session, [WEST_NORTHAMPTONSHIRE], ["lad"])
            drawn = select(Boundary.code).where(
                Boundary.code == ASTRAY, Boundary.release_id == "lsoa-2021-12-bgc"
            )
            assert session.scalar(drawn) == ASTRAY
            people = select(Weight.value).where(
                Weight.code == ASTRAY, Weight.area_set == "lsoa-2021", Weight.measure == "people"
            )
            assert session.scalar(people) == 1_608
            row = session.scalars(select(LookupDisagreement)).one()
            assert (row.child_code, row.lookup_parent, row.outline_parent, row.used) == (
                ASTRAY, CHERWELL, WEST_NORTHAMPTONSHIRE, "outline",
            )  # fmt: skip
            assert row.lookup_share < 0.01
            assert row.outline_share > 0.99
        people = [
            session.scalar(
                select(func.sum(Weight.value)).where(
                    Weight.area_set == area_set, Weight.measure == "people"
                )
            )
            for area_set in ("lsoa-2011", "lsoa-2021")
        ]
        assert people[0] == people[1]
        said = select(func.count()).where(
            Membership.child_code == ASTRAY, Membership.parent_code == CHERWELL
        )
        assert session.scalar(said) == 0
    engine.dispose()
