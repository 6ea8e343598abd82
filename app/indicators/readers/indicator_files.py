"""Reads a published file of indicators by its layout: a frame of values an indicator, each row's fate told.

Suppressed, missing and zero stay three things. A row with any fault is refused whole and listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from app.indicators.definitions import Definition, FileLayout
from app.indicators.readers.checks import lowest_of_ties, read_numbers
from app.indicators.readers.opening import NotThisIndex, open_table
from boundaries.errors import Fault

_CODES: Mapping[str, str] = {
    "lsoa": r"E01\d{6}", "lad": r"E0[6-9]\d{6}", "wd": r"E05\d{6}|\d{2}[A-Z]{4}|[A-Z]{4}",
}  # fmt: skip
_ELSEWHERE = re.compile(r"[SWNX]\d{8}")
_FLAGS: Mapping[str, float] = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class IndicatorValues:
    """The values that one file gives of one indicator.

    frame : period, code, value (float, NaN where none), state, rank (Int64, <NA> where none is
        published). rows_in = rows kept + rows_elsewhere + rows_refused.
    """

    definition: Definition
    frame: pd.DataFrame
    rows_in: int
    rows_elsewhere: int = 0
    rows_refused: int = 0


@dataclass(frozen=True)
class FileReading:
    """What one file gave. rows_in = rows_kept + rows_elsewhere + rows_refused; a fault a refused row at least."""

    indicators: tuple[IndicatorValues, ...]
    names: pd.Series
    rows_in: int
    rows_kept: int
    rows_elsewhere: int
    rows_refused: int
    faults: tuple[Fault, ...] = field(default=())


def read_indicator_file(path: Path, layout: FileLayout) -> FileReading:
    """Read every indicator of a published file.

    Raises NotThisIndex for a file that is not readable as a table, or lacks a column of its layout.
    """
    frame, faults = open_table(path, layout.header_lines)
    _refuse_lacking(frame, layout, path.name)
    first = layout.header_lines + 1
    frame.insert(0, "row", np.arange(first, first + len(frame)))
    codes = _as_text(frame[layout.code])
    elsewhere = codes.str.fullmatch(_ELSEWHERE)
    periods = _periods(frame, layout)
    keys = frame[layout.key] if layout.key else pd.Series("", index=frame.index)
    within = pd.Series(periods, index=frame.index) + "\x1f" + keys
    faults += _check_codes(frame, codes, elsewhere, within, layout, path.name)
    if layout.key is None:
        sheets = {one.id: (frame.index, one.column) for one in layout.indicators}
    else:
        assert layout.value is not None, "a layout with a key names its column of values"
        faults += _unknown_keys(frame, keys, layout, path.name)
        sheets = {
            one.id: (frame.index[keys == one.column], layout.value) for one in layout.indicators
        }
    numbers = {}
    for one in layout.indicators:
        rows, column = sheets[one.id]
        part = frame.loc[rows, ["row", column]]
        values, found = _read_values(part, column, path.name)
        rank = pd.Series(pd.NA, index=rows, dtype="Int64")
        if one.rank is not None:
            form = "half" if one.averaged else "whole"
            read, wrong = read_numbers(
                frame.loc[rows, ["row", one.rank]], one.rank, form, path.name
            )
            rank = (lowest_of_ties(read) if one.averaged else read).astype("Int64")
            found = found + wrong
        numbers[one.id] = (values, rank)
        # Of places elsewhere nothing is said but their number.
        away = set(frame.loc[elsewhere, "row"])
        faults += [fault for fault in found if fault.row not in away]
    refused = frame["row"].isin({fault.row for fault in faults})
    slugs = layout.code_prefix + codes.str.lower() if layout.code_prefix else codes
    kept = ~refused & ~elsewhere
    made = tuple(
        _lay_out(one, layout, slugs, periods, kept, elsewhere, refused, *numbers[one.id])
        for one in layout.indicators
    )
    faults.sort(key=lambda fault: (fault.row is not None, int(fault.row or 0), fault.column))
    return FileReading(
        made, _names(frame, slugs, kept, layout), len(frame), int(kept.sum()),
        int((elsewhere & ~refused).sum()), int(refused.sum()), tuple(faults),
    )  # fmt: skip


def _refuse_lacking(frame: pd.DataFrame, layout: FileLayout, file: str) -> None:
    others = (layout.period_column, layout.key, layout.value, layout.name)
    needed = [layout.code, *(each for each in others if each)]
    for one in layout.indicators:
        needed += [one.column] if layout.key is None else []
        needed += [one.rank] if one.rank else []
    absent = [heading for heading in needed if heading not in frame.columns]
    if absent:
        raise NotThisIndex(
            f"{file} has no column {absent[0]!r}, so it is not the file of {layout.dataset}.",
            [Fault("missing column", file=file, column=heading) for heading in absent],
        )


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").map(str).str.strip()


def _periods(frame: pd.DataFrame, layout: FileLayout) -> pd.Series | str:
    if layout.period_column is None:
        return ""
    # A year that passed through a float is 2021.0.
    written = _as_text(frame[layout.period_column]).str.removesuffix(".0")
    before, _, after = (layout.period or "{}").partition("{}")
    return before + written + after


def _check_codes(
    frame: pd.DataFrame, codes: pd.Series, elsewhere: pd.Series, within: pd.Series,
    layout: FileLayout, file: str,
) -> list[Fault]:  # fmt: skip
    """List the rows whose code is missing or strange, or that stand twice for one period and indicator."""
    strange = ~codes.str.fullmatch(_CODES[layout.area_type]) & ~elsewhere
    faults = [
        Fault("no area code" if not code else "not a code of this kind of area", file=file, row=int(row),
              column=layout.code, value=code[:40], rule="code-form" if code else "code-present")
        for row, code in zip(frame.loc[strange, "row"], codes[strange], strict=True)
    ]  # fmt: skip
    place = codes + "\x1f" + within
    twice = place.duplicated(keep=False) & ~strange & ~elsewhere
    again = frame[twice].drop(columns="row")
    repeated, same = again.duplicated(keep="first"), again.duplicated(keep=False)
    differs = (~same).groupby(place[twice]).transform("any")
    # A row repeated word for word loses nothing by being dropped; of rows that differ none is right.
    for row, code, clash, later in zip(
        frame.loc[twice, "row"], codes[twice], differs, repeated, strict=True
    ):
        if clash or later:
            detail = "the area stands on rows that differ" if clash else "the row stands twice"
            faults.append(
                Fault(
                    detail,
                    file=file,
                    row=int(row),
                    column=layout.code,
                    value=code,
                    rule="code-once",
                )
            )
    return faults


def _unknown_keys(
    frame: pd.DataFrame, keys: pd.Series, layout: FileLayout, file: str
) -> list[Fault]:
    strange = ~keys.isin([one.column for one in layout.indicators])
    return [
        Fault("an indicator that the catalogue does not know", file=file, row=int(row),
              column=layout.key or "", value=str(key)[:40], rule="indicator-known")
        for row, key in zip(frame.loc[strange, "row"], keys[strange], strict=True)
    ]  # fmt: skip


def _read_values(frame: pd.DataFrame, column: str, file: str) -> tuple[pd.Series, list[Fault]]:
    if frame[column].dtype == bool:
        return frame[column].astype("float64"), []
    if frame[column].dtype == object:
        words = _as_text(frame[column]).str.lower()
        if len(words) and words.isin(list(_FLAGS)).all():
            return words.map(_FLAGS).astype("float64"), []
    return read_numbers(frame, column, "score", file)


def _lay_out(
    one: Definition, layout: FileLayout, codes: pd.Series, periods: pd.Series | str,
    kept: pd.Series, elsewhere: pd.Series, refused: pd.Series, values: pd.Series, rank: pd.Series,
) -> IndicatorValues:  # fmt: skip
    rows = values.index
    mine = rows[kept[rows]]
    value = values[mine]
    frame = pd.DataFrame(
        {
            "period": layout.period_of(one) if isinstance(periods, str) else periods[mine],
            "code": codes[mine],
            "value": value,
            "state": np.where(value.notna(), "value", one.blank),
            "rank": rank[mine],
        }
    ).reset_index(drop=True)
    return IndicatorValues(
        one, frame, len(rows), int((elsewhere & ~refused)[rows].sum()), int(refused[rows].sum())
    )


def _names(frame: pd.DataFrame, codes: pd.Series, kept: pd.Series, layout: FileLayout) -> pd.Series:
    if layout.name is None:
        return pd.Series(dtype=object)
    return pd.Series(
        _as_text(frame.loc[kept, layout.name]).to_numpy(), index=codes[kept].to_numpy()
    )
