"""Judges targets: the figure of each period, what the path asks of it, and one of four words for it.

Source of the kinds: the floor targets of the guidance, Box 2 (docs/methods/targets.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.strategies.methods.promise import Promise, year_of

MET, ON_TRACK, OFF_TRACK, CANNOT_TELL = "met", "on track", "off track", "cannot tell"
STATUSES = (MET, ON_TRACK, OFF_TRACK, CANNOT_TELL)
# Two figures closer than this part of their size are the same figure: exactly on the line is on it.
SAME = 1e-9
TAIL = "tail"
Floats = NDArray[np.float64]


class Figures(NamedTuple):
    """What a target's series says.

    values : index area code, one float column a period in order of time; NaN where there is no value.
    beside : the same of areas that are judged and stand in no average and no tail, for they are made of those.
    carried : period -> the earlier one that it only repeats. weights : index code, what averages are
        weighed by, or None: all areas alike. whole : False where some of the country's areas are not
        among the rows, so that no average of it follows.
    """

    values: pd.DataFrame
    carried: dict[str, str] = {}  # noqa: RUF012  a NamedTuple never changes
    weights: pd.Series | None = None
    whole: bool = True
    beside: pd.DataFrame | None = None

    @property
    def all_rows(self) -> pd.DataFrame:
        """Every area that can be judged."""
        return self.values if self.beside is None else pd.concat([self.values, self.beside])

    def rows_of(self, subjects: pd.Index) -> pd.DataFrame:
        """Those of some areas, in their order; NaN where one is not among them."""
        places = self.values.index.get_indexer(subjects)
        if (places >= 0).all():
            return self.values.iloc[places].set_axis(subjects, axis=0)
        return self.all_rows.reindex(subjects)


@dataclass(frozen=True)
class Judged:
    """A target judged: frames of one shape, a row a subject (an area, or `tail`), a column a period.

    figure : what is judged, NaN where it cannot be told. expected : what the path asks (NaN without a
    baseline). threshold : a figure a subject. status : of STATUSES. why : period -> why nothing of it is
    told, and notes on how it was made (ties at the tail's cut). baseline : a figure a subject.
    """

    promise: Promise
    figure: pd.DataFrame
    expected: pd.DataFrame
    status: pd.DataFrame
    threshold: pd.Series
    baseline: pd.Series
    why: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def latest(self, at_most: float | None = None) -> str | None:
        """The newest period up to a year of which something can be told; None where there is none."""
        some = (self.status.to_numpy() != CANNOT_TELL).any(axis=0)
        in_time = np.ones(len(some), dtype=bool)
        if at_most is not None:
            in_time = _years(self.status.columns) <= at_most
        told = np.flatnonzero(some & in_time)
        return str(self.status.columns[told[-1]]) if len(told) else None


def judge(promise: Promise, figures: Figures, subjects: pd.Index | None = None) -> Judged:
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
    values = figures.values
    notes: dict[str, str] = {}
    why = {
        period: f"the figures of {period} repeat those of {earlier}"
        for period, earlier in figures.carried.items()
        if period in values
    }
    carried = list(why)
    if promise.kind == "tail-gap":
        figure = _gaps(promise, values, figures, why, notes)
    else:
        figure = figures.all_rows if subjects is None else figures.rows_of(subjects)
        if promise.kind == "ratio":
            figure = figure / _averages(figures, why)
    figure = figure.copy()
    figure[carried] = np.nan
    baseline = _baseline(promise, figure)
    threshold = _threshold(promise, baseline)
    expected = _expected(promise, figure, baseline, threshold)
    status = _status(promise, figure, expected, threshold)
    return Judged(promise, figure, expected, status, threshold, baseline, why, notes)


def weighed_mean(values: Floats, weights: Floats | None) -> float:
    """Average what is known; NaN where nothing is. An area without a weight counts in no weighed average."""
    known = ~np.isnan(values)
    if weights is None:
        return float(values[known].mean()) if known.any() else float("nan")
    known &= ~np.isnan(weights)
    whole = weights[known].sum()
    return float((values[known] * weights[known]).sum() / whole) if whole > 0 else float("nan")


def _weights_of(figures: Figures, index: pd.Index) -> Floats | None:
    if figures.weights is None:
        return None
    return figures.weights.reindex(index).to_numpy(dtype=np.float64)


def _averages(figures: Figures, why: dict[str, str]) -> pd.Series:
    weights = _weights_of(figures, figures.values.index)
    averages = {}
    table = figures.values.to_numpy(dtype=np.float64)
    for at, period in enumerate(figures.values.columns):
        average = weighed_mean(table[:, at], weights)
        if not figures.whole:
            average = float("nan")
            why.setdefault(
                period, "only a part of the country is held, so its average is not known"
            )
        elif average == 0:
            average = float("nan")
            why.setdefault(period, "the average is 0: nothing can be told in times of it")
        averages[period] = average
    return pd.Series(averages, dtype=np.float64)


def _gaps(
    promise: Promise, held: pd.DataFrame, figures: Figures, why: dict[str, str], notes: dict[str, str]
) -> pd.DataFrame:  # fmt: skip
    """Give the gap of each period's own worst areas to all of them, above 0 where they are worse."""
    weights = _weights_of(figures, held.index)
    gaps = {}
    table = held.to_numpy(dtype=np.float64)
    for at, period in enumerate(held.columns):
        values = table[:, at]
        in_tail, tied = worst_share(values, promise.tail_share, promise.higher_is_worse)
        if not in_tail.any():
            gaps[period] = float("nan")
            continue
        if not figures.whole:
            gaps[period] = float("nan")
            why.setdefault(
                period, "only a part of the areas is held, so its worst part is not known"
            )
            continue
        if tied:
            notes[period] = f"{tied} more areas than the share stand at the same figure, and are in"
        of_tail = weighed_mean(values[in_tail], None if weights is None else weights[in_tail])
        of_all = weighed_mean(values, weights)
        gaps[period] = of_tail - of_all if promise.higher_is_worse else of_all - of_tail
    return pd.DataFrame([gaps], index=pd.Index([TAIL], name="code"))


def worst_share(
    values: Floats, share: float, higher_is_worse: bool
) -> tuple[NDArray[np.bool_], int]:
    """Mark the worst share of areas that have a value, and count those that are in only by a tie at the cut.

    The share of n areas is ceil(share n) of them. All that stand at the last one's figure are in, so
    that no order of rows, and no name, decides who belongs to the worst.
    """
    known = ~np.isnan(values)
    size = int(np.ceil(share * known.sum() - SAME))
    if size <= 0:
        return np.zeros(len(values), dtype=bool), 0
    worse = np.where(known, values if higher_is_worse else -values, -np.inf)
    cut = np.partition(worse, -size)[-size]
    found = known & (worse >= cut)
    return found, int(found.sum()) - size


def _baseline(promise: Promise, figure: pd.DataFrame) -> pd.Series:
    if promise.baseline_value is not None:
        return pd.Series(promise.baseline_value, index=figure.index, dtype=np.float64)
    if promise.baseline_period in figure:
        return figure[promise.baseline_period].astype(np.float64)
    return pd.Series(np.nan, index=figure.index, dtype=np.float64)


def _threshold(promise: Promise, baseline: pd.Series) -> pd.Series:
    if promise.threshold is not None:
        return pd.Series(promise.threshold, index=baseline.index, dtype=np.float64)
    if promise.reduction_share is None:
        raise ValueError("a target has a threshold or a reduction")
    # A gap that was nothing, or the other way round, needs no reduction to stay closed.
    return baseline * (1.0 - promise.reduction_share)


def _expected(
    promise: Promise, figure: pd.DataFrame, baseline: pd.Series, threshold: pd.Series
) -> pd.DataFrame:
    start, end = year_of(promise.baseline_period), year_of(promise.due_period)
    began, final = baseline.to_numpy(dtype=np.float64), threshold.to_numpy(dtype=np.float64)
    line = np.full(figure.shape, np.nan)
    if start is not None and end is not None:
        years = _years(figure.columns)
        gone = np.clip((years - start) / (end - start), 0.0, 1.0) if end > start else years * 0 + 1
        if promise.path == "stepped":
            line = np.column_stack([_step(promise, year, began) for year in years.tolist()])
        else:
            line = began[:, None] + (final - began)[:, None] * gone
        is_due = years >= end
        line[:, is_due] = final[:, None]
    # Who began on the good side is asked to stay there, not to come down to the line.
    begun_well = _reaches(began, final, promise.low_is_good)
    line[begun_well] = final[begun_well, None]
    return pd.DataFrame(line, index=figure.index, columns=figure.columns)


def _years(periods: pd.Index) -> Floats:
    return np.array([np.nan if (year := year_of(each)) is None else year for each in periods])


def _step(promise: Promise, at: float, began: Floats) -> Floats:
    reached = [
        figure
        for period, figure in sorted(promise.milestones, key=lambda one: year_of(one[0]) or 0.0)
        if (year_of(period) or np.inf) <= at
    ]
    return np.full(len(began), reached[-1]) if reached else began


def _status(
    promise: Promise, figure: pd.DataFrame, expected: pd.DataFrame, threshold: pd.Series
) -> pd.DataFrame:
    held, asked = figure.to_numpy(dtype=np.float64), expected.to_numpy(dtype=np.float64)
    final = threshold.to_numpy(dtype=np.float64)[:, None]
    start, end = year_of(promise.baseline_period), year_of(promise.due_period)
    years = _years(figure.columns)
    is_due = years >= (np.nan if end is None else end)
    is_before = years < (np.nan if start is None else start)
    reached = _reaches(held, final, promise.low_is_good)
    on_line = _reaches(held, asked, promise.low_is_good)
    status = np.full(held.shape, CANNOT_TELL, dtype=object)
    known = ~np.isnan(held) & ~np.isnan(final) & ~is_before[None, :]
    judged = known & (is_due[None, :] | ~np.isnan(asked))
    status[judged & ~on_line] = OFF_TRACK
    status[judged & on_line] = ON_TRACK
    status[known & reached] = MET
    # As objects: words turned into another kind of column for each target took a third of the time.
    return pd.DataFrame(status, index=figure.index, columns=figure.columns, dtype=object)


def _reaches(held: Floats, line: Floats, low_is_good: bool) -> NDArray[np.bool_]:
    margin = SAME * np.maximum(1.0, np.abs(line))
    reached: NDArray[np.bool_] = held <= line + margin if low_is_good else held >= line - margin
    return reached
