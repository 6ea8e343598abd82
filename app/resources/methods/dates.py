"""Award dates and financial years (April to March) as sources write them; ambiguous ones are refused."""

from __future__ import annotations

import re
from datetime import date, datetime

from app.resources.methods.amounts import RuleBroken

_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$", re.ASCII)
_BRITISH = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?$", re.ASCII)
_YEAR = re.compile(r"^(\d{4})\s?[-/\u2013]\s?(\d{2}|\d{4})$", re.ASCII)
_EARLIEST, _LATEST = 1900, 2200


def read_date(value: object) -> date | None:
    """Read an award date: ISO (a time after it is ignored, the day stands as written) or dd/mm/yyyy.

    None and blank give None. Month first is never assumed. Raises RuleBroken `date-is-a-day`.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if found := _ISO.match(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _BRITISH.match(text):
        day, month, year = (int(part) for part in found.groups())
    else:
        raise RuleBroken("date-is-a-day", "The date is neither 2018-06-01 nor 01/06/2018.")
    try:
        read = date(year, month, day)
    except ValueError as fault:
        raise RuleBroken("date-is-a-day", "There is no such day.") from fault
    if not _EARLIEST <= read.year <= _LATEST:
        raise RuleBroken("date-is-a-day", f"The year is not between {_EARLIEST} and {_LATEST}.")
    return read


def is_month_first(value: object) -> bool:
    """Say whether a date can only be read with its month first: 05/13/2018 can, 05/06/2018 need not be."""
    found = _BRITISH.match(str(value).strip()) if isinstance(value, str) else None
    return found is not None and int(found[1]) <= 12 < int(found[2]) <= 31


def is_unsure(value: object) -> bool:
    """Say whether a date means another day with its month first: 05/06/2018 does, 06/06/2018 does not."""
    found = _BRITISH.match(str(value).strip()) if isinstance(value, str) else None
    return found is not None and max(int(found[1]), int(found[2])) <= 12 and found[1] != found[2]


def financial_year_of(day: date) -> str:
    """Name the financial year, April to March, of a day: 2019-03-31 is "2018-19", 2019-04-01 is "2019-20"."""
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def is_financial_year(text: str) -> bool:
    """Say whether text is a financial year in the one form kept here: "2018-19"."""
    first, dash, second = text.partition("-")
    shaped = len(first) == 4 and dash == "-" and len(second) == 2 and text.isascii()
    return shaped and first.isdigit() and second.isdigit() and int(second) == (int(first) + 1) % 100


def read_year(value: object) -> tuple[str | None, date | None]:
    """Read a `year` cell: a financial year ("2018-19", "2018/19", "2018/2019") or a date within one.

    Returns (financial year, date); both None for a blank cell. "2018" alone could be either of two
    financial years, so it is refused. Raises RuleBroken `year-is-financial`.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None, None
    text = str(value).strip()
    if found := _YEAR.match(text):
        first, second = int(found[1]), found[2]
        if int(second) % 100 == (first + 1) % 100 and (
            len(second) == 2 or int(second) == first + 1
        ):
            return f"{first}-{(first + 1) % 100:02d}", None
        raise RuleBroken("year-is-financial", "The two years do not follow each other.")
    try:
        day = read_date(value)
    except RuleBroken as fault:
        raise RuleBroken(
            "year-is-financial",
            "The year is not a financial year such as 2018-19, nor a date. A single year could be either of two.",
        ) from fault
    return (financial_year_of(day) if day else None), day
