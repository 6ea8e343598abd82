"""What became of the rows of a file: stored, refused or elsewhere, and which were not taken as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from boundaries.errors import Fault


class RowFinding(NamedTuple):
    """One row of a file that was refused or read otherwise than written; `row` counts from 1."""

    row: int | None
    code: str
    rule: str
    detail: str


@dataclass(frozen=True)
class Outcome:
    """Where each row of one file went: rows_in = rows_stored + rows_refused + rows_elsewhere."""

    rows_in: int
    rows_stored: int
    rows_refused: int = 0
    rows_elsewhere: int = 0
    findings: tuple[RowFinding, ...] = ()


# By the path that the file has in the mirror.
Outcomes = dict[str, Outcome]


def outcome_of(rows_in: int, rows_kept: int, findings: tuple[RowFinding, ...] = ()) -> Outcome:
    """Say that of a file's rows some were stored and the others lie elsewhere."""
    return Outcome(rows_in, rows_kept, 0, rows_in - rows_kept, findings)


def finding_of(fault: Fault) -> RowFinding:
    """Write what a reader of rows found as a finding of its dataset."""
    row = int(fault.row) if isinstance(fault.row, int | str) and str(fault.row).isdigit() else None
    return RowFinding(row, fault.value, fault.rule, fault.detail)
