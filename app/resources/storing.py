"""Stores the placed lines of one file with its refusals, once; or says where each would go and stores nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.resources.conflicts import are_held, held_faults, rows_held
from app.resources.linking import link_lines, link_regrants
from app.resources.placing import Asked, Placed, foresee
from app.resources.queries import GroundFound
from app.resources.readers.frames import SAID_COLUMNS, StatedAmount
from app.resources.readers.threesixty_standard import StandardFindings
from app.resources.tables import ResourceFile
from app.row_counts import STORING, counted
from boundaries.crs import BNG
from boundaries.database import copy_rows
from boundaries.errors import Fault
from boundaries.footprints import Ground, store_footprint

_LINE_COLUMNS = (
    "id", "file_id", "row", "identifier", "title", "funder", "programme", "theme", "recipient", "stage",
    "amount_pence", "currency", "awarded_on", "financial_year", "place_kind", "place_text", "place_code",
    "place_type", "place_name", "place_postcode", "place_geom", "partnership_slug", "grade",
    "recipient_postcode", "recipient_lad", "demo", *SAID_COLUMNS, "part_of", "part_share", "footprint_id",
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
    are already; then nothing was stored again. `asked`: words that name no place surely, with what they
    may mean. `standard`: what the file's own standard finds in it (readers.threesixty_standard).
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
    asked: tuple[Asked, ...] = ()
    standard: StandardFindings | None = None

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
    held = rows_held(session, frame, prefix, publication.kind)
    again = are_held(frame, held)
    if held and again.all():
        same_as = ", ".join(sorted({each.file_id for each in held.values()}))
        elsewhere = held_faults(frame, held, name, "identifier-elsewhere")
        return _already_here(name, publication, placed, same_as, elsewhere)
    faults = [*placed.faults, *held_faults(frame, held, name, "identifier-once")]
    frame, doubled = _once(frame[~again], name)
    faults += doubled
    kept = set(frame["row"])
    amounts = _row_amounts(placed.frame[~placed.frame["row"].isin(kept)])
    rows_stored = len(kept)
    refused = placed.rows_in - rows_stored
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
            rows_stored,
            demo=demo,
        )
        write_lines(session, frame, file_id, demo=demo)
        link_lines(session, file_id=file_id)
        link_regrants(session, file_id=file_id)
        write_refusals(session, file_id, faults, {**placed.refused_amounts, **amounts})
        detail = {
            "rows_in": placed.rows_in,
            "rows_stored": rows_stored,
            "partnership": partnership_slug,
        }
        record(session, actor, "import", f"resources:{file_id}", detail)
    lines = [] if commit else foresee(session, _only(placed, frame.index), found, partnership_slug)
    return ImportReport(
        name, publication.title, publication.kind, placed.rows_in, rows_stored, refused, stored,
        file_id if stored else None, None, tuple(faults), placed.notes, lines=lines, asked=placed.asked,
    )  # fmt: skip


def _row_amounts(lines: Any) -> dict[int, StatedAmount]:
    """Give the amount of each row that some lines stand for, its parts added up."""
    together = lines.groupby("row")[["amount_pence", "currency"]]
    sums = together.agg({"amount_pence": "sum", "currency": "first"})
    return {
        int(row): StatedAmount(int(pence), str(currency))
        for row, pence, currency in sums.itertuples(name=None)
    }


def _once(frame: Any, name: str) -> tuple[Any, list[Fault]]:
    """Refuse a row whose parts would bear the identifier of another row: "X#1" beside a row X with shares."""
    doubled = frame["id"].duplicated(keep=False) & frame["part_of"].isna()
    faults = [
        Fault(
            "A part of another row bears this identifier.",
            file=name, row=row, column="identifier", value=identifier, rule="identifier-once",
        )
        for row, identifier in zip(frame["row"][doubled], frame["identifier"][doubled], strict=True)
    ]  # fmt: skip
    return frame[~doubled], faults


def _only(placed: Placed, index: Any) -> Placed:
    frame = placed.frame.loc[index].reset_index(drop=True)
    return Placed(frame, placed.faults, placed.notes, placed.rows_in)


def _already_here(
    name: str,
    publication: Publication,
    placed: Placed,
    same_as: str,
    elsewhere: Sequence[Fault] = (),
) -> ImportReport:
    """Report a file of which nothing is stored; `elsewhere` names each row that another file brought."""
    return ImportReport(
        name, publication.title, publication.kind, placed.rows_in, 0, placed.rows_in, False,
        same_as=same_as, faults=placed.faults, notes=placed.notes, elsewhere=tuple(elsewhere),
        asked=placed.asked,
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


def write_lines(session: Session, frame: Any, file_id: str, *, demo: bool) -> None:
    """Write placed lines of a file that is here, with their weights and the estates that it draws."""
    points = [
        None if easting is None else _point_text(float(easting), float(northing))
        for easting, northing in zip(frame["easting"], frame["northing"], strict=True)
    ]
    roles = [role or "award" for role in frame["role"]]
    made = {
        "place_geom": points, "role": roles, "footprint_id": _footprints(session, frame, demo=demo),
    }  # fmt: skip
    columns = {name: pd.Series(each, frame.index, dtype=object) for name, each in made.items()}
    ready = frame.assign(file_id=file_id, demo=demo, **columns)
    values = (ready[column] for column in _LINE_COLUMNS)
    rows = counted(zip(*values, strict=True), STORING, len(frame))
    copy_rows(session, "resource_lines", _LINE_COLUMNS, rows)
    weights = (
        (line_id, code, weight)
        for line_id, stated in zip(frame["id"], frame["weights"], strict=True)
        for code, weight in stated or ()
    )
    copy_rows(session, "resource_line_weights", ("line_id", "area_code", "weight"), weights)


def _footprints(session: Session, frame: Any, *, demo: bool) -> list[int | None]:
    """Give each line the footprint of its estate; one that the file draws is stored, once however often it is drawn."""
    return [
        known if outline is None else store_footprint(session, Ground(outline=outline, demo=demo))
        for known, outline in zip(frame["footprint_id"], frame["outline"], strict=True)
    ]


def _point_text(easting: float, northing: float) -> str:
    point = shapely.set_srid(shapely.Point(easting, northing), BNG)
    return str(shapely.to_wkb(point, hex=True, include_srid=True))


def write_refusals(
    session: Session,
    file_id: str,
    faults: Iterable[Fault],
    amounts: Mapping[int, StatedAmount] = MappingProxyType({}),
) -> None:
    """Keep the rows of a file that were not stored, each with the rule it broke.

    amounts : what those rows ask for, by row, each kept on the row's first fault alone.
    """
    left = dict(amounts)
    rows = (
        (
            file_id, int(fault.row or 0), fault.column, fault.value, fault.rule, fault.detail,
            *(left.pop(int(fault.row or 0), None) or (None, None)),
        )
        for fault in faults
    )  # fmt: skip
    columns = ("file_id", "row", "column", "value", "rule", "detail", "amount_pence", "currency")
    copy_rows(session, "resource_refusals", columns, rows)
