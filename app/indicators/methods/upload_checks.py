"""Checks of a user's column of values that no single cell can tell: what a blank means, mixed percentages, text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# How publishers write that a value is withheld: too few people, or too uncertain.
SUPPRESSED = frozenset(
    {"*", "**", "c", "[c]", "s", "[s]", "u", "[u]", "[low]", "suppressed", "withheld", "<5", "<10"}
)
# Of so many cells that are no numbers, the column is text and not numbers with faults.
MOSTLY = 0.5
# One group of values a hundredfold of the other, give or take: per cent beside shares.
LEAST_RATIO, MOST_RATIO = 30.0, 300.0
_PER_CENT = re.compile(r"%|\bper ?cent(age)?\b|\bshare\b|\bproportion\b", re.IGNORECASE)


def is_percentage(unit: str) -> bool:
    """Say whether a unit is one of parts of a whole: per cent, %, share, proportion."""
    return _PER_CENT.search(unit) is not None


def is_suppressed(cell: str) -> bool:
    """Say whether a cell's words mean that the value is withheld, and not that there is none."""
    return cell.strip().lower() in SUPPRESSED


def is_text(bad: int, filled: int) -> bool:
    """Say whether a column is text: more than half of its filled cells are no numbers."""
    return filled > 0 and bad > MOSTLY * filled


def find_mixed_percentages(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find the values that are written as shares (0.12) in a column of per cent (12), or the other way about.

    Parameters
    ----------
    values : as read, NaN where there is none; of a unit that `is_percentage`.

    Returns
    -------
    True for each value of the smaller group, all False where there is one group alone.

    Notes
    -----
    The values above 0 are parted at 1. Where both parts are of one kind they meet there: the middle of
    the upper is a few times that of the lower. Where they are two kinds, a hundredfold lies between,
    and times 100 the lower part falls among the upper. A nought says nothing.
    """
    known = ~np.isnan(values) & (values > 0)
    small, large = known & (values <= 1), known & (values > 1)
    nothing = np.zeros(len(values), dtype=bool)
    if not small.any() or not large.any():
        return nothing
    middle_small, middle_large = np.median(values[small]), np.median(values[large])
    apart = LEAST_RATIO <= middle_large / middle_small <= MOST_RATIO
    if not apart:
        return nothing
    return small if small.sum() <= large.sum() else large


def written(cell: object) -> str:
    """Write a cell of a workbook as its text: numbers without the tail of a float, nothing as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return str(cell)


def without_percent_signs(cells: Sequence[str]) -> list[str]:
    """Take the sign off cells that bear one: 12% is 12 in a column of per cent."""
    return [cell.strip().removesuffix("%").rstrip() for cell in cells]
