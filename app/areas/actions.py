"""Writes of areas: a file of boundaries that somebody gives becomes a release, rehearsed before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.row_counts import CHECKING, READING, STORING, SURVEYING, tell_rows
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.importing import LoadReport, ReleaseSpec, sha256_of, store_vector_file
from boundaries.storing import store_areas
from boundaries.tables import Area, Release
from boundaries.topology import survey_release
from boundaries.untrusted import read_uploaded_vector


@dataclass(frozen=True)
class BoundaryFile:
    """What is said of a file of boundaries beside its features.

    partial: it holds some places only, so its count is not compared with the last release's.
    force: take it although count or ground differ by more than a fifth from the last release's.
    """

    path: Path
    area_type: str
    published_on: date
    code_column: str | None = None
    name_column: str | None = None
    layer: str | None = None
    crs: str | None = None
    tolerance_m: float = 20.0
    publisher: str = "not stated"
    licence: str = "not stated"
    attribution: str = ""
    partial: bool = False
    force: bool = False


@dataclass(frozen=True)
class BoundaryImport:
    """What an import did or would do: the counts, and each feature repaired or refused."""

    report: LoadReport
    findings: list[dict[str, object]]
    new_areas: int


def import_boundaries(
    session: Session, actor: Actor | str, given: BoundaryFile, *, commit: bool
) -> BoundaryImport:
    """Read a file of boundaries under limits and store it as a release; a rehearsal is undone by the caller.

    Raises NotFound for a missing file, Invalid for an unknown type, what `read_uploaded_vector` raises,
    Conflict where the release is here from another file, and ReleaseFailsChecks.
    """
    if not given.path.is_file():
        raise NotFound(
            f"there is no file {given.path}", [Fault("no such file", file=str(given.path))]
        )
    if given.area_type not in AREA_TYPES:
        raise Invalid(
            f"there is no area type {given.area_type!r}; there are {', '.join(AREA_TYPES)}",
            [Fault("unknown area type", value=given.area_type)],
        )
    tell_rows(READING, 0, None)
    file = read_uploaded_vector(
        given.path, layer=given.layer, code_column=given.code_column, name_column=given.name_column,
        crs_name=given.crs,
    )  # fmt: skip
    codes = file.frame["code"].tolist()
    known = set(session.scalars(select(Area.code).where(Area.code.in_(codes))))
    fresh = file.frame[~file.frame["code"].isin(known)]
    # A file of outlines says nothing of lives: they stay open until a history of the codes is loaded.
    store_areas(
        session,
        pd.DataFrame({"code": fresh["code"], "name": fresh["name"]}).assign(
            type=given.area_type, valid_from=None, valid_to=None
        ),
    )
    spec = ReleaseSpec(
        id=f"{given.area_type}-{given.published_on:%Y-%m}", area_type=given.area_type,
        title=given.path.stem, published_on=given.published_on, resolution="as given",
        tolerance_m=given.tolerance_m, quality="official", publisher=given.publisher, licence=given.licence,
        attribution=given.attribution, source_file=given.path.name, sha256=sha256_of(given.path),
        partial=given.partial,
    )  # fmt: skip
    tell_rows(CHECKING, file.features_in, file.features_in)
    every = len(file.frame)
    tell_rows(STORING, 0, every)
    report = store_vector_file(
        session, spec, file, force=given.force, told=lambda done: _tell_stored(done, every)
    )
    if not report.already_here:
        survey_release(
            session,
            session.get_one(Release, spec.id),
            lambda done, of: tell_rows(SURVEYING, done, of),
        )
    if commit and not report.already_here:
        record(session, actor, "import", f"release:{spec.id}", {"features": report.features_stored})
    rows = file.findings.astype(object).where(file.findings.notna(), None).to_dict("records")
    findings = [{str(key): value for key, value in row.items()} for row in rows]
    return BoundaryImport(report, findings, len(fresh))


def _tell_stored(done: int, every: int) -> None:
    """Tell how many outlines are stored; with the last one their checks and the survey of their borders begin."""
    if done < every:
        tell_rows(STORING, done, every)
    else:
        tell_rows(SURVEYING, 0, None)
