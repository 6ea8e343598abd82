"""Judges targets: the figure of each period, what the path asks of it, and one of four words for it.

Source of the kinds: the floor targets of the guidance, Box 2 (docs/methods/targets.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.strategies.methods.promise import Promise, year_of

MET, ON_TRACK, OFF_TRACK, CANNOT_TELL = "met", "on track", "off track", "cannot tell"
STATUSES = (MET, ON_TRACK, OFF_TRACK, CANNOT_TELL)
# As they are kept while judging: places in STATUSES.
_MET, _ON_TRACK, _OFF_TRACK, _CANNOT_TELL = range(4)
# Two figures closer than this part of their size are the same figure: exactly on the line is on it.
SAME = 1e-9
TAIL = "tail"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """What a target's series says; whatever several targets ask of it is worked out once.

    values : index area code, one float column a period in order of time; NaN where there is no value.
    beside : the same of areas that are judged and stand in no average and no tail, for they are made of those.
    carried : period -> the earlier one that it only repeats. weights : index code, what averages are
        weighed by, or None: all areas alike. whole : False where some of the country's areas are not
        among the rows, so that no average of it follows.
    """

    values: pd.DataFrame
    carried: dict[str, str] = field(default_factory=dict)
    weights: pd.Series | None = None
    whole: bool = True
    beside: pd.DataFrame | None = None

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """The periods in order of time."""
        return tuple(str(period) for period in self.values.columns)

    @cached_property
    def table(self) -> Floats:
        """The values, areas by periods."""
        return self.values.to_numpy(dtype=np.float64)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every area that can be judged: those of the values and those beside them."""
        beside = [] if self.beside is None else self.beside.index.tolist()
        return (*words_of(self.values.index), *beside)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

    @cached_property
    def _rows(self) -> Floats:
        """Every area's values, and a last row without any for who is not among them."""
        beside = [] if self.beside is None else [self.beside.to_numpy(dtype=np.float64)]
        return np.vstack([self.table, *beside, np.full((1, len(self.periods)), np.nan)])

    @cached_property
    def weighed_by(self) -> Floats | None:
        """The weights in the order of the values."""
        if self.weights is None:
            return None
        weights = self.weights
        if not weights.index.equals(self.values.index):
            weights = weights.reindex(self.values.index)
        return weights.to_numpy(dtype=np.float64)

    @cached_property
    def averages(self) -> Floats:
        """The average of each period, NaN where nothing has a value."""
        return weighed_means(self.table, self.weighed_by)

    def worst(self, share: float, higher_is_worse: bool) -> tuple[NDArray[np.bool_], list[int]]:
        """Mark the worst share of areas in each period, and count the ties at its cut; see `worst_share`."""
        key = (share, higher_is_worse)
        if key not in self._worst:
            self._worst[key] = worst_share(self.table, share, higher_is_worse)
        return self._worst[key]

    @cached_property
    def _worst(self) -> dict[tuple[float, bool], tuple[NDArray[np.bool_], list[int]]]:
        return {}

    def rows_of(self, subjects: Sequence[str]) -> Floats:
        """The values of some areas, in their order; NaN where one is not among them."""
        return self._rows[[self._places.get(code, -1) for code in subjects]]


def words_of(index: pd.Index) -> tuple[str, ...]:
    """Give the words of an index as they are; one by one they would be asked of it a hundred times slower."""
    return tuple(index.to_numpy(dtype=object).tolist())


class Stands(NamedTuple):
    """How one subject stands in one period; NaN for what is not known."""

    figure: float
    expected: float
    threshold: float
    baseline: float
    status: str


@dataclass(frozen=True)
class Judged:
    """A target judged: tables with a row a subject (an area, or `tail`) and a column a period.

    figure : what is judged, NaN where it cannot be told. expected : what the path asks (NaN without a
    baseline). status : places in STATUSES. threshold, baseline : a figure a subject. why : period -> why
    nothing of it is told, and notes on how it was made (ties at the tail's cut).
    """

    promise: Promise
    subjects: tuple[str, ...]
    periods: tuple[str, ...]
    figure: Floats
    expected: Floats
    status: NDArray[np.int8]
    threshold: Floats
    baseline: Floats
    why: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def latest(self, at_most: float | None = None) -> str | None:
        """The newest period up to a year of which something can be told; None where there is none."""
        some = (self.status != _CANNOT_TELL).any(axis=0)
        in_time = np.ones(len(some), dtype=bool)
        if at_most is not None:
            in_time = _years(self.periods) <= at_most
        told = np.flatnonzero(some & in_time)
        return self.periods[told[-1]] if len(told) else None

    def at(self, subject: str, period: str) -> Stands:
        """Say how a subject stands in a period. Raises ValueError for one that was not judged."""
        row, column = self.subjects.index(subject), self.periods.index(period)
        return Stands(
            float(self.figure[row, column]), float(self.expected[row, column]), float(self.threshold[row]),
            float(self.baseline[row]), STATUSES[self.status[row, column]],
        )  # fmt: skip

    def counts(self) -> list[dict[str, int]]:
        """For each period how many subjects bear each word."""
        found = [(self.status == place).sum(axis=0).tolist() for place in range(len(STATUSES))]
        return [dict(zip(STATUSES, each, strict=True)) for each in zip(*found, strict=True)]


def judge(promise: Promise, figures: Figures, subjects: Sequence[str] | None = None) -> Judged:
    """Judge a target in every period of its series.

    Parameters
    ----------
    figures : every area that an average or a tail is made of.
    subjects : the areas to be judged, where not all; a tail has one subject, and it is always judged whole.

    Returns
    -------
    Judged. A period that repeats an earlier one, and an area without a value, is `cannot tell`, never a
    guess. At or beyond the threshold is met, also before it is due; not met when due is off track; before
    that a figure on the path's line or on its good side is on track. Without a baseline there is no path:
    what is neither met nor due cannot be told.
    """
    notes: dict[str, str] = {}
    periods = figures.periods
    why = {
        period: f"the figures of {period} repeat those of {earlier}"
        for period, earlier in figures.carried.items()
        if period in periods
    }
    is_carried = [period in why for period in periods]
    if promise.kind == "tail-gap":
        judged: tuple[str, ...] = (TAIL,)
        figure = _gaps(promise, figures, why, notes)[None, :]
    else:
        judged = figures.codes if subjects is None else tuple(subjects)
        figure = figures.rows_of(judged)
        if promise.kind == "ratio":
            figure = figure / _averages(figures, why)
    figure[:, is_carried] = np.nan
    baseline = _baseline(promise, figure, periods)
    threshold = _threshold(promise, baseline)
    years = _years(periods)
    expected = _expected(promise, figure.shape, years, baseline, threshold)
    status = _status(promise, figure, years, expected, threshold)
    return Judged(
        promise, judged, periods, figure, expected, status, threshold, baseline, why, notes
    )


def weighed_means(values: Floats, weights: Floats | None) -> Floats:
    """Average what is known of each period (column); NaN where nothing is.

    values : areas by periods. weights : one an area, or None: all alike. An area without a weight counts in no
    weighed average.
    """
    known = ~np.isnan(values)
    if weights is None:
        weights = np.ones(len(values))
    held = np.where(np.isnan(weights), 0.0, weights)
    whole = held @ known
    sums = held @ np.where(known, values, 0.0)
    return np.where(whole > 0, sums / np.where(whole > 0, whole, 1.0), np.nan)


def _averages(figures: Figures, why: dict[str, str]) -> Floats:
    averages = figures.averages.copy()
    for at, period in enumerate(figures.periods):
        if not figures.whole:
            averages[at] = np.nan
            why.setdefault(
                period, "only a part of the country is held, so its average is not known"
            )
        elif averages[at] == 0:
            averages[at] = np.nan
            why.setdefault(period, "the average is 0: nothing can be told in times of it")
    return averages


def _gaps(promise: Promise, figures: Figures, why: dict[str, str], notes: dict[str, str]) -> Floats:
    """Give the gap of each period's own worst areas to all of them, above 0 where they are worse."""
    in_tail, tied = figures.worst(promise.tail_share, promise.higher_is_worse)
    if not figures.whole:
        for period in itertools.compress(figures.periods, in_tail.sum(axis=0)):
            why.setdefault(
                period, "only a part of the areas is held, so its worst part is not known"
            )
        return np.full(len(figures.periods), np.nan)
    for period, more in zip(figures.periods, tied, strict=True):
        if more:
            notes[period] = f"{more} more areas than the share stand at the same figure, and are in"
    of_tail = weighed_means(np.where(in_tail, figures.table, np.nan), figures.weighed_by)
    return of_tail - figures.averages if promise.higher_is_worse else figures.averages - of_tail


def worst_share(
    values: Floats, share: float, higher_is_worse: bool
) -> tuple[NDArray[np.bool_], list[int]]:
    """Mark the worst share of areas that have a value in each period, and count those in only by a tie at the cut.

    values : areas by periods. The share of n areas is ceil(share n) of them. All that stand at the last one's
    figure are in, so that no order of rows, and no name, decides who belongs to the worst.
    """
    known = ~np.isnan(values)
    if not len(values):
        return known, [0] * values.shape[1]
    sizes = np.ceil(share * known.sum(axis=0) - SAME).astype(int)
    worse = np.where(known, values if higher_is_worse else -values, -np.inf)
    # Of the figures in order, the least bad first, the cut is the size-th from the end.
    cuts = np.sort(worse, axis=0)[len(worse) - np.maximum(sizes, 1), np.arange(len(sizes))]
    found = known & (worse >= cuts)
    return found, (found.sum(axis=0) - sizes).tolist()


def _baseline(promise: Promise, figure: Floats, periods: tuple[str, ...]) -> Floats:
    if promise.baseline_value is not None:
        return np.full(len(figure), float(promise.baseline_value))
    if promise.baseline_period in periods:
        return figure[:, periods.index(promise.baseline_period)].copy()
    return np.full(len(figure), np.nan)


def _threshold(promise: Promise, baseline: Floats) -> Floats:
    if promise.threshold is not None:
        return np.full(len(baseline), float(promise.threshold))
    if promise.reduction_share is None:
        raise ValueError("a target has a threshold or a reduction")
    # A gap that was nothing, or the other way round, needs no reduction to stay closed.
    return baseline * (1.0 - promise.reduction_share)


def _expected(
    promise: Promise, shape: tuple[int, ...], years: Floats, began: Floats, final: Floats
) -> Floats:
    start, end = year_of(promise.baseline_period), year_of(promise.due_period)
    line = np.full(shape, np.nan)
    if start is not None and end is not None:
        gone = np.clip((years - start) / (end - start), 0.0, 1.0) if end > start else years * 0 + 1
        if promise.path == "stepped":
            line = np.column_stack([_step(promise, year, began) for year in years.tolist()])
        else:
            line = began[:, None] + (final - began)[:, None] * gone
        line[:, years >= end] = final[:, None]
    # Who began on the good side is asked to stay there, not to come down to the line.
    begun_well = _reaches(began, final, promise.low_is_good)
    line[begun_well] = final[begun_well, None]
    return line


def _years(periods: Sequence[str]) -> Floats:
    return np.array([np.nan if (year := year_of(each)) is None else year for each in periods])


def _step(promise: Promise, at: float, began: Floats) -> Floats:
    reached = [
        figure
        for period, figure in sorted(promise.milestones, key=lambda one: year_of(one[0]) or 0.0)
        if (year_of(period) or np.inf) <= at
    ]
    return np.full(len(began), reached[-1]) if reached else began


def _status(
    promise: Promise, held: Floats, years: Floats, asked: Floats, threshold: Floats
) -> NDArray[np.int8]:
    final = threshold[:, None]
    start, end = year_of(promise.baseline_period), year_of(promise.due_period)
    is_due = years >= (np.nan if end is None else end)
    is_before = years < (np.nan if start is None else start)
    reached = _reaches(held, final, promise.low_is_good)
    on_line = _reaches(held, asked, promise.low_is_good)
    status = np.full(held.shape, _CANNOT_TELL, dtype=np.int8)
    known = ~np.isnan(held) & ~np.isnan(final) & ~is_before[None, :]
    judged = known & (is_due[None, :] | ~np.isnan(asked))
    status[judged & ~on_line] = _OFF_TRACK
    status[judged & on_line] = _ON_TRACK
    status[known & reached] = _MET
    return status


def _reaches(held: Floats, line: Floats, low_is_good: bool) -> NDArray[np.bool_]:
    margin = SAME * np.maximum(1.0, np.abs(line))
    reached: NDArray[np.bool_] = held <= line + margin if low_is_good else held >= line - margin
    return reached
