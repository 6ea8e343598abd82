"""Reads the publishers' summaries of districts, boards and forums (Files 10, 13, 14); computes nothing.

Workbooks of 2015 and 2019 with one sheet a measure, and the CSV of 2025. Headings are found by the words
in them, as every year writes them otherwise.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from app.indicators.readers.opening import NotThisIndex
from boundaries.errors import Fault

FIGURES = (
    "average_rank", "average_score", "proportion_worst_10", "extent", "local_concentration", "scale",
)  # fmt: skip
_SAID: Mapping[str, str] = {
    "average_rank": "average rank", "average_score": "average score",
    "proportion_worst_10": "proportion of lsoas in most deprived 10",
    "extent": "extent", "local_concentration": "local concentration", "scale": "scale",
}  # fmt: skip
# The longer names first: a heading of employment holds no other's name, one of IMD begins with it.
_MEASURES: Mapping[str, str] = {
    "idaci": "idaci", "idaopi": "idaopi", "education": "education", "health": "health",
    "barriers": "barriers", "living": "living", "employment": "employment", "income": "income",
    "crime": "crime", "imd": "imd",
}  # fmt: skip
_CODE = re.compile(r"E\d{8}")


@dataclass(frozen=True)
class SummaryReading:
    """What one file gave.

    rows : one row an area and measure: code, name, measure, and each of FIGURES with `rank_of_` it
        (float, NaN where the file has none).
    rows_in = rows_kept + rows_refused, in areas.
    """

    rows: pd.DataFrame
    rows_in: int
    rows_kept: int
    rows_refused: int
    faults: tuple[Fault, ...]


def read_summaries(path: Path) -> SummaryReading:
    """Read a file of summaries.

    An area of which any cell is not a number, or whose code is none or stands twice, is refused whole
    and listed. Raises NotThisIndex for a file that is no such table.
    """
    sheets = _open(path)
    faults: list[Fault] = []
    unsound: set[str] = set()
    parts = []
    for sheet, table in sheets.items():
        table.columns = [str(column) for column in table.columns]
        code, name = _find(table, "code", path.name), _find(table, "name", path.name)
        headings = _headings(table, _measure_of(sheet))
        for measure in dict.fromkeys(measure for measure, _ in headings.values()):
            part = pd.DataFrame(
                {"row": np.arange(2, len(table) + 2), "code": _text(table[code]),
                 "name": _text(table[name]), "measure": measure}
            )  # fmt: skip
            for heading, (of, figure) in headings.items():
                if of == measure:
                    written = _text(table[heading])
                    numbers = pd.to_numeric(written, errors="coerce").astype("float64")
                    for at in np.flatnonzero(
                        (numbers.isna() & (written != "")) | np.isinf(numbers)
                    ):
                        faults.append(
                            Fault("not a number", file=path.name, row=int(part["row"][at]),
                                  column=heading.strip(), value=written[at][:40], rule="number")
                        )  # fmt: skip
                        unsound.add(part["code"][at])
                    part[figure] = numbers
            parts.append(part)
    if not parts:
        raise NotThisIndex(f"{path.name} has no column of an average rank, score or share.")
    rows = pd.concat(parts, ignore_index=True)
    first = rows[rows["measure"] == rows["measure"].iloc[0]]
    twice = first["code"].duplicated(keep=False)
    for row, code, again in zip(first["row"], first["code"], twice, strict=True):
        if not _CODE.fullmatch(code) or again:
            detail = "the code stands twice" if again else "not a code of an area"
            faults.append(
                Fault(detail, file=path.name, row=int(row), value=code[:40], rule="code-once")
            )
            unsound.add(code)
    kept = rows[~rows["code"].isin(unsound)].drop(columns="row")
    count = int((~first["code"].isin(unsound)).sum())
    for figure in FIGURES:
        for column in (figure, f"rank_of_{figure}"):
            if column not in kept:
                kept[column] = np.nan
    return SummaryReading(kept, len(first), count, len(first) - count, tuple(faults))


def _open(path: Path) -> dict[str, pd.DataFrame]:
    try:
        if path.suffix == ".csv":
            return {"": pd.read_csv(path, dtype=object, encoding="utf-8-sig")}
        sheets = pd.read_excel(path, sheet_name=None, dtype=object)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise NotThisIndex(f"{path.name} is neither a workbook nor a CSV of summaries.") from error
    return {str(name): table for name, table in sheets.items() if _measure_of(str(name))}


def _measure_of(sheet: str) -> str | None:
    return next((found for word, found in _MEASURES.items() if sheet.lower() == word), None)


def _words(heading: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", heading.lower()).replace("lso as", "lsoas").split())


def _headings(table: pd.DataFrame, of_sheet: str | None) -> dict[str, tuple[str, str]]:
    """Match each heading to its measure and to the figure, or the rank of it, that it holds."""
    found = {}
    for heading in table.columns:
        words = _words(heading)
        measure = of_sheet or next((m for word, m in _MEASURES.items() if word in words), None)
        is_rank = "rank of" in words
        # "rank of average rank" holds "average rank": what is ranked is told first.
        figure = next((name for name, said in _SAID.items() if said in words), None)
        if measure is not None and figure is not None:
            found[heading] = (measure, f"rank_of_{figure}" if is_rank else figure)
    return found


def _find(table: pd.DataFrame, word: str, file: str) -> str:
    for heading in table.columns[:2]:
        if word in _words(heading).split():
            return str(heading)
    raise NotThisIndex(
        f"{file} does not begin with a column of codes and one of names.",
        [Fault("missing column", file=file, column=word)],
    )


def _text(column: pd.Series) -> pd.Series:
    return column.where(column.notna(), "").map(str).str.strip()
