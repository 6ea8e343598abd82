"""Tells how long areas lived from full lists of successive years; no list is taken to be wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

THURSDAY = 3

# The first day alive and the first day gone; None where no list says.
Life = tuple[date | None, date | None]


def election_day(year: int) -> date:
    """Give the first Thursday of May, the day of local elections, on which new wards come into use."""
    first = date(year, 5, 1)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7)


def lives_from_lists(
    full: Mapping[int, Collection[str]], named: Mapping[int, Collection[str]] | None = None
) -> dict[str, Life]:
    """Tell the life of every area from full lists of its kind.

    Parameters
    ----------
    full : year -> the codes of every area alive after that year's election
    named : year -> codes that something else of that year names; it lists only some of them

    Returns
    -------
    code -> life, half-open. An area of the first list has no known beginning, one of the last list
    no end; one that a list lacks ended on the election day of that list's year, and one that is new
    in a list began on that day. So on any day from a list's election to the next list's, the areas
    alive are those of the list. An area that only `named` knows lives between the lists beside its
    year. Raises ValueError where an area is lacking from a list between two that have it: such a
    code has no single life.
    """
    years = sorted(full)
    spans: dict[str, tuple[int, int]] = {}
    for at, year in enumerate(years):
        for code in full[year]:
            first, last = spans.get(code, (at, at - 1))
            if last != at - 1:
                raise ValueError(
                    f"{code} is in the lists of {years[last]} and {year} and in none between"
                )
            spans[code] = (first, at)
    lives: dict[str, Life] = {
        code: (
            None if first == 0 else election_day(years[first]),
            None if last == len(years) - 1 else election_day(years[last + 1]),
        )
        for code, (first, last) in spans.items()
    }
    for year, codes in sorted((named or {}).items()):
        later = [each for each in years if each > year]
        began = election_day(year) if years and year > years[0] else None
        ended = election_day(later[0]) if later else None
        for code in codes:
            lives.setdefault(code, (began, ended))
    return lives


def lives_between(lists: Sequence[tuple[date, Collection[str]]]) -> dict[str, Life]:
    """Tell the life of every area from full lists that each hold from a day on, in order of day.

    An area of the first list has no known beginning, one of the last no end; one that a list lacks was
    gone on that list's day, and one that is new in a list began on it. Raises ValueError where an area
    is lacking from a list between two that have it.
    """
    spans: dict[str, tuple[int, int]] = {}
    for at, (day, codes) in enumerate(lists):
        for code in codes:
            first, last = spans.get(code, (at, at - 1))
            if last != at - 1:
                raise ValueError(f"{code} is in a list before {day} and in none between")
            spans[code] = (first, at)
    return {
        code: (
            None if first == 0 else lists[first][0],
            None if last == len(lists) - 1 else lists[last + 1][0],
        )
        for code, (first, last) in spans.items()
    }
