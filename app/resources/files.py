"""One published file as the tables know it: recognised by its bytes, replaced by a later copy, its refusals kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.resources.storing import ImportReport, Publication, write_refusals
from app.resources.tables import ResourceFile
from boundaries.errors import Fault
from boundaries.importing import sha256_of


@dataclass(frozen=True)
class BegunFile:
    """A file whose rows may be stored under `file_id`, or (`same_as`) stand there already."""

    file_id: str
    name: str
    publication: Publication
    rows_in: int
    rows_refused: int
    same_as: str | None = None

    def already_here(self, rows_in: int) -> ImportReport:
        """Report a file of which nothing is stored again."""
        return ImportReport(
            self.name, self.publication.title, self.publication.kind, rows_in, 0, rows_in, False,
            same_as=self.same_as,
        )  # fmt: skip


def begin_file(
    session: Session, path: Path, publication: Publication, rows_in: int, rows_refused: int
) -> BegunFile:
    """Note a published file, in place of an earlier copy of the same dataset with all that came of it."""
    digest = sha256_of(path)
    kind = publication.kind
    file_id = f"{kind}-{digest[:12]}"
    here = session.scalar(select(ResourceFile.id).where(ResourceFile.sha256 == digest))
    begun = BegunFile(file_id, path.name, publication, rows_in, rows_refused, here)
    if here is not None:
        return begun
    session.execute(
        delete(ResourceFile).where(
            ResourceFile.kind == kind, ResourceFile.partnership_slug.is_(None)
        )
    )
    session.add(
        ResourceFile(
            id=file_id, title=publication.title, publisher=publication.publisher, licence=publication.licence,
            attribution=publication.attribution, source_file=path.name, sha256=digest, kind=kind,
            coverage=publication.coverage, rows_in=rows_in, rows_stored=rows_in - rows_refused,
            rows_refused=rows_refused,
        )
    )  # fmt: skip
    session.flush()
    return begun


def finish_file(
    session: Session,
    begun: BegunFile,
    faults: Sequence[Fault],
    notes: Sequence[Fault] = (),
    elsewhere: Sequence[Fault] = (),
) -> ImportReport:
    """Keep a file's refusals and the trail of its import, once its rows are stored.

    `elsewhere`: rows that are stored from another file, which `begin_file` counted as refused.
    """
    write_refusals(session, begun.file_id, [*faults, *elsewhere])
    stored = begun.rows_in - begun.rows_refused
    detail: dict[str, object] = {"rows_in": begun.rows_in, "rows_stored": stored}
    record(session, COMMAND_LINE, "import", f"resources:{begun.file_id}", detail)
    return ImportReport(
        begun.name, begun.publication.title, begun.publication.kind, begun.rows_in, stored,
        begun.rows_refused, True, begun.file_id, faults=tuple(faults), notes=tuple(notes),
        elsewhere=tuple(elsewhere),
    )  # fmt: skip
