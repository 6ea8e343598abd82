"""Finds the spans of days on which a table's codes are alive together, and the fewest spans that hold all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Life = tuple[date | None, date | None]


@dataclass(frozen=True)
class Window:
    """A span of days, half-open, and how many rows name areas alive throughout. None: no known beginning or end."""

    from_day: date | None
    to_day: date | None
    rows: int

    def day_of(self, today: date) -> date:
        """Give a day of the span: its first, else the last before its end, else today."""
        if self.from_day is not None:
            return self.from_day
        return today if self.to_day is None else self.to_day - timedelta(days=1)


def windows_of(
    lives: Mapping[str, Life], rows: Mapping[str, int], changes: Sequence[date]
) -> list[Window]:
    """Count the rows whose areas are alive in each span between days on which areas of the type changed.

    Parameters
    ----------
    lives : code -> life, half-open
    rows : code -> its rows; codes without a life are not counted
    changes : the days on which areas of the type begin or end, in any order

    Returns
    -------
    The spans in order of time; neighbours in which the same codes are alive are one.
    """
    days = sorted({*changes, *(day for code in rows for day in lives.get(code, ()) if day)})
    alive = _alive(lives, rows, days)
    counts = np.array([rows[code] for code in sorted(set(lives) & set(rows))], dtype=np.int64)
    found: list[Window] = []
    before: NDArray[np.bool_] | None = None
    for at in range(len(days) + 1):
        first = days[at - 1] if at else None
        last = days[at] if at < len(days) else None
        if before is not None and np.array_equal(before, alive[:, at]):
            found[-1] = Window(found[-1].from_day, last, found[-1].rows)
            continue
        before = alive[:, at]
        found.append(Window(first, last, int(counts[before].sum())))
    return found


def cover_of(
    lives: Mapping[str, Life], rows: Mapping[str, int], windows: Sequence[Window]
) -> list[Window]:
    """Choose the fewest spans, greedily, that hold every code: the fullest first, the later of equals.

    Each is given with the rows that it adds to those before it. One span: the table is of one vintage.
    """
    left = {code: count for code, count in rows.items() if code in lives}
    chosen: list[Window] = []
    while left:
        sums = [
            sum(count for code, count in left.items() if lives_in(lives[code], window))
            for window in windows
        ]
        most = max(sums, default=0)
        if not most:
            break
        best = windows[max(at for at, total in enumerate(sums) if total == most)]
        chosen.append(Window(best.from_day, best.to_day, most))
        left = {code: n for code, n in left.items() if not lives_in(lives[code], best)}
    return chosen


def lives_in(life: Life, window: Window) -> bool:
    """Say whether an area is alive throughout a span."""
    first, last = life
    begins = first is None or (window.from_day is not None and first <= window.from_day)
    return begins and (last is None or (window.to_day is not None and window.to_day <= last))


def _alive(
    lives: Mapping[str, Life], rows: Mapping[str, int], days: Sequence[date]
) -> NDArray[np.bool_]:
    codes = sorted(set(lives) & set(rows))
    place = {day: at + 1 for at, day in enumerate(days)}
    spans = [lives[code] for code in codes]
    begins = np.array([place[first] if first else 0 for first, _ in spans], dtype=np.int64)
    ends = np.array([place[last] if last else len(days) + 1 for _, last in spans], dtype=np.int64)
    every = np.arange(len(days) + 1)
    found: NDArray[np.bool_] = (begins[:, None] <= every) & (every < ends[:, None])
    return found
