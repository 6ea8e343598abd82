"""Reads about indicators: what each is, its periods, and its values for some areas or all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.value_tables import Indicator, IndicatorPeriod
from boundaries.database import named_sql
from boundaries.errors import NotFound

# Counts from uploads marked confidential are shown at this number or more only (promise 24).
LEAST_SHOWN = 10
UPLOAD = "upload"


class UnknownIndicator(NotFound):
    """There is no indicator of that id here."""

    slug = "unknown-indicator"
    title = "No such indicator"


class UnknownPeriod(NotFound):
    """The indicator is here, and holds nothing of that period."""

    slug = "unknown-period"
    title = "No such period"


@dataclass(frozen=True)
class PeriodRow:
    """One period as held: how many areas have a value, are suppressed, are missing, and are ranked (N).

    carried_from : the earlier period that all of it repeats: it is no measurement of its own.
    """

    period: str
    values: int
    suppressed: int
    missing: int
    ranked: int
    rank_basis: str | None
    lowest: float | None
    highest: float | None
    carried_from: str | None
    repeated_share: float | None


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator as held, with its periods in order of time.

    release_id is empty where no release draws its areas: it ranks and lists and is not mapped.
    """

    id: str
    number: int
    title: str
    definition: str
    unit: str
    direction: str
    nature: str
    denominator: str | None
    area_type: str
    area_set: str
    release_id: str
    publisher: str
    licence: str
    attribution: str
    coverage: str | None
    partnership_slug: str | None
    confidential: bool
    partial: bool
    demo: bool
    dataset_id: str
    source_file: str
    sha256: str
    rows_in: int
    rows_stored: int
    rows_refused: int
    rows_elsewhere: int
    loaded_at: datetime
    periods: tuple[PeriodRow, ...]

    @property
    def full_title(self) -> str:
        """The title, with what part it holds: no map, rank or total of a part stands without it."""
        return f"{self.title} ({self.coverage})" if self.coverage else self.title

    @property
    def newest(self) -> str:
        """The newest period held."""
        return self.periods[-1].period

    @property
    def measured(self) -> tuple[PeriodRow, ...]:
        """The periods that a trend may be drawn of: those that repeat no earlier one."""
        return tuple(period for period in self.periods if period.carried_from is None)

    def find_period(self, period: str | None) -> PeriodRow:
        """Give one period, None meaning the newest. Raises UnknownPeriod naming those held."""
        if period is None:
            return self.periods[-1]
        for held in self.periods:
            if held.period == period:
                return held
        known = ", ".join(each.period for each in self.periods)
        raise UnknownPeriod(f"{self.id} holds nothing of {period[:40]!r}; it holds {known}")


_OWN = tuple(name for name in IndicatorRow.__dataclass_fields__ if name != "periods")


def get_indicator(session: Session, indicator_id: str) -> IndicatorRow:
    """One indicator. Raises UnknownIndicator."""
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
    return [
        IndicatorRow(**{name: getattr(row, name) for name in _OWN}, periods=tuple(periods[row.number]))
        for row in rows
        if row.number in periods
    ]  # fmt: skip


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
    asked = {
        "number": row.number, "period": held.period, "every": codes is None, "codes": sorted(codes or ()),
    }  # fmt: skip
    frame = _read_frame(session, asked)
    if protected:
        frame = protect_small_counts(frame, row)
    return frame


def _read_frame(session: Session, asked: dict[str, object]) -> pd.DataFrame:
    # Whole columns come as arrays: a row object for each of 33,755 areas would be most of the time.
    found = session.execute(named_sql(__file__, "indicator_columns"), asked).one()
    codes = found.codes or []
    frame = pd.DataFrame(
        {
            "value": np.array(found.values or [], dtype=np.float64),
            "state": pd.Series(found.states or [], index=None, dtype=object),
            "rank": np.array(found.ranks or [], dtype=np.float64),
            "carried_from": pd.Series(found.carried or [], index=None, dtype=object),
        }
    )
    return frame.set_index(pd.Index(codes, dtype=object, name="code"))


def protect_small_counts(frame: pd.DataFrame, row: IndicatorRow) -> pd.DataFrame:
    """Suppress counts below LEAST_SHOWN where they come from an upload marked confidential."""
    if not row.confidential or row.nature != "extensive":
        return frame
    small = frame["value"] < LEAST_SHOWN
    held = frame.assign(
        value=frame["value"].mask(small), state=frame["state"].mask(small, "suppressed")
    )
    # A rank tells how small: none is given where a value is withheld.
    return held.assign(rank=held["rank"].mask(small))


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
