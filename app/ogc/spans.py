"""The parameter `datetime`: an instant, or an interval that may be open; nothing else is taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.problems import BadRequest
from boundaries.errors import Fault

_DAY = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Span:
    """The days from the first to the last, both in it; None where it is open."""

    first: date | None
    last: date | None

    def day_drawn(self, today: date) -> date:
        """Give the day whose layer is drawn: the last one in the span that is not to come."""
        if self.last is not None and self.last <= today:
            return self.last
        return max(self.first or today, today)


def read_span(written: str | None) -> Span | None:
    """Read `datetime`: a day or an instant, or two of them (or `..`, or nothing) with a slash between.

    Raises BadRequest (400) for anything else, for an interval that ends before it begins or has no end at all.
    """
    if written is None:
        return None
    parts = written[:200].split("/")
    if len(parts) == 1:
        day = _day(parts[0], written)
        return Span(day, day)
    if len(parts) != 2:
        raise _refusal(written)
    first, last = (None if part in {"", ".."} else _day(part, written) for part in parts)
    if (first is None and last is None) or (first and last and first > last):
        raise _refusal(written)
    return Span(first, last)


def _day(part: str, written: str) -> date:
    found = _DAY.fullmatch(part)
    try:
        if found is None:
            raise ValueError
        return date.fromisoformat(found[1])
    except ValueError:
        raise _refusal(written) from None


def _refusal(written: str) -> BadRequest:
    detail = (
        "datetime is a day (2024-05-01), an instant (2024-05-01T00:00:00Z), or an interval of them,"
        f" open at one end with .. (../2024-05-01); not {written[:60]!r}"
    )
    return BadRequest(detail, [Fault(detail, pointer="/datetime", value=written[:60])])
