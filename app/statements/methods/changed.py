"""What newer data would change in a signed statement: the figures and words that differ, each by its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Walk a plain value to its leaves, each with its pointer; an empty list or object is a leaf.

    Entries of a list that have an `id` are known by it, so that one more shifts no other.
    """
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from leaves(value[key], f"{path}/{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for number, each in enumerate(value):
            known = each.get("id") if isinstance(each, Mapping) else None
            yield from leaves(each, f"{path}/{number if known is None else known}")
    else:
        yield path, _plain(value)


def _plain(value: object) -> object:
    """Give a leaf as JSON holds it, so that what was stored compares with what was not."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return "none"
    return value


def changes_between(signed: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List what differs: pointer, signed, now; None where one of the two has no such leaf. Ordered by pointer.

    The sentence that both begin with is left out: it says the same figures again.
    """
    before, after = dict(leaves(signed)), dict(leaves(now))
    return [
        {"pointer": path, "signed": before.get(path), "now": after.get(path)}
        for path in sorted({*before, *after} - {"/sentence"})
        if before.get(path) != after.get(path) or (path in before) != (path in after)
    ]
