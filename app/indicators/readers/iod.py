"""Read an edition of the English Indices of Deprivation in its file's own layout; stores nothing.

File 7 of 2019 and 2025 (CSV, gzipped or not), the Parquet files of 2004 to 2015 and the wards of
2000. A missing score stays missing; a row with any fault is refused whole and listed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from app.indicators.editions import EDITIONS, KINDS, MEASURES, Edition
from app.indicators.readers.checks import (
    Numbers,
    check_codes,
    check_ranks,
    deciles_of,
    lowest_of_ties,
    read_numbers,
)
from app.indicators.readers.denominators import lengthen, read_denominators
from app.indicators.readers.opening import MAX_BYTES, NotThisIndex, open_table
from boundaries.errors import Fault

__all__ = ["EDITIONS", "MAX_BYTES", "Edition", "IndexReading", "NotThisIndex", "read_index"]


def _nobody() -> pd.DataFrame:
    """A frame of no people: named here, so that the library loads when a reading is made and not before."""
    return pd.DataFrame()


@dataclass(frozen=True)
class IndexReading:
    """What one file gave.

    values : one row an area and measure: code, measure (text), score (float, NaN where the
        publisher gives none), rank and decile (Int64, <NA> where none). Every area has its row of
        imd; of another measure that the file leaves empty it has none.
    names : the areas' names (index code) where only this file lists them, else empty.
    denominators : the people that the publisher weighed areas by: code, measure (`imd-2019-people`),
        period, value; no rows where the file has none.
    rows_in = rows_kept + rows_elsewhere + rows_refused, where rows_elsewhere are sound rows of
    areas that were not asked for. `faults` has at least one entry a refused row, by row number as a
    spreadsheet shows it (the heading is row 1), and entries without a row for faults of the file.
    `notes` refuse nothing.
    """

    edition: Edition
    values: pd.DataFrame
    names: pd.Series
    rows_in: int
    rows_kept: int
    rows_elsewhere: int
    rows_refused: int
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()
    denominators: pd.DataFrame = field(default_factory=_nobody)

    @property
    def is_partial(self) -> bool:
        """Some areas of the publication are not in `values`: nothing national follows from it."""
        return self.rows_kept != self.edition.areas_total


def read_index(path: Path, edition: Edition, keep: Collection[str] | None = None) -> IndexReading:
    """Read one edition's file.

    Parameters
    ----------
    path : File 7 as CSV or CSV.GZ (2019, 2025, or another so headed), or the edition's own layout.
    edition : which index it is; N, and so every check of rank and decile, is the edition's.
    keep : codes to keep, as they are stored; None keeps all. The checks run on the whole file.

    Raises
    ------
    NotThisIndex : not readable as such a file, or without its columns.
    """
    frame, faults = open_table(path)
    frame.insert(0, "row", np.arange(2, len(frame) + 2))
    headings = _find_headings(frame, edition, path.name)
    faults += check_codes(frame, edition, path.name)
    numbers: dict[tuple[str, str], pd.Series] = {}
    notes: list[Fault] = []
    for measure, columns in headings.items():
        for kind, column in zip(KINDS, columns, strict=True):
            if column:
                form = "half" if kind == "rank" and measure in edition.averaged else "whole"
                numbers[measure, kind], found = read_numbers(
                    frame, column, "score" if kind == "score" else form, path.name
                )
                faults += found
        if measure in edition.averaged:
            numbers[measure, "rank"] = lowest_of_ties(numbers[measure, "rank"])
        refusing, noted = check_ranks(frame["row"], numbers, measure, columns, edition, path.name)
        faults += refusing
        notes += noted
    people, found = read_denominators(frame, path.name)
    faults += found
    refused = frame["row"].isin({fault.row for fault in faults})
    if len(frame) != edition.areas_total:
        faults.append(
            Fault(
                f"the file has {len(frame):,} rows, the index {edition.areas_total:,} areas",
                file=path.name, value=str(len(frame)), rule="rows-are-areas",
            )
        )  # fmt: skip
    codes = frame[edition.code_heading]
    if edition.code_prefix:
        codes = edition.code_prefix + codes.str.lower()
    wanted = ~refused if keep is None else ~refused & codes.isin(set(keep))
    sound = {key: found[wanted] for key, found in numbers.items()}
    faults.sort(key=lambda fault: (fault.row is not None, int(fault.row or 0), fault.column))
    return IndexReading(
        edition, _lengthen(codes[wanted], sound, edition), _names(frame[wanted], codes[wanted], edition),
        len(frame), int(wanted.sum()), int((~refused & ~wanted).sum()), int(refused.sum()),
        tuple(faults), tuple(notes), lengthen(codes[wanted], people[wanted], edition.id),
    )  # fmt: skip


def _find_headings(
    frame: pd.DataFrame, edition: Edition, file: str
) -> dict[str, tuple[str, str, str]]:
    """Match each measure to its headings of score, rank and decile; one that is not there is empty.

    Raises NotThisIndex where the code, the rank of the index itself, or a column that the edition
    names is missing.
    """
    needed = [edition.code_heading]
    needed += [edition.name_heading] if edition.name_heading else []
    # Deciles that others added are read for the notes alone: a file without them is whole.
    needed += [heading for columns in edition.columns.values() for heading in columns[:2]]
    absent = [heading for heading in needed if heading not in frame.columns]
    if absent:
        seen = ", ".join(str(name) for name in frame.columns[1:5])
        raise NotThisIndex(
            f"{file} has no column {absent[0]!r}, so it is not {edition.title}; "
            f"its columns begin {seen[:200]}.",
            [Fault("missing column", file=file, column=heading) for heading in absent],
        )
    if edition.columns:
        return {
            measure: (score, rank, decile if decile in frame.columns else "")
            for measure, (score, rank, decile) in edition.columns.items()
        }
    found = {measure: _headings_of(frame, measure) for measure in MEASURES}
    if not found["imd"][1]:
        raise NotThisIndex(
            f"{file} has no column of ranks of the Index of Multiple Deprivation.",
            [Fault("missing column", file=file, column=f"{MEASURES['imd']} Rank")],
        )
    return {measure: columns for measure, columns in found.items() if any(columns)}


def _headings_of(frame: pd.DataFrame, measure: str) -> tuple[str, str, str]:
    """Find one measure's headings: "Income Score (rate)", "Income Rank (where …)", "IMD_rank"."""

    def find(kind: str) -> str:
        title = f"{MEASURES[measure].lower()} {kind}"
        for name in frame.columns:
            heading = str(name)
            if heading in (title, f"{measure}_{kind}") or heading.startswith(
                (f"{title} ", f"{title}(")
            ):
                return heading
        return ""

    return find("score"), find("rank"), find("decile")


def _names(frame: pd.DataFrame, codes: pd.Series, edition: Edition) -> pd.Series:
    if edition.name_heading is None:
        return pd.Series(dtype=object)
    return pd.Series(frame[edition.name_heading].str.strip().to_numpy(), index=codes.to_numpy())


def _lengthen(codes: pd.Series, numbers: Numbers, edition: Edition) -> pd.DataFrame:
    empty = pd.Series(np.nan, index=codes.index)
    parts = []
    for measure in dict.fromkeys(measure for measure, _ in numbers):
        rank = numbers.get((measure, "rank"), empty)
        decile = numbers.get((measure, "decile"), empty)
        if not edition.deciles_published:
            decile = deciles_of(rank, edition.areas_total)
        part = pd.DataFrame(
            {
                "code": codes,
                "measure": measure,
                "score": numbers.get((measure, "score"), empty),
                "rank": rank.astype("Int64"),
                "decile": decile.astype("Int64"),
            }
        )
        if measure != "imd":
            part = part[part["score"].notna() | part["rank"].notna()]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
