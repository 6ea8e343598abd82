"""Reads outlines of a programme's places from a GeoPackage, mended where they are not valid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from app.resources.readers.frames import clean_text
from app.vintages.readers.cells import FileRefused
from boundaries.crs import to_bng
from boundaries.errors import Fault
from boundaries.methods.validity import repair

COLUMNS = ("lad_name", "neighbourhood", "MSOA21CD")


class StatedOutline(NamedTuple):
    """A place's small area and its outline in metres, valid; `row` counts features from 1."""

    row: int
    name: str
    council: str
    code: str
    outline: BaseGeometry


@dataclass(frozen=True)
class ReadOutlines:
    """What a file of outlines holds: rows_in = outlines + faults; notes name those that were mended."""

    outlines: list[StatedOutline]
    faults: list[Fault]
    notes: list[Fault]
    rows_in: int


def read_outlines(path: Path) -> ReadOutlines:
    """Read neighbourhoods as outlines of their small areas. Raises FileRefused for what is no such layer."""
    import geopandas as gpd  # at first use: it would slow every start
    from pyogrio.errors import DataSourceError

    try:
        frame = gpd.read_file(path)
    except (DataSourceError, ValueError) as fault:
        raise FileRefused(
            f"{path.name} is no file of outlines that can be read.",
            [Fault("The file cannot be read.", file=path.name, rule="file-readable")],
        ) from fault
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing or frame.crs is None:
        what = missing[0] if missing else "its coordinate system"
        raise FileRefused(
            f"{path.name} lacks {what}.",
            [Fault("It is missing.", file=path.name, column=what, rule="column-required")],
        )
    metric = to_bng(frame.geometry)
    shapes, findings = repair(np.asarray(metric.array, dtype=object))
    reasons = {int(row.position): str(row.reason) for row in findings.itertuples()}
    outlines, faults, notes = [], [], []
    for at, (council, name, code) in enumerate(
        zip(*(frame[column] for column in COLUMNS), strict=True)
    ):
        given = [clean_text(each) for each in (name, council, code)]
        shown = given[0] or ""
        if shapes[at] is None or None in given:
            detail = reasons.get(at, "The name, the council or the code is missing.")
            faults.append(
                Fault(detail, file=path.name, row=at + 1, value=shown, rule="outline-valid")
            )
            continue
        if at in reasons:
            notes.append(
                Fault(reasons[at], file=path.name, row=at + 1, value=shown, rule="repaired")
            )
        outlines.append(
            StatedOutline(at + 1, str(given[0]), str(given[1]), str(given[2]), shapes[at])
        )
    return ReadOutlines(outlines, faults, notes, len(frame))
