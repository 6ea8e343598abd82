"""Stores what publishers say of districts, boards and forums; what is sound its reader says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.indicators.readers.file10 import FIGURES, SummaryReading, read_summaries
from app.indicators.tables import IndexSummary
from boundaries.database import copy_rows
from boundaries.importing import sha256_of

# By dataset: the index that it summarises, and the kind of area.
SUMMARIES: Mapping[str, tuple[str, str]] = {
    "imd-2015-file-10": ("imd-2015", "lad"),
    "imd-2019-file-10": ("imd-2019", "lad"),
    "imd-2025-file-10": ("imd-2025", "lad"),
    "imd-2025-file-13": ("imd-2025", "icb"),
    "imd-2025-file-14": ("imd-2025", "lrf"),
}
_KEYS = ("index_id", "area_type", "code", "measure", "name")
_COLUMNS = (
    *_KEYS, *(column for name in FIGURES for column in (name, f"rank_of_{name}")), "source_file", "sha256",
)  # fmt: skip


def load_summaries(session: Session, path: Path, dataset_id: str) -> SummaryReading:
    """Store one file of summaries in place of what was stored of it, in the caller's transaction.

    Raises NotThisIndex for a file that is no table of summaries.
    """
    index_id, area_type = SUMMARIES[dataset_id]
    reading = read_summaries(path)
    session.execute(
        delete(IndexSummary).where(
            IndexSummary.index_id == index_id, IndexSummary.area_type == area_type
        )
    )
    rows = reading.rows.assign(
        index_id=index_id, area_type=area_type, source_file=path.name, sha256=sha256_of(path)
    )
    for figure in FIGURES:
        rows[f"rank_of_{figure}"] = rows[f"rank_of_{figure}"].astype("Int64")
    columns = [_nulls(rows[column]) for column in _COLUMNS]
    copy_rows(session, "index_summaries", _COLUMNS, zip(*columns, strict=True))
    return reading


def _nulls(column: pd.Series) -> list[object]:
    return column.astype(object).where(column.notna(), None).tolist()
