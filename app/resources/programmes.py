"""Stores programmes with their eligible areas and allocations from published tables, once for the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.resources.files import begin_file, finish_file
from app.resources.linking import link_lines
from app.resources.methods.allocations import programme_id
from app.resources.old_districts import District, OldDistricts, listed_districts, read_old_districts
from app.resources.readers.allocations import (
    IN_2001,
    NRF,
    READERS,
    ReadAllocations,
    StatedAllocation,
    StatedArea,
)
from app.resources.storing import ImportReport, Publication
from app.resources.tables import Programme, ProgrammeArea
from boundaries.database import copy_rows
from boundaries.errors import Fault

GOVERNMENT = "UK Government"
FUNDERS = {"european-regional-development-fund-areas": "European Union, through the UK Government"}

_AREA_COLUMNS = (
    "id",
    "programme_id",
    "file_id",
    "name",
    "area_code",
    "as_at",
    "lad_code",
    "stated_code",
    "note",
)
_ALLOCATION_COLUMNS = (
    "id", "programme_id", "file_id", "title", "area_code", "lad_code", "financial_year", "period",
    "amount_pence", "status", "basis", "derived", "source", "note",
)  # fmt: skip


def load_programme_file(session: Session, path: Path, publication: Publication) -> ImportReport:
    """Load one published table of programmes, whole; `publication.kind` is its id in the catalogue.

    Places without codes are found by the programme's own list of districts or by the one name borne
    that year; those that are not found are kept by name and noted. Raises FileRefused.
    """
    read = READERS[publication.kind](path, path.name)
    begun = begin_file(session, path, publication, read.rows_in, read.rows_refused)
    if begun.same_as is not None:
        return begun.already_here(read.rows_in)
    places = _Places(session, publication.kind)
    areas = [places.area(each) for each in read.areas]
    allocations = [places.allocation(each) for each in read.allocations]
    store_programmes(session, {each.programme for each in read.areas})
    store_programmes(session, {each.programme for each in read.allocations})
    store_areas(session, begun.file_id, areas)
    store_allocations(session, begun.file_id, allocations)
    _place_by_list(session)
    link_lines(session)
    return finish_file(
        session, begun, read.faults, [*read.notes, *places.unplaced(read, path.name)]
    )


class _Places:
    """Where stated places lie: the districts loaded, and the list of the fund that other tables lean on."""

    def __init__(self, session: Session, kind: str) -> None:
        self.kind = kind
        self.districts: OldDistricts = read_old_districts(session)
        self.listed: dict[str, District] = listed_districts(session, programme_id(NRF))
        self.not_found: set[str] = set()

    def _find(self, name: str, day: date, stated: StatedArea | StatedAllocation) -> District:
        if isinstance(stated, StatedAllocation) and stated.area_code is not None:
            return District(stated.area_code, stated.lad_code)
        listed = self.listed.get(name, District(None, None))
        if (
            not stated.is_district
        ):  # it lies in the district of its name, and has no code of its own
            return District(
                None, stated.lad_code or listed.lad_code or self.districts.named(name, day)
            )
        if listed.lad_code is not None:
            return listed
        old = stated.stated_code if isinstance(stated, StatedArea) else None
        code = self.districts.find(name, day, old, stated.lad_code)
        return District(code, stated.lad_code or code)

    def area(self, stated: StatedArea) -> tuple[object, ...]:
        """Give the row of an eligible area, without its file."""
        found = self._find(stated.name, stated.as_at, stated)
        if found == District(None, None):
            self.not_found.add(stated.name)
        programme = programme_id(stated.programme)
        return (
            _id(self.kind, programme, stated.name, stated.lad_code), programme, stated.name, found.code,
            stated.as_at, found.lad_code, stated.stated_code, stated.note,
        )  # fmt: skip

    def allocation(self, stated: StatedAllocation) -> tuple[object, ...]:
        """Give the row of an allocation, without its file."""
        first = (stated.year or stated.period)[:4]
        day = date(int(first), 4, 1) if first.isdigit() else IN_2001
        found = self._find(stated.place, day, stated)
        if found == District(None, None):
            self.not_found.add(stated.place)
        programme = programme_id(stated.programme)
        return (
            _id(self.kind, programme, stated.place, stated.lad_code, stated.period), programme, stated.place,
            found.code, found.lad_code, stated.year, stated.period, stated.amount_pence, stated.status, stated.basis,
            stated.derived, stated.source, stated.note,
        )  # fmt: skip

    def unplaced(self, read: ReadAllocations, name: str) -> Iterable[Fault]:
        """Note each row whose place is kept by its name alone."""
        rows = {each.row: each.name for each in read.areas}
        rows |= {each.row: each.place for each in read.allocations}
        return [
            Fault(
                "No one district of this name is loaded for that year: kept by its name, placed nowhere.",
                file=name, row=row, value=place, rule="place-by-name-only",
            )
            for row, place in sorted(rows.items())
            if place in self.not_found
        ]  # fmt: skip


def _id(*parts: str | None) -> str:
    return ":".join(programme_id(part) for part in parts if part)


def store_programmes(
    session: Session, titles: Iterable[str], *, funder: str | None = None, period: str | None = None
) -> None:
    """Store programmes by title; one that is here stays as it is."""
    rows = [
        {
            "id": programme_id(title), "title": title, "period": period,
            "funder": funder or FUNDERS.get(programme_id(title), GOVERNMENT),
        }
        for title in sorted(titles)
    ]  # fmt: skip
    if rows:
        session.execute(insert(Programme).values(rows).on_conflict_do_nothing())


def store_areas(session: Session, file_id: str, rows: Iterable[tuple[object, ...]]) -> int:
    """Store eligible areas of a file; columns as _AREA_COLUMNS without file_id."""
    return copy_rows(
        session, "programme_areas", _AREA_COLUMNS, ((*row[:2], file_id, *row[2:]) for row in rows)
    )


def store_allocations(session: Session, file_id: str, rows: Iterable[tuple[object, ...]]) -> int:
    """Store allocations of a file; columns as _ALLOCATION_COLUMNS without file_id."""
    return copy_rows(
        session, "programme_allocations", _ALLOCATION_COLUMNS,
        ((*row[:2], file_id, *row[2:]) for row in rows),
    )  # fmt: skip


def _place_by_list(session: Session) -> None:
    """Give allocations that were stored before the fund's list of districts the codes of that list."""
    session.execute(
        text(
            "UPDATE programme_allocations AS a SET area_code = p.area_code, lad_code = p.lad_code"
            " FROM programme_areas AS p WHERE p.programme_id = :fund AND p.stated_code IS NOT NULL"
            " AND a.programme_id = :fund AND a.title = p.name"
            " AND (a.lad_code, a.area_code) IS DISTINCT FROM (p.lad_code, p.area_code)"
        ),
        {"fund": programme_id(NRF)},
    )


def code_areas_again(session: Session) -> int:
    """Give eligible districts the codes that they had, where districts were loaded after them; says how many."""
    districts = read_old_districts(session)
    waiting = session.scalars(
        select(ProgrammeArea).where(
            ProgrammeArea.area_code.is_(None), ProgrammeArea.stated_code.is_not(None)
        )
    ).all()
    found = 0
    for area in waiting:
        area.area_code = districts.find(
            area.name, area.as_at or IN_2001, area.stated_code, area.lad_code
        )
        found += area.area_code is not None
    session.flush()
    if found:
        _place_by_list(session)
    return found
