"""Stores services that Open Referral UK tells of, once, with where and when they are given; names of people never."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.resources.access import OPEN_REFERRAL
from app.resources.outlets import outlet_points, point_hex
from app.resources.readers.open_referral import read_open_referral
from app.resources.readers.outlets import ReadServices, StatedOutlet
from app.resources.storing import ImportReport, Publication, write_refusals
from app.resources.tables import Outlet, ResourceFile
from boundaries.crs import BNG, WGS84
from boundaries.database import among, copy_rows
from boundaries.errors import Fault
from boundaries.tables import Postcode

_COLUMNS = (
    "id", "file_id", "row", "kind", "subtype", "identifier", "name", "address", "postcode", "lad_code", "observed",
    "placed_by", "geom", "geom_wgs84", "organisation", "url", "schedule", "terms",
)  # fmt: skip


def import_open_referral(
    session: Session, actor: Actor | str, raw: bytes, name: str, *, partnership_slug: str | None = None,
    publication: Publication | None = None, demo: bool = False, commit: bool = False,
) -> ImportReport:  # fmt: skip
    """Bring services in, in the caller's transaction; without `commit` only say what would happen.

    A service is placed by its point, else by its postcode; one at several places stands at each. Idempotent: the same
    bytes change nothing; a service at a place that another file brought is listed. Raises FileRefused.
    """
    read = read_open_referral(raw, name)
    spoken = publication or Publication(
        name, partnership_slug or "not stated", "not stated", name, OPEN_REFERRAL
    )
    digest = hashlib.sha256(raw + (partnership_slug or "").encode()).hexdigest()
    here = session.scalar(select(ResourceFile.id).where(ResourceFile.sha256 == digest))
    if here is not None:
        return _report(read, spoken, name, [], [], same_as=here)
    known = _known(session, [each.key for each in read.services])
    elsewhere = [
        Fault(
            f"The same service at the same place is stored already, from {known[each.key]}.",
            file=name, row=each.row, column="id", value=each.identifier or "", rule="identifier-elsewhere",
        )
        for each in read.services if each.key in known
    ]  # fmt: skip
    kept = [each for each in read.services if each.key not in known]
    if elsewhere and not kept:
        return _report(
            read, spoken, name, kept, elsewhere, same_as=", ".join(sorted(set(known.values())))
        )
    notes: list[Fault] = []
    metric, degrees, placed_by = outlet_points(session, kept, name, notes)
    read.notes += notes
    if not commit or not kept:
        return _report(read, spoken, name, kept, elsewhere)
    file_id = f"{OPEN_REFERRAL}-{digest[:12]}"
    stored = len(kept)
    session.add(
        ResourceFile(
            id=file_id, title=spoken.title, publisher=spoken.publisher, licence=spoken.licence,
            attribution=spoken.attribution, source_file=name, sha256=digest, kind=OPEN_REFERRAL,
            coverage=spoken.coverage, partnership_slug=partnership_slug, rows_in=read.rows_in, rows_stored=stored,
            rows_refused=read.rows_in - stored, demo=demo,
        )
    )  # fmt: skip
    session.flush()
    districts = _districts(session, kept)
    rows = (
        (
            each.key, file_id, each.row, each.kind, each.subtype, each.identifier, each.name, each.address,
            each.postcode, districts.get(each.postcode or ""), each.observed, by, point_hex(point, BNG),
            point_hex(degree, WGS84), each.organisation, each.url, each.schedule, list(each.terms) or None,
        )
        for each, by, point, degree in zip(kept, placed_by, metric, degrees, strict=True)
    )  # fmt: skip
    copy_rows(session, "services", _COLUMNS, rows)
    write_refusals(session, file_id, [*read.faults, *elsewhere])
    detail: dict[str, object] = {
        "rows_in": read.rows_in, "rows_stored": stored, "partnership": partnership_slug,
    }  # fmt: skip
    record(session, actor, "import", f"resources:{file_id}", detail)
    return _report(read, spoken, name, kept, elsewhere, file_id=file_id)


def _report(
    read: ReadServices, spoken: Publication, name: str, kept: Sequence[StatedOutlet], elsewhere: Sequence[Fault],
    *, same_as: str | None = None, file_id: str | None = None,
) -> ImportReport:  # fmt: skip
    stored = len(kept) if same_as is None else 0
    return ImportReport(
        name, spoken.title, OPEN_REFERRAL, read.rows_in, stored, read.rows_in - stored, file_id is not None,
        file_id, same_as, (*read.faults, *([] if same_as else elsewhere)), tuple(read.notes), tuple(elsewhere),
    )  # fmt: skip


def _known(session: Session, keys: Sequence[str]) -> dict[str, str]:
    rows = session.execute(select(Outlet.id, Outlet.file_id).where(among(Outlet.id, keys)))
    return {row[0]: row[1] for row in rows}


def _districts(session: Session, stated: Sequence[StatedOutlet]) -> dict[str, Any]:
    wanted = {each.postcode for each in stated if each.postcode}
    rows = session.execute(
        select(Postcode.postcode, Postcode.lad_code).where(among(Postcode.postcode, wanted))
    )
    return {row[0]: row[1] for row in rows}
