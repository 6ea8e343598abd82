"""Stores the placed lines of one file with its refusals, once; or says where each would go and stores nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.resources.linking import link_lines
from app.resources.placing import Placed, foresee
from app.resources.queries import GroundFound, stored_lines
from app.resources.tables import ResourceFile
from boundaries.crs import BNG
from boundaries.database import copy_rows
from boundaries.errors import Fault

_LINE_COLUMNS = (
    "id", "file_id", "row", "identifier", "title", "funder", "programme", "theme", "recipient", "stage",
    "amount_pence", "currency", "awarded_on", "financial_year", "place_kind", "place_text", "place_code",
    "place_type", "place_name", "place_postcode", "place_geom", "partnership_slug", "grade",
    "recipient_postcode", "recipient_lad", "demo",
)  # fmt: skip


@dataclass(frozen=True)
class Publication:
    """What is said of a file of money beside its rows."""

    title: str
    publisher: str
    licence: str
    attribution: str
    kind: str
    coverage: str | None = None


@dataclass(frozen=True)
class ImportReport:
    """What bringing one file in did, or would do.

    rows_in = rows_stored + rows_refused; `faults` and `elsewhere` name every refused row, the latter
    those that another file brought; `notes` every value that was read otherwise than written.
    `lines` (rehearsals) say where each line would go. `same_as` names the file whose lines these
    are already; then nothing was stored again.
    """

    name: str
    title: str
    kind: str
    rows_in: int
    rows_stored: int
    rows_refused: int
    stored: bool
    file_id: str | None = None
    same_as: str | None = None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    elsewhere: tuple[Fault, ...] = ()
    lines: list[dict[str, Any]] = field(default_factory=list)

    def as_line(self) -> str:
        """Say it on one line for people."""
        if self.same_as is not None:
            return f"{self.name}: {self.rows_in} rows, already here as {self.same_as}"
        verb = "stored" if self.stored or not self.rows_stored else "would be stored"
        return f"{self.name}: {self.rows_in} read, {self.rows_stored} {verb}, {self.rows_refused} refused"


def store_lines(
    session: Session,
    actor: Actor | str,
    placed: Placed,
    *,
    name: str,
    digest: str,
    publication: Publication,
    partnership_slug: str | None = None,
    found: GroundFound | None = None,
    demo: bool = False,
    commit: bool = True,
) -> ImportReport:
    """Store placed lines as one file with its refusals, or (commit False) say where each would go.

    A file of which no line can be stored leaves nothing behind, so that it may be sent again.
    """
    if partnership_slug is not None:  # one file may be brought in for several partnerships
        digest = hashlib.sha256(f"{digest}:{partnership_slug}".encode()).hexdigest()
    here = session.scalar(select(ResourceFile.id).where(ResourceFile.sha256 == digest))
    if here is not None:
        return _already_here(name, publication, placed, here)
    prefix = f"{partnership_slug}/" if partnership_slug else ""
    frame = placed.frame.assign(id=[f"{prefix}{each}" for each in placed.frame["identifier"]])
    known = _stored_already(session, frame, publication.kind)
    if known and len(known) == len(frame):
        same_as = ", ".join(sorted(set(known.values())))
        return _already_here(name, publication, placed, same_as, known, frame)
    again = frame[frame["id"].isin(known)]
    faults = list(placed.faults)
    faults += [
        Fault(
            f"A line of this identifier is stored already, from {known[line_id]}.",
            file=name, row=row, column="identifier", value=identifier, rule="identifier-once",
        )
        for line_id, row, identifier in zip(again["id"], again["row"], again["identifier"], strict=True)
    ]  # fmt: skip
    frame = frame[~frame["id"].isin(known)]
    refused = placed.rows_in - len(frame)
    file_id = f"{publication.kind}-{digest[:12]}"
    stored = commit and not frame.empty  # of a file without one good row nothing stays behind
    if stored:
        _write_file(
            session,
            publication,
            file_id,
            name,
            digest,
            partnership_slug,
            placed,
            len(frame),
            demo=demo,
        )
        _write_lines(session, frame, file_id, demo=demo)
        link_lines(session, file_id=file_id)
        write_refusals(session, file_id, faults)
        detail = {
            "rows_in": placed.rows_in,
            "rows_stored": len(frame),
            "partnership": partnership_slug,
        }
        record(session, actor, "import", f"resources:{file_id}", detail)
    lines = [] if commit else foresee(session, _only(placed, frame.index), found, partnership_slug)
    return ImportReport(
        name, publication.title, publication.kind, placed.rows_in, len(frame), refused, stored,
        file_id if stored else None, None, tuple(faults), placed.notes, lines=lines,
    )  # fmt: skip


def _stored_already(session: Session, frame: Any, kind: str) -> dict[str, str]:
    """Give line id → file of lines that are here already, also those of the files that every partnership reads.

    A grant's own identifier, and the fingerprint of a plain row, mean the same line in whichever
    file they stand: counted once for all, it must not be counted again for one partnership.
    Identifiers that a plain table's keeper gave ("1", "2") mean something only beside its own.
    """
    known = stored_lines(session, list(frame["id"]))
    shared = {
        identifier: line_id
        for identifier, line_id in zip(frame["identifier"], frame["id"], strict=True)
        if identifier != line_id and (kind == "360giving" or identifier.startswith("plain:"))
    }
    everywhere = stored_lines(session, list(shared))
    return known | {shared[identifier]: file for identifier, file in everywhere.items()}


def _only(placed: Placed, index: Any) -> Placed:
    frame = placed.frame.loc[index].reset_index(drop=True)
    return Placed(frame, placed.faults, placed.notes, placed.rows_in)


def _already_here(
    name: str,
    publication: Publication,
    placed: Placed,
    same_as: str,
    known: dict[str, str] | None = None,
    frame: Any = None,
) -> ImportReport:
    """Report a file of which nothing is stored; with `known`, each row that other files brought by its identifier."""
    elsewhere = () if known is None else tuple(
        Fault(
            f"The same identifier is stored already, from {known[line_id]}.",
            file=name, row=row, column="identifier", value=identifier, rule="identifier-elsewhere",
        )
        for line_id, row, identifier in zip(frame["id"], frame["row"], frame["identifier"], strict=True)
    )  # fmt: skip
    return ImportReport(
        name, publication.title, publication.kind, placed.rows_in, 0, placed.rows_in, False,
        same_as=same_as, faults=placed.faults, notes=placed.notes, elsewhere=elsewhere,
    )  # fmt: skip


def _write_file(
    session: Session, publication: Publication, file_id: str, name: str, digest: str, slug: str | None,
    placed: Placed, stored: int, *, demo: bool,
) -> None:  # fmt: skip
    session.add(
        ResourceFile(
            id=file_id, title=publication.title, publisher=publication.publisher, licence=publication.licence,
            attribution=publication.attribution, source_file=name, sha256=digest, kind=publication.kind,
            coverage=publication.coverage,
            partnership_slug=slug, rows_in=placed.rows_in, rows_stored=stored,
            rows_refused=placed.rows_in - stored, demo=demo,
        )
    )  # fmt: skip
    session.flush()


def _write_lines(session: Session, frame: Any, file_id: str, *, demo: bool) -> None:
    points = [
        None if easting is None else _point_text(float(easting), float(northing))
        for easting, northing in zip(frame["easting"], frame["northing"], strict=True)
    ]
    ready = frame.assign(file_id=file_id, place_geom=points, demo=demo)
    values = (ready[column] for column in _LINE_COLUMNS)
    copy_rows(session, "resource_lines", _LINE_COLUMNS, zip(*values, strict=True))


def _point_text(easting: float, northing: float) -> str:
    point = shapely.set_srid(shapely.Point(easting, northing), BNG)
    return str(shapely.to_wkb(point, hex=True, include_srid=True))


def write_refusals(session: Session, file_id: str, faults: Iterable[Fault]) -> None:
    """Keep the rows of a file that were not stored, each with the rule it broke."""
    rows = (
        (file_id, int(fault.row or 0), fault.column, fault.value, fault.rule, fault.detail)
        for fault in faults
    )
    copy_rows(
        session, "resource_refusals", ("file_id", "row", "column", "value", "rule", "detail"), rows
    )
