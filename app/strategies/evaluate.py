"""Judges targets for places: a partnership's districts or its whole, any district, or every one of England."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.rows import IndicatorRow
from app.indicators.values import find_indicators
from app.strategies.methods.gather import Made, gather
from app.strategies.methods.judge import (
    CANNOT_TELL,
    MET,
    OFF_TRACK,
    ON_TRACK,
    STATUSES,
    TAIL,
    Figures,
    Judged,
    judge,
    words_of,
)
from app.strategies.methods.promise import year_of
from app.strategies.methods.reasons import reason_of
from app.strategies.offering import near_held, say_near
from app.strategies.series import Reader, Series, series_for
from app.strategies.targets import WHOLE, TargetRow

# Where several are judged, the word for all of them is the first of these that any bears.
WORST_FIRST = (OFF_TRACK, CANNOT_TELL, ON_TRACK, MET)
WHOLE_SUBJECT = "whole"
_PLACES = 6


@dataclass(frozen=True)
class Place:
    """Who is judged: districts by code; and of a partnership its small areas by set, for targets of its whole."""

    title: str
    districts: tuple[str, ...]
    small_areas: Mapping[str, tuple[str, ...]]


def time_of(day: date) -> float:
    """Give the point in time of a day, in years, as `year_of` gives that of a period: until it figures are told."""
    return day.year + (day.timetuple().tm_yday - 1) / 366


def evaluate_targets(
    session: Session, targets: Sequence[TargetRow], place: Place, day: date
) -> list[dict[str, Any]]:
    """Judge targets for a place as far as their series go by a day: plain values, in the order given.

    A target without its series is `cannot tell`, says which is lacking, and names the nearest one held.
    """
    wanted = {row.indicator_id for row in targets if row.indicator_id}
    held = find_indicators(session, wanted)
    reader, series = Reader(session), dict[tuple[str, str], Series | str]()
    reader.prepare(list(held.values()))
    return [_evaluate(reader, target, place, day, held, series) for target in targets]


def _evaluate(
    reader: Reader, target: TargetRow, place: Place, day: date, held: Mapping[str, IndicatorRow],
    series: dict[tuple[str, str], Series | str],
) -> dict[str, Any]:  # fmt: skip
    body = target_body(target)
    row = held.get(target.indicator_id or "")
    if row is None:
        lacking = f"the series {target.indicator_id} is not loaded here"
        why = target.gap or (lacking if target.indicator_id else "no series is named for it")
        own = target.partnership_slug is not None
        near = near_held(reader.session, target, place.districts) if own else None
        return body | _untold(f"{why}; {say_near(near)}" if near else why, near)
    body |= {"unit": target.unit or row.unit, "measure": target.measure or row.full_title}
    if target.scope != WHOLE and row.area_type != "lad":
        return body | _untold(
            f"{row.id} has figures of {row.area_type}, and districts are judged: make it a target of the whole"
        )
    if (row.id, target.scope) not in series:
        series[row.id, target.scope] = (
            whole_series(reader, row, place)
            if target.scope == WHOLE
            else series_for(reader, row, place.districts)
        )
    found = series[row.id, target.scope]
    if isinstance(found, str):
        return body | _untold(found)
    subjects = (WHOLE_SUBJECT,) if target.scope == WHOLE else place.districts
    judged = judge(target.promise, found.figures, subjects)
    return body | _told(judged, found, target, place, day, body["unit"])


def _untold(why: str, near: IndicatorRow | None = None) -> dict[str, Any]:
    offered = None if near is None else {
        "indicator": near.id, "title": near.full_title, "unit": near.unit,
        "periods": [period.period for period in near.measured],
    }  # fmt: skip
    return {
        "status": CANNOT_TELL, "period": None, "reason": why, "counts": dict.fromkeys(STATUSES, 0) | {CANNOT_TELL: 1},
        "subjects": [], "by_period": [], "series": None,
        "in_tail": [], "nearest": offered,
    }  # fmt: skip


def _told(
    judged: Judged, series: Series, target: TargetRow, place: Place, day: date, unit: str
) -> dict[str, Any]:
    at_most = time_of(day)
    period = judged.latest(at_most) or _newest(judged, at_most)
    rows = [_subject(judged, series, code, period, unit) for code in judged.subjects]
    counts = Counter(row["status"] for row in rows)
    status = next((word for word in WORST_FIRST if counts[word]), CANNOT_TELL)
    newest = _newest(judged, at_most)
    stale = "" if newest == period else judged.why.get(newest, f"nothing can be told of {newest}")
    told: dict[str, Any] = {
        "status": status, "period": period, "reason": _together(rows, counts, period),
        "counts": {word: counts[word] for word in STATUSES}, "subjects": rows,
        "by_period": _by_period(judged),
        "series": {"indicator": series.row.id, "title": series.row.full_title, "newest": newest, "note": stale,
                   "nature": series.row.nature,
                   "publisher": series.row.publisher, "licence": series.row.licence,
                   "attribution": series.row.attribution},
    }  # fmt: skip
    is_tail = target.promise.kind == "tail-gap"
    return told | {
        "in_tail": _in_tail(target, series.figures, place, period, series.names) if is_tail else [],
        "nearest": None,
    }


def _newest(judged: Judged, at_most: float) -> str:
    by_then = [each for each in judged.periods if (year_of(each) or 0.0) <= at_most]
    return (by_then or judged.periods)[-1]


def _subject(judged: Judged, series: Series, code: str, period: str, unit: str) -> dict[str, Any]:
    made = series.made.get(code)
    name = {TAIL: "the worst part of all districts", WHOLE_SUBJECT: "the whole partnership"}.get(
        code
    )
    stands = judged.at(code, period)
    return {
        "code": None if code in (TAIL, WHOLE_SUBJECT) else code,
        "name": name or series.names.get(code, code),
        "status": stands.status,
        "reason": _where_made(reason_of(judged, code, period, unit), made, series.names),
        "figure": _plain(stands.figure), "expected": _plain(stands.expected),
        "threshold": _plain(stands.threshold), "baseline": _plain(stands.baseline),
        "made_of": [] if made is None else list(made.parts),
        "made_by": None if made is None else made.method,
    }  # fmt: skip


def _where_made(reason: str, made: Made | None, names: Mapping[str, str]) -> str:
    if made is None:
        return reason
    listed = ", ".join(names.get(code, code) for code in made.parts)
    return f"{reason} ({made.method} of {listed})"


def _together(rows: Sequence[Mapping[str, Any]], counts: Counter[str], period: str) -> str:
    if len(rows) == 1:
        return str(rows[0]["reason"])
    words = [f"{counts[word]} {word}" for word in STATUSES if counts[word]]
    late = [row["name"] for row in rows if row["status"] == OFF_TRACK]
    named = f"; off track: {', '.join(late[:5])}" if late else ""
    more = f" and {len(late) - 5} more" if len(late) > 5 else ""
    return f"in {period}: {', '.join(words)} of {len(rows)} districts{named}{more}"


def _by_period(judged: Judged) -> list[dict[str, Any]]:
    """Say how each period stood: counts, and where one subject is judged its figure and what was asked of it."""
    alone = len(judged.subjects) == 1
    figures, asked = judged.figure.tolist(), judged.expected.tolist()
    return [
        {
            "period": period, "counts": counts,
            "figure": _plain(figures[0][at]) if alone else None,
            "expected": _plain(asked[0][at]) if alone else None,
            "why": judged.why.get(period, ""), "note": judged.notes.get(period, ""),
        }
        for at, (period, counts) in enumerate(zip(judged.periods, judged.counts(), strict=True))
    ]  # fmt: skip


def _in_tail(
    target: TargetRow, figures: Figures, place: Place, period: str, names: Mapping[str, str]
) -> list[dict[str, str]]:
    """List the place's districts that belong to the worst part in a period."""
    marked, _ = figures.worst(target.promise.tail_share, target.promise.higher_is_worse)
    at = figures.periods.index(period)
    inside = {figures.codes[place] for place in np.flatnonzero(marked[:, at]).tolist()}
    return [
        {"code": code, "name": names.get(code, code)} for code in place.districts if code in inside
    ]


def whole_series(reader: Reader, row: IndicatorRow, place: Place) -> Series | str:
    """Make the series of the place as a whole of its areas, or say why it cannot be made."""
    codes = place.districts if row.area_type == "lad" else place.small_areas.get(row.area_set, ())
    frame = reader.frame(row)
    if row.area_type == "lad":
        found = series_for(reader, row, codes)
        beside = found.figures.beside
        frame = frame if beside is None else pd.concat([frame, beside])
    absent = sorted(set(codes) - set(words_of(frame.index)))
    if not codes or absent:
        listed = f", as of {', '.join(absent[:3])}" if absent else ""
        return f"{row.id} has no figures of all areas of the place ({row.area_set}){listed}"
    people = reader.people(row)
    if row.nature != "extensive" and people.reindex(list(codes)).isna().any():
        return f"{row.id} is a rate: the people of the place's areas are not all loaded to average it by"
    made = gather(frame, {WHOLE_SUBJECT: codes}, people, row.nature)
    carried = {each.period: each.carried_from for each in row.periods if each.carried_from}
    beside = pd.DataFrame({code: one.values for code, one in made.items()}).T
    return Series(row, Figures(frame, carried, people, not row.partial, beside), {}, {})


def target_body(target: TargetRow) -> dict[str, Any]:
    """Write what a target promises, as the API sends it."""
    promise = target.promise
    return {
        "id": target.id, "title": target.title, "theme": target.theme, "kind": promise.kind, "scope": target.scope,
        "partnership": target.partnership_slug, "indicator": target.indicator_id, "measure": target.measure,
        "unit": target.unit, "higher_is_worse": promise.higher_is_worse, "threshold": promise.threshold,
        "reduction_share": promise.reduction_share,
        "tail_share": promise.tail_share if promise.kind == "tail-gap" else None,
        "baseline_period": promise.baseline_period, "baseline_value": promise.baseline_value,
        "due_period": promise.due_period, "path": promise.path,
        "milestones": [{"period": period, "figure": figure} for period, figure in promise.milestones],
        "source": target.source, "gap": target.gap, "offer": target.offer,
    }  # fmt: skip


def _plain(figure: float) -> float | None:
    return None if math.isnan(figure) else round(figure, _PLACES)
