"""The temporal operators of CQL2 on days: instants and intervals, open ones without end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, and_, cast, func, literal, not_
from sqlalchemy.types import TypeEngine

from app.ogc.filter_text import refuse

_AT: TypeEngine[datetime] = DateTime(timezone=True)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Times(NamedTuple):
    """A first and a last moment, both in it; of an instant they are the same."""

    first: Any
    last: Any


Test = Callable[[Times, Times], ColumnElement[bool]]


def _intersects(a: Times, b: Times) -> ColumnElement[bool]:
    return and_(a.first <= b.last, a.last >= b.first)


# CQL2 (OGC 21-065r2), table 9: Allen's relations between what stands first and second.
_TESTS: Mapping[str, Test] = {
    "t_after": lambda a, b: a.first > b.last,
    "t_before": lambda a, b: a.last < b.first,
    "t_contains": lambda a, b: and_(a.first < b.first, a.last > b.last),
    "t_disjoint": lambda a, b: not_(_intersects(a, b)),
    "t_during": lambda a, b: and_(a.first > b.first, a.last < b.last),
    "t_equals": lambda a, b: and_(a.first == b.first, a.last == b.last),
    "t_finishedby": lambda a, b: and_(a.first < b.first, a.last == b.last),
    "t_finishes": lambda a, b: and_(a.first > b.first, a.last == b.last),
    "t_intersects": _intersects,
    "t_meets": lambda a, b: a.last == b.first,
    "t_metby": lambda a, b: a.first == b.last,
    "t_overlappedby": lambda a, b: and_(a.first > b.first, a.first < b.last, a.last > b.last),
    "t_overlaps": lambda a, b: and_(a.first < b.first, a.last > b.first, a.last < b.last),
    "t_startedby": lambda a, b: and_(a.first == b.first, a.last > b.last),
    "t_starts": lambda a, b: and_(a.first == b.first, a.last < b.last),
}
TEMPORAL = frozenset(
    {
        "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy",
        "t_finishes", "t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps",
        "t_startedBy", "t_starts",
    }
)  # fmt: skip


def temporal(
    op: str, days: Mapping[str, ColumnElement[Any]], first: Any, second: Any
) -> ColumnElement[bool]:
    """Relate two times. A property without a value has none, except as the end of an interval, which is open then.

    Where both speak of days alone, a day is one point of time, so that a property of that day equals it; beside a
    TIMESTAMP, a written day is all moments of it. Raises BadFilter (400).
    """
    whole = _has_moments(first) or _has_moments(second)
    return _TESTS[op.lower()](_times(first, days, whole=whole), _times(second, days, whole=whole))


def _has_moments(node: Any) -> bool:
    """Say whether a time is written to the second."""
    if isinstance(node, dict) and isinstance(node.get("interval"), list):
        return any(_has_moments(end) for end in node["interval"])
    if isinstance(node, dict):
        return "timestamp" in node and not _is_day(node["timestamp"])
    return isinstance(node, str) and node != ".." and not _is_day(node)


def _is_day(written: Any) -> bool:
    return isinstance(written, str) and _DAY.fullmatch(written) is not None


def _times(node: Any, days: Mapping[str, ColumnElement[Any]], *, whole: bool) -> Times:
    """Read a time; `whole`: a written day lasts to its end."""
    if isinstance(node, dict) and isinstance(node.get("interval"), list):
        ends = node["interval"]
        if len(ends) != 2:
            raise refuse("an interval has two ends", node)
        return Times(
            _end(ends[0], days, "-infinity", last=False),
            _end(ends[1], days, "infinity", last=whole),
        )
    if isinstance(node, dict) and "property" in node:
        column = _column(node, days)
        return Times(column, column)
    if isinstance(node, dict) and ("date" in node or "timestamp" in node):
        written = node.get("date", node.get("timestamp"))
        return Times(_moment(written, last=False), _moment(written, last=whole and "date" in node))
    raise refuse("a time is a property, DATE, TIMESTAMP or INTERVAL", node)


def _end(node: Any, days: Mapping[str, ColumnElement[Any]], open_end: str, *, last: bool) -> Any:
    endless = cast(literal(open_end), _AT)
    if node == "..":
        return endless
    if isinstance(node, dict) and "property" in node:
        return func.coalesce(_column(node, days), endless)
    if isinstance(node, dict):
        node = node.get("date", node.get("timestamp"))
    return _moment(node, last=last)


def _column(node: Any, days: Mapping[str, ColumnElement[Any]]) -> Any:
    name = node["property"]
    if not isinstance(name, str) or name not in days:
        raise refuse(f"{str(name)[:40]!r} is no day; there are {', '.join(days) or 'none'}", name)
    return cast(days[name], _AT)


def _moment(written: Any, *, last: bool) -> Any:
    try:
        if not isinstance(written, str):
            raise ValueError
        is_day = _is_day(written)
        found = datetime.fromisoformat(f"{written}T00:00:00+00:00" if is_day else written)
        if found.tzinfo is None:
            raise ValueError
        if last and is_day:
            found += timedelta(days=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise refuse("a moment is written 2020-01-01 or 2020-01-01T00:00:00Z", written) from None
    return literal(found, _AT)
