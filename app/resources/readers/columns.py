"""Opens a published table that must hold certain columns; refuses it whole where one is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.resources.methods.amounts import RuleBroken
from app.resources.readers.frames import clean_text
from app.vintages.readers.cells import FileRefused, Sheet, read_sheet
from boundaries.errors import Fault

Row = Mapping[str, object]


def read_table(source: Path | bytes, name: str, columns: Sequence[str]) -> Sheet:
    """Read a table whose header holds `columns` (small letters). Raises FileRefused naming each that is missing."""
    sheet = read_sheet(source, name)
    missing = [column for column in columns if column not in sheet.columns]
    if missing:
        raise FileRefused(
            f"{name} lacks {'the column' if len(missing) == 1 else 'the columns'} {', '.join(missing)}.",
            [
                Fault("The column is missing.", file=name, column=column, rule="column-required")
                for column in missing
            ],
        )
    return sheet


def text_of(row: Row, column: str) -> str:
    """Take a cell that must hold something. Raises RuleBroken `value-required`."""
    found = clean_text(row.get(column))
    if found is None:
        raise RuleBroken("value-required", f"There is nothing in {column}.")
    return found


def fault_of(broken: RuleBroken, name: str, row: int, column: str, value: object) -> Fault:
    """Write a rule that a cell broke as a fault with its place in the file."""
    shown = "" if value is None else str(value)[:80]
    return Fault(broken.detail, file=name, row=row, column=column, value=shown, rule=broken.rule)
