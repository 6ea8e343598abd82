"""Counts what stands in each column of a table that may hold codes; keeps each different cell once and no row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from app.vintages.methods.code_shapes import shape_of, tidy_code
from app.vintages.readers.records import Records
from boundaries.errors import Fault

MOST_FAULTS = 100
# More different cells than England has areas of any kind: names or numbers, not codes.
MOST_CELLS = 500_000
# Of the cells of a block that are not blank, so many must look like codes.
LEAST_LIKE = 0.2


@dataclass
class Counted:
    """What was counted: rows, blank ones, rows that do not fit the header, and cells by column position."""

    rows: int = 0
    blank_rows: int = 0
    misfits: int = 0
    faults: list[Fault] = field(default_factory=list)
    cells: dict[int, Counter[str]] = field(default_factory=dict)


def count_cells(records: Records, column: int | None = None) -> Counted:
    """Go through a table once. `column` is counted whatever it holds; others while they look like codes."""
    width = len(records.header)
    found = Counted(cells={at: Counter() for at in range(width)})
    for first, block in records.blocks():
        found.rows += len(block)
        laid_out = [
            record if len(record) == width else _note_misfit(found, records, number, record)
            for number, record in enumerate(block, first)
        ]
        # Only what may be codes is taken out of the rows: after a block that is a column or two.
        for at in list(found.cells):
            found.cells[at].update([record[at] for record in laid_out])
            if at != column and not _may_be_codes(found.cells[at]):
                del found.cells[at]
    return found


def _note_misfit(found: Counted, records: Records, number: int, record: list[str]) -> list[str]:
    width = len(records.header)
    if not any(cell.strip() for cell in record):
        found.blank_rows += 1
    else:
        found.misfits += 1
        if len(found.faults) < MOST_FAULTS:
            told = f"The row has {len(record)} cells and the header {width}."
            found.faults.append(Fault(told, file=records.name, row=number, rule="row-fits-header"))
    return (record + [""] * width)[:width]


def _may_be_codes(cells: Counter[str]) -> bool:
    if len(cells) > MOST_CELLS:
        return False
    filled = like = 0
    # A thousand different cells tell; a column that is blank at first is asked again.
    for cell in islice(cells, 1_000):
        if cell.strip():
            filled += 1
            like += bool(shape_of(tidy_code(cell)))
    return not filled or like >= LEAST_LIKE * filled
