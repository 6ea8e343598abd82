"""Turns a filter's tree into one condition on a collection's columns: bound values, known columns, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, and_, false, func, literal, not_, or_, true

from app.exports.sheets import Kind
from app.ogc.crs_names import System
from app.ogc.filter_text import refuse
from app.ogc.statements.collections import Collection
from app.ogc.statements.filter_shapes import GEOMETRY, SPATIAL, spatial
from app.ogc.statements.filter_times import TEMPORAL, temporal

Condition = ColumnElement[bool]
_COMPARE: Mapping[str, Callable[[Any, Any], Condition]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b,
    ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_LISTED = 5_000
_NUMBERS: tuple[Kind, ...] = ("whole", "number")


class Conditions:
    """Reads trees for one collection; `system` is that of the coordinates in them."""

    def __init__(self, collection: Collection, system: System) -> None:
        self._source = collection.source
        self._properties = collection.about.properties
        self._system = system

    def read(self, node: Any) -> Condition:
        """Turn a tree that says yes or no into a condition. Raises BadFilter (400)."""
        if isinstance(node, bool):
            return true() if node else false()
        op, given = self._call(node)
        if op in ("and", "or"):
            parts = [self.read(each) for each in given]
            if not parts:
                raise refuse(f"{op} has no parts")
            return and_(*parts) if op == "and" else or_(*parts)
        if op in SPATIAL:
            return spatial(op, self._source, self._system, *self._these(op, given, 2))
        if op in TEMPORAL:
            return temporal(op, self._days(), *self._these(op, given, 2))
        return self._plain(op, given)

    def _plain(self, op: str, given: list[Any]) -> Condition:
        """Read the operators on plain values."""
        counted = {"not": 1, "isNull": 1, "between": 3, "in": 2, "like": 2}
        if op not in counted and op not in _COMPARE:
            raise refuse(f"there is no operator {op[:40]!r} here", op)
        these = self._these(op, given, counted.get(op, 2))
        found: Condition
        if op == "not":
            found = not_(self.read(these[0]))
        elif op == "isNull":
            found = self._is_null(these[0])
        elif op == "between":
            above, below = self._pair(these[0], these[1]), self._pair(these[0], these[2])
            found = and_(above[0] >= above[1], below[0] <= below[1])
        elif op == "in":
            found = self._in(*these)
        elif op == "like":
            found = self._like(*these)
        else:
            left, right = self._pair(*these)
            found = _COMPARE[op](left, right)
        return found

    def _call(self, node: Any) -> tuple[str, list[Any]]:
        if not isinstance(node, dict) or not isinstance(node.get("op"), str):
            raise refuse("here something must be asked, that is true or not", node)
        given = node.get("args")
        if not isinstance(given, list):
            raise refuse(f"{node['op'][:40]} lacks its arguments", node["op"])
        return node["op"], given

    def _these(self, op: str, given: list[Any], count: int) -> list[Any]:
        if len(given) != count:
            raise refuse(f"{op} takes {count} arguments, not {len(given)}", op)
        return given

    def _days(self) -> dict[str, ColumnElement[Any]]:
        return {
            name: self._source.columns[name]
            for name, said in self._properties.items()
            if said.kind == "day"
        }

    def _pair(self, first: Any, second: Any) -> tuple[Any, Any]:
        """Give two operands whose kinds can be compared."""
        left, kind = self._operand(first)
        right, other = self._operand(second)
        if kind != other and not (kind in _NUMBERS and other in _NUMBERS):
            raise refuse(f"{kind} and {other} cannot be compared", second)
        return left, right

    def _operand(self, node: Any) -> tuple[Any, Kind]:
        if isinstance(node, dict):
            return self._said(node)
        if isinstance(node, bool):
            return literal(node), "truth"
        if isinstance(node, int | float) and abs(node) < 1e300:
            return literal(float(node)), "number"
        if isinstance(node, str) and "\x00" not in node:
            return literal(node), "text"
        raise refuse("this is no property, number, text, truth value or day", node)

    def _said(self, node: dict[str, Any]) -> tuple[Any, Kind]:
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return literal(_day(node["date"])), "day"
        if "timestamp" in node:
            return literal(_instant(node["timestamp"]), DateTime(timezone=True)), "day"
        op, given = self._call(node)
        if op == "casei":
            inner, kind = self._operand(self._these("casei", given, 1)[0])
            if kind == "text":
                return func.lower(inner), "text"
        raise refuse(f"there is no function {op[:40]!r} of this", op)

    def _property(self, name: Any) -> tuple[Any, Kind]:
        if not isinstance(name, str) or name not in self._properties:
            listed = ", ".join([*self._properties, GEOMETRY])
            raise refuse(f"no property {str(name)[:40]!r}; there are {listed}", name)
        return self._source.columns[name], self._properties[name].kind

    def _is_null(self, node: Any) -> Condition:
        if isinstance(node, dict) and node.get("property") == GEOMETRY:
            return self._source.geom.is_(None)
        return self._operand(node)[0].is_(None)

    def _in(self, value: Any, listed: Any) -> Condition:
        if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_LISTED:
            raise refuse(f"in takes a list of 1 to {_MOST_LISTED} values")
        pairs = [self._pair(value, each) for each in listed]
        return pairs[0][0].in_([right for _, right in pairs])

    def _like(self, value: Any, pattern: Any) -> Condition:
        left, right = self._pair(value, pattern)
        if self._operand(value)[1] != "text":
            raise refuse("like is asked of text", value)
        words = pattern["args"][0] if isinstance(pattern, dict) and "args" in pattern else pattern
        if not isinstance(words, str) or (len(words) - len(words.rstrip("\\"))) % 2:
            raise refuse("the pattern of like is text that does not end in a lone backslash", words)
        return left.like(right)


def _day(written: Any) -> date:
    try:
        if not isinstance(written, str) or not _DAY.fullmatch(written):
            raise ValueError
        return date.fromisoformat(written)
    except ValueError:
        raise refuse("a date is written YYYY-MM-DD", written) from None


def _instant(written: Any) -> datetime:
    try:
        found = datetime.fromisoformat(written)
        if found.tzinfo is None:
            raise ValueError
        return found
    except (TypeError, ValueError):
        raise refuse("a timestamp is written 2020-01-01T00:00:00Z", written) from None
