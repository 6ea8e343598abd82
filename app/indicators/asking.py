"""Answers which values of an indicator were asked for: of which place, on which areas; joins no two releases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import ARRAY, Text, any_, func, literal, or_, select
from sqlalchemy.orm import Session

from app.dependencies import today
from app.indicators.larger import LARGER, LOOKUPS, NoLookup, larger_frame
from app.indicators.rebased import rebased_frame
from app.indicators.value_tables import IndicatorValue
from app.indicators.values import (
    IndicatorRow,
    PeriodRow,
    get_indicator,
    indicator_frame,
    protect_small_counts,
)
from boundaries.database import named_sql
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.queries import get_area
from boundaries.rebasing import CENSUS_SETS, CENSUS_TYPES
from boundaries.tables import Area


class OtherAreaType(Invalid):
    """The indicator has no values of the type of area asked for."""

    slug = "other-area-type"
    title = "The indicator is of another type of area"


class OtherRelease(Conflict):
    """The areas of the day asked about are not those that the indicator's values are of."""

    slug = "other-release"
    title = "The values are of another release"


@dataclass(frozen=True)
class AskedValues:
    """The values asked for: index code; value, state, carried_from; of the indicator's own areas rank, of carried
    ones method and sources, of larger areas areas, areas_without and known.

    area_set : the areas they are of; area_type : their type, another than the indicator's for larger ones.
    """

    row: IndicatorRow
    period: PeriodRow
    area_set: str
    frame: pd.DataFrame
    area_type: str


def ask_values(
    session: Session,
    indicator_id: str,
    *,
    area_type: str | None = None,
    within: str | None = None,
    day: date | None = None,
    period: str | None = None,
    rebase: bool = False,
) -> AskedValues:
    """Read an indicator's values for a type of area, a place and a day.

    Without a day the values are those of the indicator's own areas. With one whose areas are others,
    nothing is joined: the answer is a refusal that offers to carry them, and `rebase` takes the offer. Of a
    larger type of area the values are gathered into the areas of the day.

    Raises UnknownIndicator, UnknownPeriod, UnknownArea, OtherAreaType, OtherRelease, NoLookup, and of
    carrying NotCarried, LinksLacking, NoWeights.
    """
    row = get_indicator(session, indicator_id)
    held = row.find_period(period)
    if area_type is not None and area_type != row.area_type:
        return _ask_larger(session, row, held, area_type, within, day)
    wanted = row.area_set if day is None else _set_on(session, row, held, day)
    if wanted != row.area_set and not rebase:
        raise OtherRelease(
            _offer(row, wanted), [Fault("other areas", pointer="/as_at", value=str(day))]
        )
    codes = None if within is None else _within(session, row, wanted, within)
    if wanted == row.area_set:
        frame = indicator_frame(session, row.id, codes, held.period)
        return AskedValues(row, held, wanted, frame, row.area_type)
    frame = rebased_frame(session, row, wanted, held.period)
    frame = frame if codes is None else frame[frame.index.isin(codes)]
    return AskedValues(row, held, wanted, frame, row.area_type)


def _ask_larger(
    session: Session, row: IndicatorRow, held: PeriodRow, area_type: str, within: str | None,
    day: date | None,
) -> AskedValues:  # fmt: skip
    """Gather the values into larger areas of a day, today where none is named."""
    larger = LARGER.get(row.area_type, ())
    if area_type not in larger:
        detail = f"{row.id} has values of {row.area_type}, not of {area_type[:20]!r}"
        if larger:
            detail += f"; they are gathered into {', '.join(larger)}"
        raise OtherAreaType(detail, [Fault(detail, pointer="/area_type", value=area_type[:20])])
    frame = larger_frame(session, row, area_type, day or today(), held.period)
    frame = protect_small_counts(frame, row)
    if within is not None:
        area = get_area(session, within)
        asked = {"code": area.code, "lookup": "%", "area_type": area_type}
        inside = set(session.scalars(named_sql(__file__, "areas_within"), asked))
        frame = frame[frame.index.isin(inside)]
    return AskedValues(row, held, row.area_set, frame, area_type)


def _offer(row: IndicatorRow, wanted: str) -> str:
    said = f"{row.id} has values of {row.area_set}, and the areas of that day are those of {wanted}"
    if row.area_type in CENSUS_TYPES:
        return f"{said}; ask with rebase=true to have them carried and marked, or leave as_at out"
    return f"{said}; `bounds rebase` carries a table of them, or leave as_at out"


def _set_on(session: Session, row: IndicatorRow, held: PeriodRow, day: date) -> str:
    """Name the set of areas alive on a day, the indicator's own where all of its areas are."""
    if row.area_type in CENSUS_TYPES and not row.demo:
        year = max((each for each, first in CENSUS_SETS.items() if first <= day), default=2001)
        return f"{row.area_type}-{year}"
    gone = session.scalar(
        select(func.count())
        .select_from(IndicatorValue)
        .join(Area, Area.code == IndicatorValue.code)
        .where(
            IndicatorValue.number == row.number, IndicatorValue.period == held.period,
            or_(Area.valid_from > day, Area.valid_to <= day),
        )
    )  # fmt: skip
    return f"{row.area_type}-{day}" if gone else row.area_set


def _within(session: Session, row: IndicatorRow, area_set: str, code: str) -> set[str]:
    area = get_area(session, code)
    lookup = "%" if row.area_type == "lad" or row.demo else LOOKUPS.get(area_set)
    if lookup is None:
        detail = (
            f"no lookup here says which areas of {area_set} lie in {area.name}; ask without within"
        )
        raise NoLookup(detail, [Fault(detail, pointer="/within", value=code[:40])])
    found = session.scalars(
        named_sql(__file__, "areas_within"),
        {"code": area.code, "lookup": lookup, "area_type": row.area_type},
    )
    return set(found)


def find_names(session: Session, codes: list[str]) -> dict[str, str]:
    """Names by code."""
    listed = literal(codes, ARRAY(Text))  # one parameter, however many there are
    rows = session.execute(select(Area.code, Area.name).where(Area.code == any_(listed)))
    return {row[0]: row[1] for row in rows}
