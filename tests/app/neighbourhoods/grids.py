"""Areas of square kilometres in rows and columns, and who touches whom: what growing is tried on."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pandas as pd


def grid(
    columns: int,
    rows: int,
    size: Callable[[int, int], float | None] = lambda _column, _row: 1000.0,
    score: Callable[[int, int], float] = lambda _column, _row: 0.0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Areas `c02r07` of one square kilometre each, and the pairs that share a side."""
    places = [(c, r) for c in range(columns) for r in range(rows)]
    areas = pd.DataFrame(
        {
            "size": pd.array([size(c, r) for c, r in places], dtype="Float64"),
            "score": [score(c, r) for c, r in places], "perimeter_m": 4000.0, "area_m2": 1e6,
        },
        index=[named(c, r) for c, r in places],
    )  # fmt: skip
    pairs = [
        (named(c, r), named(*other), 1000.0)
        for c, r in places
        for other in ((c + 1, r), (c, r + 1))
        if other[0] < columns and other[1] < rows
    ]
    return areas, pd.DataFrame(pairs, columns=["a", "b", "border_m"])


def named(column: int, row: int) -> str:
    return f"c{column:02}r{row:02}"


def hang_together(codes: Collection[str], pairs: pd.DataFrame) -> bool:
    """Say whether areas are contiguous, by joining sets: another way than the code's own."""
    sets = [{code} for code in codes]
    for a, b in zip(pairs["a"], pairs["b"], strict=True):
        if a in codes and b in codes:
            one = next(s for s in sets if a in s)
            other = next(s for s in sets if b in s)
            if one is not other:
                one |= other
                sets.remove(other)
    return len(sets) == 1
