"""What a target promises, as figures: of which kind, from where, by when, along which path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

Kind = Literal["level", "floor", "ratio", "tail-gap"]
KINDS: tuple[Kind, ...] = ("level", "floor", "ratio", "tail-gap")
PATHS = ("linear", "stepped")
_YEAR = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?!\d)")
_YEARS = re.compile(r"\d{4}")
_FINANCIAL = re.compile(r"^(\d{4})-(\d{2})$")


@dataclass(frozen=True)
class Promise:
    """One target.

    kind : level, a figure of one place reaches `threshold`; floor, every area of some reaches it; ratio,
        every area's figure is at most (at least, where low is worse) `threshold` times the average; tail-gap,
        the gap between the worst `tail_share` of areas and all of them falls to `threshold`, or by
        `reduction_share` of what it was.
    higher_is_worse : which end of the figures is worse.
    baseline_period, due_period : where the path begins and ends. baseline_value : where no series
        reaches back to it, the figure as stated; it is then every area's.
    path : linear between the two; or stepped, each milestone (period, figure) holding until the next.
    """

    kind: Kind
    higher_is_worse: bool
    baseline_period: str
    due_period: str
    threshold: float | None = None
    reduction_share: float | None = None
    baseline_value: float | None = None
    tail_share: float = 0.2
    path: str = "linear"
    milestones: tuple[tuple[str, float], ...] = ()

    @property
    def low_is_good(self) -> bool:
        """Say whether the figure that is judged should fall: a gap always, else where higher is worse."""
        return self.kind == "tail-gap" or self.higher_is_worse


@lru_cache(maxsize=4096)
def year_of(period: str) -> float | None:
    """Give the point in time a period stands for, in years; None where its words are no time.

    "2015" is 2015; a financial year "2015-16" is 2015; a month "2017-08" is 2017 and seven twelfths;
    a span "2015-2017" begins in 2015. A year and two figures is a financial year where the second follows
    the first, else a month.
    """
    if found := _FINANCIAL.match(period):
        year, second = int(found[1]), int(found[2])
        if second == (year + 1) % 100:
            return float(year)
        return year + (second - 1) / 12 if 1 <= second <= 12 else None
    found = _YEAR.match(period)
    if found is None:
        return None
    month, day = int(found[2] or 1), int(found[3] or 1)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return float(found[1])
    return int(found[1]) + (month - 1) / 12 + (day - 1) / 366


def is_over(period: str, day: date) -> bool:
    """Say whether a period has ended before a day: a year with December, a financial year with March, or a month.

    Words that are no time are never over.
    """
    begins = year_of(period)
    if begins is None:
        return False
    found = _FINANCIAL.match(period)
    if found is None:
        return max(map(int, _YEARS.findall(period))) < day.year  # of a span the last
    year, second = int(found[1]), int(found[2])
    if second == (year + 1) % 100:
        return date(year + 1, 3, 31) < day
    return (year, second) < (day.year, day.month)
