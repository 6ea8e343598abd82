"""The rows that a target's figures are made of: every area that an average or a tail stands on; judges nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.exports.sheets import Kind, Sheet
from app.indicators.values import find_indicators
from app.strategies.evaluate import Place, whole_series
from app.strategies.methods.judge import words_of
from app.strategies.series import Reader, series_for
from app.strategies.targets import WHOLE, TargetRow
from boundaries.errors import Fault, Invalid, NotFound

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("period", "text"), ("value", "number"), ("weight", "number"),
    ("weighed", "number"), ("in_average", "truth"), ("in_tail", "truth"), ("in_place", "truth"),
)  # fmt: skip


class NoRowsOfTarget(NotFound):
    """A target without a series, or whose series cannot tell of the place, has no rows."""

    slug = "no-rows-of-target"
    title = "Nothing is held that the target is judged by"


def target_sheet(
    session: Session, target: TargetRow, place: Place, asked: str | None = None
) -> Sheet:
    """Give the values of a target's series in a period (None: the newest), in order of code.

    weight : what an area's value counts in an average, people or 1 (all alike); empty for one that counts in none.
    weighed : value times weight. in_average : not of a district that is made of others in the list. in_tail : of the
    worst share, ties with its last among it. in_place : of the place that was asked about.

    Raises NoRowsOfTarget, Invalid for a period that the series does not have.
    """
    row = find_indicators(session, {target.indicator_id or ""}).get(target.indicator_id or "")
    if row is None:
        raise NoRowsOfTarget(target.gap or "the target's series is not loaded here")
    reader = Reader(session)
    found = (
        whole_series(reader, row, place)
        if target.scope == WHOLE
        else series_for(reader, row, place.districts)
    )
    if isinstance(found, str):
        raise NoRowsOfTarget(found)
    figures = found.figures
    period = asked or figures.periods[-1]
    if period not in figures.periods:
        told = f"{row.id} has {', '.join(figures.periods)}"
        raise Invalid(f"period: {told}", [Fault(told, pointer="/period", value=period[:40])])
    at = figures.periods.index(period)
    tail = (
        figures.worst(target.promise.tail_share, target.promise.higher_is_worse)[0][:, at]
        if target.promise.kind == "tail-gap"
        else None
    )
    own = set(
        place.districts if row.area_type == "lad" else place.small_areas.get(row.area_set, ())
    )
    weights = (
        np.ones(len(figures.table)) if figures.weighed_by is None else figures.weighed_by
    ).tolist()
    names = reader.names(words_of(figures.values.index))
    made: list[dict[str, Any]] = []
    for number, (code, value) in enumerate(
        zip(words_of(figures.values.index), figures.table[:, at].tolist(), strict=True)
    ):
        counts = not np.isnan(value) and not np.isnan(weights[number])
        made.append(
            {
                "code": code, "name": names.get(code, ""), "period": period,
                "value": None if np.isnan(value) else value,
                "weight": weights[number] if counts else None,
                "weighed": value * weights[number] if counts else None,
                "in_average": True, "in_tail": None if tail is None else bool(tail[number]), "in_place": code in own,
            }
        )  # fmt: skip
    for code, one in found.made.items():
        value = float(one.values[period])
        made.append(
            {
                "code": code, "name": found.names.get(code, ""), "period": period,
                "value": None if np.isnan(value) else value, "in_average": False, "in_place": code in own,
            }
        )  # fmt: skip
    made.sort(key=lambda each: str(each["code"]))
    return Sheet("target_rows", f"{target.title}, {period}", _COLUMNS, made)
