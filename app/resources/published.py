"""Loads published tables of budgets, of sums by recipient and of a district's projects: each whole, once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.resources.files import begin_file, finish_file
from app.resources.methods.allocations import programme_id
from app.resources.old_districts import listed_districts, read_old_districts
from app.resources.placing import place_lines
from app.resources.programmes import GOVERNMENT
from app.resources.readers.allocations import NRF
from app.resources.readers.frames import ReadLines, StatedPlace
from app.resources.readers.local_projects import read_local_projects
from app.resources.readers.recipient_sums import StatedSum, read_recipient_sums
from app.resources.readers.spending_power import BudgetLine, read_spending_power
from app.resources.storing import ImportReport, Publication, store_lines
from boundaries.database import copy_rows
from boundaries.errors import Fault
from boundaries.importing import sha256_of


def load_budgets(session: Session, path: Path, publication: Publication) -> ImportReport:
    """Load core spending power: one line a part, authority and year. Raises FileRefused."""
    read = read_spending_power(path, path.name)
    begun = begin_file(session, path, publication, read.rows_in, read.rows_refused)
    if begun.same_as is not None:
        return begun.already_here(read.rows_in)
    columns = ("file_id", *BudgetLine._fields)
    copy_rows(session, "budgets", columns, ((begun.file_id, *line) for line in read.lines))
    return finish_file(session, begun, read.faults, read.notes)


def load_recipient_sums(session: Session, path: Path, publication: Publication) -> ImportReport:
    """Load sums of grants by funder, year and the recipients' ward. Raises FileRefused."""
    read = read_recipient_sums(path, path.name)
    begun = begin_file(session, path, publication, read.rows_in, read.rows_refused)
    if begun.same_as is not None:
        return begun.already_here(read.rows_in)
    columns = ("file_id", *StatedSum._fields)
    copy_rows(session, "recipient_sums", columns, ((begun.file_id, *each) for each in read.sums))
    return finish_file(session, begun, read.faults, read.notes)


def load_local_projects(session: Session, path: Path, publication: Publication) -> ImportReport:
    """Load a district's projects under the Neighbourhood Renewal Fund as lines of the whole district.

    The district is found by the fund's own list, else by the one name borne that year; a project of
    a district that is not found is kept, placed nowhere (grade G), and noted. Raises FileRefused.
    """
    read = read_local_projects(path, path.name, GOVERNMENT)
    listed = listed_districts(session, programme_id(NRF))
    old = read_old_districts(session)
    places: list[tuple[StatedPlace, ...]] = []
    notes = list(read.notes)
    for row, (stated,), year in zip(
        read.frame["row"], read.frame["places"], read.frame["financial_year"], strict=True
    ):
        name = str(stated.name)
        code = (
            listed[name].lad_code if name in listed else old.named(name, date(int(year[:4]), 4, 1))
        )
        if code is None:
            notes.append(
                Fault(
                    "No one district of this name is loaded for that year: kept by its name, placed nowhere.",
                    file=path.name, row=row, value=name, rule="place-by-name-only",
                )
            )  # fmt: skip
        places.append((StatedPlace(name=name, code=code, code_type="lad" if code else None),))
    frame = read.frame.assign(places=places)
    told = ReadLines(frame, read.faults, tuple(notes), read.rows_in)
    placed = place_lines(session, told, name=path.name, by_words=False)
    return store_lines(
        session,
        COMMAND_LINE,
        placed,
        name=path.name,
        digest=sha256_of(path),
        publication=publication,
    )
