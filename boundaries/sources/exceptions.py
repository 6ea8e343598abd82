"""Reads the dated exceptions to published data under `boundaries/exceptions/`: facts that no file of the mirror has.

Each entry has a source and a reason; one without, or with a key that is not known, is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from boundaries.errors import Invalid

FOLDER = Path(__file__).resolve().parent.parent / "exceptions"
SOURCE = "boundaries/exceptions"
WHOLE = "the whole of it, by the order that changed it"
A_FEW_HOUSES = "the whole of it: the order moved a few houses, which are not counted"

# table -> (keys that it must have, keys that it may have), beside source and reason
_KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "county": (frozenset({"code", "old_code", "name", "ended_on"}), frozenset()),
    "district": (
        frozenset({"code", "old_code", "gss", "name", "ended_on", "followed_by", "kind"}),
        frozenset({"county"}),
    ),
    "recoded": (frozenset({"code", "name", "ended_on", "followed_by"}), frozenset()),
    "combined": (frozenset({"code"}), frozenset({"name", "began_on", "ended_on", "members"})),
}
_DAYS = ("began_on", "ended_on")


class ExceptionInvalid(Invalid):
    """An entry of the dated exceptions is not written as its rules say."""

    slug = "exception-invalid"
    title = "A dated exception has a fault"


@dataclass(frozen=True)
class Exceptions:
    """What the files say, by table, each entry with its source and reason.

    counties: ended without a code of nine characters. districts: the same, with what followed them.
    recoded: given another code. combined: lives and members of combined authorities.
    """

    counties: tuple[Mapping[str, Any], ...]
    districts: tuple[Mapping[str, Any], ...]
    recoded: tuple[Mapping[str, Any], ...]
    combined: tuple[Mapping[str, Any], ...]

    def recoded_by(self, day: date) -> dict[str, str]:
        """Give the codes that had been given to districts in place of others by a day: old -> new."""
        return {row["code"]: row["followed_by"] for row in self.recoded if row["ended_on"] <= day}


@cache
def read_exceptions(folder: Path = FOLDER) -> Exceptions:
    """Read every file of a folder. Raises ExceptionInvalid naming the file, the table and the entry."""
    found: dict[str, list[Mapping[str, Any]]] = {table: [] for table in _KEYS}
    seen: set[tuple[str, str, object]] = set()
    for file in sorted(folder.glob("*.toml")):
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ExceptionInvalid(f"{file.name} is not TOML: {error}") from None
        for table, rows in told.items():
            if table not in _KEYS:
                raise ExceptionInvalid(f"{file.name}: unknown table {table!r}")
            for row in rows:
                place = f"{file.name}, {table} {row.get('code', 'without code')}"
                _check(table, row, place)
                key = (table, row["code"], row.get("ended_on"))
                if key in seen:
                    raise ExceptionInvalid(f"{place}: another entry says the same")
                seen.add(key)
                found[table].append(row)
    return Exceptions(
        *(tuple(found[table]) for table in ("county", "district", "recoded", "combined"))
    )


def _check(table: str, row: Mapping[str, Any], place: str) -> None:
    needed, allowed = _KEYS[table]
    needed = needed | {"source", "reason"}
    if lacking := needed - row.keys():
        raise ExceptionInvalid(f"{place}: {', '.join(sorted(lacking))} is missing")
    if unknown := row.keys() - needed - allowed:
        raise ExceptionInvalid(f"{place}: unknown key {', '.join(sorted(unknown))}")
    for name in _DAYS:
        if name in row and type(row[name]) is not date:
            raise ExceptionInvalid(f"{place}: {name} is no day (write it 2009-04-01)")
    if "began_on" in row and "ended_on" in row and row["began_on"] >= row["ended_on"]:
        raise ExceptionInvalid(f"{place}: it ends before it begins")
