"""Reads of targets, of the areas and people that their series are made of, and of partnerships' themes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from app.indicators.rows import IndicatorRow
from app.latest import Latest
from app.marks import GEOGRAPHY, mark_of_tables
from app.resources.tables import Programme
from app.strategies.methods.strategy_words import fold
from app.strategies.tables import PlannedAction, Target
from app.strategies.targets import TargetRow, UnknownTarget, as_row, national_targets
from boundaries.moments import sees_a_moment
from boundaries.tables import Area, Membership, Weight


def list_targets(session: Session, partnership_slug: str | None = None) -> list[TargetRow]:
    """List a partnership's own targets, or (None) the national ones with those they offer, by id."""
    if partnership_slug is None:
        return sorted(national_targets().values(), key=lambda row: row.id)
    rows = session.scalars(
        select(Target).where(Target.partnership_slug == partnership_slug).order_by(Target.id)
    )
    return [as_row(row) for row in rows]


def get_target(session: Session, target_id: str) -> TargetRow:
    """One target, national or own. Raises UnknownTarget."""
    if target_id in national_targets():
        return national_targets()[target_id]
    row = session.get(Target, target_id)
    if row is None:
        raise UnknownTarget(f"there is no target {target_id[:80]!r}; /api/v1/targets lists them")
    return as_row(row)


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Names by code."""
    named = session.execute(select(Area.code, Area.name).where(Area.code.in_(sorted(codes)))).all()
    return {each[0]: each[1] for each in named}


def regions_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Give the region that each of some districts lies in, the first by code of several."""
    rows = session.execute(
        select(Membership.child_code, Membership.parent_code)
        .where(Membership.child_code.in_(sorted(codes)), Membership.parent_type == "rgn")
        .order_by(Membership.parent_code.desc())
    ).all()
    return {each[0]: each[1] for each in rows}


def alike_in_type(session: Session, code: str, others: Collection[str]) -> set[str]:
    """Tell which of some areas are of the same type as one."""
    area = session.get(Area, code)
    kind = area.type if area is not None else ""
    return set(
        session.scalars(select(Area.code).where(Area.code.in_(sorted(others)), Area.type == kind))
    )


# The people of districts and of three sets of small areas, 3 MB each.
_people: Latest[pd.Series] = Latest(4)


def people_by_code(session: Session, row: IndicatorRow) -> pd.Series:
    """Read the people of an indicator's areas: index code, float; empty where none are loaded.

    Kept while the geography is as it is: nobody changes what is given.
    """
    area_set = "lad" if row.area_type == "lad" else row.area_set
    key = (mark_of_tables(session, GEOGRAPHY), area_set)
    return _people.get(key, lambda: _read_people(session, area_set), keeps=sees_a_moment(session))


def _read_people(session: Session, area_set: str) -> pd.Series:
    found: Sequence[tuple[str, int]] = [
        (each[0], each[1])
        for each in session.execute(
            select(Weight.code, Weight.value).where(
                Weight.area_set == area_set, Weight.measure == "people"
            )
        )
    ]
    return pd.Series(dict(found), dtype=np.float64)


def themes_of(session: Session) -> dict[str, frozenset[str]]:
    """Give the themes of each partnership's own targets, actions and programmes, capitals and blanks aside."""
    query = union(
        *(
            select(table.partnership_slug, table.theme).where(
                table.partnership_slug.is_not(None), table.theme.is_not(None)
            )
            for table in (Target, PlannedAction, Programme)
        )
    )
    found: dict[str, set[str]] = defaultdict(set)
    for slug, theme in session.execute(query):
        if slug and theme and fold(theme):
            found[slug].add(fold(theme))
    return {slug: frozenset(own) for slug, own in found.items()}
