"""Stores what was read: a release with its outlines, areas with their lives, lookups, people and postcodes.

Everything here runs in the caller's transaction; a fault leaves nothing behind. Loading the same
file again adds the areas that are not there yet (another place of a partial release) and changes
nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import delete, select, text, update
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
    """What one load did: every feature read is stored, refused or elsewhere; repairs are listed."""

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
    features_in = stored + refused + elsewhere.

    Raises
    ------
    Conflict : the release is here already from a file of other content.

    Notes
    -----
    Outlines are kept in British National Grid, with a WGS84 copy made once by the OSTN15 grid
    (METHODS 1.6); no SQL transforms between the two.
    """
    before = session.get(Release, spec.id)
    if before is not None and before.sha256 != spec.sha256:
        raise Conflict(
            f"{spec.id} is already loaded from another file ({before.source_file}); "
            "remove that release first, or give this one another id"
        )
    known = set(session.scalars(select(Boundary.code).where(Boundary.release_id == spec.id)))
    refused_before = set(
        session.scalars(
            select(ImportFinding.feature).where(
                ImportFinding.release_id == spec.id, ImportFinding.kind == "refused"
            )
        )
    )
    fresh = frame[~frame["code"].isin(known) & ~frame["position"].isin(refused_before)]
    fresh = fresh.reset_index(drop=True)
    grid = np.asarray(fresh.geometry.array)
    repeated = fresh["code"].duplicated()
    source_is_bng = fresh.crs is not None and fresh.crs.to_epsg() == BNG
    moved = grid if source_is_bng else to_bng(grid)
    published = grid
    grid, findings = repair(moved)
    findings = with_source_faults(findings, published, moved, grid)
    refused = set(findings.loc[findings["kind"] == "refused", "position"])
    good = (
        np.array([i not in refused for i in range(len(fresh))], dtype=bool) & ~repeated.to_numpy()
    )
    stored = fresh[good]
    shapes = grid[good]
    degrees = to_wgs84(shapes)
    if before is None:
        session.add(
            Release(
                **spec.__dict__,
                crs_operation="as published in British National Grid"
                if source_is_bng
                else transform_in_use(),
                features_in=features_in,
                features_stored=len(stored),
                features_refused=len(fresh) - len(stored),
                features_elsewhere=features_in - len(fresh),
                state="loaded",
            )
        )
        session.flush()
    elif len(fresh):
        session.execute(
            update(Release)
            .where(Release.id == spec.id)
            .values(
                features_stored=Release.features_stored + len(stored),
                features_refused=Release.features_refused + len(fresh) - len(stored),
                features_elsewhere=Release.features_elsewhere - len(fresh),
                partial=spec.partial and Release.partial,
            )
        )
    _copy_outlines(session, spec.id, stored, shapes, degrees)
    repaired, repaired_m2 = _list_findings(session, spec.id, fresh, findings, repeated)
    if spec.area_type == "lsoa" and len(stored):
        _store_touching(session, spec.id)
    session.execute(update(Release).where(Release.id == spec.id).values(state="served"))
    return LoadReport(
        spec.id, spec.title, features_in, len(stored) + len(known), len(fresh) - len(stored) + len(refused_before),
        features_in - len(frame), repaired, repaired_m2, before is not None and not len(fresh),
    )  # fmt: skip


def store_vector_file(session: Session, spec: ReleaseSpec, file: VectorFile) -> LoadReport:
    """Store a file of boundaries that somebody gave, already read and repaired, and serve it.

    The areas must be stored already. features_in = stored + refused; the same file again changes
    nothing. Raises Conflict where the release is here from a file of other content.
    """
    before = session.get(Release, spec.id)
    if before is not None and before.sha256 != spec.sha256:
        raise Conflict(
            f"{spec.id} is already loaded from another file ({before.source_file}); "
            "remove that release first, or give this one another date"
        )
    mended = file.findings[file.findings["kind"] == "repaired"]
    moved = (mended["area_after_m2"] - mended["area_before_m2"]).abs().sum()
    report = LoadReport(
        spec.id, spec.title, file.features_in, len(file.frame), file.features_in - len(file.frame), 0,
        len(mended), float(moved), before is not None,
    )  # fmt: skip
    if before is not None:
        return report
    session.add(
        Release(
            **spec.__dict__, crs_operation=file.crs_operation, features_in=report.features_in,
            features_stored=report.features_stored, features_refused=report.features_refused,
            features_elsewhere=0, state="loaded",
        )
    )  # fmt: skip
    session.flush()
    shapes = np.asarray(file.frame.geometry.array)
    _copy_outlines(session, spec.id, file.frame, shapes, to_wgs84(shapes))
    for row in file.findings.astype(object).where(file.findings.notna(), None).itertuples():
        session.add(
            ImportFinding(
                release_id=spec.id, feature=int(row.feature), code=str(row.code or ""), kind=row.kind,
                reason=row.reason, area_before_m2=row.area_before_m2, area_after_m2=row.area_after_m2,
            )
        )  # fmt: skip
    session.execute(update(Release).where(Release.id == spec.id).values(state="served"))
    return report


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


def _list_findings(
    session: Session,
    release_id: str,
    frame: gpd.GeoDataFrame,
    findings: pd.DataFrame,
    repeated: pd.Series,
) -> tuple[int, float]:
    """Store each repair and refusal; return how many were repaired and the square metres that moved."""
    rows: list[ImportFinding] = []
    repaired, moved = 0, 0.0
    for finding in findings.itertuples():
        lost = finding.kind == "refused"
        feature = frame.iloc[int(finding.position)]
        rows.append(
            ImportFinding(
                release_id=release_id,
                feature=int(feature["position"]),
                code=str(feature["code"]),
                kind="refused" if lost else "repaired",
                reason=str(finding.reason),
                area_before_m2=None
                if pd.isna(finding.area_before_m2)
                else float(finding.area_before_m2),
                area_after_m2=None if lost else float(finding.area_after_m2),
            )
        )
        if not lost:
            repaired += 1
            moved += abs(float(finding.area_after_m2) - float(finding.area_before_m2))
    for feature in frame[repeated.to_numpy()].itertuples():
        rows.append(
            ImportFinding(
                release_id=release_id, feature=int(feature.position), code=str(feature.code), kind="refused",
                reason="its code stands in this layer already", area_before_m2=None, area_after_m2=None,
            )
        )  # fmt: skip
    session.add_all(rows)
    session.flush()
    return repaired, moved


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


Progress = Callable[[str], None]
