"""Writes of a programme's own record: make, change, remove; checked whole and audited in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg.errors import ForeignKeyViolation, UniqueViolation
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.audit import changed_between
from app.access.audit import record as record_event
from app.access.queries import Actor
from app.partnerships.queries import get_partnership
from app.partnerships.tables import Partnership
from app.resources.linking import link_lines
from app.resources.methods.amounts import RuleBroken
from app.resources.methods.programme_record import (
    AllocationSaid,
    Record,
    own_id,
    record_faults,
    years_outside,
)
from app.resources.programme_places import FoundPlace, ProgrammePlaces
from app.resources.programme_queries import UnknownProgramme
from app.resources.readers.frames import clean_text
from app.resources.tables import Programme, ProgrammeAllocation, ProgrammeArea
from boundaries.errors import Conflict, Fault, Invalid

_HEAD = ("title", "funder", "theme", "money_kind", "estimate_basis", "period", "first_year", "last_year")  # fmt: skip


class ProgrammeInvalid(Invalid):
    """A programme was described in a way that cannot be kept; each fault is named."""

    slug = "programme-invalid"
    title = "That is not a programme"


class ProgrammeExists(Conflict):
    """A programme of that id is here already."""

    slug = "programme-exists"
    title = "That programme exists"


class ProgrammeInUse(Conflict):
    """Files hold rows of the programme, or statements of use rest on it: those go first."""

    slug = "programme-in-use"
    title = "The programme is in use"


def create_programme(
    session: Session,
    actor: Actor | str,
    record: Record,
    *,
    partnership: str | None,
    day: date,
    name: str | None = None,
) -> Programme:
    """Keep a programme: a partnership's own, or a published one; lines whose words equal its title draw on it.

    day : on which codes without a day, and names of councils, are said. name : its id is made of,
    in place of the title. Raises ProgrammeInvalid, ProgrammeExists, UnknownPartnership.
    """
    owner = None if partnership is None else get_partnership(session, partnership)
    record = _tidy(record)
    _refuse(record_faults(record))
    found = own_id(name or record.title, partnership)
    if session.get(Programme, found) is not None:
        raise ProgrammeExists(f"there is already a programme {found!r}")
    demo = owner is not None and owner.demo
    row = Programme(id=found, partnership_slug=partnership, demo=demo, **_head(record))
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise ProgrammeExists(f"there is already a programme {found!r}") from error
    _store_lists(session, row, owner, record, day)
    linked = link_lines(session, programme_id=found)
    detail: dict[str, object] = {
        "partnership": partnership, "areas": len(record.areas),
        "allocations": len(record.allocations), "lines_linked": linked,
    }  # fmt: skip
    record_event(session, actor, "create", f"programme:{found}", detail)
    return row


def get_programme(session: Session, programme_id: str) -> Programme:
    """Get a programme. Raises UnknownProgramme."""
    row = session.get(Programme, programme_id)
    if row is None:
        raise UnknownProgramme(f"there is no programme {programme_id[:80]!r}")
    return row


def lock_programme(session: Session, programme_id: str) -> Programme:
    """Get a programme to change it: whoever else means to waits until then. Raises UnknownProgramme."""
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())
    return get_programme(session, programme_id)


def change_programme(
    session: Session, actor: Actor | str, programme_id: str, changes: Mapping[str, Any], day: date
) -> Programme:
    """Change some fields of a programme; `areas` and `allocations` take the place of those of its own record.

    What files brought stays, and must lie in the programme's years still. Its id stays, so that no
    address breaks. Raises ProgrammeInvalid, UnknownProgramme.
    """
    row = lock_programme(session, programme_id)
    owner = None if row.partnership_slug is None else get_partnership(session, row.partnership_slug)
    kept = {name: getattr(row, name) for name in _HEAD}
    record = _tidy(Record(**{**kept, **changes}))
    faults = record_faults(record)
    if not faults:
        faults = _years_left_out(session, row, record, changes)
    _refuse(faults)
    for name, value in _head(record).items():
        setattr(row, name, value)
    session.flush()
    for name, table in (("areas", ProgrammeArea), ("allocations", ProgrammeAllocation)):
        if name in changes:
            session.execute(
                delete(table).where(table.programme_id == row.id, table.file_id.is_(None))
            )
    _store_lists(session, row, owner, record, day)
    linked = link_lines(session, programme_id=row.id)
    changed = changed_between(kept, {name: getattr(row, name) for name in _HEAD})
    detail: dict[str, object] = {
        "fields": sorted(changes),
        "lines_linked": linked,
        "changed": changed,
    }
    record_event(session, actor, "change", f"programme:{row.id}", detail)
    return row


def remove_programme(session: Session, actor: Actor | str, programme_id: str) -> None:
    """Remove a programme with its own record; lines that drew on it stay and draw on none.

    Raises UnknownProgramme, ProgrammeInUse while a file's rows or a statement of use rest on it.
    """
    row = lock_programme(session, programme_id)
    files = _files_with_rows(session, row.id)
    if files:
        raise ProgrammeInUse(
            f"{row.id} has rows from {', '.join(files)}: take the file out first (DELETE /resources/ID)"
        )
    session.delete(row)
    try:
        session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, ForeignKeyViolation):
            raise
        raise ProgrammeInUse(f"a statement of use rests on {programme_id}") from error
    record_event(session, actor, "remove", f"programme:{programme_id}", {})


def _files_with_rows(session: Session, programme_id: str) -> list[str]:
    found: set[str] = set()
    for table in (ProgrammeArea, ProgrammeAllocation):
        found |= set(
            session.scalars(
                select(table.file_id)
                .where(table.programme_id == programme_id, table.file_id.is_not(None))
                .distinct()
            )
        )
    return sorted(found)


def _tidy(record: Record) -> Record:
    """Take blanks and characters that cannot be stored out of every text."""
    return record._replace(
        title=clean_text(record.title) or "", funder=clean_text(record.funder) or "",
        theme=clean_text(record.theme), period=clean_text(record.period),
        areas=tuple(
            each._replace(words=clean_text(each.words) or "", note=clean_text(each.note))
            for each in record.areas
        ),
        allocations=tuple(
            each._replace(
                words=clean_text(each.words) or "", period=clean_text(each.period),
                basis=clean_text(each.basis), source=clean_text(each.source), note=clean_text(each.note),
            )
            for each in record.allocations
        ),
    )  # fmt: skip


def _head(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _HEAD}


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ProgrammeInvalid("; ".join(fault.detail for fault in faults[:5]), faults)


def _years_left_out(
    session: Session, row: Programme, record: Record, changes: Mapping[str, Any]
) -> list[Fault]:
    """List the years with an allocation that stays and that the programme's new years would not hold."""
    query = select(ProgrammeAllocation.financial_year).where(
        ProgrammeAllocation.programme_id == row.id, ProgrammeAllocation.financial_year.is_not(None)
    )
    if "allocations" in changes:
        query = query.where(ProgrammeAllocation.file_id.is_not(None))
    years = [year for year in session.scalars(query) if year is not None]
    outside = years_outside(years, record.first_year, record.last_year)
    return [
        Fault(
            f"an allocation of {year} would lie outside the programme", "/first_year", value=year,
            rule="year-in-programme",
        )
        for year in outside
    ]  # fmt: skip


def day_of(said: AllocationSaid, otherwise: date) -> date:
    """Give the day on which an allocation's place is said: the first of its financial year, else another."""
    return otherwise if said.year is None else date(int(said.year[:4]), 4, 1)


def _store_lists(
    session: Session, row: Programme, owner: Partnership | None, record: Record, day: date
) -> None:
    """Store the eligible places and allocations of a record. Raises ProgrammeInvalid naming each place not found."""
    words = [*(each.words for each in record.areas), *(each.words for each in record.allocations)]
    places = ProgrammePlaces(session, words, owner, demo=row.demo)
    faults: list[Fault] = []
    areas: dict[str, ProgrammeArea] = {}
    for number, place in enumerate(record.areas):
        at = f"/eligible_areas/{number}/place"
        on = place.as_at or day
        if (found := _find(places, place.words, on, at, faults)) is not None:
            areas[found.key] = eligible_row(row.id, None, found, on, place.note)
    money: dict[tuple[str, str, str], ProgrammeAllocation] = {}
    for number, said in enumerate(record.allocations):
        at = f"/allocations/{number}/place"
        if (found := _find(places, said.words, day_of(said, day), at, faults)) is None:
            continue
        key = (found.key, said.year or said.period or "", said.status)
        if key in money:
            detail = f"{found.name} has an allocation of that year and status already"
            faults.append(Fault(detail, at, value=said.words[:80], rule="allocation-once"))
        money[key] = allocation_row(row.id, None, found, said)
    _refuse(faults)
    session.add_all([*areas.values(), *money.values()])
    session.flush()


def _find(
    places: ProgrammePlaces, words: str, day: date, pointer: str, faults: list[Fault]
) -> FoundPlace | None:
    try:
        return places.find(words, day)
    except RuleBroken as broken:
        faults.append(Fault(broken.detail, pointer, value=words[:80], rule=broken.rule))
        return None


def eligible_row(
    programme_id: str, file_id: str | None, found: FoundPlace, day: date, note: str | None
) -> ProgrammeArea:
    """Give the row of an eligible place; one place of a programme stands once in each source."""
    return ProgrammeArea(
        id=f"{file_id or 'record'}:{programme_id}:{found.key}", programme_id=programme_id,
        file_id=file_id, name=found.name, area_code=found.area_code, as_at=day,
        lad_code=found.lad_code, note=note,
    )  # fmt: skip


def allocation_row(
    programme_id: str, file_id: str | None, found: FoundPlace, said: AllocationSaid
) -> ProgrammeAllocation:
    """Give the row of an allocation; one place, year and status of a programme stands once in each source."""
    period = said.year or said.period or ""
    return ProgrammeAllocation(
        id=f"{file_id or 'record'}:{programme_id}:{found.key}:{period}:{said.status}",
        programme_id=programme_id, file_id=file_id, title=found.name, area_code=found.area_code,
        lad_code=found.lad_code, financial_year=said.year, period=period,
        amount_pence=said.amount_pence, status=said.status, basis=said.basis, derived=said.derived,
        source=said.source, note=said.note,
    )  # fmt: skip
