"""Gathers an indicator of small areas or districts into larger areas of a day, by the official lookups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.methods.larger import gather_values
from app.indicators.rebased import people_of
from app.indicators.values import IndicatorRow, indicator_frame
from boundaries.database import named_sql
from boundaries.errors import Conflict, Fault

# How the lookups of a set of small areas are called; of districts every lookup is asked.
LOOKUPS: Mapping[str, str] = {
    "lsoa-2001": "lsoa01%", "lsoa-2011": "lsoa11%", "lsoa-2021": "lsoa21%",
}  # fmt: skip
# What whole areas belong to. Parishes are not among them: small areas straddle them.
LARGER: Mapping[str, tuple[str, ...]] = {
    "lsoa": ("msoa", "wd", "lad", "cty", "cauth", "rgn", "ccg", "icb"),
    "lad": ("cty", "cauth", "rgn", "fra", "pfa"),
}
# Counties and combined authorities are told of districts alone.
_BY_DISTRICT = ("cty", "cauth")


class NoLookup(Conflict):
    """No lookup says which areas of the indicator's set lie in the place asked about."""

    slug = "no-lookup"
    title = "The place cannot be found in those areas"


def larger_frame(
    session: Session, row: IndicatorRow, area_type: str, day: date, period: str
) -> pd.DataFrame:
    """Gather one period into the areas of a larger type alive on a day (see `gather_values`).

    A confidential upload's small counts are added as they are, and what they add up to is hidden where
    that is small. Raises NoLookup, and NoWeights for a rate whose areas have no people.
    """
    parents = _parents(session, row, area_type, day)
    if parents.empty:
        detail = (
            f"no lookup here puts the areas of {row.area_set} in areas of type {area_type} on {day}; "
            "another day may have one"
        )
        raise NoLookup(detail, [Fault(detail, pointer="/area_type", value=area_type)])
    frame = indicator_frame(session, row.id, None, period, protected=False)
    if not row.partial:
        # Of a whole set what it does not list is no part of it: areas of other days, or merged into others.
        parents = parents[parents.index.isin(frame.index)]
    weights = None if row.nature == "extensive" else people_of(session, row)
    return gather_values(frame, parents, weights).assign(
        carried_from=row.find_period(period).carried_from
    )


def _parents(session: Session, row: IndicatorRow, area_type: str, day: date) -> pd.Series:
    any_of = "%" if row.demo else LOOKUPS.get(row.area_set, "%")
    own_type = row.area_type
    if own_type == "lad" or area_type not in _BY_DISTRICT:
        return _pairs(session, own_type, area_type, any_of if own_type != "lad" else "%", day)
    districts = _pairs(session, own_type, "lad", any_of, day)
    above = _pairs(session, "lad", area_type, "%", day)
    return districts.map(above).dropna()


def _pairs(
    session: Session, child_type: str, parent_type: str, lookup: str, day: date
) -> pd.Series:
    rows = session.execute(
        named_sql(__file__, "areas_above"),
        {"child_type": child_type, "parent_type": parent_type, "lookup": lookup, "day": day},
    ).all()
    return pd.Series([r.parent for r in rows], index=[r.child for r in rows], dtype=object)
