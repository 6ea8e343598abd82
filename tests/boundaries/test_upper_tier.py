"""Which layer draws the upper tier on a day: judged by the counties, unitaries and boroughs that it is made of."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from boundaries.queries import layer_on
from boundaries.releases import refresh_days
from boundaries.tables import Area
from tests.support.squares import add_layer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# A county of two districts that one unitary took the place of in 2023, beside a metropolitan district.
CHANGED_ON = date(2023, 4, 1)
LIVES = {
    "E10000001": ("cty", None, CHANGED_ON), "E07000001": ("lad", None, CHANGED_ON),
    "E07000002": ("lad", None, CHANGED_ON), "E06000001": ("lad", CHANGED_ON, None), "E08000001": ("lad", None, None),
}  # fmt: skip
COUNTY, EAST = (0.0, 0.0, 4.0, 4.0), (4.0, 0.0, 8.0, 4.0)


@pytest.fixture
def upper_tier(db: Session) -> Session:
    """A layer of the year before the change and one of many years, as they are published."""
    for code, (kind, first, last) in LIVES.items():
        db.add(Area(code=code, type=kind, name=code, valid_from=first, valid_to=last))
    db.flush()
    before = {"E10000001": COUNTY, "E08000001": EAST}
    add_layer(db, "utla-2021-05-buc", before, published_on=date(2021, 5, 31))
    both = add_layer(db, "utla-2014-2025-bsc", {**before, "E06000001": COUNTY}, tolerance_m=200)
    both.temporal = True
    db.flush()
    refresh_days(db, "lad")  # as a list of districts does: the upper tier follows
    return db


@pytest.mark.parametrize(
    ("day", "drawn_by"),
    [
        (date(2022, 6, 1), "utla-2021-05-buc"), (date(2023, 3, 31), "utla-2021-05-buc"),
        (CHANGED_ON, "utla-2014-2025-bsc"), (date(2026, 1, 1), "utla-2014-2025-bsc"),
    ],
)  # fmt: skip
def test_upper_tier_is_drawn_by_what_draws_its_counties_and_unitaries(
    upper_tier: Session, day: date, drawn_by: str
) -> None:
    found = layer_on(upper_tier, "utla", day)
    assert (found.id, found.missing, found.is_exact) == (drawn_by, 0, True)
