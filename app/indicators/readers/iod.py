"""Read the English Indices of Deprivation in the publisher's own layouts; stores nothing.

File 7 of 2019 and 2025 (CSV, gzipped or not) and the 2015 index (Parquet). A missing score stays
missing; a row with any fault is refused whole and listed.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.errors import Fault, Refused

MEASURES: Mapping[str, str] = {
    "imd": "Index of Multiple Deprivation (IMD)",
    "income": "Income",
    "employment": "Employment",
    "education": "Education, Skills and Training",
    "health": "Health Deprivation and Disability",
    "crime": "Crime",
    "barriers": "Barriers to Housing and Services",
    "living": "Living Environment",
}
_KINDS = ("score", "rank", "decile")

# The published files unpack to 7 MB; a gzip that grows beyond this is not one of them.
MAX_BYTES = 64 * 1024 * 1024
_CODE = r"[EX]01\d{6}"
_NUMBER = r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"
_WHOLE = r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?"


@dataclass(frozen=True)
class Edition:
    """One edition of the Indices and where its areas come from; areas_total is its N."""

    id: str
    title: str
    area_set: str
    areas_total: int
    published_on: date
    code_heading: str
    publisher: str
    licence: str = "Open Government Licence v3.0"
    attribution: str = (
        "Contains public sector information licensed under the Open Government Licence v3.0."
    )


EDITIONS: Mapping[str, Edition] = {
    edition.id: edition
    for edition in (
        Edition(
            "imd-2015", "Index of Multiple Deprivation 2015", "lsoa-2011", 32_844,
            date(2015, 9, 30), "lsoa11_code",
            "Department for Communities and Local Government",
        ),
        Edition(
            "imd-2019", "English Indices of Deprivation 2019", "lsoa-2011", 32_844,
            date(2019, 9, 26), "lsoa code (2011)",
            "Ministry of Housing, Communities & Local Government",
        ),
        Edition(
            "imd-2025", "English Indices of Deprivation 2025", "lsoa-2021", 33_755,
            date(2025, 10, 30), "lsoa code (2021)",
            "Ministry of Housing, Communities & Local Government",
        ),
    )
}  # fmt: skip


class NotThisIndex(Refused):
    """The file is not the index it is said to be: its columns, encoding or packing differ."""

    slug = "not-this-index"
    title = "That is not the index's file"


@dataclass(frozen=True)
class IndexReading:
    """What one file gave.

    values : one row an area and measure: code, measure (text), score (float, NaN where the
        publisher gives none), rank and decile (Int64, <NA> where none).
    rows_in = rows_kept + rows_elsewhere + rows_refused, where rows_elsewhere are sound rows of
    areas that were not asked for. `faults` has at least one entry a refused row, by row number as a
    spreadsheet shows it (the heading is row 1), and entries without a row for faults of the file.
    """

    edition: Edition
    values: pd.DataFrame
    rows_in: int
    rows_kept: int
    rows_elsewhere: int
    rows_refused: int
    faults: tuple[Fault, ...]

    @property
    def is_partial(self) -> bool:
        """Some areas of the publication are not in `values`: nothing national follows from it."""
        return self.rows_kept != self.edition.areas_total


def read_index(path: Path, edition: Edition, keep: Collection[str] | None = None) -> IndexReading:
    """Read one edition's file.

    Parameters
    ----------
    path : File 7 as CSV or CSV.GZ (2019, 2025, or another so headed), or the 2015 Parquet.
    edition : which index it is; N, and so every check of rank and decile, is the edition's.
    keep : codes to keep; None keeps all. The checks always run on the whole file.

    Raises
    ------
    NotThisIndex : not readable as such a file, or without its columns.
    """
    frame, faults = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    frame.insert(0, "row", np.arange(2, len(frame) + 2))
    if edition.code_heading not in frame.columns:
        seen = ", ".join(str(name) for name in frame.columns[1:5])
        raise NotThisIndex(
            f"{path.name} has no column {edition.code_heading!r}, so it is not {edition.title}; "
            f"its columns begin {seen}.",
            [Fault("missing column", file=path.name, column=edition.code_heading)],
        )
    columns = _find_columns(frame)
    if ("imd", "rank") not in columns:
        raise NotThisIndex(
            f"{path.name} has no column of ranks of the Index of Multiple Deprivation.",
            [Fault("missing column", file=path.name, column=f"{MEASURES['imd']} Rank")],
        )
    faults += _check_codes(frame, edition, path.name)
    numbers: dict[tuple[str, str], pd.Series] = {}
    for (measure, kind), column in columns.items():
        numbers[measure, kind], found = _read_numbers(frame, column, kind, path.name)
        faults += found
    for measure in dict.fromkeys(measure for measure, _ in columns):
        faults += _check_ranks(frame, numbers, measure, columns, edition, path.name)
    refused = frame["row"].isin({fault.row for fault in faults})
    if len(frame) != edition.areas_total:
        faults.append(
            Fault(
                f"the file has {len(frame):,} rows, the index {edition.areas_total:,} areas",
                file=path.name, value=str(len(frame)), rule="rows-are-areas",
            )
        )  # fmt: skip
    codes = frame[edition.code_heading]
    wanted = ~refused if keep is None else ~refused & codes.isin(set(keep))
    values = _lengthen(codes[wanted], {key: found[wanted] for key, found in numbers.items()})
    faults.sort(key=lambda fault: (fault.row is not None, int(fault.row or 0), fault.column))
    return IndexReading(
        edition, values, len(frame), int(wanted.sum()), int((~refused & ~wanted).sum()),
        int(refused.sum()), tuple(faults),
    )  # fmt: skip


def _heading(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").split()).lower()


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as packed:
                raw = packed.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise NotThisIndex(f"{path.name} unpacks to more than {MAX_BYTES // 2**20} MB.")
        lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    except (OSError, EOFError, zlib.error) as error:
        raise NotThisIndex(f"{path.name} cannot be opened or unpacked.") from error
    except UnicodeDecodeError as error:
        raise NotThisIndex(f"{path.name} is not UTF-8 text (byte {error.start}).") from error
    except csv.Error as error:
        raise NotThisIndex(f"{path.name} is not a CSV: {error}.") from error
    if not lines:
        raise NotThisIndex(f"{path.name} is empty.")
    heading = [_heading(name) for name in lines[0]]
    if len(set(heading)) != len(heading):
        raise NotThisIndex(f"{path.name} has two columns of one name.")
    faults = []
    for row, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(heading):
            detail = f"the row has {len(cells)} cells, the heading {len(heading)}"
            faults.append(Fault(detail, file=path.name, row=row, rule="cells-as-heading"))
            cells[:] = (cells + [""] * len(heading))[: len(heading)]
    return pd.DataFrame(lines[1:], columns=heading, dtype=object), faults


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise NotThisIndex(f"{path.name} is not a Parquet file.") from error
    # As text, so that one set of checks reads both kinds of file.
    text = pd.DataFrame(index=frame.index)
    for name in frame.columns:
        column = frame[name].astype(object)
        text[_heading(str(name))] = column.where(column.notna(), "").map(str)
    return text.reset_index(drop=True), []


def _find_columns(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Match headings to measures: "Income Score (rate)", "Income Rank (where …)", "IMD_rank"."""
    found: dict[tuple[str, str], str] = {}
    for measure, title in MEASURES.items():
        for kind in _KINDS:
            starts = (f"{title.lower()} {kind}", f"{measure}_{kind}")
            for name in frame.columns:
                heading = str(name)
                if heading in starts or heading.startswith((starts[0] + " ", starts[0] + "(")):
                    found[measure, kind] = heading
                    break
    return found


def _check_codes(frame: pd.DataFrame, edition: Edition, file: str) -> list[Fault]:
    column = edition.code_heading
    codes = frame[column].str.strip()
    frame[column] = codes
    faults = [
        Fault("no area code", file=file, row=int(row), column=column, rule="code-present")
        for row in frame.loc[codes == "", "row"]
    ]
    strange = (codes != "") & ~codes.str.fullmatch(_CODE)
    faults += [
        Fault("not a code of a small area", file=file, row=int(row), column=column,
              value=str(code)[:40], rule="code-form")
        for row, code in zip(frame.loc[strange, "row"], codes[strange], strict=True)
    ]  # fmt: skip
    twice = (codes != "") & codes.duplicated(keep=False)
    # A row repeated word for word loses nothing by being dropped; rows that differ are all refused,
    # for nothing says which of them is right.
    doubled = frame[twice].drop(columns="row")
    repeated, same = doubled.duplicated(keep="first"), doubled.duplicated(keep=False)
    differs = (~same).groupby(codes[twice]).transform("any")
    for row, code, clash, again in zip(
        frame.loc[twice, "row"], codes[twice], differs, repeated, strict=True
    ):
        if clash or again:
            detail = "the code stands on rows that differ" if clash else "the row stands twice"
            faults.append(
                Fault(detail, file=file, row=int(row), column=column, value=str(code),
                      rule="code-once")
            )  # fmt: skip
    return faults


def _read_numbers(
    frame: pd.DataFrame, column: str, kind: str, file: str
) -> tuple[pd.Series, list[Fault]]:
    text = frame[column].str.strip()
    given = text != ""
    good = text.str.fullmatch(_NUMBER if kind == "score" else _WHOLE)
    faults = [
        Fault("not a number" if kind == "score" else "not a whole number", file=file, row=int(row),
              column=column, value=str(value)[:40], rule="number")
        for row, value in zip(frame.loc[given & ~good, "row"], text[given & ~good], strict=True)
    ]  # fmt: skip
    numbers = pd.to_numeric(text.where(good).str.replace(",", ""), errors="coerce")
    return numbers.astype("float64"), faults


def _check_ranks(
    frame: pd.DataFrame,
    numbers: Mapping[tuple[str, str], pd.Series],
    measure: str,
    columns: Mapping[tuple[str, str], str],
    edition: Edition,
    file: str,
) -> list[Fault]:
    """Refuse ranks outside 1..N and deciles other than ceil(10 rank / N)."""
    if (measure, "rank") not in columns:
        return []
    total = edition.areas_total
    rank = numbers[measure, "rank"]
    outside = rank.notna() & ((rank < 1) | (rank > total))
    faults = [
        Fault(f"the rank is not from 1 to {total:,}", file=file, row=int(row),
              column=columns[measure, "rank"], value=f"{value:.0f}", rule="rank-within-n")
        for row, value in zip(frame.loc[outside, "row"], rank[outside], strict=True)
    ]  # fmt: skip
    if (measure, "decile") not in columns:
        return faults
    decile = numbers[measure, "decile"]
    both = rank.notna() & decile.notna() & ~outside
    expected = -(-10 * rank.where(both, 1).astype("int64") // total)
    wrong = both & (decile != expected)
    faults += [
        Fault(f"rank {place:,.0f} of {total:,} is in decile {right}", file=file, row=int(row),
              column=columns[measure, "decile"], value=f"{value:.0f}",
              rule="decile-is-ceil-10-rank-over-n")
        for row, place, right, value in zip(
            frame.loc[wrong, "row"], rank[wrong], expected[wrong], decile[wrong], strict=True
        )
    ]  # fmt: skip
    return faults


def _lengthen(codes: pd.Series, numbers: Mapping[tuple[str, str], pd.Series]) -> pd.DataFrame:
    empty = pd.Series(np.nan, index=codes.index)
    parts = [
        pd.DataFrame(
            {
                "code": codes,
                "measure": measure,
                "score": numbers.get((measure, "score"), empty),
                "rank": numbers.get((measure, "rank"), empty).astype("Int64"),
                "decile": numbers.get((measure, "decile"), empty).astype("Int64"),
            }
        )
        for measure in dict.fromkeys(measure for measure, _ in numbers)
    ]
    return pd.concat(parts, ignore_index=True)
