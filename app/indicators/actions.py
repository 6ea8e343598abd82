"""Loads an edition of an index, whole or for some districts, and stores it; what is sound its reader says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from app.indicators.editions import EDITIONS
from app.indicators.readers.denominators import PEOPLE, has_denominators
from app.indicators.readers.iod import IndexReading, read_index
from app.indicators.tables import DeprivationIndex, IndexValue
from boundaries.database import among, copy_rows
from boundaries.errors import Fault, NotFound
from boundaries.importing import sha256_of
from boundaries.storing import store_areas, store_denominators
from boundaries.tables import Membership, Release, Succession, Weight

# The release that draws an edition's areas; no layers of the wards of 1998
# and of 2017 exist, so none draws them.
RELEASES: Mapping[str, str] = {
    "wd-1998": "",
    "wd-2017": "",
    "lsoa-2001": "lsoa-2001-04-bfc",
    "lsoa-2011": "lsoa-2011-12-bgc",
    "lsoa-2021": "lsoa-2021-12-bgc",
    "lad-2019": "lad-2019-12-bgc",
    "lad-2021": "lad-2021-12-bgc",
}
# The file of 2000 gives its wards no life. The wards of 2003 are the next list there is, so those of
# 1998 are taken as gone on the day from which that one counts; alive for ever, they would stand among
# the wards of today without an outline.
WARDS_OF_1998_GONE = date(2003, 4, 1)
_COLUMNS = ("index_id", "code", "measure", "score", "rank", "decile")
_SHOWN_FAULTS = 3
# So many rows change what the database's planner must know of the table.
_MANY_ROWS = 50_000


class IndexFileMissing(NotFound):
    """The mirror does not hold the index's file, or no index of that id can be loaded."""

    slug = "index-file-missing"
    title = "The index's file is not here"


@dataclass(frozen=True)
class IndexReport:
    """What one load did: rows_in = rows_stored + rows_elsewhere + rows_refused.

    `rows_stored` counts areas, not measures. `notes` refuse nothing. With `already_here` nothing was
    written: the counts are then those of what is stored.
    """

    index_id: str
    rows_in: int
    rows_stored: int
    rows_elsewhere: int
    rows_refused: int
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    already_here: bool = False

    def as_line(self) -> str:
        """Say it on one line, as the command line prints it."""
        said = (
            f"{self.index_id}: {self.rows_in:,} rows read, {self.rows_stored:,} stored, "
            f"{self.rows_elsewhere:,} of other places, {self.rows_refused:,} refused"
        )
        said += " (already here)" if self.already_here else ""
        shown = "; ".join(fault.as_line() for fault in self.faults[:_SHOWN_FAULTS])
        return f"{said} ({shown})" if shown else said


def load_index(
    session: Session, path: Path, index_id: str, districts: Collection[str] | None = None
) -> IndexReport:
    """Load an edition's values, all of them or those of some districts, in the caller's transaction.

    Parameters
    ----------
    path : the edition's file, or a folder laid out like the mirror that holds it.
    districts : codes of districts: their small areas are kept, and the areas that official links
        join to theirs, so that an edition on the other set can be carried. None keeps all.

    N and the checks are always those of the whole file. What is stored stays and is completed; from
    a file of other content everything stored is read again, so that no index mixes two. Where all
    of it is here already the file is not even read.

    Raises IndexFileMissing, NotThisIndex.
    """
    edition = EDITIONS.get(index_id)
    file = path / edition.file if edition is not None and path.is_dir() else path
    if edition is None or not file.is_file():
        raise IndexFileMissing(f"no file of {index_id} in {path.name}")
    sha256 = sha256_of(file)
    held = session.get(DeprivationIndex, index_id)
    whole = held is not None and held.sha256 == sha256 and not held.partial
    if held is not None and whole and not _lacks_denominators(session, file, index_id):
        return IndexReport(
            index_id, held.rows_in, held.rows_stored, held.rows_elsewhere, held.rows_refused,
            already_here=True,
        )  # fmt: skip
    home = None if districts is None or whole else _members(session, districts)
    keep = None if home is None else _with_linked(session, home)
    if keep is not None and held is not None and held.sha256 != sha256:
        keep = keep | _codes_held(session, index_id) if held.partial else None
    reading = read_index(file, edition, keep)
    known = file.as_posix().endswith(edition.file)
    _store_denominators(session, reading, file.name, home if keep is not None else None)
    return store_index(
        session, reading, release_id=release_of(session, edition.area_set),
        source_file=edition.file if known else file.name, sha256=sha256,
    )  # fmt: skip


def release_of(session: Session, area_set: str) -> str:
    """Name the release that draws a set of areas: the usual one, else the finest here of the same year."""
    usual = RELEASES.get(area_set, "")
    kind, _, year = area_set.partition("-")
    if session.get(Release, usual) is not None:
        return usual
    other = session.scalar(
        select(Release.id)
        .where(
            Release.area_type == kind, Release.state == "served", Release.demo.is_(False),
            func.extract("year", Release.published_on) == int(year),
        )
        .order_by(Release.tolerance_m, Release.id)
        .limit(1)
    )  # fmt: skip
    return other or usual


def _lacks_denominators(session: Session, file: Path, index_id: str) -> bool:
    """The file has people of areas and none are stored: the index was loaded before they were read."""
    found = select(Weight.code).where(Weight.measure == f"{index_id}-{PEOPLE}").limit(1)
    return session.scalar(found) is None and has_denominators(file)


def _store_denominators(
    session: Session, reading: IndexReading, file: str, home: Collection[str] | None
) -> None:
    """Store the publisher's people of areas, for some places only those of the places' own areas."""
    rows = reading.denominators
    if home is not None and not rows.empty:
        rows = rows[rows["code"].isin(set(home))]
    if not rows.empty:
        store_denominators(
            session, rows.assign(area_set=reading.edition.area_set, estimated=False, source=file)
        )


def _members(session: Session, districts: Collection[str]) -> set[str]:
    members = select(Membership.child_code).where(
        among(Membership.parent_code, districts), Membership.parent_type == "lad"
    )
    return set(session.scalars(members))


def _with_linked(session: Session, codes: set[str]) -> set[str]:
    links = session.execute(
        select(Succession.old_code, Succession.new_code).where(
            or_(among(Succession.old_code, codes), among(Succession.new_code, codes))
        )
    )
    return codes | {code for pair in links for code in pair}


def _codes_held(session: Session, index_id: str) -> set[str]:
    return set(
        session.scalars(
            select(IndexValue.code).where(
                IndexValue.index_id == index_id, IndexValue.measure == "imd"
            )
        )
    )


def store_index(
    session: Session, reading: IndexReading, *, release_id: str, source_file: str, sha256: str
) -> IndexReport:
    """Store an edition's values beside those already stored from the same file, or in their place.

    The row counts of the index are those of all that is stored of it, and so is `partial`; the
    report's are those of this reading.
    """
    edition = reading.edition
    row = session.get(DeprivationIndex, edition.id)
    if row is not None and row.sha256 != sha256:
        session.execute(delete(IndexValue).where(IndexValue.index_id == edition.id))
    held = _codes_held(session, edition.id) if row is not None else set()
    new = reading.values[~reading.values["code"].isin(held)]
    counts = (reading.rows_in, reading.rows_kept, reading.rows_elsewhere, reading.rows_refused)
    if row is not None and row.sha256 == sha256 and new.empty:
        return IndexReport(edition.id, *counts, reading.faults, reading.notes, already_here=True)
    if row is None:
        row = DeprivationIndex(id=edition.id)
        session.add(row)
    else:
        row.loaded_at = func.now()
    stored = len(held) + int((new["measure"] == "imd").sum())
    row.title, row.area_set, row.release_id = edition.title, edition.area_set, release_id
    row.areas_total, row.published_on = edition.areas_total, edition.published_on
    row.partial, row.demo = stored != edition.areas_total, False
    row.publisher, row.licence = edition.publisher, edition.licence
    row.attribution, row.source_file, row.sha256 = edition.attribution, source_file, sha256
    row.rows_in, row.rows_stored, row.rows_refused = reading.rows_in, stored, reading.rows_refused
    row.rows_elsewhere = reading.rows_in - stored - reading.rows_refused
    session.flush()
    store_values(session, edition.id, new)
    _store_wards(session, reading.names)
    return IndexReport(edition.id, *counts, reading.faults, reading.notes)


def _store_wards(session: Session, names: pd.Series) -> None:
    """Store the wards that only the index of 2000 lists, and how releases fit the days they lived."""
    if names.empty:
        return
    wards = pd.DataFrame({"code": names.index, "type": "wd", "name": names.to_numpy()})
    store_areas(session, wards.assign(valid_from=None, valid_to=WARDS_OF_1998_GONE))
    session.execute(select(func.refresh_release_days("wd")))


def store_values(session: Session, index_id: str, values: pd.DataFrame) -> int:
    """Store values of areas of which a stored index has none yet; gives the rows written.

    values : code, measure, score, rank, decile; missing stays missing.
    """
    written = copy_rows(
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
    if written > _MANY_ROWS:
        session.execute(text("ANALYZE index_values"))
    return written


def _nulls(column: pd.Series) -> list[object]:
    return column.astype(object).where(column.notna(), None).tolist()
