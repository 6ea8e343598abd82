"""Loads an index from the mirror for some districts and stores it; what is sound in the file its reader says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from app.indicators.readers.iod import EDITIONS, IndexReading, read_index
from app.indicators.tables import DeprivationIndex, IndexValue
from boundaries.database import copy_rows
from boundaries.errors import Fault, NotFound
from boundaries.importing import sha256_of
from boundaries.tables import Membership, Succession

FILES: Mapping[str, str] = {
    "imd-2015": "indicators/iod2015_lsoa11.parquet",
    "imd-2019": "indicators/iod2019_lsoa11_file7_rebuilt.csv.gz",
    "imd-2025": "indicators/iod2025_lsoa21_file7_no_denominators.csv.gz",
}
RELEASES: Mapping[str, str] = {"lsoa-2011": "lsoa-2011-12-bgc", "lsoa-2021": "lsoa-2021-12-bgc"}
_COLUMNS = ("index_id", "code", "measure", "score", "rank", "decile")
_SHOWN_FAULTS = 3


class IndexFileMissing(NotFound):
    """The mirror does not hold the index's file, or no index of that id can be loaded."""

    slug = "index-file-missing"
    title = "The index's file is not here"


@dataclass(frozen=True)
class IndexReport:
    """What one load did: rows_in = rows_stored + rows_elsewhere + rows_refused."""

    index_id: str
    rows_in: int
    rows_stored: int
    rows_elsewhere: int
    rows_refused: int
    faults: tuple[Fault, ...]

    def as_line(self) -> str:
        """Say it on one line, as the command line prints it."""
        said = (
            f"{self.index_id}: {self.rows_in:,} rows read, {self.rows_stored:,} stored, "
            f"{self.rows_elsewhere:,} of other places, {self.rows_refused:,} refused"
        )
        shown = "; ".join(fault.as_line() for fault in self.faults[:_SHOWN_FAULTS])
        return f"{said} ({shown})" if shown else said


def load_index(
    session: Session, mirror: Path, index_id: str, districts: Collection[str]
) -> IndexReport:
    """Load an edition's values for the small areas of some districts, in the caller's transaction.

    Also kept are the areas that official links join to theirs, so that an edition on the other set
    can be carried. N and the checks are those of the whole file. Loading twice changes nothing but
    the time of loading, and that only where the file or a value is another.

    Raises IndexFileMissing, NotThisIndex.
    """
    edition = EDITIONS.get(index_id)
    path = mirror / FILES.get(index_id, "")
    if edition is None or not path.is_file():
        raise IndexFileMissing(f"no file of {index_id} in {mirror}")
    reading = read_index(path, edition, _codes_to_keep(session, districts))
    return store_index(
        session, reading, release_id=RELEASES[edition.area_set], source_file=FILES[index_id],
        sha256=sha256_of(path),
    )  # fmt: skip


def _codes_to_keep(session: Session, districts: Collection[str]) -> set[str]:
    members = select(Membership.child_code).where(
        Membership.parent_code.in_(sorted(districts)), Membership.parent_type == "lad"
    )
    codes = set(session.scalars(members))
    links = session.execute(
        select(Succession.old_code, Succession.new_code).where(
            or_(Succession.old_code.in_(sorted(codes)), Succession.new_code.in_(sorted(codes)))
        )
    )
    return codes | {code for pair in links for code in pair}


def store_index(
    session: Session, reading: IndexReading, *, release_id: str, source_file: str, sha256: str
) -> IndexReport:
    """Store an edition's values beside those of other places already stored.

    `partial` is judged by all that is stored; the row counts are those of this reading.
    """
    edition = reading.edition
    report = IndexReport(
        edition.id, reading.rows_in, reading.rows_kept, reading.rows_elsewhere,
        reading.rows_refused, reading.faults,
    )  # fmt: skip
    row = session.get(DeprivationIndex, edition.id)
    codes = sorted(set(reading.values["code"]))
    if row is not None and row.sha256 == sha256 and _all_held(session, edition.id, codes):
        return report
    if row is None:
        row = DeprivationIndex(id=edition.id)
        session.add(row)
    else:
        row.loaded_at = func.now()
    row.title, row.area_set, row.release_id = edition.title, edition.area_set, release_id
    row.areas_total, row.published_on = edition.areas_total, edition.published_on
    row.partial, row.demo = True, False
    row.publisher, row.licence = edition.publisher, edition.licence
    row.attribution, row.source_file, row.sha256 = edition.attribution, source_file, sha256
    row.rows_in, row.rows_stored = reading.rows_in, reading.rows_kept
    row.rows_refused, row.rows_elsewhere = reading.rows_refused, reading.rows_elsewhere
    session.flush()
    store_values(session, edition.id, reading.values)
    row.partial = _count_held(session, edition.id, None) != edition.areas_total
    session.flush()
    return report


def store_values(session: Session, index_id: str, values: pd.DataFrame) -> int:
    """Store values of an index that is stored itself, in place of what those areas had; gives the rows.

    values : code, measure, score, rank, decile; missing stays missing.
    """
    codes = sorted(set(values["code"]))
    session.execute(
        delete(IndexValue).where(IndexValue.index_id == index_id, IndexValue.code.in_(codes))
    )
    return copy_rows(
        session,
        "index_values",
        _COLUMNS,
        zip(
            [index_id] * len(values),
            values["code"],
            values["measure"],
            _nulls(values["score"]),
            _nulls(values["rank"]),
            _nulls(values["decile"]),
            strict=True,
        ),
    )


def _all_held(session: Session, index_id: str, codes: list[str]) -> bool:
    return _count_held(session, index_id, codes) == len(codes)


def _count_held(session: Session, index_id: str, codes: list[str] | None) -> int:
    query = select(func.count()).where(IndexValue.index_id == index_id, IndexValue.measure == "imd")
    if codes is not None:
        query = query.where(IndexValue.code.in_(codes))
    return session.scalar(query) or 0


def _nulls(column: pd.Series) -> list[object]:
    return column.astype(object).where(column.notna(), None).tolist()
