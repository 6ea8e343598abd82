"""Decides what may be carried: counts as they are, rates by what they are of; refuses ranks, deciles and medians."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boundaries.errors import Fault
from boundaries.methods.rebase import Column

_RANKS = re.compile(
    r"\b(ranks?|deciles?|quintiles?|quartiles?|percentiles?|vigintiles?|terciles?)\b"
)
_MEDIANS = re.compile(r"\bmedians?\b")
_RATES = re.compile(
    r"%|\b(rates?|percent|percentages?|pct|per|averages?|avg|mean|scores?|ratios?|ind(ex|ices)|proportions?"
    r"|shares?|density|probability|years old)\b"
)
_LABELS = re.compile(
    r"^(object ?id|fid|id|year|month|quarter|date|lat|lon|long|latitude|longitude|eastings?|northings?"
    r"|bng [en]|x|y|uprn|urn|postcode|code|globalid)$"
)
RANK = (
    "a rank or a class of ranks cannot be carried: ranks of two areas do not make a rank; carry the "
    "scores and rank again"
)
MEDIAN = "a median cannot be carried: those of two areas do not tell that of both"
RATE = (
    "it looks like a rate or a score: name the count it is of with --rate COLUMN=COUNT, or say "
    "--count COLUMN where it is a count"
)
LABEL = (
    "it looks like a label and not like a count: say --by COLUMN where it tells rows of one area "
    "apart, or --count COLUMN"
)


@dataclass(frozen=True)
class Wanted:
    """What was said of columns. counts and rates empty: every column of numbers is carried.

    by : columns that tell rows of one area apart, such as a month. rates : column -> the count it is of.
    """

    counts: tuple[str, ...] = ()
    rates: tuple[tuple[str, str], ...] = ()
    by: tuple[str, ...] = ()


def plain_words(title: str) -> str:
    """Give a column's title as plain words: `IMDRank_2019` is `imd rank 2019`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])", " ", title)
    return " ".join(re.sub(r"[_\W]+", " ", parted.replace("%", " % ")).split()).lower() + (
        " %" if "%" in title else ""
    )


def choose_columns(
    header: Sequence[str], numeric: Mapping[str, bool], wanted: Wanted, code: str
) -> tuple[list[Column], list[str], list[Fault]]:
    """Choose the columns to carry.

    Parameters
    ----------
    header : the column titles in order; numeric : title -> holds numbers and nothing else
    code : the column of codes

    Returns
    -------
    The columns in the header's order, the titles left out, and a fault for each that was asked for, or
    would be taken, and may not be carried.
    """
    rates = dict(wanted.rates)
    named = {*wanted.counts, *rates, *rates.values()}
    faults = [
        Fault("The file has no such column.", column=title, rule="column-is-there")
        for title in sorted({*named, *wanted.by} - set(header))
    ]
    chosen: list[Column] = []
    left: list[str] = []
    for title in header:
        if title == code or title in wanted.by:
            continue
        if (named and title not in named) or not numeric.get(title, False):
            if title in named:
                faults.append(
                    Fault("The column holds no numbers.", column=title, rule="column-of-numbers")
                )
            left.append(title)
            continue
        words = plain_words(title)
        why = _why_not(words, is_named=title in named)
        if why:
            faults.append(Fault(why[1][0].upper() + why[1][1:] + ".", column=title, rule=why[0]))
        elif title in rates:
            chosen.append(Column(title, "rate", rates[title]))
        else:
            chosen.append(Column(title))
    return chosen, left, faults


def _why_not(words: str, *, is_named: bool) -> tuple[str, str] | None:
    if _RANKS.search(words):
        return "ranks-are-not-carried", RANK
    if _MEDIANS.search(words):
        return "medians-are-not-carried", MEDIAN
    if is_named:
        return None
    if _RATES.search(words):
        return "rates-need-a-count", RATE
    return ("labels-are-not-counts", LABEL) if _LABELS.match(words) else None
