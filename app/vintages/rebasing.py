"""Carries a user's table from one release to another, step by step, and says what became of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.vintages.methods.columns import Wanted
from app.vintages.methods.headings import heading_for, unused_titles
from app.vintages.queries import KnownArea, known_areas
from app.vintages.readers.numbers import Numbers, write_number, write_numbers
from app.vintages.readers.records import Records
from app.vintages.reading import TableRead
from boundaries.area_types import WIDER_PREFIXES
from boundaries.gss import is_gss_code
from boundaries.methods.rebase import (
    ESTIMATES,
    NO_LINK,
    NO_POSTCODES,
    Carried,
    Column,
    Lineage,
    Step,
    Totals,
    Values,
    carry,
    trace_lineages,
)
from boundaries.rebasing import NamedRelease, areas_of, find_steps

ROWS_AN_ANSWER = 5_000
# What people write in the column of codes beside a sum.
TOTALS = frozenset({"total", "totals", "all", "england", "england total", "grand total", "sum"})
# Why a row is not in the table carried: the closed list.
REASONS = {
    "blank-row": "the row is blank",
    "blank-code": "it names no area",
    "wider-area": "it names a wider area, perhaps a total",
    "other-nation": "it lies in another nation, whose links are not held",
    "another-release": "the area is not one of the release carried from",
    "unknown-code": "no area here has this code",
    NO_LINK: "no link leads from the area to the release carried to",
    NO_POSTCODES: "the area is linked to several, and no postcode tells its shares",
}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Listed:
    """A row of the file, or an area on the way, that could not be carried, with its values."""

    row: int | None
    code: str
    reason: str
    step: str
    by: tuple[str, ...]
    values: dict[str, str]


@dataclass(frozen=True)
class RebasedTable:
    """A table carried to another release, ready to be written, with what became of every row.

    rows in = rows used + rows listed; of each count, before = after + withheld + listed.
    """

    header: tuple[str, ...]
    values: Values
    columns: tuple[Column, ...]
    digits: dict[str, int]
    groups: tuple[tuple[str, ...], ...]
    lineages: dict[str, Lineage]
    listed: tuple[Listed, ...]
    report: dict[str, Any]

    def rows(self) -> Iterator[list[str]]:
        """Give the rows in order of group and code, those that could not be carried last, without a code."""
        count = len(self.values.codes)
        for start in range(0, count, ROWS_AN_ANSWER):
            yield from self._block(start, min(start + ROWS_AN_ANSWER, count))
        for each in self.listed:
            cells = [each.values.get(column.name, "") for column in self.columns]
            why = REASONS[each.reason] + (f" ({each.step})" if each.step else "")
            yield ["", *each.by, *cells, f"not carried: {each.reason}", each.code, why]

    def _block(self, start: int, stop: int) -> Iterator[list[str]]:
        cells = []
        for column in self.columns:
            none = self.values.missing[column.name][start:stop].tolist()
            told = write_numbers(
                self.values.values[column.name][start:stop], self.digits[column.name]
            )
            cells.append(["" if gone else text for gone, text in zip(none, told, strict=True)])
        for position, row in enumerate(zip(*cells, strict=True), start=start):
            code = str(self.values.codes[position])
            lineage = self.lineages[code]
            yield [
                code, *self.groups[int(self.values.groups[position])], *row,
                lineage.method, " ".join(lineage.sources), self._note(position),
            ]  # fmt: skip

    def _note(self, position: int) -> str:
        told = []
        for column in self.columns:
            if not self.values.missing[column.name][position]:
                continue
            lacking = self.values.lacking.get((position, column.name), ())
            note = f"{column.name} is missing: " + (
                f"{', '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} none"
                if lacking
                else "nobody to weigh it by"
            )
            known = self.values.known.get(column.name)
            if known is not None and int(known[position]):
                note += (
                    f"; the rest sums to {write_number(known[position], self.digits[column.name])}"
                )
            told.append(note)
        return "; ".join(told)


def rebase_table(
    session: Session,
    records: Records,
    start: NamedRelease,
    end: NamedRelease,
    wanted: Wanted,
    column: str | None = None,
    progress: Progress = lambda _words: None,
) -> RebasedTable:
    """Carry a table between releases.

    `column` names the column of codes; None: the one in which most cells are areas of `start`. Raises
    TableRefused with every fault: no such column, no codes, an area twice, a cell that is no number, a
    rank, a rate without a count; and what `find_steps` raises.
    """
    steps = find_steps(session, start, end)
    sources = set(steps[0].links["source"])
    table = TableRead(records, wanted, start.id).read(sources, column)
    progress(f"{table.count:,} rows read, {len(table.columns)} columns to carry")
    rows, kept = table.as_values(sources)
    listed = _listed_at_first(session, table, kept, start)
    totals = {
        name: [Totals(int_sum(table.numbers[name], ~kept), 0, 0, 0)]
        for name in (each.name for each in table.columns if each.kind == "count")
    }
    numbers = np.flatnonzero(kept)
    for at, step in enumerate(steps):
        done = carry(rows, table.columns, step)
        listed += _listed_on_the_way(done, rows, table, step, numbers if at == 0 else None)
        for name, sums in done.totals.items():
            totals[name].append(sums)
        rows = done.rows
        progress(f"{step.title}: {len(rows.codes):,} rows")
    made = _finish(table, steps, rows, listed, totals, start, end)
    # Of 2001 the publisher names one successor for some areas that became two: the other has no source.
    made.report["unreached"] = [
        code for code in areas_of(session, end) if code not in made.lineages
    ]
    return made


def int_sum(numbers: Numbers, rows: NDArray[np.bool_]) -> int:
    """Sum a column's values where there are any, as a whole number of any size."""
    return sum(int(value) for value in numbers.values[rows & ~numbers.missing].tolist())


def _listed_at_first(
    session: Session, table: TableRead, kept: NDArray[np.bool_], start: NamedRelease
) -> list[Listed]:
    """Say of every row that names no area of the release why not."""
    beyond = np.flatnonzero(~kept).tolist()
    known = known_areas(session, {table.codes[at] for at in beyond})
    found = []
    for at in beyond:
        code, row = table.codes[at], table.row_numbers[at]
        reason = "blank-row" if row in table.blank else why_not_carried(code, known, start)
        held = {
            name: write_number(numbers.values[at], numbers.digits)
            for name, numbers in table.numbers.items()
            if not numbers.missing[at]
        }
        found.append(Listed(row, code, reason, "", table.groups[table.group_ids[at]], held))
    return found


def why_not_carried(code: str, known: Mapping[str, KnownArea], start: NamedRelease) -> str:
    """Say why a code is not among the areas that the first step links: a reason of the closed list."""
    if not code:
        return "blank-code"
    area = known.get(code)
    if area is not None and area.type == start.area_type:
        return NO_LINK if area.is_alive(start.day) else "another-release"
    if code[:3] in WIDER_PREFIXES or area is not None or code.lower() in TOTALS:
        return "wider-area"
    if is_gss_code(code) and code[0] in "WSN":
        return "other-nation"
    return "unknown-code"


def _listed_on_the_way(
    done: Carried, rows: Values, table: TableRead, step: Step, numbers: NDArray[np.int64] | None
) -> list[Listed]:
    found = []
    for position, reason in sorted(done.listed.items()):
        held = {
            c.name: write_number(rows.values[c.name][position], table.numbers[c.name].digits)
            for c in table.columns
            if not rows.missing[c.name][position]
        }
        row = None if numbers is None else table.row_numbers[int(numbers[position])]
        by = table.groups[int(rows.groups[position])]
        found.append(Listed(row, str(rows.codes[position]), reason, step.title, by, held))
    return found


def _finish(
    table: TableRead, steps: Sequence[Step], rows: Values, listed: list[Listed],
    totals: dict[str, list[Totals]], start: NamedRelease, end: NamedRelease,
) -> RebasedTable:  # fmt: skip
    lineages = trace_lineages(steps)
    methods: dict[str, int] = {}
    for code in rows.codes:
        method = lineages[code].method
        methods[method] = methods.get(method, 0) + 1
    sums = {}
    for name, found in totals.items():
        digits = table.numbers[name].digits
        before = int_sum(table.numbers[name], np.ones(table.count, dtype=bool))
        parts = {
            "before": before, "after": found[-1].after, "withheld": sum(t.withheld for t in found),
            "listed": found[0].before + sum(t.listed for t in found[1:]),
        }  # fmt: skip
        parts["difference"] = before - parts["after"] - parts["withheld"] - parts["listed"]
        sums[name] = {key: _told(value, digits) for key, value in parts.items()}
    rows_listed = sum(1 for each in listed if each.row is not None)
    reasons: dict[str, int] = {}
    for each in listed:
        reasons[each.reason] = reasons.get(each.reason, 0) + 1
    report = {
        "from": start.id, "to": end.id, "steps": [step.title for step in steps],
        "code_column": table.code, "left_out": table.left,
        "rows": {"in": table.count, "used": table.count - rows_listed, "listed": rows_listed, "out": len(rows.codes)},
        "totals": sums,
        "missing": {c.name: int(rows.missing[c.name].sum()) for c in table.columns},
        "methods": methods,
        "estimated": sum(count for method, count in methods.items() if method in ESTIMATES),
        "listed_by_reason": reasons,
        "notes": [fault.detail for fault in table.records.notes],
    }  # fmt: skip
    header = (
        heading_for(table.code, end.area_type, start.day.year, end.day.year), *table.wanted.by,
        *(column.name for column in table.columns),
    )  # fmt: skip
    return RebasedTable(
        (*header, *unused_titles(header, ("method", "sources", "note"))), rows, tuple(table.columns),
        {c.name: table.numbers[c.name].digits for c in table.columns}, tuple(table.groups), lineages,
        tuple(sorted(listed, key=lambda each: (each.row is None, each.row or 0, each.code))), report,
    )  # fmt: skip


def _told(value: int, digits: int) -> int | str:
    return write_number(value, digits) if digits else value
