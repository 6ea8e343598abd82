"""Brings a keeper's table of places and allocations into a programme, rehearsed unless told to store it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.partnerships.queries import get_partnership
from app.resources.methods.amounts import RuleBroken
from app.resources.methods.programme_record import (
    WHOLE_PARTNERSHIP,
    AllocationSaid,
    PlaceSaid,
)
from app.resources.own_programmes import (
    allocation_row,
    day_of,
    eligible_row,
    get_programme,
    lock_programme,
)
from app.resources.programme_places import FoundPlace, ProgrammePlaces
from app.resources.readers.programme_table import ReadProgramme, read_programme_table
from app.resources.storing import ImportReport, write_refusals
from app.resources.tables import Programme, ProgrammeAllocation, ProgrammeArea, ResourceFile
from app.vintages.readers.cells import read_bytes
from boundaries.errors import Fault

KIND = "programme-table"


def import_programme_table(
    session: Session,
    actor: Actor | str,
    programme_id: str,
    source: Path | bytes,
    name: str,
    day: date,
    *,
    commit: bool = False,
) -> ImportReport:
    """Bring a table of a programme's places and allocations in; without `commit` only say what would happen.

    Idempotent: the same bytes change nothing, and a row whose place, year and status the programme
    has already is listed with the source it is from, whatever its amount. A place twice in one table
    is listed too. day : on which places without a year are said. Raises UnknownProgramme, FileRefused.
    """
    row = lock_programme(session, programme_id) if commit else get_programme(session, programme_id)
    raw = read_bytes(source, name)
    read = read_programme_table(raw, name, first_year=row.first_year, last_year=row.last_year)
    digest = hashlib.sha256(raw + b":" + programme_id.encode()).hexdigest()
    title = f"Places and allocations of {row.title}"
    here = session.scalar(select(ResourceFile.id).where(ResourceFile.sha256 == digest))
    if here is not None:
        return ImportReport(
            name, title, KIND, read.rows_in, 0, read.rows_in, False, same_as=here, notes=tuple(read.notes)
        )  # fmt: skip
    file_id = f"{KIND}-{digest[:12]}"
    kept = _Kept(session, row, read, file_id, day)
    faults = sorted([*read.faults, *kept.faults], key=lambda fault: int(fault.row or 0))
    refused = len({fault.row for fault in faults})
    stored = commit and kept.rows > 0
    if stored:
        session.add(
            ResourceFile(
                id=file_id, title=title, publisher=row.partnership_slug or row.funder, licence="not stated",
                attribution=title, source_file=name, sha256=digest, kind=KIND,
                partnership_slug=row.partnership_slug, rows_in=read.rows_in, rows_stored=kept.rows,
                rows_refused=refused, demo=row.demo,
            )
        )  # fmt: skip
        session.flush()
        session.add_all([*kept.areas, *kept.allocations])
        write_refusals(session, file_id, faults)
        detail: dict[str, object] = {
            "file": file_id, "rows_in": read.rows_in, "rows_stored": kept.rows,
        }  # fmt: skip
        record(session, actor, "import", f"programme:{row.id}", detail)
    return ImportReport(
        name, title, KIND, read.rows_in, kept.rows, refused, stored, file_id if stored else None,
        faults=tuple(faults), notes=tuple(read.notes), lines=kept.lines,
    )  # fmt: skip


class _Kept:
    """The rows of a table that can be stored, and those that cannot, each with the rule that it broke."""

    def __init__(
        self, session: Session, row: Programme, read: ReadProgramme, file_id: str, day: date
    ) -> None:
        self.areas: list[ProgrammeArea] = []
        self.allocations: list[ProgrammeAllocation] = []
        self.faults: list[Fault] = []
        self.lines: list[dict[str, Any]] = []
        self._name, self._row, self._file_id, self._day = read.name, row, file_id, day
        owner = get_partnership(session, row.partnership_slug) if row.partnership_slug else None
        words = [place.words for _, place in read.areas]
        words += [money.words for _, money in read.allocations]
        self._places = ProgrammePlaces(session, words, owner, demo=row.demo)
        self._known = _stored_keys(session, row.id)
        for number, place in read.areas:
            self._take(number, place.words, day, partial(self._area, place))
        for number, money in read.allocations:
            self._take(number, money.words, day_of(money, day), partial(self._money, money))

    @property
    def rows(self) -> int:
        """How many rows of the table can be stored."""
        return len(self.areas) + len(self.allocations)

    def _take(
        self, number: int, words: str, day: date, keep: Callable[[FoundPlace], dict[str, Any]]
    ) -> None:
        try:
            found = self._places.find(words, day)
            line = keep(found)
        except RuleBroken as broken:
            self.faults.append(
                Fault(broken.detail, file=self._name, row=number, column="place", value=words[:80], rule=broken.rule)
            )  # fmt: skip
            return
        self.lines.append({"row": number, "place": found.name, "area_code": found.area_code, **line})  # fmt: skip

    def _once(self, key: tuple[str, ...], what: str) -> None:
        if key in self._known:
            raise RuleBroken(f"{what}-once", f"It stands already, from {self._known[key]}.")
        self._known[key] = "an earlier row of this table"

    def _area(self, said: PlaceSaid, found: FoundPlace) -> dict[str, Any]:
        self._once((found.key,), "place")
        self.areas.append(eligible_row(self._row.id, self._file_id, found, self._day, said.note))
        return {"year": None, "status": None, "amount_pence": None}

    def _money(self, said: AllocationSaid, found: FoundPlace) -> dict[str, Any]:
        period = said.year or said.period or ""
        self._once((found.key, period, said.status), "allocation")
        self.allocations.append(allocation_row(self._row.id, self._file_id, found, said))
        return {"year": period, "status": said.status, "amount_pence": said.amount_pence}


def _stored_keys(session: Session, programme_id: str) -> dict[tuple[str, ...], str]:
    """Give what the programme has already, by place (eligible) and by place, period and status, with where from."""
    rows = session.execute(
        select(ProgrammeArea.area_code, ProgrammeArea.file_id).where(
            ProgrammeArea.programme_id == programme_id
        )
    )
    known: dict[tuple[str, ...], str] = {
        (code or WHOLE_PARTNERSHIP,): file or "its own record" for code, file in rows
    }
    held = session.execute(
        select(
            ProgrammeAllocation.area_code, ProgrammeAllocation.period, ProgrammeAllocation.status,
            ProgrammeAllocation.file_id,
        ).where(ProgrammeAllocation.programme_id == programme_id)
    )  # fmt: skip
    return known | {
        (code or WHOLE_PARTNERSHIP, period, status): file or "its own record"
        for code, period, status, file in held
    }
