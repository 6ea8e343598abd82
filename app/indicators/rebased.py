"""Carries an indicator's values to another set of small areas when it is asked to; ranks are never carried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.values import IndicatorRow, indicator_frame
from boundaries.errors import Conflict, Fault
from boundaries.methods.rebase import Column, Values, carry, trace_lineages
from boundaries.rebasing import find_steps, read_release
from boundaries.tables import Weight

# Values are carried as whole numbers of this: the published ones have at most this many decimals that matter.
DECIMALS = 6
_UNIT = 10**DECIMALS


class NoWeights(Conflict):
    """A rate is carried by the people behind it, and those of its areas are not loaded."""

    slug = "no-weights"
    title = "Rates cannot be carried without people"


def rebased_frame(
    session: Session, row: IndicatorRow, area_set: str, period: str | None = None
) -> pd.DataFrame:
    """Carry one period's values to another set of small areas by the official links.

    Counts are shared out by postcodes and add up to what they were; rates are averaged by people, as the
    sets of `bounds rebase` are.

    Returns
    -------
    Index code; value, state (suppressed where a source is, else missing where one is), method (exact,
    recoded, merged, split by postcodes …), sources (tuple of codes), carried_from.

    Raises
    ------
    NotCarried, LinksLacking, NoWeights, UnknownPeriod.
    """
    held = row.find_period(period)
    frame = indicator_frame(session, row.id, None, held.period)
    steps = find_steps(
        session, read_release(session, row.area_set), read_release(session, area_set)
    )
    column = Column("value") if row.nature == "extensive" else Column("value", "rate", "people")
    columns = [column]
    scaled = np.round(frame["value"].fillna(0).to_numpy() * _UNIT).astype(np.int64)
    values: dict[str, Any] = {"value": scaled}
    missing = {"value": frame["value"].isna().to_numpy()}
    if row.nature != "extensive":
        people = people_of(session, row).reindex(frame.index)
        columns.append(Column("people"))
        values["people"] = people.fillna(0).to_numpy(dtype=np.int64)
        missing["people"] = people.isna().to_numpy()
    rows = Values(
        frame.index.to_numpy(dtype=object), np.zeros(len(frame), dtype=np.int64), values, missing
    )
    for step in steps:
        rows = carry(rows, columns, step).rows
    lineages = trace_lineages(steps)
    suppressed = set(frame.index[frame["state"] == "suppressed"])
    sources = [lineages[str(code)].sources for code in rows.codes]
    gone = rows.missing["value"]
    state = np.where(gone, "missing", "value").astype(object)
    for place in np.flatnonzero(gone).tolist():
        if suppressed.intersection(sources[place]):
            state[place] = "suppressed"
    carried = np.array([float(each) / _UNIT for each in rows.values["value"]])
    return pd.DataFrame(
        {
            "value": np.where(gone, np.nan, carried), "state": state,
            "method": [lineages[str(code)].method for code in rows.codes], "sources": sources,
            "carried_from": held.carried_from,
        },
        index=pd.Index(rows.codes, dtype=object, name="code"),
    ).sort_index()  # fmt: skip


def people_of(session: Session, row: IndicatorRow) -> pd.Series:
    """Read the people of an indicator's areas: index code, Int64. Raises NoWeights where none are loaded."""
    found = session.execute(
        select(Weight.code, Weight.value).where(
            Weight.area_set == row.area_set.partition("-")[0]
            if row.area_type == "lad"
            else Weight.area_set == row.area_set,
            Weight.measure == "people",
        )
    ).all()
    if not found:
        detail = f"{row.id} is a rate: it is averaged by the people of {row.area_set}, and none are loaded"
        raise NoWeights(detail, [Fault(detail, value=row.area_set)])
    return pd.Series({each[0]: each[1] for each in found}, dtype="Int64")
