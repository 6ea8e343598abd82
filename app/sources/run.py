"""What a load goes by: the files found, the choices made, and the report of each of its steps; loads nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.rasters.queries import lacks_its_file
from app.sources.outcome import RowFinding
from app.sources.tables import DatasetFinding, DatasetLoad
from boundaries.database import copy_rows
from boundaries.errors import Fault
from boundaries.importing import Progress
from boundaries.sources.files import FileLacking, files_in

# England's 117 MB of compressed files become a database of 1,430 MB (bench/england): 12 for each byte.
# Twice that is asked for.
GROWTH = 25


@dataclass(frozen=True)
class StepReport:
    """One dataset after its step: rows_in = rows_stored + rows_refused + rows_elsewhere."""

    dataset_id: str
    rows_in: int
    rows_stored: int
    rows_refused: int = 0
    rows_elsewhere: int = 0
    sha256: str = ""
    seconds: float = 0.0
    already_here: bool = False
    partial: bool = False
    findings: Sequence[RowFinding] = field(default=())
    notes: Sequence[str] = field(default=())

    def as_line(self) -> str:
        """Say it on one line for people."""
        if self.already_here:
            return f"{self.dataset_id}: already here, {self.rows_stored:,} stored"
        words = f"{self.dataset_id}: {self.rows_in:,} read, {self.rows_stored:,} stored"
        if self.rows_elsewhere:
            words += f", {self.rows_elsewhere:,} elsewhere"
        words += f", {self.rows_refused:,} refused, {self.seconds:.1f} s"
        return words + "".join(f"; {note}" for note in self.notes)


@dataclass(frozen=True)
class Run:
    """One `bounds load`: where each dataset's file is, and the operator's choices."""

    files: Mapping[str, Path]
    mirror: Path | None
    force: bool
    progress: Progress

    def find(self, path: str) -> Path:
        """Find a file by the path it has in the mirror. Raises FileLacking."""
        if self.mirror is None:
            raise FileLacking(
                f"{path} is in no mirror here, and Bounds does not download it: set BOUNDS_MIRROR",
                [Fault("the file is lacking", file=path)],
            )
        return files_in(self.mirror)(path)


def held_from(session: Session, dataset_id: str, sha256: str) -> StepReport | None:
    """Give the report of a dataset that is here whole from the same bytes, its file too where it has one, else None."""
    row = session.get(DatasetLoad, dataset_id)
    if row is None or row.partial or row.sha256 != sha256 or lacks_its_file(session, dataset_id):
        return None
    return StepReport(
        dataset_id, row.rows_in, row.rows_stored, row.rows_refused, row.rows_elsewhere, sha256,
        row.seconds, already_here=True,
    )  # fmt: skip


def is_whole(session: Session, ids: Sequence[str]) -> bool:
    """Say whether all of some datasets are loaded for the whole of England."""
    whole = set(
        session.scalars(
            select(DatasetLoad.dataset_id).where(
                DatasetLoad.dataset_id.in_(list(ids)), DatasetLoad.partial.is_(False)
            )
        )
    )
    return whole == set(ids)


def note_load(session: Session, report: StepReport) -> None:
    """Keep what a step did, with each row it refused or read otherwise, in place of the load before."""
    values = {
        "dataset_id": report.dataset_id, "sha256": report.sha256, "rows_in": report.rows_in,
        "rows_stored": report.rows_stored, "rows_refused": report.rows_refused,
        "rows_elsewhere": report.rows_elsewhere, "partial": report.partial, "seconds": report.seconds,
    }  # fmt: skip
    statement = insert(DatasetLoad).values(values)
    session.execute(
        statement.on_conflict_do_update(index_elements=[DatasetLoad.dataset_id], set_=values)
    )
    session.execute(delete(DatasetFinding).where(DatasetFinding.dataset_id == report.dataset_id))
    copy_rows(
        session,
        "dataset_findings",
        ("dataset_id", "row", "code", "rule", "detail"),
        ((report.dataset_id, *finding) for finding in report.findings),
    )
