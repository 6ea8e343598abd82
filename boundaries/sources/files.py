"""Opens published tables by the path they have in the mirror, and says which file or column is lacking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from boundaries.errors import Fault, NotFound, Refused

# Gives the file that stands for a path of the mirror (`lookups/la_all_codes.csv`); raises FileLacking.
Files = Callable[[str], Path]


class FileLacking(NotFound):
    """A published file that a load needs is neither in the mirror nor downloaded."""

    slug = "file-lacking"
    title = "A published file is not here"


class FileUnreadable(Refused):
    """A published file cannot be read as the table that it should be."""

    slug = "file-unreadable"
    title = "A published file cannot be read"


def files_in(folder: Path) -> Files:
    """Give the finder of files in one folder laid out like the mirror."""

    def find(name: str) -> Path:
        path = folder / name
        if not path.is_file():
            raise FileLacking(
                f"{name} is not in the folder of published files",
                [Fault("the file is lacking", file=name)],
            )
        return path

    return find


def read_table(
    files: Files, name: str, columns: Sequence[str], *, optional: Sequence[str] = ()
) -> pd.DataFrame:
    """Read columns of a CSV (all as text) or Parquet file; of `optional` ones those that are there.

    Raises FileLacking, and FileUnreadable for a file that is no such table or lacks a column.
    """
    path = files(name)
    is_csv = name.endswith((".csv", ".csv.gz"))
    try:
        if is_csv:
            # Some published tables begin with a byte order mark.
            held = list(pd.read_csv(path, dtype=str, nrows=0, encoding="utf-8-sig").columns)
        else:
            from pyarrow.parquet import read_schema

            held = read_schema(path).names
        _refuse_lacking(name, held, columns)
        wanted = [*columns, *(column for column in optional if column in held)]
        if is_csv:
            return pd.read_csv(path, dtype=str, usecols=wanted, encoding="utf-8-sig")[wanted]
        return pd.read_parquet(path, columns=wanted)
    except (OSError, ValueError, pa.ArrowException) as error:
        # pandas' parser errors and undecodable text are ValueErrors.
        detail = " ".join(str(error).split())[:200]
        raise FileUnreadable(
            f"{name} cannot be read as a table: {detail}", [Fault(detail, file=name)]
        ) from error


def _refuse_lacking(name: str, held: Sequence[str], columns: Sequence[str]) -> None:
    lacking = [column for column in columns if column not in held]
    if lacking:
        raise FileUnreadable(
            f"{name} lacks {', '.join(lacking)}",
            [Fault("the file lacks this column", file=name, column=column) for column in lacking],
        )
