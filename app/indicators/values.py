"""Reads about indicators: what each is, its periods, and its values for some areas or all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.index_measures import index_measure_rows
from app.indicators.queries import has_only_read
from app.indicators.rows import IndicatorRow, PeriodRow, UnknownPeriod
from app.indicators.value_tables import Indicator, IndicatorPeriod
from app.latest import Latest
from boundaries.database import as_words, named_sql, read_arrays
from boundaries.errors import NotFound

__all__ = [
    "LEAST_SHOWN", "UPLOAD", "IndicatorRow", "PeriodRow", "UnknownIndicator", "UnknownPeriod",
    "find_indicators", "get_indicator", "indicator_frame", "list_indicator_rows",
    "protect_small_counts", "why_not_mapped",
]  # fmt: skip

# Counts from uploads marked confidential are shown at this number or more only (promise 24).
LEAST_SHOWN = 10
UPLOAD = "upload"
# From so many areas on all of a period are read, and kept: the next question about it reads nothing.
MANY_AREAS = 5_000
# A period of England is 4 MB.
MOST_KEPT = 24
# As long as a code may be in a rule.
_LONGEST = 40
_STATES = np.array(["value", "suppressed", "missing"], dtype=object)
_kept: Latest[pd.DataFrame] = Latest(MOST_KEPT)


class UnknownIndicator(NotFound):
    """There is no indicator of that id here."""

    slug = "unknown-indicator"
    title = "No such indicator"


_OWN = tuple(
    name for name in IndicatorRow.__dataclass_fields__ if name not in ("periods", "index_measure")
)


def get_indicator(session: Session, indicator_id: str) -> IndicatorRow:
    """One indicator, measures of the indices among them (`imd-2019-income`). Raises UnknownIndicator."""
    found = _rows(session, [indicator_id])
    if not found:
        raise UnknownIndicator(
            f"there is no indicator {indicator_id[:80]!r}; /api/v1/indicators lists those held"
        )
    return found[0]


def find_indicators(session: Session, ids: Collection[str]) -> dict[str, IndicatorRow]:
    """Those of some ids that are held, by id."""
    return {row.id: row for row in _rows(session, sorted(ids))} if ids else {}


def list_indicator_rows(session: Session) -> list[IndicatorRow]:
    """Every indicator held, in order of id."""
    return _rows(session, None)


def _rows(session: Session, ids: Sequence[str] | None) -> list[IndicatorRow]:
    query = select(Indicator).order_by(Indicator.id)
    if ids is not None:
        query = query.where(Indicator.id.in_(ids))
    rows = session.scalars(query).all()
    told = select(IndicatorPeriod).order_by(IndicatorPeriod.number, IndicatorPeriod.period)
    if ids is not None:
        told = told.where(IndicatorPeriod.number.in_([row.number for row in rows]))
    periods: dict[int, list[PeriodRow]] = {}
    for each in session.scalars(told):
        periods.setdefault(each.number, []).append(
            PeriodRow(
                each.period, each.values_held, each.suppressed, each.missing, each.ranked,
                each.rank_basis, each.lowest, each.highest, each.carried_from, each.repeated_share,
            )
        )  # fmt: skip
    found = [
        IndicatorRow(**{name: getattr(row, name) for name in _OWN}, periods=tuple(periods[row.number]))
        for row in rows
        if row.number in periods
    ]  # fmt: skip
    lacking = None if ids is None else set(ids) - {row.id for row in found}
    if lacking is None or lacking:
        found += index_measure_rows(session, lacking)
    return sorted(found, key=lambda row: row.id)


def indicator_frame(
    session: Session,
    indicator_id: str,
    codes: Collection[str] | None = None,
    period: str | None = None,
    *,
    protected: bool = True,
) -> pd.DataFrame:
    """Values of an indicator in one period, of these areas or (codes None) of all that are held.

    Parameters
    ----------
    period : None is the newest.
    protected : counts below LEAST_SHOWN of a confidential upload are suppressed, with their ranks; only
        what adds them up to a larger ground before it shows anything may have them as they are.

    Returns
    -------
    Index code, in order; value (float, NaN where there is none), state (value, suppressed, missing), rank
    (float, 1 = worst, NaN where there is none), carried_from (None, or the earlier period it repeats).
    An area that the indicator does not list is not among the rows.

    Raises
    ------
    UnknownIndicator, UnknownPeriod.
    """
    row = get_indicator(session, indicator_id)
    held = row.find_period(period)
    if codes is not None and len(codes) < MANY_AREAS:
        frame = _read_frame(session, row, held, sorted(codes))
    else:
        frame = _whole_frame(session, row, held)
        if codes is not None:
            frame = frame[frame.index.isin(set(codes))]
    # A frame that is kept is given as a copy: who gets it may change it.
    frame = frame.assign(carried_from=held.carried_from)
    return protect_small_counts(frame, row) if protected else frame


def _whole_frame(session: Session, row: IndicatorRow, held: PeriodRow) -> pd.DataFrame:
    """Give all areas of a period, kept in memory while the indicator stays as it was loaded.

    Not where this transaction wrote something: that may be another state than the one everybody sees.
    """
    url = str(session.get_bind().engine.url)
    key = (url, row.id, row.number, held.period, row.loaded_at, row.rows_stored)
    return _kept.get(
        key, lambda: _read_frame(session, row, held, None), keeps=has_only_read(session)
    )


def _read_frame(
    session: Session, row: IndicatorRow, held: PeriodRow, codes: Sequence[str] | None
) -> pd.DataFrame:
    asked: dict[str, object] = {"every": codes is None, "codes": list(codes or ())}
    question = "indicator_columns"
    if row.index_measure is None:
        asked |= {"number": row.number, "period": held.period}
    else:
        question = "measure_columns"
        asked |= {"index_id": row.index_measure[0], "measure": row.index_measure[1]}
    # Whole columns come as arrays: a row object for each of 33,755 areas would be most of the time.
    letters, values, states, ranks = read_arrays(
        session, named_sql(__file__, question), asked,
        [(("u1", _LONGEST),), (">f8",), (">i4",), (">i4",)],
    )  # fmt: skip
    return pd.DataFrame(
        {
            "value": values.astype(np.float64),
            "state": _STATES[states.astype(np.int64)],
            "rank": np.where(ranks > 0, ranks, np.nan).astype(np.float64),
        },
        index=pd.Index(as_words(letters), dtype=object, name="code"),
    )


def protect_small_counts(frame: pd.DataFrame, row: IndicatorRow) -> pd.DataFrame:
    """Suppress counts below LEAST_SHOWN where they come from an upload marked confidential."""
    if not row.confidential or row.nature != "extensive":
        return frame
    small = frame["value"] < LEAST_SHOWN
    held = frame.assign(
        value=frame["value"].mask(small), state=frame["state"].mask(small, "suppressed")
    )
    # A rank tells how small, and so does what is known of a sum: neither is given of a small count.
    for column in ("rank", "known"):
        if column in held:
            least = small if column == "rank" else frame[column] < LEAST_SHOWN
            held = held.assign(**{column: held[column].mask(least)})
    return held


def why_not_mapped(row: IndicatorRow) -> str | None:
    """Say why an indicator has no map; None where a release draws its areas."""
    if row.release_id:
        return None
    kind, _, year = row.area_set.partition("-")
    named = {"wd": "wards", "lsoa": "small areas", "lad": "districts"}.get(kind, kind)
    return (
        f"no outlines of the {named} of {year} are held here, so the indicator ranks and lists them "
        "and draws no map"
    )
