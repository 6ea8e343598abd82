"""Reads from an index's file the people its publisher weighed areas by; a file without them has none."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from app.indicators.readers.checks import read_numbers
from boundaries.errors import Fault

PEOPLE, WORKING_AGE = "people", "working-age"
# The headings of File 7 of 2015 to 2025, in small letters: the years in them differ.
_HEADINGS: Mapping[str, re.Pattern[str]] = {
    PEOPLE: re.compile(r"total population: mid[ -]\d{4}.*"),
    "children": re.compile(r"dependent children aged 0-15: mid[ -]\d{4}.*"),
    "aged-16-59": re.compile(r"population aged 16-59: mid[ -]\d{4}.*"),
    "older": re.compile(r"older population aged 60 and over: mid[ -]\d{4}.*"),
    WORKING_AGE: re.compile(r"working age population 18-\d{2}.*"),
}
MAX_HEADING = 100_000
_YEAR = re.compile(r"mid[ -](\d{4})(?: \((.+)\))?")


def read_denominators(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the columns of people of a file whose headings are tidy.

    Parameters
    ----------
    frame : columns row, and those of the file.

    Returns
    -------
    Index that of the frame; one float column a denominator that the file has, NaN where missing, and
    its `attrs["period"]`; and a fault for each cell that is not a whole number.
    """
    columns: dict[str, pd.Series] = {}
    faults: list[Fault] = []
    periods: set[str] = set()
    for name, pattern in _HEADINGS.items():
        for heading in frame.columns:
            if pattern.fullmatch(str(heading)):
                columns[name], found = read_numbers(frame, str(heading), "whole", file)
                faults += found
                if year := _YEAR.search(str(heading)):
                    periods.add(f"mid-{year[1]}" + (f", {year[2]}" if year[2] else ""))
                break
    table = pd.DataFrame(columns, index=frame.index)
    table.attrs["period"] = "; ".join(sorted(periods))
    return table, faults


def has_denominators(path: Path) -> bool:
    """Say whether a file's headings name people of areas; reads no row. False for what is no CSV."""
    packed = path.suffix == ".gz"
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if packed
            else path.open(encoding="utf-8-sig") as file
        ):
            heading = next(csv.reader([file.readline(MAX_HEADING)]), [])
    except (OSError, ValueError, csv.Error):
        return False
    return any(_HEADINGS[PEOPLE].fullmatch(" ".join(cell.split()).lower()) for cell in heading)


def lengthen(codes: pd.Series, table: pd.DataFrame, index_id: str) -> pd.DataFrame:
    """Write denominators one row an area and measure, those that are missing left out.

    Returns columns code, measure (`imd-2019-people`), period, value (int).
    """
    parts = []
    for name, column in table.items():
        known = column.notna()
        parts.append(
            pd.DataFrame(
                {
                    "code": codes[known], "measure": f"{index_id}-{name}",
                    "period": table.attrs["period"], "value": column[known].astype("int64"),
                }
            )
        )  # fmt: skip
    if not parts:
        return pd.DataFrame({"code": [], "measure": [], "period": [], "value": []})
    return pd.concat(parts, ignore_index=True)
