"""Reads a filter, CQL2 text or JSON, into one plain tree; refuses what is too long, too deep or too much."""

from __future__ import annotations

import re
from typing import Any

import orjson

from app.problems import BadRequest
from boundaries.errors import Fault

TEXT, JSON = "cql2-text", "cql2-json"
# A filter of a thousand codes is 12 kB; an outline of a thousand corners 40 kB.
MOST_CHARACTERS = 50_000
MOST_DEPTH = 40
MOST_NODES = 12_000
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# The reader takes it and then fails without a name (cql2 0.5, seen in 2026).
_NOWHERE = re.compile(r"\bPOINT\s*(?:ZM|Z|M)?\s*EMPTY\b", re.IGNORECASE)


class BadFilter(BadRequest):
    """The filter is not CQL2, or names what this collection does not have; /queryables lists what it has."""

    slug = "bad-filter"
    title = "That filter cannot be read"


def refuse(detail: str, value: object = "") -> BadFilter:
    """Make the refusal of a filter, with the part that is wrong."""
    return BadFilter(detail, [Fault(detail, pointer="/filter", value=str(value)[:80])])


def read_filter(written: str, lang: str | None) -> Any:
    """Read a filter into the tree that CQL2 JSON is: {"op", "args"}, {"property"}, literals.

    lang : cql2-text (the default) or cql2-json.

    Raises BadFilter (400).
    """
    if lang not in (None, TEXT, JSON):
        detail = f"filter-lang is {TEXT} or {JSON}, not {lang[:40]!r}"
        raise BadFilter(detail, [Fault(detail, pointer="/filter-lang", value=lang[:40])])
    if len(written) > MOST_CHARACTERS:
        raise refuse(f"a filter has at most {MOST_CHARACTERS} characters, not {len(written)}")
    tree = _from_json(written) if lang == JSON else _from_text(written)
    if tree is None:
        raise refuse("the filter asks nothing", written)
    _measure(tree)
    return tree


def _from_json(written: str) -> Any:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise refuse(f"the filter is not JSON: {error}", written) from None


def _from_text(written: str) -> Any:
    if _depth(written) > MOST_DEPTH or written.upper().count("NOT") > MOST_NODES // 20:
        raise refuse(f"brackets lie deeper than {MOST_DEPTH}, or there are too many NOTs")
    if _NOWHERE.search(_QUOTED.sub("", written)):
        raise refuse("an outline has corners, of two coordinates each", "POINT EMPTY")
    import cql2  # at first use: every start would pay for it

    try:
        return cql2.parse_text(written).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError, TypeError):
        raise refuse("the filter is not CQL2 text", written) from None


def _depth(written: str) -> int:
    """Count how deep round brackets lie, whether or not they are inside quotes."""
    deepest = depth = 0
    for letter in written:
        if letter == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif letter == ")":
            depth -= 1
    return deepest


def _measure(tree: Any) -> None:
    """Refuse a tree that is too deep or has too many parts, without going down it by calls."""
    waiting, seen = [(tree, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > MOST_DEPTH or seen > MOST_NODES:
            raise refuse(f"a filter has at most {MOST_NODES} parts, at most {MOST_DEPTH} deep")
        if isinstance(node, dict):
            waiting += [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list):
            waiting += [(value, depth + 1) for value in node]
