"""Checks what is said of a target before it is kept: every fault at once, each with the rule it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.indicators.rows import IndicatorRow
from app.partnerships.actions import slug_of
from app.strategies.methods.promise import KINDS, PATHS, Kind, is_over, year_of
from app.strategies.targets import DISTRICTS, WHOLE
from boundaries.errors import Fault, Invalid

MOST_MILESTONES = 50
# What figures of a unit lie between, by the words that it begins with: "per cent of pupils" is one.
BOUNDS = {
    **dict.fromkeys(("per cent", "percent", "%"), (0.0, 100.0)), "share (0 to 1)": (0.0, 1.0), "0 to 100": (0.0, 100.0),
}  # fmt: skip


class TargetInvalid(Invalid):
    """A target was said in a way that nothing could be judged by."""

    slug = "target-invalid"
    title = "That is not a target"


@dataclass(frozen=True)
class Said:
    """A target as it was said; every field as in the table, unit and measure empty where the series tells them."""

    title: str
    kind: str
    scope: str
    indicator_id: str | None
    measure: str
    unit: str
    higher_is_worse: bool | None
    threshold: float | None
    reduction_share: float | None
    tail_share: float
    baseline_period: str
    baseline_value: float | None
    due_period: str
    path: str
    milestones: Sequence[tuple[str, float]]
    theme: str | None = None
    source: str | None = None
    is_record: bool = False


def check_target(said: Said, series: IndicatorRow | None, day: date) -> Kind:
    """Check a target against its series (None where it names none) and today. Raises TargetInvalid."""
    faults = [
        *_words(said, series), *_aim(said), *_time(said, day), *_baseline(said, series),
        *_within_bounds(said, series), *_milestones(said),
    ]  # fmt: skip
    if faults:
        raise TargetInvalid("; ".join(fault.detail for fault in faults), faults)
    return next(kind for kind in KINDS if kind == said.kind)


def _words(said: Said, series: IndicatorRow | None) -> Iterator[Fault]:
    for name, value, allowed in (
        ("kind", said.kind, KINDS), ("scope", said.scope, (DISTRICTS, WHOLE)), ("path", said.path, PATHS)
    ):  # fmt: skip
        if value not in allowed:
            yield _fault(name, value, f"one of {', '.join(allowed)}", f"{name}-is-known")
    if not slug_of(said.title):
        yield _fault("title", said.title, "at least one of a-z or 0-9", "title-required")
    if series is None:
        for name, value in (("measure", said.measure), ("unit", said.unit)):
            if not value.strip():
                yield _fault(name, "", "say it where no indicator is named", f"{name}-required")
        if said.higher_is_worse is None:
            yield _fault("higher_is_worse", "", "say which end is worse", "polarity-required")
        return
    if said.unit and said.unit != series.unit:
        hint = f"{series.id} is in {series.unit}, and figures of another unit cannot be compared with it"
        yield _fault("unit", said.unit, hint, "unit-is-the-series")
    if series.direction == "neither" and said.higher_is_worse is None:
        hint = f"neither end of {series.id} is the worse one: say which is"
        yield _fault("higher_is_worse", "", hint, "polarity-required")
    if said.scope == DISTRICTS and series.area_type != "lad":
        hint = f"{series.id} has figures of {series.area_type}: districts are judged by figures of districts"
        yield _fault("scope", said.scope, hint, "series-of-districts")
    if said.kind in ("ratio", "tail-gap") and said.scope == WHOLE:
        hint = (
            "of a whole partnership a level can be judged; floors, ratios and gaps are of districts"
        )
        yield _fault("scope", said.scope, hint, "whole-has-a-level")


def _aim(said: Said) -> Iterator[Fault]:
    if (said.threshold is None) == (said.reduction_share is None):
        yield _fault("threshold", "", "give either threshold or reduction_share", "one-aim")
    if said.reduction_share is not None:
        if said.kind != "tail-gap":
            hint = "only a tail-gap falls by a share"
            yield _fault("reduction_share", said.reduction_share, hint, "one-aim")
        if not 0 <= said.reduction_share <= 1:
            hint = "a share from 0 to 1"
            yield _fault("reduction_share", said.reduction_share, hint, "share-0-to-1")
    if not 0 < said.tail_share < 1:
        yield _fault("tail_share", said.tail_share, "a share between 0 and 1", "share-0-to-1")


def _time(said: Said, day: date) -> Iterator[Fault]:
    start, end = year_of(said.baseline_period), year_of(said.due_period)
    for name, value, read in (
        ("baseline_period", said.baseline_period, start), ("due_period", said.due_period, end)
    ):  # fmt: skip
        if read is None:
            hint = "a year, a financial year such as 2025-26, or a month 2026-08"
            yield _fault(name, value, hint, "period-is-a-time")
    if start is None or end is None:
        return
    if end <= start:
        hint = f"it must come after the baseline, {said.baseline_period}"
        yield _fault("due_period", said.due_period, hint, "due-after-baseline")
    if is_over(said.due_period, day) and not said.is_record:
        hint = "it lies in the past; a target that is kept as a record says is_record"
        yield _fault("due_period", said.due_period, hint, "due-not-past")


def _baseline(said: Said, series: IndicatorRow | None) -> Iterator[Fault]:
    if said.baseline_value is not None:
        return
    if series is None:
        yield _fault("baseline_value", "", "say the figure of the baseline", "baseline-required")
        return
    measured = [period.period for period in series.measured]
    if said.baseline_period not in measured:
        hint = (
            f"{series.id} has no measured figures of {said.baseline_period}; it has those of "
            f"{', '.join(measured)}, or say baseline_value"
        )
        yield _fault("baseline_period", said.baseline_period, hint, "baseline-required")


def _within_bounds(said: Said, series: IndicatorRow | None) -> Iterator[Fault]:
    unit = (series.unit if series is not None else said.unit).strip().lower()
    low, high = next(
        (span for words, span in BOUNDS.items() if unit.startswith(words)), (None, None)
    )
    # A change of so many per cent may be any; so may a ratio to the average.
    if low is None or high is None or "change" in unit or said.kind == "ratio":
        return
    # A gap of two figures may lie on either side of nought.
    low = low if said.kind != "tail-gap" else low - high
    figures = [("threshold", said.threshold), ("baseline_value", said.baseline_value)]
    figures += [(f"milestones/{at}", figure) for at, (_, figure) in enumerate(said.milestones)]
    for name, figure in figures:
        if figure is not None and not low <= figure <= high:
            yield _fault(name, figure, f"it lies between {low:g} and {high:g}", "within-the-unit")


def _milestones(said: Said) -> Iterator[Fault]:
    if (said.path == "stepped") != bool(said.milestones):
        hint = "a stepped path has milestones, and a linear one has none"
        yield _fault("milestones", len(said.milestones), hint, "path-has-steps")
    if len(said.milestones) > MOST_MILESTONES:
        yield _fault(
            "milestones", len(said.milestones), f"at most {MOST_MILESTONES}", "not-too-many"
        )
    start, end = year_of(said.baseline_period), year_of(said.due_period)
    before = start
    for at, (period, _) in enumerate(said.milestones):
        year = year_of(period)
        if year is None or before is None or end is None or not before < year < end:
            hint = "after the baseline and the milestone before it, and before the target is due"
            yield _fault(f"milestones/{at}", period, hint, "milestones-in-order")
        else:
            before = year


def _fault(name: str, value: object, hint: str, rule: str) -> Fault:
    return Fault(f"{name}: {hint}", pointer=f"/{name}", value=str(value)[:80], rule=rule)
