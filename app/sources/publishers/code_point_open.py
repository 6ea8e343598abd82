"""Reads Ordnance Survey's Code-Point Open out of its zip; refuses one that is not it or could flood memory.

Nothing is unpacked to disk, so no name in the archive is ever a path (SAFETY.md C3).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd

from boundaries.errors import Fault
from boundaries.zip_safety import (
    CHUNK,
    MAX_INFLATED_BYTES,
    MAX_RATIO,
    RATIO_COUNTS_FROM_BYTES,
    UnsafeArchive,
)

# One file a postcode area (120 of them) and some papers.
MAX_ENTRIES = 400
ENGLAND, WALES = "E92000001", "W92000004"
COLUMNS = (
    "postcode", "positional_quality", "easting", "northing", "country_code", "nhs_regional_code",
    "nhs_code", "county_code", "lad_code", "ward_code",
)  # fmt: skip
KEPT = [
    "postcode", "positional_quality", "easting", "northing", "country_code", "lad_code", "ward_code",
]  # fmt: skip
_SHEET = re.compile(r"(?:.*/)?Data/CSV/[a-z]{1,2}\.csv", re.IGNORECASE)
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"
_WHOLE = r"\d{1,7}"
MAX_FAULTS = 100


@dataclass(frozen=True)
class CodePointOpenRead:
    """The postcodes of England and Wales, and where every row went.

    frame : postcode (`TN34 1AA`), positional_quality (10 best, 90 = no place, at 0, 0), easting and
        northing (metres, whole), country_code, lad_code and ward_code (null where the file gives none).
    rows_in = rows of frame + rows_elsewhere (Scotland and others) + rows_refused. `faults` has one
    entry a refused row, the first hundred.
    """

    frame: pd.DataFrame
    rows_in: int
    rows_elsewhere: int
    rows_refused: int
    faults: tuple[Fault, ...]


def check_code_point_open(path: Path) -> None:
    """Refuse a zip that is damaged, unsafe or no Code-Point Open, reading all its sheets. Raises UnsafeArchive."""
    with _opened(path) as archive:
        for name, raw in _sheets(path, archive):
            _read_sheet(path, name, raw)


def read_code_point_open(path: Path) -> CodePointOpenRead:
    """Read every postcode of England and Wales from the publisher's zip; Scotland's are counted only.

    A row whose postcode, quality or place is not readable, or whose postcode stands twice, is
    refused and listed. Raises UnsafeArchive for a zip that is not Code-Point Open.
    """
    parts: list[pd.DataFrame] = []
    faults: list[Fault] = []
    rows_in = rows_elsewhere = 0
    with _opened(path) as archive:
        for name, raw in _sheets(path, archive):
            sheet = _read_sheet(path, name, raw)
            here = sheet[sheet["country_code"].isin([ENGLAND, WALES])]
            rows_in += len(sheet)
            rows_elsewhere += len(sheet) - len(here)
            good, bad = _judge(name, here)
            parts.append(good)
            faults += bad
    frame = pd.concat(parts, ignore_index=True)
    twice = frame["postcode"].duplicated()
    faults += [
        Fault("the postcode stands twice", file=path.name, value=postcode, rule="postcode-once")
        for postcode in frame.loc[twice, "postcode"]
    ]
    frame = frame[~twice].reset_index(drop=True)
    return CodePointOpenRead(
        frame, rows_in, rows_elsewhere, len(faults), tuple(faults[:MAX_FAULTS])
    )


def _read_sheet(path: Path, name: str, raw: bytes) -> pd.DataFrame:
    try:
        sheet = pd.read_csv(BytesIO(raw), header=None, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:  # pandas' own errors are ValueErrors
        raise _not_it(path, name, f"a sheet is not CSV ({error})") from error
    if len(sheet.columns) != len(COLUMNS):
        raise _not_it(path, name, f"a sheet has {len(sheet.columns)} columns, not {len(COLUMNS)}")
    sheet.columns = pd.Index(COLUMNS)
    return sheet[KEPT]


def _judge(name: str, here: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Part a sheet's rows, indexed from 0 as the sheet has them, into those that can be read and faults."""
    letters = here["postcode"].str.replace(r"\s", "", regex=True).str.upper()
    here = here.assign(postcode=letters.str[:-3] + " " + letters.str[-3:])
    is_postcode = here["postcode"].str.fullmatch(_POSTCODE)
    has_place = (
        here["positional_quality"].str.fullmatch(r"\d{1,2}")
        & here["easting"].str.fullmatch(_WHOLE)
        & here["northing"].str.fullmatch(_WHOLE)
    )
    wrong = here[~(is_postcode & has_place)]
    faults = [
        Fault("the row cannot be read", file=name, row=int(row) + 1, value=postcode[:40],
              rule="number" if good else "postcode-form")
        for row, postcode, good in zip(
            wrong.index, wrong["postcode"], is_postcode[wrong.index], strict=True
        )
    ]  # fmt: skip
    kept = here.drop(index=wrong.index).astype(
        {"positional_quality": "int8", "easting": "int32", "northing": "int32"}
    )
    for code in ("lad_code", "ward_code"):
        kept[code] = kept[code].where(kept[code] != "", None)
    return kept, faults


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError) as error:
        raise _not_it(path, "", f"it is not a whole zip file ({error})") from error


def _sheets(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Give each sheet's name and bytes, counted while they are inflated."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _not_it(path, "", f"it has {len(entries)} entries; at most {MAX_ENTRIES} are read")
    sheets = sorted(
        (entry for entry in entries if _SHEET.fullmatch(entry.filename)),
        key=lambda entry: entry.filename,
    )
    if not sheets:
        raise _not_it(path, "", "it has no Data/CSV/*.csv, so it is not Code-Point Open")
    total = 0
    for entry in sheets:
        raw = bytearray()
        try:
            with archive.open(entry) as packed:
                while chunk := packed.read(CHUNK):
                    raw += chunk
                    if total + len(raw) > MAX_INFLATED_BYTES:
                        why = f"it inflates to more than {MAX_INFLATED_BYTES >> 20} MB"
                        raise _not_it(path, entry.filename, why)
                    if len(raw) > max(RATIO_COUNTS_FROM_BYTES, MAX_RATIO * entry.compress_size):
                        why = f"an entry inflates to more than {MAX_RATIO} times its size"
                        raise _not_it(path, entry.filename, why)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            EOFError,
            RuntimeError,
        ) as error:
            raise _not_it(path, entry.filename, f"an entry is damaged ({error})") from error
        total += len(raw)
        if not raw:
            raise _not_it(path, entry.filename, "a sheet is empty")
        yield entry.filename, bytes(raw)


def _not_it(path: Path, entry: str, why: str) -> UnsafeArchive:
    detail = f"{path.name} was refused: {why}"
    return UnsafeArchive(detail, [Fault(why, file=path.name, value=entry[:200])])
