"""Says in plain words why a target is met, on track, off track or cannot be told."""

from __future__ import annotations

import numpy as np

from app.strategies.methods.judge import CANNOT_TELL, MET, OFF_TRACK, ON_TRACK, TAIL, Judged
from app.strategies.methods.promise import Promise, year_of


def reason_of(judged: Judged, subject: str, period: str, unit: str) -> str:
    """Say why a subject stands as it does in a period: its figure, what was asked of it, and by how much.

    `unit` is the series' own ("years", "per cent"); of a ratio figures are "times the average".
    """
    promise = judged.promise
    figure, asked, threshold, baseline, status = judged.at(subject, period)
    if status == CANNOT_TELL:
        return _cannot_tell(judged, period, figure, baseline)
    due = is_due(promise, period)
    stands = f"{measured(promise, figure, unit)} in {period}"
    aim = f"{_side(promise)} {measured(promise, threshold, unit)}"
    if status == MET:
        when = f"as promised by {promise.due_period}" if due else f"due by {promise.due_period}"
        words = f"{stands}: {aim}, {when}"
    elif status == OFF_TRACK and due:
        gap = _apart(promise, abs(figure - threshold), unit)
        words = f"{stands}: {aim} was promised by {promise.due_period}, which is {gap} away"
    else:
        path = f"the path asks {_side(promise)} {measured(promise, asked, unit)} by then"
        late = "" if status == ON_TRACK else f", {_apart(promise, abs(figure - asked), unit)} away"
        words = f"{stands}: {path}{late}, and {aim} by {promise.due_period}"
    note = judged.notes.get(period, "") if subject == TAIL else ""
    return f"{words} ({note})" if note else words


def _cannot_tell(judged: Judged, period: str, figure: float, baseline: float) -> str:
    promise = judged.promise
    if period in judged.why:
        return judged.why[period]
    if np.isnan(figure):
        return f"there is no figure of {period}"
    at, start = year_of(period), year_of(promise.baseline_period)
    if at is None or start is None or year_of(promise.due_period) is None:
        return f"{period}, {promise.baseline_period} or {promise.due_period} is no time that can be read"
    if at < start:
        return f"{period} lies before the baseline of {promise.baseline_period}"
    if np.isnan(baseline):
        return f"there is no baseline: no figure of {promise.baseline_period}, so no path leads from it"
    return f"what {period} should have reached cannot be worked out"


def is_due(promise: Promise, period: str) -> bool:
    """Say whether a period is that by which the target was promised, or later."""
    at, end = year_of(period), year_of(promise.due_period)
    return at is not None and end is not None and at >= end


def measured(promise: Promise, figure: float, unit: str) -> str:
    """Write a figure with its unit, as people say it: "38%", "81.2 years", "2.4 times the average"."""
    written = f"{figure:,.2f}".rstrip("0").rstrip(".")
    written = "0" if written == "-0" else written
    if promise.kind == "ratio":
        return f"{written} times the average"
    if unit == "per cent":
        return f"{written} points" if promise.kind == "tail-gap" else f"{written}%"
    return written if unit in ("", "not stated in the file") else f"{written} {unit}"


def _apart(promise: Promise, difference: float, unit: str) -> str:
    """Write how far two figures are apart: those of per cent by so many points."""
    said = measured(promise, difference, unit)
    if unit != "per cent" or promise.kind == "ratio":
        return said
    number = said.removesuffix("%").removesuffix(" points")
    return f"{number} {'point' if number == '1' else 'points'}"


def _side(promise: Promise) -> str:
    return "at most" if promise.low_is_good else "at least"
