"""The rows behind a gap's figures: each area's value and the people that either side has of it; judges nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.exports.sheets import Kind, Sheet
from app.profiles.subject import ESTIMATES
from app.strategies.gap import others_people, read_gap
from boundaries.errors import Fault, Invalid

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("period", "text"), ("value", "number"), ("here", "number"), ("here_counted", "number"),
    ("here_weighed", "number"), ("other", "number"), ("other_counted", "number"), ("other_weighed", "number"),
)  # fmt: skip
# What stands for the one ground of a body that is no saved neighbourhood: all together, priorities, districts.
NO_SLUG = "together"


def gap_rows(
    session: Session, slug: str, indicator: str, neighbourhoods: str | None, day: date, *,
    ground: str | None = None, against: str | None = None, period: str | None = None,
) -> Sheet:  # fmt: skip
    """Give the areas that one ground or what it is compared with has, in order of code, in a period.

    ground, against, period : of the gap's own body, a subject's slug (NO_SLUG for the one without), a comparator's
    key and a period; the first, the first and the newest where nothing is said.
    here, other : people. counted : those of areas that have a value. weighed : that times the value.
    Raises what `gap_of` raises, and Invalid for a ground, comparator or period that the gap does not have.
    """
    read = read_gap(session, slug, indicator, neighbourhoods, day)
    here = _one_of("ground", ground, {each.slug or NO_SLUG: each for each in read.grounds.here})
    other = _one_of("against", against, others_people(here, read.grounds))
    values = next(iter(read.values.by_way.values()))
    newest = str(values.columns[-1])
    chosen = _one_of("period", period or newest, {str(each): each for each in values.columns})
    figures = values[chosen].reindex(read.grounds.codes).to_numpy(dtype=np.float64)
    mine = here.people[ESTIMATES[0]]
    rows: list[dict[str, Any]] = []
    for code, value, ours, theirs in zip(
        read.grounds.codes.tolist(), figures.tolist(), mine.tolist(), other.tolist(), strict=True
    ):
        if not (ours > 0 or theirs > 0):
            continue
        row = {"code": code, "period": str(chosen), "here": ours, "other": theirs}
        if not np.isnan(value):
            row |= {
                "value": value, "here_counted": ours, "here_weighed": ours * value, "other_counted": theirs,
                "other_weighed": theirs * value,
            }  # fmt: skip
        rows.append(row)
    rows.sort(key=lambda row: str(row["code"]))
    return Sheet("gap_rows", f"Areas of {here.name}, {chosen}", _COLUMNS, rows)


def _one_of(name: str, asked: str | None, held: dict[str, Any]) -> Any:
    if asked is None:
        return next(iter(held.values()))
    if asked not in held:
        told = f"{name} is one of {', '.join(held)}"
        raise Invalid(told, [Fault(told, pointer=f"/{name}", value=asked[:80])])
    return held[asked]
