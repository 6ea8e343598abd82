"""Brings in a partnership's own files of money, line by line; a file that is here never changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.records.keep_places import ground_said
from app.records.keeping import APART, NEW, SAME, Keeping, faults_in, is_same
from app.records.methods.columns import (
    MONEY,
    MONEY_ESTATES,
    MONEY_LINES,
    MONEY_REFUSALS,
    MONEY_WEIGHTS,
    PARTNERSHIP,
    TABLES,
)
from app.records.queries import money_here
from app.records.reading import RecordInvalid, Row
from app.resources.kept_elsewhere import KeptFile, keep_file
from app.resources.queries import own_files
from boundaries.errors import BoundsError, Fault
from boundaries.footprints import Ground

_ROWS = (MONEY_LINES, MONEY_WEIGHTS, MONEY_ESTATES, MONEY_REFUSALS)
_FARTHEST_M = 2_000_000.0
_Parts = dict[str, list[Row]]


def keep_money(keeping: Keeping) -> None:
    """Keep each file that is not here with all its rows; one whose rows are no lines of money is only named."""
    parts: dict[str, _Parts] = defaultdict(lambda: {name: [] for name in _ROWS})
    for name in _ROWS:
        for row in keeping.rows(name):
            parts[str(row.values["file"])][name].append(row)
    # They outlive the partnership: its record may be gone and they here.
    here = {file.id: file.sha256 for file in own_files(keeping.session, keeping.slug)}
    told = (
        keeping.before
        if keeping.before.get(PARTNERSHIP)
        else money_here(keeping.session, keeping.slug)
    )
    before = {name: _by_file(told[name]) for name in _ROWS}
    for row in keeping.rows(MONEY):
        known_as = str(row.values["id"])
        own = parts.pop(known_as, None) or {name: [] for name in _ROWS}
        if here.get(known_as) == row.values["sha256"]:
            keeping.done(MONEY, SAME)
            _compare(keeping, own, {name: before[name].get(known_as, []) for name in _ROWS})
        elif not own[MONEY_LINES] and row.values.get("lines"):
            _name_alone(keeping, row, own)
        else:
            _keep_one(keeping, row, own)
    for known_as, own in parts.items():
        if known_as in here:
            _compare(keeping, own, {name: before[name].get(known_as, []) for name in _ROWS})
        else:
            _orphans(keeping, own, "its file is no row of this one")


def _by_file(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[str(row["file"])].append(row)
    return found


def _compare(keeping: Keeping, own: _Parts, before: dict[str, list[Any]]) -> None:
    """Count the rows of a file that is here as the same, and refuse those that say anything else."""
    for name, rows in own.items():
        if name == MONEY_LINES:
            of_line = {str(each["identifier"]): [each] for each in before[name]}
            pairs = [(row, of_line.get(str(row.values["identifier"]), [])) for row in rows]
        else:
            lists = len(rows) == len(before[name])
            pairs = [
                (row, [was] if lists else []) for row, was in zip(rows, before[name], strict=False)
            ]
            pairs += [(row, []) for row in rows[len(pairs) :]]
        for row, was in pairs:
            if was and is_same(name, row.values, was[0]):
                keeping.done(name, SAME)
            else:
                detail = (
                    "its file is here and never changes; bring other money in as a file of its own"
                )
                keeping.refuse(name, row, [Fault(detail, column="file", rule="file-never-changes")])


def _name_alone(keeping: Keeping, row: Row, own: _Parts) -> None:
    keeping.done(MONEY, APART)
    named = str(row.values.get("source_file") or row.values["id"])
    detail = f"the file {named!r} is not here, nor are its lines in this one: bring it in as money"
    keeping.note(MONEY, row, detail, "money-apart")
    _orphans(keeping, own, "the lines of its file are not here")


def _orphans(keeping: Keeping, own: _Parts, detail: str) -> None:
    for name, rows in own.items():
        for row in rows:
            keeping.refuse(name, row, [Fault(detail, column="file", rule="hangs-on-a-row")])


def _keep_one(keeping: Keeping, row: Row, own: _Parts) -> None:
    try:
        if not keeping.first_time(MONEY, str(row.values["id"])):
            detail = "id: it stands in the file twice"
            raise RecordInvalid(detail, [Fault(detail, "/id", rule="row-once")])
        keep_file(keeping.session, keeping.actor, keeping.slug, _kept(keeping, row, own))
    except BoundsError as problem:
        _list(keeping, row, own, faults_in(problem))
        return
    keeping.done(MONEY, NEW)
    for name, rows in own.items():
        keeping.done(name, NEW, len(rows))


def _kept(keeping: Keeping, row: Row, own: _Parts) -> KeptFile:
    said = {name: row.values.get(name) for name in TABLES[MONEY].names}
    moment = said["loaded_at"]
    said["loaded_at"] = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    lines = [
        line | {name: _metres(line[name]) for name in ("easting", "northing")}
        for line in (_whole(MONEY_LINES, each) for each in own[MONEY_LINES])
    ]
    named = {line["identifier"] for line in lines}
    weights: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in own[MONEY_WEIGHTS]:
        weights[_named(each, named)].append((each.values["area"], each.values["weight"]))
    pieces: dict[str, list[Row]] = defaultdict(list)
    for each in sorted(own[MONEY_ESTATES], key=lambda one: one.values["piece"]):
        pieces[_named(each, named)].append(each)
    estates: dict[str, Ground] = {name: ground_said(keeping, rows) for name, rows in pieces.items()}
    refusals = [_whole(MONEY_REFUSALS, each) for each in own[MONEY_REFUSALS]]
    return KeptFile(said, lines, weights, estates, refusals)


def _metres(said: str | None) -> float | None:
    """Read metres of the National Grid; what is no such number is none, which no point may be."""
    try:
        metres = None if said is None else float(said)
    except ValueError:
        return None
    return metres if metres is not None and abs(metres) < _FARTHEST_M else None


def _named(row: Row, named: set[str]) -> str:
    name = str(row.values["identifier"])
    if name not in named:
        detail = f"there is no line {name[:80]!r} of its file"
        raise RecordInvalid(detail, [Fault(detail, "/id", rule="hangs-on-a-row")])
    return name


def _whole(name: str, row: Row) -> dict[str, Any]:
    """Give a row with every column of its table: of one that the file has not it says nothing."""
    return {column.name: row.values.get(column.name) for column in TABLES[name].columns}


def _list(keeping: Keeping, row: Row, own: _Parts, faults: list[Fault]) -> None:
    """List a file that was refused, and every row of it: by its own fault where it has one."""
    mine, of_line = [], defaultdict(list)
    for fault in faults:
        steps = fault.pointer.strip("/").split("/")
        if steps[0] == "lines" and len(steps) == 3:
            of_line[int(steps[1])].append(fault._replace(pointer="", column=steps[2]))
        else:
            mine.append(fault)
    for at, some in of_line.items():
        keeping.refuse(MONEY_LINES, own[MONEY_LINES][at], some)
    detail = "a line of it was refused"
    keeping.refuse(MONEY, row, mine or [Fault(detail, column="id", rule="hangs-on-a-row")])
    for name, rows in own.items():
        for each in rows:
            if not keeping.is_refused(name, each.number):
                told = Fault("its file was refused", column="file", rule="hangs-on-a-row")
                keeping.refuse(name, each, [told])
