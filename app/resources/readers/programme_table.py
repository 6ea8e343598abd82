"""Reads the table in which a keeper lists a programme's places and allocations; a blank amount is not 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.resources.methods.amounts import RuleBroken, pence_from
from app.resources.methods.dates import read_year
from app.resources.methods.programme_record import (
    WHOLE_PARTNERSHIP,
    AllocationSaid,
    PlaceSaid,
    allocation_faults,
)
from app.resources.readers.columns import Row, fault_of, read_table
from app.resources.readers.frames import clean_text
from boundaries.errors import Fault

REQUIRED = ("place", "year", "amount")
OPTIONAL = ("period", "status", "derived", "basis", "source", "note")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0", "")


@dataclass
class ReadProgramme:
    """The rows of one table: eligible places and allocations by row number, the refused, what was read otherwise."""

    name: str
    rows_in: int = 0
    areas: list[tuple[int, PlaceSaid]] = field(default_factory=list)
    allocations: list[tuple[int, AllocationSaid]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def read_programme_table(
    source: Path | bytes,
    name: str,
    *,
    first_year: str | None = None,
    last_year: str | None = None,
) -> ReadProgramme:
    """Read a CSV or XLSX with the columns place, year, amount in any order.

    place : a code, a council's name or "whole partnership". year : 2001-02, blank for several years
    together (then `period` says which). amount : pounds; blank is not known, never 0, and the row
    lists an eligible place. Further columns: period, status (blank = awarded), derived (yes or no),
    basis, source, note. A year outside the programme's is refused. Raises FileRefused.
    """
    sheet = read_table(source, name, REQUIRED)
    read = ReadProgramme(name, faults=list(sheet.faults), notes=list(sheet.notes))
    read.rows_in = len(sheet.rows) + len(sheet.faults)
    for number, row in sheet.rows:
        try:
            _take(number, row, read)
        except _CellBroken as broken:
            column = broken.column
            read.faults.append(fault_of(broken, name, number, column, row.get(column)))
    kept = []
    for number, said in read.allocations:
        faults = allocation_faults(said, first_year, last_year)
        if not faults:
            kept.append((number, said))
        read.faults += [
            fault._replace(file=name, row=number, column=fault.pointer, pointer="") for fault in faults[:1]
        ]  # fmt: skip
    read.allocations = kept
    unknown = [column for column in sheet.columns if column not in (*REQUIRED, *OPTIONAL)]
    read.notes += [
        Fault("The column is not one of the table's and was left.", file=name, column=column, rule="column-unused")
        for column in unknown
    ]  # fmt: skip
    return read


class _CellBroken(RuleBroken):
    """A cell of a named column broke a rule."""

    def __init__(self, column: str, broken: RuleBroken) -> None:
        super().__init__(broken.rule, broken.detail)
        self.column = column


def _take(number: int, row: Row, read: ReadProgramme) -> None:
    place = clean_text(row.get("place")) or WHOLE_PARTNERSHIP
    year = _year(row)
    note = clean_text(row.get("note"))
    if clean_text(row.get("amount")) is None:
        read.areas.append((number, PlaceSaid(place, None, note)))
        if year is not None:
            read.notes.append(
                Fault("The amount is not known: the place is eligible, and has no allocation of 0.",
                      file=read.name, row=number, column="amount", value=place, rule="amount-not-known")
            )  # fmt: skip
        return
    try:
        pence, read_as = pence_from(row.get("amount"))
    except RuleBroken as broken:
        raise _CellBroken("amount", broken) from broken
    if read_as:
        read.notes.append(
            Fault(f"The amount was read as {read_as}.", file=read.name, row=number, column="amount",
                  value=str(row.get("amount"))[:80], rule="amount-read-as")
        )  # fmt: skip
    said = AllocationSaid(
        words=place, year=year, period=clean_text(row.get("period")) if year is None else None,
        amount_pence=pence, status=(clean_text(row.get("status")) or "awarded").lower(),
        derived=_truth(row), basis=clean_text(row.get("basis")), source=clean_text(row.get("source")),
        note=note,
    )  # fmt: skip
    read.allocations.append((number, said))


def _year(row: Row) -> str | None:
    try:
        year, day = read_year(row.get("year"))
        if day is not None:
            raise RuleBroken("year-is-financial", "A day is no financial year: write 2001-02.")
    except RuleBroken as broken:
        raise _CellBroken("year", broken) from broken
    return year


def _truth(row: Row) -> bool:
    said = (clean_text(row.get("derived")) or "").lower()
    if said not in (*_YES, *_NO):
        raise _CellBroken("derived", RuleBroken("derived-is-yes-or-no", "Write yes or no."))
    return said in _YES
