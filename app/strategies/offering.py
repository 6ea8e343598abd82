"""Offers the nearest held series for a target that has none, so that a local target can be made of it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.indicators.rows import IndicatorRow
from app.indicators.values import list_indicator_rows
from app.strategies.methods.nearest import Held, nearest_series
from app.strategies.targets import TargetRow
from boundaries.gss import is_demo_code

LEAST_PERIODS = 2


def near_held(
    session: Session, target: TargetRow, districts: Collection[str]
) -> IndicatorRow | None:
    """Find the district series of some periods whose words are nearest to a target's; None where none is near.

    A partnership's own upload is offered to nobody else, and a confidential one to nobody.
    """
    demo = any(is_demo_code(code) for code in districts)
    rows = {
        row.id: row
        for row in list_indicator_rows(session)
        if row.area_type == "lad" and row.index_measure is None and row.demo == demo
        and not row.confidential and row.partnership_slug in (None, target.partnership_slug)
        and len(row.measured) >= LEAST_PERIODS
    }  # fmt: skip
    held = [Held(row.id, row.title, row.definition, row.unit) for row in rows.values()]
    said = f"{target.title} {target.measure}"
    found = nearest_series(said, target.theme or "", target.unit, held)
    return None if found is None else rows[found.id]


def say_near(row: IndicatorRow) -> str:
    """Say which series might do instead, and of which years it has figures."""
    first, last = row.measured[0].period, row.measured[-1].period
    return (
        f"by its words the nearest that is held is {row.full_title} ({row.id}, {first} to {last}): a target of the "
        "partnership's own can be judged by it"
    )
