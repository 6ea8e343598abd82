"""Reads core spending power: the parts of each authority's mainstream budget by year, in millions of pounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.resources.methods.amounts import RuleBroken, pence_from_millions
from app.resources.readers.columns import Row, fault_of, read_table, text_of
from boundaries.errors import Fault
from boundaries.gss import is_gss_code

# Column → what the publisher calls it.
PARTS = {
    "sfa": "settlement funding assessment",
    "under_index": "compensation for under-indexing the business rates multiplier",
    "ct_total": "council tax requirement",
    "nhb": "New Homes Bonus",
    "nhb_return": "New Homes Bonus returned funding",
    "rsdg": "Rural Services Delivery Grant",
}
# By the beginning of the code; authorities of several levels spend on the same ground.
LEVELS = {
    "E06": "unitary", "E07": "district", "E08": "metropolitan", "E09": "london", "E10": "county",
    "E31": "fire", "E47": "combined",
}  # fmt: skip


class BudgetLine(NamedTuple):
    """One part of one authority's budget in one financial year; `stated` is the cell as written."""

    row: int
    authority_code: str | None
    authority: str
    level: str
    financial_year: str
    part: str
    amount_pence: int
    kind: str
    stated: str


@dataclass(frozen=True)
class ReadBudgets:
    """What a table of budgets holds: rows_in = rows that gave lines + rows named in `faults`."""

    lines: list[BudgetLine]
    faults: list[Fault]
    notes: list[Fault]
    rows_in: int

    @property
    def rows_refused(self) -> int:
        """How many rows of the file gave no line."""
        return len({fault.row for fault in self.faults})


def read_spending_power(source: Path | bytes, name: str) -> ReadBudgets:
    """Read one row an authority and year as one line for each of PARTS.

    An authority that was not there in a year has 0 in every part; no authority lives on nothing, so
    such a row is missing: listed as `nought-is-missing`, never a line of 0. A single part of 0 is 0.
    Figures are computed to nine decimals of a million, which is a tenth of a penny: each becomes the
    nearest penny, and a note says how many did. The year 2015 is the financial year 2015-16.
    """
    sheet = read_table(source, name, ("ons_code", "authority", "year", *PARTS))
    lines: list[BudgetLine] = []
    faults, notes = list(sheet.faults), list(sheet.notes)
    seen: set[tuple[str, str]] = set()
    rounded = 0
    for number, row in sheet.rows:
        try:
            found = _lines_of(number, row, seen)
        except _PartBroken as broken:
            faults.append(fault_of(broken, name, number, broken.column, row.get(broken.column)))
            continue
        lines += [line for line, _ in found]
        rounded += sum(changed for _, changed in found)
        code = found[0][0].authority_code
        if code is None:
            notes.append(
                Fault(
                    "The authority has no code of its own here: kept by its name, placed nowhere.",
                    file=name, row=number, column="ons_code", value=found[0][0].authority, rule="place-by-name-only",
                )
            )  # fmt: skip
    if rounded:
        notes.append(
            Fault(
                f"{rounded:,} of {len(lines):,} figures are written finer than a penny and were taken to the nearest.",
                file=name, value=str(rounded), rule="nearest-penny",
            )
        )  # fmt: skip
    return ReadBudgets(lines, faults, notes, len(sheet.rows) + len(sheet.faults))


class _PartBroken(RuleBroken):
    """A rule broken by one column of a row."""

    def __init__(self, broken: RuleBroken, column: str) -> None:
        super().__init__(broken.rule, broken.detail)
        self.column = column


def _lines_of(number: int, row: Row, seen: set[tuple[str, str]]) -> list[tuple[BudgetLine, bool]]:
    column = "authority"
    try:
        authority = text_of(row, column)
        column = "year"
        year = _financial_year(text_of(row, column))
        if (authority, year) in seen:
            raise RuleBroken("row-once", "The authority's year stands in an earlier row already.")
        amounts = {}
        for column in PARTS:
            amounts[column] = pence_from_millions(row.get(column), to_nearest=True)
        if not any(each.pence for each in amounts.values()):
            column = "sfa"
            raise RuleBroken(
                "nought-is-missing",
                "Every part is 0: the authority was not there that year, so its budget is missing, not nought.",
            )
    except RuleBroken as broken:
        raise _PartBroken(broken, column) from broken
    seen.add((authority, year))
    stated = str(row.get("ons_code") or "").strip()
    code = stated if is_gss_code(stated) else None
    level = LEVELS.get((code or "")[:3], "other")
    return [
        (
            BudgetLine(
                number, code, authority, level, year, part, found.pence, "revenue", str(row.get(part)).strip()
            ),
            bool(found.read_as),
        )
        for part, found in amounts.items()
    ]  # fmt: skip


def _financial_year(stated: str) -> str:
    if not (len(stated) == 4 and stated.isascii() and stated.isdigit()):
        raise RuleBroken("year-is-a-year", "The year is not four figures such as 2015.")
    return f"{stated}-{(int(stated) + 1) % 100:02d}"
