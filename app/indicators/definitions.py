"""What each published indicator is, and how its file lays it out; opens no file of values.

The entries are data: TOML tables under `catalogue/`, one `[[file]]` for each dataset of the catalogue of
sources with its indicators below it, read once and checked as they are read.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.indicators.methods.periods import DIRECTIONS, Direction
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Invalid

FOLDER = Path(__file__).parent / "catalogue"
NATURES = ("extensive", "intensive")
STATES = ("value", "suppressed", "missing")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class DefinitionInvalid(Invalid):
    """An entry of the catalogue of indicators is not written as its rules say."""

    slug = "definition-invalid"
    title = "The catalogue of indicators has a fault"


@dataclass(frozen=True)
class Definition:
    """One indicator: what it is, and which column of its file holds it.

    nature : extensive values (counts) are added over areas, intensive ones (rates) are not.
    denominator : what it is a share of, as an indicator's id or in words.
    rank : column of the published rank; averaged: tied areas stand there with the mean of their ranks.
    period : what it is of, where the file does not say by row; blank : what an empty cell means.
    """

    id: str
    column: str
    title: str
    definition: str
    unit: str
    direction: Direction
    nature: str
    denominator: str | None = None
    rank: str | None = None
    averaged: bool = False
    period: str | None = None
    blank: str = "missing"


@dataclass(frozen=True)
class FileLayout:
    """How one published file lays out its indicators.

    code : heading of the areas' codes; code_prefix makes slugs of codes that are none.
    period_column : heading of the period by row, written into `period` ("mid-{}") where there is one.
    key, value : for a file with one value a row: headings of the indicator's name and of the value.
    name, gone : for areas that hardly any other file lists: heading of their names, and the day from
        which the next list counts. header_lines : 2 where groups of columns have a line of their own.
    """

    dataset: str
    area_type: str
    area_set: str
    code: str
    indicators: tuple[Definition, ...]
    code_prefix: str = ""
    period: str | None = None
    period_column: str | None = None
    key: str | None = None
    value: str | None = None
    name: str | None = None
    gone: date | None = None
    header_lines: int = 1

    def period_of(self, one: Definition) -> str:
        """Name the period of an indicator in a file that does not say it by row."""
        return one.period or self.period or ""


def read_definitions(folder: Path = FOLDER) -> Mapping[str, FileLayout]:
    """Read every layout of a folder's TOML files, by its dataset.

    Raises DefinitionInvalid naming file and entry for an unknown or missing key, a value outside its
    list, or an id that another entry has.
    """
    found: dict[str, FileLayout] = {}
    ids: set[str] = set()
    for file in sorted(folder.glob("*.toml")):
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        for row in told.get("file", []):
            layout = _read_layout(dict(row), file.name)
            if layout.dataset in found:
                raise DefinitionInvalid(f"{file.name}: {layout.dataset} is laid out twice")
            for one in layout.indicators:
                if one.id in ids:
                    raise DefinitionInvalid(f"{file.name}: another indicator is called {one.id}")
                ids.add(one.id)
            found[layout.dataset] = layout
    return MappingProxyType(found)


def _read_layout(row: dict[str, Any], file: str) -> FileLayout:
    place = f"{file}, {row.get('dataset', 'a file without dataset')}"
    indicators = []
    for given in row.pop("indicator", []):
        _check_keys(Definition, given, f"{place}, {given.get('id', 'an indicator without id')}")
        indicators.append(Definition(**given))
    row["indicators"] = tuple(indicators)
    _check_keys(FileLayout, row, place)
    if "gone" in row:
        row["gone"] = date.fromisoformat(row["gone"])
    layout = FileLayout(**row)
    wrong = [] if layout.area_type in AREA_TYPES else [f"no area type {layout.area_type!r}"]
    wrong += [] if indicators else ["it has no indicator"]
    for one in layout.indicators:
        wrong += [f"{one.id}: {fault}" for fault in _faults(layout, one)]
    if wrong:
        raise DefinitionInvalid(f"{place}: {'; '.join(wrong)}")
    return layout


def _faults(layout: FileLayout, one: Definition) -> list[str]:
    checks = (
        (_SLUG.fullmatch(one.id), "its id is not small letters and figures joined by hyphens"),
        (one.direction in DIRECTIONS, f"its direction is none of {', '.join(DIRECTIONS)}"),
        (one.nature in NATURES, f"its nature is none of {', '.join(NATURES)}"),
        (one.blank in STATES[1:], f"what a blank means is none of {', '.join(STATES[1:])}"),
        (one.title and one.definition and one.unit, "it lacks a title, a definition or a unit"),
        (layout.period_of(one) or layout.period_column, "nothing says its period"),
    )
    return [said for sound, said in checks if not sound]


def _check_keys(kind: type[Definition] | type[FileLayout], row: Mapping[str, Any], at: str) -> None:
    known = fields(kind)
    if unknown := row.keys() - {field.name for field in known}:
        raise DefinitionInvalid(f"{at}: unknown key {', '.join(sorted(unknown))}")
    needed = {field.name for field in known if field.default is dataclasses.MISSING}
    if missing := needed - row.keys():
        raise DefinitionInvalid(f"{at}: {', '.join(sorted(missing))} is missing")


@cache
def definitions() -> Mapping[str, FileLayout]:
    """List how every published file of indicators is laid out, by its dataset; read once."""
    return read_definitions()
