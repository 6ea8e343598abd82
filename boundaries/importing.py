"""Stores what was read: a release with its outlines, areas with their lives, lookups, people and postcodes.

Everything here runs in the caller's transaction; a fault leaves nothing behind. Loading the same
file again adds the areas that are not there yet (another place of a partial release) and changes
nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
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
from boundaries.methods.validity import repair
from boundaries.tables import Boundary, ImportFinding, Release, TouchingPair


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
    invalid_in_file = ~shapely.is_valid(grid)
    if not source_is_bng:
        grid = to_bng(grid)
    unrepaired = grid
    grid, findings = repair(grid)
    findings = _with_faults_of_the_file(findings, unrepaired, invalid_in_file)
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


def _with_faults_of_the_file(
    findings: pd.DataFrame, shapes: np.ndarray, invalid_in_file: np.ndarray
) -> pd.DataFrame:
    """Add the outlines that were invalid in the file's own coordinates and are not in metres."""
    hidden = sorted(set(np.flatnonzero(invalid_in_file)) - set(findings["position"]))
    if not hidden:
        return findings
    area_m2 = shapely.area(shapes[hidden])
    more = pd.DataFrame(
        {
            "position": hidden, "kind": "repaired", "area_before_m2": area_m2, "area_after_m2": area_m2,
            "reason": "invalid in the file's own coordinates, put right by the change to metres",
        }
    )  # fmt: skip
    return pd.concat([findings, more], ignore_index=True) if len(findings) else more


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


def store_areas(session: Session, frame: pd.DataFrame, *, demo: bool = False) -> int:
    """Store areas that are not there yet, and widen the life of those that are.

    frame: code, type, name, valid_from, valid_to. An area known from an earlier set and found again
    in a later one keeps one row: the earlier start, the later end. Returns the number of new rows.
    """
    return _through_staging(
        session, "areas", ("code", "type", "name", "valid_from", "valid_to", "demo"),
        (
            (row.code, row.type, row.name, _day(row.valid_from), _day(row.valid_to), demo)
            for row in frame[["code", "type", "name", "valid_from", "valid_to"]].itertuples(index=False)
        ),
        "ON CONFLICT (code) DO UPDATE SET"
        " valid_from = CASE WHEN areas.valid_from IS NULL OR excluded.valid_from IS NULL"
        " THEN NULL ELSE LEAST(areas.valid_from, excluded.valid_from) END,"
        " valid_to = CASE WHEN areas.valid_to IS NULL OR excluded.valid_to IS NULL"
        " THEN NULL ELSE GREATEST(areas.valid_to, excluded.valid_to) END",
    )  # fmt: skip


def store_memberships(session: Session, frame: pd.DataFrame) -> int:
    """Store which area belongs to which: child_code, parent_code, parent_type, lookup, method, share."""
    columns = ("child_code", "parent_code", "lookup", "parent_type", "method", "share")
    rows = frame[list(columns)].itertuples(index=False, name=None)
    return _through_staging(session, "memberships", columns, rows, "ON CONFLICT DO NOTHING")


def store_successions(session: Session, frame: pd.DataFrame) -> int:
    """Store what followed what: old_code, new_code, changed_on, kind, share, source."""
    columns = ("old_code", "new_code", "changed_on", "kind", "share", "source")
    rows = (
        (row.old_code, row.new_code, row.changed_on, row.kind, _number(row.share), row.source)
        for row in frame[list(columns)].itertuples(index=False)
    )
    return _through_staging(session, "successions", columns, rows, "ON CONFLICT DO NOTHING")


def store_weights(session: Session, frame: pd.DataFrame) -> int:
    """Store people, households and postcodes: code, area_set, measure, period, value, estimated, source."""
    columns = ("code", "area_set", "measure", "period", "value", "estimated", "source")
    rows = frame[list(columns)].itertuples(index=False, name=None)
    return _through_staging(session, "weights", columns, rows, "ON CONFLICT DO NOTHING")


def store_postcodes(session: Session, frame: pd.DataFrame, *, demo: bool = False) -> int:
    """Store postcodes: postcode, easting, northing, lad_code, lsoa11_code, lsoa21_code, status."""
    points = shapely.points(frame["easting"].to_numpy(float), frame["northing"].to_numpy(float))
    degrees = shapely.get_coordinates(to_wgs84(points))
    geom = shapely.to_wkb(shapely.set_srid(points, BNG), hex=True, include_srid=True)
    columns = (
        "postcode", "easting", "northing", "lon", "lat", "geom", "lad_code", "lsoa11_code",
        "lsoa21_code", "status", "demo",
    )  # fmt: skip
    rows = (
        (
            row.postcode, int(row.easting), int(row.northing), float(lonlat[0]), float(lonlat[1]), point,
            _text(row.lad_code), _text(row.lsoa11_code), _text(row.lsoa21_code), row.status, demo,
        )
        for row, lonlat, point in zip(frame.itertuples(index=False), degrees, geom, strict=True)
    )  # fmt: skip
    return _through_staging(session, "postcodes", columns, rows, "ON CONFLICT DO NOTHING")


def _through_staging(
    session: Session,
    table: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[object, ...]],
    on_conflict: str,
) -> int:
    """COPY rows beside the table, then insert them by one statement that says what to do with repeats."""
    names = ", ".join(columns)
    session.execute(
        text(f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0")
    )
    copy_rows(session, "staged", columns, rows)
    key = "code" if table == "areas" else None
    source = (
        f"SELECT DISTINCT ON ({key}) {names} FROM staged ORDER BY {key}"
        if key
        else f"SELECT {names} FROM staged"
    )
    result = session.execute(text(f"INSERT INTO {table} ({names}) {source} {on_conflict}"))
    session.execute(text("DROP TABLE staged"))
    return int(getattr(result, "rowcount", 0))


def _day(value: object) -> date | None:
    return None if value is None or pd.isna(value) else value  # type: ignore[call-overload,return-value]


def _number(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Progress = Callable[[str], None]
