"""Reads a user's table of indicators by a mapping: each row's cells checked, each fault named; no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from app.indicators.definitions import Definition
from app.indicators.methods.upload_checks import (
    find_mixed_percentages,
    is_percentage,
    is_suppressed,
    is_text,
    without_percent_signs,
    written,
)
from app.row_counts import CHECKING, tell_rows
from app.vintages.methods.code_shapes import tidy_code
from app.vintages.readers.cells import FileRefused, Sheet, column_key, read_sheet
from app.vintages.readers.numbers import read_numbers
from boundaries.errors import Fault

MOST_FAULTS = 1_000
MOST_PERIOD = 40


@dataclass(frozen=True)
class UploadMapping:
    """How a user's table is to be read. columns : heading of values -> the indicator that they are.

    code_column, period_column : headings; period : what all rows are of, where no column says it.
    """

    columns: Mapping[str, Definition]
    code_column: str
    period: str | None = None
    period_column: str | None = None
    as_written: bool = False


@dataclass(frozen=True)
class UploadReading:
    """What a table gave: a row of the file each, in order.

    frame : row (as a spreadsheet counts), cell (as written), code (tidied), period, and a column of
        values and one of states (value, suppressed, missing) for each indicator by its id.
    faults : of rows, which are refused for them; notes refuse nothing.
    """

    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    rows_in: int


def read_upload(source: Path | bytes, name: str, mapping: UploadMapping) -> UploadReading:
    """Read a CSV or XLSX by a mapping.

    Raises
    ------
    FileRefused : not readable, a column of the mapping is lacking, a column of values holds text, or
        mixes percentages with shares (`as_written` lets that pass).
    """
    headings = [mapping.code_column, *mapping.columns]
    headings += [mapping.period_column] if mapping.period_column else []
    sheet = read_sheet(source, name, wanted=[column_key(each) for each in headings])
    _refuse_lacking(sheet, headings, name)
    rows = [number for number, _ in sheet.rows]
    every = rows_checked(len(rows), mapping)
    tell_rows(CHECKING, 0, len(rows))
    cells = _column(sheet, mapping.code_column)
    frame = pd.DataFrame({"row": rows, "cell": cells, "code": [tidy_code(each) for each in cells]})
    periods = _column(sheet, mapping.period_column) if mapping.period_column else None
    frame["period"] = [mapping.period or ""] * len(frame) if periods is None else _tidy(periods)
    faults = [fault._replace(file=name) for fault in sheet.faults]
    faults += _check_periods(frame, mapping, name)
    tell_rows(CHECKING, every[0], len(rows))
    for place, (heading, one) in enumerate(mapping.columns.items(), start=1):
        values, states, found = _read_values(_column(sheet, heading), rows, heading, one.unit, name)
        if not mapping.as_written and is_percentage(one.unit):
            _refuse_mixed(values, rows, heading, name)
        frame[f"value {one.id}"], frame[f"state {one.id}"] = values, states
        faults += found
        tell_rows(CHECKING, every[place], len(rows))
    notes = [note._replace(file=name) for note in sheet.notes]
    notes += _tidied(frame, mapping.code_column, name)
    faults += _check_codes(frame, mapping, name)
    return UploadReading(frame, tuple(faults), tuple(notes), len(rows) + len(sheet.faults))


def rows_checked(rows: int, mapping: UploadMapping) -> list[int]:
    """Say how many of a table's rows count as checked once its codes and each column of values are read.

    A row is checked cell by cell; the last of its checks is whether its code is an area, and is still to come.
    """
    checks = len(mapping.columns) + 2
    return [rows * done // checks for done in range(1, checks)]


def _refuse_lacking(sheet: Sheet, headings: Sequence[str], name: str) -> None:
    lacking = [each for each in headings if column_key(each) not in sheet.columns]
    if lacking:
        held = ", ".join(sheet.columns[:12])
        raise FileRefused(
            f"{name} has no column {lacking[0]!r}; it has {held[:300]}.",
            [
                Fault("The column is missing.", file=name, column=each, rule="column-required")
                for each in lacking
            ],
        )
    if not sheet.rows:
        raise FileRefused(
            f"{name} has a header and no rows.", [Fault("no rows", file=name, rule="file-has-rows")]
        )


def _column(sheet: Sheet, heading: str) -> list[str]:
    key = column_key(heading)
    return [written(cells.get(key)) for _, cells in sheet.rows]


def _tidy(periods: Sequence[str]) -> list[str]:
    return [" ".join(each.split()) for each in periods]


def _check_periods(frame: pd.DataFrame, mapping: UploadMapping, name: str) -> list[Fault]:
    wrong = (frame["period"] == "") | (frame["period"].str.len() > MOST_PERIOD)
    return [
        Fault(f"The row says no period, or one of more than {MOST_PERIOD} letters.", file=name, row=int(row),
              column=mapping.period_column or "", value=period[:80], rule="period-present")
        for row, period in zip(frame.loc[wrong, "row"], frame.loc[wrong, "period"], strict=True)
    ]  # fmt: skip


def _read_values(
    cells: list[str], rows: Sequence[int], heading: str, unit: str, name: str
) -> tuple[list[float], list[str], list[Fault]]:
    plain = without_percent_signs(cells) if is_percentage(unit) else cells
    withheld = np.array([is_suppressed(cell) for cell in plain], dtype=bool)
    read = read_numbers(["" if held else cell for held, cell in zip(withheld, plain, strict=True)])
    filled = len(cells) - int(read.missing.sum()) + len(read.bad)
    if is_text(len(read.bad), filled):
        at = read.bad[0]
        raise FileRefused(
            f"{name}: the column {heading!r} holds text, not numbers; the first is {cells[at][:40]!r} in row "
            f"{rows[at]}.",
            [Fault("The column holds text.", file=name, row=rows[at], column=heading,
                   value=cells[at][:80], rule="column-of-numbers")],
        )  # fmt: skip
    values = np.array([float(each) for each in read.values.tolist()]) / 10.0**read.digits
    values[read.missing | withheld] = np.nan
    states = np.where(withheld, "suppressed", np.where(np.isnan(values), "missing", "value"))
    faults = [
        Fault("The cell is no number, and no mark of a missing or withheld one.", file=name,
              row=rows[at], column=heading, value=cells[at][:80], rule="cell-is-a-number")
        for at in read.bad
    ]  # fmt: skip
    return values.tolist(), states.tolist(), faults


def _refuse_mixed(values: list[float], rows: Sequence[int], heading: str, name: str) -> None:
    odd = find_mixed_percentages(np.array(values, dtype=np.float64))
    if not odd.any():
        return
    found = np.flatnonzero(odd).tolist()
    told = "shares of 1 among per cent" if values[found[0]] <= 1 else "per cent among shares of 1"
    raise FileRefused(
        f"{name}: the column {heading!r} mixes {told}: {len(found):,} rows, the first is row {rows[found[0]]} with "
        f"{values[found[0]]:g}. Write all of it one way, or say --as-written where it is right.",
        [
            Fault(f"One of the {told}.", file=name, row=rows[at], column=heading, value=f"{values[at]:g}",
                  rule="percentages-one-way")
            for at in found[:MOST_FAULTS]
        ],
    )  # fmt: skip


def _tidied(frame: pd.DataFrame, column: str, name: str) -> list[Fault]:
    changed = frame[(frame["code"] != frame["cell"]) & (frame["code"] != "")]
    return [
        Fault(f"The code was read as {code}.", file=name, row=int(row), column=column, value=cell[:80],
              rule="code-tidied")
        for row, cell, code in zip(changed["row"], changed["cell"], changed["code"], strict=True)
    ][:MOST_FAULTS]  # fmt: skip


def _check_codes(frame: pd.DataFrame, mapping: UploadMapping, name: str) -> list[Fault]:
    """List rows that name no area, and areas that stand twice for one period."""
    column = mapping.code_column
    faults = [
        Fault("The row names no area.", file=name, row=int(row), column=column, rule="code-present")
        for row in frame.loc[frame["code"] == "", "row"]
    ]
    named = frame[frame["code"] != ""]
    place = named["code"] + "\x1f" + named["period"]
    twice = named[place.duplicated(keep=False)]
    said = twice.drop(columns=["row", "cell"])
    again, alike = said.duplicated(keep="first"), said.duplicated(keep=False)
    clash = (~alike).groupby(place[twice.index]).transform("any")
    first = twice.groupby(place[twice.index])["row"].transform("min")
    # A row repeated word for word loses nothing by being left out; of rows that differ none is right.
    for row, code, differs, later, at in zip(
        twice["row"], twice["code"], clash, again, first, strict=True
    ):
        if differs or later:
            told = (
                f"The area stands in row {at} already"
                if row != at
                else "The area stands again below"
            )
            faults.append(
                Fault(f"{told}, with {'other' if differs else 'the same'} values.", file=name, row=int(row),
                      column=column, value=code, rule="area-once")
            )  # fmt: skip
    return faults
