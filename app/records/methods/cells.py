"""Writes a value of the record as one cell and reads it back the same; a cell is never run.

`read_cell(write_cell(value))` is the value for every kind and for every text that a database holds: that
is what makes a workbook or a CSV as good a copy as the JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson

from app.records.methods.columns import Column, Kind

PARTED = "; "
MOST_ITEMS = 1_000
# What a spreadsheet would run; with any number of quotes before it, so that taking one off is sure.
_QUOTED = re.compile(r"'+[=+\-@\t\r\n]")
# What XML has no way to write, and what looks like our way of writing that (ECMA-376, ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BRITISH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_LARGEST = 10**18
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class CellWrong(ValueError):
    """What a cell holds is not of its column's kind. rule : which rule it breaks."""

    def __init__(self, detail: str, rule: str) -> None:
        super().__init__(detail)
        self.detail, self.rule = detail, rule


def write_cell(value: Any, column: Column) -> str | int | float | bool | None:
    """Write a value as a cell: lists in one line, days as ISO text, text as it is; nothing for nothing."""
    if value is None or value == []:
        return None
    match column.kind:
        case "list":
            return _write_list([str(each) for each in value])
        case "steps":
            return PARTED.join(f"{period}={figure!r}" for period, figure in value)
        case "json" | "json-list":
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        case "day" | "moment":
            return as_iso(value)
        case _:
            return value  # text, a number or a truth


def as_iso(value: str | date) -> str:
    """Write a day or a moment as ISO 8601."""
    return value if isinstance(value, str) else value.isoformat()


def for_csv(cell: Any) -> Any:
    """Give text that begins with quotes and what would run one quote more; the writer adds the first."""
    return f"'{cell}" if isinstance(cell, str) and _QUOTED.match(cell) else cell


def from_csv(cell: Any) -> Any:
    """Take the quote off that keeps text from being run."""
    return cell[1:] if isinstance(cell, str) and _QUOTED.match(cell) else cell


def for_workbook(cell: Any) -> Any:
    """Write the characters that XML cannot hold as Excel does: a carriage return is `_x000D_`."""
    if not isinstance(cell, str):
        return cell
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", cell)


def from_workbook(cell: Any) -> Any:
    """Read what `for_workbook` wrote."""
    if not isinstance(cell, str):
        return cell
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)


def read_cell(cell: Any, column: Column) -> Any:
    """Read a cell, or a value of JSON, as its column's kind; None (of a list: []) where nothing is said.

    Raises CellWrong.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        if column.is_needed:
            raise CellWrong("it must be said", f"{column.name.replace('_', '-')}-required")
        return [] if column.kind in ("list", "steps") else None
    return _READERS[column.kind](cell, column)


def _write_list(items: list[str]) -> str:
    """Join items by semicolons, or as JSON where one of them would not come apart again."""
    plain = all(each and each == each.strip() and ";" not in each for each in items)
    if plain and not items[0].startswith(("[", '"')):
        return PARTED.join(items)
    return orjson.dumps(items).decode()


def _read_list(cell: Any, column: Column) -> list[str]:
    items = cell
    if isinstance(cell, str):
        if cell.lstrip().startswith("["):
            items = _loads(cell)
        else:
            items = [each.strip() for each in cell.split(";") if each.strip()]
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        items = [str(_read_whole(cell))]  # a lone id of figures, which a spreadsheet made a number
    if not isinstance(items, list) or not all(isinstance(each, str) for each in items):
        raise CellWrong("a list of words with semicolons between", "list-of-words")
    if len(items) > MOST_ITEMS:
        raise CellWrong(f"at most {MOST_ITEMS} in one cell", "not-too-many")
    for each in items:
        _check_text(each, column.most)
    return list(items)


def _read_steps(cell: Any, column: Column) -> list[tuple[str, float]]:
    pairs: Any = cell
    if isinstance(cell, str):
        parts = [each for each in cell.split(";") if each.strip()]
        pairs = [each.partition("=")[::2] for each in parts]
    if not isinstance(pairs, list) or len(pairs) > MOST_ITEMS:
        raise CellWrong("steps as 2026=40; 2027=35", "list-of-steps")
    found = []
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise CellWrong("steps as 2026=40; 2027=35", "list-of-steps")
        _check_text(pair[0], column.most)
        found.append((pair[0].strip(), _read_number(pair[1])))
    return found


def _read_text(cell: Any, column: Column) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | date):
        raise CellWrong("words", "text")
    words = cell if isinstance(cell, str) else _as_typed(cell)
    _check_text(words, column.most)
    return words.strip() if column.kind == "word" else words


def _as_typed(cell: float | date) -> str:
    """Write a number or a day that a spreadsheet made of somebody's words as it was typed: 2024, not 2024.0."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _LARGEST:
        return str(int(cell))
    return str(cell.date()) if isinstance(cell, datetime) else str(cell)


def _check_text(words: str, most: int) -> None:
    if len(words) > most:
        raise CellWrong(f"at most {most:,} characters; it has {len(words):,}", "not-too-long")
    if "\x00" in words or any("\ud800" <= each <= "\udfff" for each in words):
        raise CellWrong("it holds a character that cannot be kept", "text")


def _read_whole(cell: Any) -> int:
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < _LARGEST:
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, str) and _WHOLE.fullmatch(cell.strip()):
        return int(cell)
    raise CellWrong("a whole number", "whole-number")


def _read_number(cell: Any) -> float:
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        cell = float(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) <= 1e12:
        return float(cell) if math.isfinite(cell) else _no_number()
    return _no_number()


def _no_number() -> float:
    raise CellWrong("a number of at most a million million", "number")


def _read_truth(cell: Any) -> bool:
    found = cell if isinstance(cell, bool) else _TRUTHS.get(str(cell).strip().lower())
    if found is None:
        raise CellWrong("true or false", "true-or-false")
    return found


def _read_day(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    words = str(cell).strip() if isinstance(cell, str) else ""
    british = _BRITISH_DAY.fullmatch(words)
    try:
        if british is not None:  # as a spreadsheet in this country writes it
            return date(int(british[3]), int(british[2]), int(british[1]))
        if len(words) == len("2026-03-31"):
            return date.fromisoformat(words)
        if words.endswith(" 00:00:00"):
            return date.fromisoformat(words.removesuffix(" 00:00:00"))
    except ValueError:
        pass
    raise CellWrong("a day as 2026-03-31 or 31/03/2026", "day")


def _read_moment(cell: Any) -> datetime:
    try:
        found = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    except ValueError:
        raise CellWrong("a moment as 2026-03-31T12:00:00+00:00", "moment") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _read_json(cell: Any, column: Column) -> Any:
    found = _loads(cell) if isinstance(cell, str) else cell
    awaited, said = (list, "list") if column.kind == "json-list" else (dict, "object")
    if not isinstance(found, awaited):
        raise CellWrong(f"a JSON {said} as it was exported", f"json-{said}")
    _check_text(orjson.dumps(found).decode(), column.most)
    return found


def _loads(words: str) -> Any:
    try:
        return orjson.loads(words)
    except orjson.JSONDecodeError:
        raise CellWrong("JSON as it was exported", "json") from None


_READERS: Mapping[Kind, Callable[[Any, Column], Any]] = {
    "text": _read_text,
    "word": _read_text,
    "whole": lambda cell, _: _read_whole(cell),
    "number": lambda cell, _: _read_number(cell),
    "truth": lambda cell, _: _read_truth(cell),
    "day": lambda cell, _: _read_day(cell),
    "moment": lambda cell, _: _read_moment(cell),
    "list": _read_list,
    "steps": _read_steps,
    "json": _read_json,
    "json-list": _read_json,
}
