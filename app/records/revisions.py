"""Tells by each row of a file whether somebody has changed it here since the file was written.

A row carries `as_exported`, a digest of what it said then (rows that stand together, as of a register: of all of
them). It depends on what they say alone, so that equal records are equal files, and says nothing of who wrote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from app.records.methods.columns import AS_EXPORTED, PARTNERSHIP, TABLES, Column, Table
from app.records.reading import Given, Row
from app.records.sheets import as_plain

# Says whether a year is over: it changes by itself.
_BY_THE_CLOCK = ("is_record",)
_LONGEST = 60


class Stale(NamedTuple):
    """A row of a file that is older than what stands here, or is here no more.

    key : what its table calls it. is_untouched : it says what it said when it was exported.
    """

    table: str
    row: Row
    key: str
    is_here: bool
    is_untouched: bool
    detail: str


def with_digests(record: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Give a record in which each row carries the digest of what it says."""
    found = {}
    for name, rows in record.items():
        table = TABLES[name]
        digests = {key: digest_of(table, some) for key, some in _units(table, rows).items()}
        found[name] = [row | {AS_EXPORTED: digests[_key(table, row)]} for row in rows]
    return found


def digest_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> str:
    """Give sixteen figures and letters that stand for what some rows say, in their order."""
    told = [[as_plain(row.get(column.name), column) for column in _told(table)] for row in rows]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()[:16]


def untouched(table: Table, rows: Sequence[Row]) -> bool:
    """Say whether rows that stand together say what they said when they were exported."""
    said = {row.as_exported for row in rows}
    return said == {digest_of(table, [row.values for row in rows])}


def older_rows(given: Given, before: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Stale]:
    """Find the rows of a file that were changed or removed here since, and that the file would write over.

    before : the record as it is. A row without a digest is one that somebody has just written; one that says
    what stands here changes nothing.
    """
    if not before.get(PARTNERSHIP):
        return
    for name, rows in given.tables.items():
        table = TABLES[name]
        here = _units(table, before.get(name, ()))
        units: dict[str, list[Row]] = {}
        for row in rows:
            units.setdefault(_key(table, row.values), []).append(row)
        for key, own in units.items():
            now = here.get(key)
            said = {row.as_exported for row in own} - {None}
            if not said or (
                now is not None and (digest_of(table, now) in said or _says(table, own, now))
            ):
                continue
            for row in own:
                if row.as_exported is not None:
                    detail = _words(table, own, now)
                    yield Stale(name, row, key, now is not None, untouched(table, own), detail)


def _words(table: Table, own: Sequence[Row], now: Sequence[Mapping[str, Any]] | None) -> str:
    if now is None:
        return f"removed here since the file was written; without {AS_EXPORTED} it is a new row"
    if not table.key:
        return f"these {len(own)} rows were changed here since: there are {len(now)}"
    changes = [
        f"{column.name} is {_short(now[0].get(column.name), column)} here and "
        f"{_short(own[0].values[column.name], column)} in the file"
        for column in _told(table)
        if column.name in own[0].values and not _same(column, own[0].values, now[0])
    ]
    return f"changed here since the file was written: {'; '.join(changes)}"


def _short(value: Any, column: Column) -> str:
    words = "nothing" if value in (None, []) else repr(as_plain(value, column))
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _says(table: Table, own: Sequence[Row], now: Sequence[Mapping[str, Any]]) -> bool:
    return len(own) == len(now) and all(
        _same(column, row.values, was)
        for row, was in zip(own, now, strict=True)
        for column in _told(table)
        if column.name in row.values
    )


def _same(column: Column, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(as_plain(one[column.name], column) == as_plain(other.get(column.name), column))


def _told(table: Table) -> list[Column]:
    return [each for each in table.columns if each.name not in (AS_EXPORTED, *_BY_THE_CLOCK)]


def _units(table: Table, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    units: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        units.setdefault(_key(table, row), []).append(row)
    return units


def _key(table: Table, row: Mapping[str, Any]) -> str:
    """Name what a row is one of, or stands together with: nothing else has the key in its table."""
    return " ".join(str(row.get(name)) for name in table.key or table.together)
