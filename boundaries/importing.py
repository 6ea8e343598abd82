"""Stores what was read of a release: its outlines, what was repaired or refused, and which areas touch.

Everything here runs in the caller's transaction; a fault leaves nothing behind. Loading the same
file again adds the areas that are not there yet (another place of a partial release) and changes
nothing else. Areas, lookups, people and postcodes are stored by `boundaries.storing`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from boundaries.crs import BNG, WGS84, to_bng, to_wgs84, transform_in_use
from boundaries.database import copy_rows
from boundaries.errors import Conflict
from boundaries.methods.contiguity import touching_pairs
from boundaries.methods.validity import repair, with_source_faults
from boundaries.tables import (
    Boundary,
    ImportFinding,
    Release,
    TouchingPair,
)
from boundaries.vector_files import VectorFile

# Is told in words what a load has done; the caller decides where the words go.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ReleaseSpec:
    """What is said of a release beside its outlines."""

    id: str
    area_type: str
    title: str
    published_on: date
    resolution: str
    tolerance_m: float
    quality: str
    publisher: str
    licence: str
    attribution: str
    source_file: str
    sha256: str
    partial: bool
    demo: bool = False


@dataclass(frozen=True)
class LoadReport:
    """A release after a load: every feature of its file is stored, refused or elsewhere.

    `repaired` and `repaired_m2` (square metres gained or lost, together) are of this load alone.
    """

    release_id: str
    title: str
    features_in: int
    features_stored: int
    features_refused: int
    features_elsewhere: int
    repaired: int
    repaired_m2: float
    already_here: bool = False

    def as_line(self) -> str:
        """Say it on one line for people."""
        words = f"{self.release_id}: {self.features_in} read, {self.features_stored} stored"
        if self.features_elsewhere:
            words += f", {self.features_elsewhere} elsewhere"
        words += f", {self.features_refused} refused"
        if self.repaired:
            words += f", {self.repaired} repaired ({self.repaired_m2:,.0f} m² changed)"
        return words + (" (already here)" if self.already_here else "")


def sha256_of(path: Path) -> str:
    """Hash a file's bytes, in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def store_release(
    session: Session, spec: ReleaseSpec, frame: gpd.GeoDataFrame, *, features_in: int
) -> LoadReport:
    """Repair and store one release's outlines, serve it, and list every repair and refusal.

    Parameters
    ----------
    frame : columns position (from 1), code, name, geometry; any CRS it names. The areas must be
        stored already (`store_areas`).
    features_in : how many features the file holds; those not in `frame` are counted as elsewhere

    Returns
    -------
    What the release holds after this load, features_in = stored + refused + elsewhere; the repairs
    are those of this load.

    Raises
    ------
    Conflict : the release is here already from a file of other content.

    Notes
    -----
    Outlines are kept in British National Grid, with a WGS84 copy made once by the OSTN15 grid
    (METHODS 1.6); no SQL transforms between the two.
    """
    release = _held_from_same_file(session, spec)
    already_here = release is not None
    fresh = _not_yet_here(session, spec.id, frame)
    published = np.asarray(fresh.geometry.array)
    source_is_bng = fresh.crs is not None and fresh.crs.to_epsg() == BNG
    if release is None:
        operation = "as published in British National Grid" if source_is_bng else transform_in_use()
        release = _add_release(session, spec, operation, features_in)
    moved = published if source_is_bng else to_bng(published)
    mended, listed = repair(moved)
    findings = _as_findings(spec.id, fresh, with_source_faults(listed, published, moved, mended))
    refused = [finding for finding in findings if finding.kind == "refused"]
    kept = ~fresh["position"].isin([finding.feature for finding in refused]).to_numpy()
    release.features_stored += int(kept.sum())
    release.features_refused += len(refused)
    release.features_elsewhere -= len(fresh)
    release.partial = spec.partial and release.partial
    _store_drawn(session, release, fresh[kept], mended[kept], findings)
    return _report_of(release, findings, already_here=already_here and fresh.empty)


def store_vector_file(session: Session, spec: ReleaseSpec, file: VectorFile) -> LoadReport:
    """Store a file of boundaries that somebody gave, already read and repaired, and serve it.

    The areas must be stored already. features_in = stored + refused; the same file again changes
    nothing. Raises Conflict where the release is here from a file of other content.
    """
    release = _held_from_same_file(session, spec)
    if release is not None:
        return _report_of(release, [], already_here=True)
    release = _add_release(session, spec, file.crs_operation, file.features_in)
    release.features_stored = len(file.frame)
    release.features_refused = file.features_in - len(file.frame)
    release.features_elsewhere = 0
    findings = [
        _finding(spec.id, int(row.feature), row.code, row) for row in file.findings.itertuples()
    ]
    _store_drawn(session, release, file.frame, np.asarray(file.frame.geometry.array), findings)
    return _report_of(release, findings, already_here=False)


def _held_from_same_file(session: Session, spec: ReleaseSpec) -> Release | None:
    """Get the release if it is here; raises Conflict where it came from a file of other content."""
    release = session.get(Release, spec.id)
    if release is not None and release.sha256 != spec.sha256:
        raise Conflict(
            f"{spec.id} is already loaded from another file ({release.source_file}); "
            "a release is never replaced: give this one another id or date, or use an empty database"
        )
    return release


def _not_yet_here(session: Session, release_id: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out the features that an earlier load of the same file stored or refused."""
    stored = select(Boundary.code).where(Boundary.release_id == release_id)
    refused = select(ImportFinding.feature).where(
        ImportFinding.release_id == release_id, ImportFinding.kind == "refused"
    )
    here = frame["code"].isin(set(session.scalars(stored))) | frame["position"].isin(
        set(session.scalars(refused))
    )
    return frame[~here].reset_index(drop=True)


def _add_release(session: Session, spec: ReleaseSpec, operation: str, features_in: int) -> Release:
    """Store the release's own row, all of its features still elsewhere."""
    release = Release(
        **spec.__dict__, crs_operation=operation, features_in=features_in, features_stored=0,
        features_refused=0, features_elsewhere=features_in, state="loaded",
    )  # fmt: skip
    session.add(release)
    session.flush()
    return release


def _store_drawn(
    session: Session,
    release: Release,
    frame: gpd.GeoDataFrame,
    shapes: np.ndarray,
    findings: Sequence[ImportFinding],
) -> None:
    """Store outlines (metres, valid, in the frame's order), findings and borders; serve the release."""
    _copy_outlines(session, release.id, frame, shapes, to_wgs84(shapes))
    session.add_all(findings)
    session.flush()
    if release.area_type == "lsoa" and len(frame):
        _store_touching(session, release.id)
    release.state = "served"
    session.flush()


def _report_of(
    release: Release, findings: Sequence[ImportFinding], *, already_here: bool
) -> LoadReport:
    moved_m2 = [
        abs(finding.area_after_m2 - finding.area_before_m2)
        for finding in findings
        if finding.kind == "repaired"
        and finding.area_before_m2 is not None
        and finding.area_after_m2 is not None
    ]
    repaired = sum(finding.kind == "repaired" for finding in findings)
    return LoadReport(
        release.id, release.title, release.features_in, release.features_stored, release.features_refused,
        release.features_elsewhere, repaired, sum(moved_m2), already_here,
    )  # fmt: skip


def _as_findings(
    release_id: str, frame: gpd.GeoDataFrame, listed: pd.DataFrame
) -> list[ImportFinding]:
    """Turn the list of repairs into rows, and refuse the second feature of a code as well."""
    second = frame["code"].duplicated().to_numpy()
    findings = [
        _finding(release_id, int(frame["position"].iloc[at]), frame["code"].iloc[at], row)
        for row in listed.itertuples()
        if not second[at := int(row.position)]
    ]
    return findings + [
        ImportFinding(
            release_id=release_id, feature=int(feature.position), code=str(feature.code), kind="refused",
            reason="its code stands in this layer already", area_before_m2=None, area_after_m2=None,
        )
        for feature in frame[second].itertuples()
    ]  # fmt: skip


def _finding(release_id: str, feature: int, code: object, row: Any) -> ImportFinding:
    """Make one row of what was repaired or refused; square metres that do not exist are null."""
    before, after = (
        None if pd.isna(area_m2) else float(area_m2)
        for area_m2 in (row.area_before_m2, row.area_after_m2)
    )
    return ImportFinding(
        release_id=release_id, feature=feature, code="" if pd.isna(code) else str(code), kind=row.kind,
        reason=row.reason, area_before_m2=before, area_after_m2=None if row.kind == "refused" else after,
    )  # fmt: skip


def _copy_outlines(
    session: Session,
    release_id: str,
    frame: gpd.GeoDataFrame,
    shapes: np.ndarray,
    degrees: np.ndarray,
) -> None:
    metres = shapely.to_wkb(shapely.set_srid(shapes, BNG), hex=True, include_srid=True)
    lonlat = shapely.to_wkb(shapely.set_srid(degrees, WGS84), hex=True, include_srid=True)
    area_m2 = shapely.area(shapes)
    copy_rows(
        session,
        "boundaries",
        ("release_id", "code", "name", "geom", "geom_wgs84", "area_m2"),
        (
            (release_id, code, name, grid, degree, float(m2))
            for code, name, grid, degree, m2 in zip(
                frame["code"], frame["name"], metres, lonlat, area_m2, strict=True
            )
        ),
    )


def _store_touching(session: Session, release_id: str) -> None:
    """Store which areas of a release share a border; done whole again, as a new place adds borders to old areas."""
    rows = session.execute(
        select(Boundary.code, text("ST_AsBinary(geom)")).where(Boundary.release_id == release_id)
    ).all()
    frame = gpd.GeoDataFrame(
        {"code": [row[0] for row in rows]},
        geometry=shapely.from_wkb([bytes(row[1]) for row in rows]),
        crs=BNG,
    )
    pairs = touching_pairs(frame)
    session.execute(delete(TouchingPair).where(TouchingPair.release_id == release_id))
    copy_rows(
        session,
        "touching_pairs",
        ("release_id", "code_a", "code_b", "border_m"),
        (
            (release_id, pair.code_a, pair.code_b, float(pair.shared_border_m))
            for pair in pairs.itertuples()
        ),
    )
