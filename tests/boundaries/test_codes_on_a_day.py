"""A partnership's districts in the codes of another day: only where the ground is the same."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from boundaries.history import codes_on
from boundaries.storing import store_areas, store_successions

DAY = date(2019, 4, 1)
BEFORE, AFTER = date(2018, 6, 1), date(2020, 6, 1)
COLUMNS = ["code", "type", "name", "valid_from", "valid_to"]
LINKS = ["old_code", "new_code", "changed_on", "kind", "share", "source", "method"]


@pytest.fixture
def merged(db: Session) -> Session:
    """W and E became N; C was recoded D; H is a county that was divided between N and P; P took part of Q."""
    areas = [
        ("W", "lad", None, DAY), ("E", "lad", None, DAY), ("N", "lad", DAY, None), ("C", "lad", None, DAY),
        ("D", "lad", DAY, None), ("H", "cty", None, DAY), ("P", "lad", DAY, None), ("Q", "lad", None, DAY),
        ("L", "lad", None, None),
    ]  # fmt: skip
    rows = [(code, kind, code, first, last) for code, kind, first, last in areas]
    store_areas(db, pd.DataFrame(rows, columns=COLUMNS).astype(object))
    links = [
        ("W", "N", 1.0), ("E", "N", 1.0), ("C", "D", 1.0), ("H", "N", 0.5), ("H", "P", 0.5), ("Q", "P", 0.4),
    ]  # fmt: skip
    told = [(old, new, DAY, "merged", share, "test", None) for old, new, share in links]
    store_successions(db, pd.DataFrame(told, columns=LINKS))
    return db


@pytest.mark.parametrize(
    ("codes", "day", "written"),
    [
        (
            ["L", "N"],
            BEFORE,
            ["E", "L", "W"],
        ),  # of what a merged one was made, and not of the county
        (["W", "E", "L"], AFTER, ["L", "N"]),
        (
            ["W", "L"],
            AFTER,
            ["L", "W"],
        ),  # the other half is not theirs: what ended stays, and is told so
        (["C"], AFTER, ["D"]),
        (["D"], BEFORE, ["C"]),
        (["P"], BEFORE, ["P"]),  # it took a part only
        (["W", "E"], BEFORE, ["E", "W"]),
        (["W", "E", "gone"], AFTER, ["N"]),
    ],
)
def test_codes_are_those_of_the_day_where_the_ground_is_the_same(
    merged: Session, codes: list[str], day: date, written: list[str]
) -> None:
    assert codes_on(merged, codes, day) == written
