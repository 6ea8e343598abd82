"""Draws the neighbourhoods of Pride in Place, phase 2, by the outlines of the small areas that stand for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.resources.files import begin_file, finish_file
from app.resources.methods.place import name_key
from app.resources.readers.outlines import read_outlines
from app.resources.storing import ImportReport, Publication
from app.resources.tables import ProgrammeArea, ResourceFile
from boundaries.crs import BNG, WGS84, to_wgs84
from boundaries.errors import Fault

PHASE_2 = "pride-in-place-phase-2%"


def load_pride_outlines(session: Session, path: Path, publication: Publication) -> ImportReport:
    """Put outlines to the eligible areas that bear the same small-area code and name; list the others.

    A code that two neighbourhoods share stands for one of them at most, so neither is drawn. The
    programme's list must be loaded first. Raises FileRefused.
    """
    read = read_outlines(path)
    homes = {
        (str(row.area_code), name_key(row.name)): row.id
        for row in session.scalars(
            select(ProgrammeArea).where(
                ProgrammeArea.programme_id.like(PHASE_2), ProgrammeArea.area_code.is_not(None)
            )
        )
    }
    drawn: list[dict[str, str]] = []
    faults: list[Fault] = list(read.faults)
    for each in read.outlines:
        home = homes.get((each.code, name_key(each.name)))
        if home is None:
            faults.append(
                Fault(
                    "The programme's list has no neighbourhood of this name that surely is this small area.",
                    file=path.name, row=each.row, column="neighbourhood", value=each.name, rule="one-small-area",
                )
            )  # fmt: skip
            continue
        degrees = to_wgs84(np.array([each.outline], dtype=object))[0]
        drawn.append(
            {"id": home, "geom": _hex(each.outline, BNG), "geom_wgs84": _hex(degrees, WGS84)}
        )
    begun = begin_file(session, path, publication, read.rows_in, len(faults))
    if begun.same_as is not None:
        return begun.already_here(read.rows_in)
    if drawn:
        session.execute(
            text(
                "UPDATE programme_areas SET geom = CAST(:geom AS geometry),"
                " geom_wgs84 = CAST(:geom_wgs84 AS geometry) WHERE id = :id"
            ),
            drawn,
        )
    return finish_file(session, begun, faults, read.notes)


def forget_outlines(session: Session, kind: str) -> None:
    """Let outlines be loaded again: the areas they were put to were stored anew."""
    session.execute(delete(ResourceFile).where(ResourceFile.kind == kind))


def _hex(shape: object, system: int) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, system), hex=True, include_srid=True))
