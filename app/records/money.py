"""A partnership's own files of money as tables of its record, row by row: files, lines, weights, estates, refusals."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from sqlalchemy.orm import Session

from app.records.ground_rows import ground_rows
from app.records.methods.columns import (
    LINE_TEXTS,
    MONEY,
    MONEY_ESTATES,
    MONEY_LINES,
    MONEY_REFUSALS,
    MONEY_WEIGHTS,
)
from app.resources.kept_elsewhere import lines_of_file, refusals_kept, weights_of_file
from app.resources.queries import own_files
from boundaries.footprints import read_ground

Rows = list[dict[str, Any]]
_ASKED = ("row", "identifier", *LINE_TEXTS, "amount_pence", "awarded_on")


def money_of(session: Session, slug: str) -> dict[str, Rows]:
    """Give the tables of a partnership's own money; a file of services is named alone, for its rows are no lines."""
    found: dict[str, Rows] = {
        name: [] for name in (MONEY, MONEY_LINES, MONEY_WEIGHTS, MONEY_ESTATES, MONEY_REFUSALS)
    }
    for file in own_files(session, slug):
        found[MONEY].append(
            {"id": file.id, "title": file.title, "source_file": file.source_file, "sha256": file.sha256,
             "kind": file.kind, "lines": file.rows_stored, "refused": file.rows_refused,
             "publisher": file.publisher, "licence": file.licence, "attribution": file.attribution,
             "coverage": file.coverage, "loaded_at": file.loaded_at.astimezone(UTC).isoformat()}
        )  # fmt: skip
        for line in lines_of_file(session, file.id, _ASKED):
            of_line = {"file": file.id, "identifier": line["identifier"]}
            point = {name: _figures(line[name]) for name in ("easting", "northing")}
            found[MONEY_LINES].append({"file": file.id, **line, **point})
            if line["footprint_id"] is not None:
                ground = read_ground(session, line["footprint_id"])
                found[MONEY_ESTATES] += [{**of_line, **row} for row in ground_rows(ground)]
        found[MONEY_WEIGHTS] += [
            {"file": file.id, "identifier": name, "area": area, "weight": weight}
            for name, area, weight in weights_of_file(session, file.id)
        ]
        found[MONEY_REFUSALS] += [
            {"file": file.id, **row} for row in refusals_kept(session, file.id)
        ]
    return found


def _figures(metres: float | None) -> str | None:
    return None if metres is None else repr(metres)
