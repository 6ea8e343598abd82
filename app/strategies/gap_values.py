"""Reads what a gap is made of: an indicator's values on one set of areas, period by period, carried if they must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.editions import MEASURES, PLACE_SETS
from app.indicators.national import national_measure
from app.indicators.queries import IndexRow
from app.indicators.rows import IndicatorRow
from app.latest import Latest
from app.marks import EVERY_INPUT, mark_of_tables
from app.profiles.trends import editions_of, links_between
from app.strategies.methods.carrying import BY_POSTCODES, WAYS, read_on, share_out
from app.strategies.methods.gap import standing
from app.strategies.methods.promise import year_of
from app.strategies.series import read_series
from boundaries.errors import Fault, Invalid
from boundaries.methods.rebase import methods_of
from boundaries.moments import sees_a_moment

STANDING = (
    "standing in England, 0 to 100: 100 is the worst small area of that edition, 50 the middle"
)
# A measure of seven editions on England's areas in two ways is 4 MB.
MOST_KEPT = 8


class NoGap(Invalid):
    """No gap follows from that indicator."""

    slug = "no-gap"
    title = "No gap follows from that indicator"


@dataclass(frozen=True)
class GapValues:
    """An indicator's values: by way of carrying a frame, index code, one float column a period, the oldest first.

    periods : of each what a reader must know: period, title, area_set, rebased, reason (why it has no values).
    """

    id: str
    title: str
    unit: str
    higher_is_worse: bool
    area_set: str
    by_way: Mapping[str, pd.DataFrame]
    periods: tuple[dict[str, Any], ...]
    attribution: tuple[str, ...]


# Of the measures asked for last.
_kept = Latest[GapValues](MOST_KEPT)


def measure_values(session: Session, base: IndexRow, measure: str) -> GapValues:
    """Read a measure of the indices in every edition held, as standings, on the areas of one of them."""
    key = (mark_of_tables(session, EVERY_INPUT), base.id, measure)
    return _kept.get(
        key, lambda: _read_measure(session, base, measure), keeps=sees_a_moment(session)
    )


def _read_measure(session: Session, base: IndexRow, measure: str) -> GapValues:
    codes = national_measure(session, base, measure).codes
    columns: dict[str, dict[str, pd.Series]] = {way: {} for way in WAYS}
    periods, credits = [], []
    shared: dict[str, tuple[pd.DataFrame, str]] = {}
    for edition in editions_of(session, base):
        about: dict[str, Any] = {
            "period": edition.id, "title": edition.title, "published_on": edition.published_on.isoformat(),
            "area_set": edition.area_set, "rebased": edition.area_set != base.area_set, "how": None, "reason": "",
        }  # fmt: skip
        periods.append(about)
        steps = links_between(session, base, edition)
        if isinstance(steps, str):
            about["reason"] = steps
        elif measure not in edition.measures:
            about["reason"] = f"the {edition.title} hold no such measure"
        elif edition.partial:
            about["reason"] = "only part of that edition is loaded, so that no standing follows"
        if about["reason"] or isinstance(steps, str):
            continue
        credits.append(edition.attribution)
        held = national_measure(session, edition, measure)
        values = pd.Series(standing(held.ranks, edition.areas_total), index=held.codes)
        if not steps:
            for way in WAYS:
                columns[way][edition.id] = values.reindex(codes)
            continue
        if edition.area_set not in shared:
            shared[edition.area_set] = (
                share_out(codes, steps),
                "; ".join(sorted(methods_of(steps))),
            )
        shares, about["how"] = shared[edition.area_set]
        for way in WAYS:
            columns[way][edition.id] = read_on(codes, shares, values, way)
    return GapValues(
        measure, MEASURES.get(measure, measure), STANDING, True, base.area_set,
        {way: pd.DataFrame(found, index=codes, dtype=np.float64) for way, found in columns.items()},
        tuple(periods), tuple(dict.fromkeys(credits)),
    )  # fmt: skip


def indicator_values(session: Session, row: IndicatorRow) -> GapValues:
    """Read a rate in every period, on its own areas. Raises NoGap for counts, for what has no worse end, and wards."""
    if row.nature == "extensive":
        raise _refused(
            row, "it counts: a larger place has more of it, so that no gap follows; name a rate"
        )
    if row.direction == "neither":
        raise _refused(row, "neither of its ends is worse, so that no gap can close")
    if row.area_type != "lad" and row.area_set not in PLACE_SETS:
        raise _refused(row, f"no place's ground can be found in its areas ({row.area_set})")
    frame = read_series(session, row)
    periods = tuple(
        {
            "period": one.period, "title": one.period, "published_on": None, "area_set": row.area_set,
            "rebased": False, "how": None,
            "reason": f"it only repeats {one.carried_from}" if one.carried_from else "",
        }
        for one in row.periods
    )  # fmt: skip
    told = [each["period"] for each in periods if not each["reason"]]
    return GapValues(
        row.id, row.full_title, row.unit, row.direction == "higher-is-worse", row.area_set,
        {BY_POSTCODES: frame[told]}, periods, (row.attribution,),
    )  # fmt: skip


def known_by(values: GapValues, day: date) -> GapValues:
    """Leave out what was not known on a day: editions published, and periods begun, after it."""

    def is_known(about: dict[str, Any]) -> bool:
        if about["published_on"] is not None:
            return bool(about["published_on"] <= day.isoformat())
        year = year_of(about["period"])
        return year is None or year <= day.year

    kept = tuple(each for each in values.periods if is_known(each))
    names = {each["period"] for each in kept}
    by_way = {
        way: frame[[name for name in frame.columns if name in names]]
        for way, frame in values.by_way.items()
    }
    return replace(values, periods=kept, by_way=by_way)


def _refused(row: IndicatorRow, why: str) -> NoGap:
    return NoGap(f"{row.id}: {why}", [Fault(why, pointer="/indicator", value=row.id)])
