"""Indices on areas of another time: right for the districts of their own lookup, refused for any other place."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from app.priorities.actions import designate
from app.priorities.ground import SetOfAnotherTime
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.rules import InvalidRule
from app.priorities.queries import Place
from boundaries.storing import store_areas, store_memberships
from tests.app.priorities.conftest import OLD, add_index

RULE = worst_percent(10)


def add_2010(session: Session) -> None:
    """An index of LSOA 2001, whose codes are in part those of 2011, and a district of that time."""
    codes = [*OLD[:3], "E01009998"]
    add_index(
        session,
        "imd-2010",
        "lsoa-2001",
        date(2011, 3, 24),
        dict(zip(codes, range(1, 5), strict=True)),
    )
    district = pd.DataFrame({"code": ["lad-15ub"], "type": "lad", "name": "Carrick"})
    store_areas(session, district.assign(valid_from=None, valid_to=date(2009, 4, 1)))
    rows = pd.DataFrame({"child_code": codes}).assign(
        parent_code="lad-15ub", parent_type="lad", lookup="lsoa01_lad07_oldcode.parquet",
        method="exact", share=1.0,
    )  # fmt: skip
    store_memberships(session, rows)


def test_a_council_of_today_is_refused_though_codes_are_spelt_alike(filled: Session) -> None:
    add_2010(filled)
    with pytest.raises(SetOfAnotherTime) as caught:
        designate(filled, Place("A", ("E07000001",)), RULE, "imd-2010")
    assert [(fault.pointer, fault.value) for fault in caught.value.faults] == [
        ("/index", "imd-2010")
    ]


def test_a_district_of_that_time_is_read_whole(filled: Session) -> None:
    add_2010(filled)
    made = designate(filled, Place("Carrick", ("lad-15ub",)), RULE, "imd-2010")
    assert list(made.ground.codes) == sorted([*OLD[:3], "E01009998"])


def test_a_clause_by_an_edition_of_another_time_is_refused(filled: Session) -> None:
    add_2010(filled)
    rule = worst_percent(10, "imd@imd-2010")
    with pytest.raises(InvalidRule, match="no edition 'imd-2010'"):
        designate(filled, Place("A", ("E07000001",)), rule, "imd-2019")
