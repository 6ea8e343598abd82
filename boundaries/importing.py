"""Stores what was read of a release: its outlines, what was repaired or refused, and which areas touch.

Everything here runs in the caller's transaction; a fault leaves nothing behind. Loading the same
file again adds the areas that are not there yet (another place of a partial release) and changes
nothing else. A release is checked before it is served (`boundaries.releases`); the survey of its borders
is then due (`boundaries.topology`). Areas, lookups, people
and postcodes are stored by `boundaries.storing`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.borders import BORDERS_WITHIN_M, store_touching
from boundaries.carrying import Carried, written_as
from boundaries.crs import BNG, to_wgs84, transform_in_use
from boundaries.database import copy_binary
from boundaries.errors import Conflict
from boundaries.methods.validity import repair, with_source_faults
from boundaries.releases import check_and_serve
from boundaries.storing import store_areas
from boundaries.tables import Boundary, ImportFinding, Release
from boundaries.topology import measure_tolerance
from boundaries.vector_files import VectorFile

# Is told in words what a load has done; the caller decides where the words go.
Progress = Callable[[str], None]
Told = Callable[[int], None]
Row = TypeVar("Row")
OUTLINES_TOLD = 50


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
    temporal: bool = False


@dataclass(frozen=True)
class LoadReport:
    """A release after a load: every feature of its file is stored, refused or elsewhere.

    `repaired` and `repaired_m2` (square metres gained or lost, together) are of this load alone;
    `stored_s` is the time of transforming, judging and storing, `checked_s` that of mending
    outlines, of the checks before serving, and of finding shared borders.
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
    stored_s: float = 0.0
    checked_s: float = 0.0

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
    session: Session,
    spec: ReleaseSpec,
    frame: gpd.GeoDataFrame,
    *,
    features_in: int,
    areas: pd.DataFrame | None = None,
    covers_england: bool = False,
    force: bool = False,
    told: Told | None = None,
) -> LoadReport:
    """Repair and store one release's outlines, check and serve it, and list every repair and refusal.

    Parameters
    ----------
    frame : columns position (from 1), code, name, geometry; any CRS it names; perhaps parts (features
        joined into the row, else 1). The areas must be stored already (`store_areas`), or be given.
    features_in : how many features the file holds; those not in `frame` are counted as elsewhere
    areas : what `store_areas` takes; stored here, while the outlines are carried to metres
    told : called with how many outlines are on their way
    covers_england, force : see `boundaries.releases.check_and_serve`

    Returns
    -------
    What the release holds after this load, features_in = stored + refused + elsewhere; the repairs
    are those of this load.

    Raises
    ------
    Conflict : the release is here already from a file of other content.
    ReleaseFailsChecks : it does not pass the checks before serving.

    Notes
    -----
    Outlines are kept in British National Grid with a WGS84 copy; the one that was not published is
    made once by the OSTN15 grid (METHODS 1.6), and no SQL transforms between the two.
    """
    began = time.perf_counter()
    release = _held_from_same_file(session, spec)
    already_here = release is not None
    fresh = _not_yet_here(session, spec.id, frame) if already_here else frame
    published = np.asarray(fresh.geometry.array)
    source_is_bng = fresh.crs is not None and fresh.crs.to_epsg() == BNG
    if release is None:
        operation = "as published in British National Grid" if source_is_bng else transform_in_use()
        release = _add_release(session, spec, operation, features_in)
    second, nameless = _without_row(fresh)
    carried = Carried(published, ~(second | nameless), in_metres=source_is_bng)
    if areas is not None:
        store_areas(session, areas)
    names = (fresh["code"].tolist(), fresh["name"].tolist())
    _store_rows(session, release.id, carried.sound_rows(*names), told)
    judging = time.perf_counter()
    mended, listed = repair(carried.moved, valid=carried.is_valid)
    listed = with_source_faults(listed, published, carried.moved, mended, valid=carried.was_valid)
    judged_s = time.perf_counter() - judging
    findings = _as_findings(spec.id, fresh, listed)
    findings += _joined_findings(spec.id, fresh, mended)
    refused = [finding for finding in findings if finding.kind == "refused"]
    kept = ~fresh["position"].isin([finding.feature for finding in refused]).to_numpy()
    rest = kept & ~carried.sound
    _store_drawn(session, release.id, fresh[rest], mended[rest])
    session.add_all(findings)
    parts = fresh["parts"].to_numpy() if "parts" in fresh else np.ones(len(fresh), dtype=int)
    release.features_stored += int(parts[kept].sum())
    release.features_refused += int(parts[~kept].sum())
    release.features_elsewhere -= int(parts.sum())
    release.partial = spec.partial and release.partial
    session.flush()
    stored_s = time.perf_counter() - began - judged_s
    if len(fresh) or release.state == "loaded":
        check_and_serve(session, release, covers_england=covers_england, force=force)
        if release.area_type == "lsoa" and release.tolerance_m <= BORDERS_WITHIN_M:
            store_touching(session, release.id)
    if len(fresh):
        measure_tolerance(session, release)
    return _report_of(
        release, findings, already_here=already_here and fresh.empty, stored_s=stored_s,
        checked_s=time.perf_counter() - began - stored_s,
    )  # fmt: skip


def store_vector_file(
    session: Session, spec: ReleaseSpec, file: VectorFile, *, force: bool = False, told: Told | None = None
) -> LoadReport:  # fmt: skip
    """Store a file of boundaries that somebody gave, already read and repaired, check and serve it.

    The areas must be stored already. features_in = stored + refused; the same file again changes
    nothing. Raises Conflict where the release is here from a file of other content, and
    ReleaseFailsChecks.
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
    _store_drawn(session, release.id, file.frame, np.asarray(file.frame.geometry.array), told)
    if told is not None:
        told(len(file.frame))
    session.add_all(findings)
    session.flush()
    check_and_serve(session, release, force=force)
    measure_tolerance(session, release)
    return _report_of(release, findings, already_here=False)


def _held_from_same_file(session: Session, spec: ReleaseSpec) -> Release | None:
    """Get the release if it is here.

    Raises Conflict where it came from a file of other content, or where another release has its
    type, day and resolution: nothing would say which of the two draws that day.
    """
    release = session.get(Release, spec.id)
    if release is None:
        twin = session.scalar(
            select(Release.id).where(
                Release.area_type == spec.area_type, Release.published_on == spec.published_on,
                Release.resolution == spec.resolution, Release.demo == spec.demo,
            )
        )  # fmt: skip
        if twin is not None:
            raise Conflict(
                f"{twin} is already here with that type ({spec.area_type}), day ({spec.published_on}) "
                f"and resolution ({spec.resolution}): remove it first, or give another day or resolution"
            )
    elif release.sha256 != spec.sha256:
        raise Conflict(
            f"{spec.id} is already loaded from another file ({release.source_file}); "
            f"a release is never replaced: take that one out first (`bounds releases withdraw {spec.id} "
            f"--commit`, then `bounds releases remove {spec.id} --commit`), or give this one another date"
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
    session: Session, release_id: str, frame: gpd.GeoDataFrame, metres: np.ndarray, told: Told | None = None
) -> None:  # fmt: skip
    """Store outlines that are valid MultiPolygons in metres, in the frame's order, with their copies in degrees."""
    rows = zip(frame["code"], frame["name"], written_as(metres, to_wgs84(metres)), strict=True)
    _store_rows(session, release_id, ((code, name, *each) for code, name, each in rows), told)


def _store_rows(
    session: Session, release_id: str, rows: Iterable[tuple[str, str, bytes, bytes, float]],
    told: Told | None = None,
) -> None:  # fmt: skip
    """Store outlines as they come; told is called with how many are on their way."""
    copy_binary(
        session,
        "boundaries",
        {"release_id": "text", "code": "text", "name": "text", "geom": "bytea", "geom_wgs84": "bytea",
         "area_m2": "float8"},
        ((release_id, *row) for row in (rows if told is None else _told(rows, told))),
    )  # fmt: skip


def _told(rows: Iterable[Row], told: Told) -> Iterator[Row]:
    for done, row in enumerate(rows, start=1):
        yield row
        if done % OUTLINES_TOLD == 0:
            told(done)


def _report_of(
    release: Release,
    findings: Sequence[ImportFinding],
    *,
    already_here: bool,
    stored_s: float = 0.0,
    checked_s: float = 0.0,
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
        release.features_elsewhere, repaired, sum(moved_m2), already_here, stored_s, checked_s,
    )  # fmt: skip


def _without_row(frame: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Say which features are the second of their code, and which have none: they are refused whatever they draw."""
    nameless = frame["code"].eq("").to_numpy()
    return frame["code"].duplicated().to_numpy() & ~nameless, nameless


def _as_findings(
    release_id: str, frame: gpd.GeoDataFrame, listed: pd.DataFrame
) -> list[ImportFinding]:
    """Turn the list of repairs into rows, and refuse the second feature of a code as well."""
    second, nameless = _without_row(frame)
    findings = [
        _finding(release_id, int(frame["position"].iloc[at]), frame["code"].iloc[at], row)
        for row in listed.itertuples()
        if not (second | nameless)[at := int(row.position)]
    ]
    return findings + [
        ImportFinding(
            release_id=release_id, feature=int(feature.position), code=str(feature.code), kind="refused",
            reason=reason, area_before_m2=None, area_after_m2=None,
        )
        for which, reason in (
            (second, "its code stands in this layer already"),
            (nameless, "it has neither a code nor a name"),
        )
        for feature in frame[which].itertuples()
    ]  # fmt: skip


def _joined_findings(
    release_id: str, frame: gpd.GeoDataFrame, mended: np.ndarray
) -> list[ImportFinding]:
    """List the areas that several features of the file were joined into."""
    if "parts" not in frame or (frame["parts"] == 1).all():
        return []
    return [
        ImportFinding(
            release_id=release_id, feature=int(row.position), code=str(row.code), kind="repaired",
            reason=f"{row.parts} features of this code are its parts, joined",
            area_before_m2=None, area_after_m2=float(shapely.area(shape)),
        )
        for row, shape in zip(frame.itertuples(), mended, strict=True)
        if row.parts > 1 and shape is not None
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
