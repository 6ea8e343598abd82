"""Brings in a partnership's own programmes, each with its places and what it gives them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from app.records.keeping import CHANGED, NEW, SAME, Keeping, faults_in, is_same
from app.records.methods.columns import ALLOCATIONS, PROGRAMME_AREAS, PROGRAMMES
from app.records.reading import RecordInvalid, Row
from app.resources.methods.programme_record import AllocationSaid, PlaceSaid, Record, own_id
from app.resources.own_programmes import change_programme, create_programme
from boundaries.errors import BoundsError, Fault

# Where the checks of a programme's record point, and which table's rows are meant.
_POINTS = {"eligible_areas": PROGRAMME_AREAS, "allocations": ALLOCATIONS}


def keep_programmes(keeping: Keeping) -> None:
    """Make each programme or change what differs; its places and allocations take the place of its own record's."""
    parts: dict[str, dict[str, list[Row]]] = {}
    for name in _POINTS.values():
        parts[name] = defaultdict(list)
        for row in keeping.rows(name):
            parts[name][str(row.values["programme"])].append(row)
    for row in keeping.rows(PROGRAMMES):
        own = {name: parts[name].pop(str(row.values["id"]), []) for name in parts}
        _keep_one(keeping, row, own)
    for name, left in parts.items():
        for rows in left.values():
            for row in rows:
                _orphan(keeping, name, row, "its programme is no row of this file")


def _keep_one(keeping: Keeping, row: Row, own: dict[str, list[Row]]) -> None:
    known_as = str(row.values["id"])
    before = keeping.known(PROGRAMMES, id=known_as)
    said: dict[str, Any] = {
        name: value for name, value in row.values.items()
        if name != "id" and not (name == "estimate_basis" and value is None)
    }  # fmt: skip
    lists: dict[str, Any] = {
        "areas": tuple(_place(each) for each in own[PROGRAMME_AREAS]),
        "allocations": tuple(_allocation(each) for each in own[ALLOCATIONS]),
    }
    # A file without the table says nothing of the rows that are here.
    lists = {
        name: value for name, value in lists.items() if _table_of(name) in keeping.given.tables
    }
    try:
        what = NEW
        if not keeping.first_time(PROGRAMMES, known_as):
            raise _wrong("it stands in the file twice", known_as, "row-once")
        if before is None:
            last = known_as.removeprefix(f"{keeping.slug}.")
            if own_id(last, keeping.slug) != known_as:
                detail = f"{keeping.slug}. and then small letters, figures and hyphens"
                raise _wrong(detail, known_as, "id-of-the-partnership")
            create_programme(
                keeping.session, keeping.actor, Record(**said, **lists), partnership=keeping.slug,
                day=keeping.day, name=last,
            )  # fmt: skip
        elif is_same(PROGRAMMES, said, before) and all(
            _same_rows(keeping, _table_of(name), own, known_as) for name in lists
        ):
            what = SAME
        else:
            what = CHANGED
            change_programme(keeping.session, keeping.actor, known_as, said | lists, keeping.day)
    except BoundsError as problem:
        _list(keeping, row, own, faults_in(problem))
        return
    keeping.done(PROGRAMMES, what)
    for name, rows in own.items():
        keeping.done(name, what, len(rows))


def _table_of(name: str) -> str:
    return PROGRAMME_AREAS if name == "areas" else ALLOCATIONS


def _wrong(detail: str, known_as: str, rule: str) -> RecordInvalid:
    return RecordInvalid(
        f"id: {detail}", [Fault(f"id: {detail}", "/id", value=known_as[:80], rule=rule)]
    )


def _place(row: Row) -> PlaceSaid:
    return PlaceSaid(row.values["place"], row.values.get("as_at"), row.values.get("note"))


def _allocation(row: Row) -> AllocationSaid:
    said = row.values
    return AllocationSaid(
        said["place"], said.get("year"), said.get("period"), said["amount_pence"],
        said.get("status") or "awarded", bool(said.get("derived")), said.get("basis"), said.get("source"),
        said.get("note"),
    )  # fmt: skip


def _same_rows(keeping: Keeping, name: str, own: dict[str, list[Row]], known_as: str) -> bool:
    before = [each for each in keeping.before[name] if each["programme"] == known_as]
    return len(before) == len(own[name]) and all(
        is_same(name, row.values, was) for row, was in zip(own[name], before, strict=True)
    )


def _list(keeping: Keeping, row: Row, own: dict[str, list[Row]], faults: list[Fault]) -> None:
    """List a programme that was refused, and each row that hangs on it: by its own fault where it has one."""
    mine = []
    for fault in faults:
        steps = fault.pointer.strip("/").split("/")
        table = _POINTS.get(steps[0])
        if table is None or len(steps) < 2:
            mine.append(fault)
            continue
        column = steps[2] if len(steps) > 2 else "place"
        keeping.refuse(
            table, own[table][int(steps[1])], [fault._replace(pointer="", column=column)]
        )
    detail = "a row that hangs on it was refused"
    keeping.refuse(PROGRAMMES, row, mine or [Fault(detail, column="id", rule="hangs-on-a-row")])
    for name, rows in own.items():
        for each in rows:
            if not keeping.is_refused(name, each.number):
                _orphan(keeping, name, each, "its programme was refused")


def _orphan(keeping: Keeping, name: str, row: Row, detail: str) -> None:
    keeping.refuse(name, row, [Fault(detail, column="programme", rule="hangs-on-a-row")])
