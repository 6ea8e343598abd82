"""Surveys the borders of a stored release and keeps it simplified to several levels; never moves the outline itself.

The own tolerance, by which verdicts judge, is measured as a release is stored (`measure_tolerance`).
A survey may come later and in a transaction of its own: gaps and overlaps are measured (a temporal
set's for each span of days), and the release is mended and simplified on shared arcs
(`methods.mending`, `methods.levels`). What is kept as published stays so; the mending is for the
levels alone. A later load that adds areas makes the survey due again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from boundaries.area_types import AREA_TYPES
from boundaries.crs import WGS84, to_wgs84
from boundaries.database import copy_binary, named_sql
from boundaries.level_tables import BoundaryLevel, MendedArea, ReleaseLevel, ReleaseTopology
from boundaries.methods.coverage import LEAST_FAULT_M2, Faults, find_faults
from boundaries.methods.levels import TOLERANCES_M, Level, simplify_to_levels
from boundaries.methods.mending import Cover, mend
from boundaries.methods.slivers import measure_slivers
from boundaries.methods.validity import as_multipolygons
from boundaries.queries import outlines
from boundaries.tables import Area, Release

# Of a layer of small areas every fifth district tells the width of slivers as well as all of them; of one
# with few areas it does not (63 m for the 70 m of the Local Enterprise Partnerships).
MANY_AREAS = 5_000
EVERY_NTH_DISTRICT = 5


@dataclass(frozen=True)
class Survey:
    """What a survey found and made, for reports: levels are (tolerance in metres, corners)."""

    release_id: str
    areas: int
    gaps: int | None
    overlaps: int
    mended: int
    own_tolerance_m: float | None
    levels: tuple[tuple[float, int], ...]
    seconds: float


@dataclass(frozen=True)
class _Drawn:
    """The areas of a release as they are kept, in order of code, with their lives."""

    codes: list[str]
    shapes: NDArray[np.object_]
    lives: list[tuple[date | None, date | None]]

    def alive_on(self, day: date | None) -> NDArray[np.bool_]:
        """Say which live on a day; None is before every change."""
        return np.array(
            [
                (first is None or (day is not None and first <= day))
                and (last is None or day is None or day < last)
                for first, last in self.lives
            ]
        )


class _Told:
    """Tells how far a survey is, in looks at an outline."""

    def __init__(
        self, told: Callable[[int, int], None] | None, areas: int, finer_than_m: float
    ) -> None:
        self._told, self._areas = told, areas
        self._levels = [each for each in TOLERANCES_M if each > finer_than_m]
        self.every = 2 + len(self._levels)

    def looks(self, done: int) -> None:
        """Tell how many times every outline was looked at."""
        if self._told is not None:
            self._told(done * self._areas, self.every * self._areas)

    def level(self, tolerance_m: float) -> None:
        """Tell that a level is stored; those that were not worth keeping before it are done with it."""
        self.looks(2 + sum(each <= tolerance_m for each in self._levels))


def surveys_due(session: Session) -> list[str]:
    """List the served releases whose borders no survey has seen as they are now, oldest load first."""
    due = select(Release.id).where(
        Release.state == "served",
        Release.surveyed_features.is_distinct_from(Release.features_stored),
    )
    return list(session.scalars(due.order_by(Release.loaded_at, Release.id)))


def survey_all(session: Session) -> list[Survey]:
    """Survey every release that is due."""
    return [
        survey_release(session, session.get_one(Release, each)) for each in surveys_due(session)
    ]


def survey_release(
    session: Session, release: Release, told: Callable[[int, int], None] | None = None
) -> Survey:
    """Measure a release's gaps and overlaps and make its levels, in place of what an earlier survey kept.

    told : called with how many looks at an outline are done and how many there are: each outline is looked at
    for its faults, to be mended, and once for every level.
    """
    began = time.perf_counter()
    for table in (ReleaseTopology, MendedArea, ReleaseLevel):
        session.execute(delete(table).where(table.release_id == release.id))
    drawn = _drawn(session, release)
    if not drawn.codes:
        release.surveyed_features = release.features_stored
        return Survey(release.id, 0, None, 0, 0, None, (), time.perf_counter() - began)
    tell = _Told(told, len(drawn.codes), release.tolerance_m)
    tell.looks(0)
    faults = find_faults(drawn.shapes)
    tell.looks(1)
    rows = _topology_rows(release, drawn, faults)
    session.add_all(rows)
    cover = mend(drawn.shapes, thinner_than_m=mended_within_m(release), found=faults)
    moved = np.flatnonzero(np.maximum(cover.taken_m2, cover.given_m2) > LEAST_FAULT_M2)
    session.add_all(
        MendedArea(
            release_id=release.id, code=drawn.codes[at], taken_m2=float(cover.taken_m2[at]),
            given_m2=float(cover.given_m2[at]),
        )
        for at in moved.tolist()
    )  # fmt: skip
    session.flush()
    tell.looks(2)
    made = _store_levels(session, release, drawn.codes, cover, tell)
    tell.looks(tell.every)
    release.surveyed_features = release.features_stored
    worst = max(rows, key=lambda row: (row.overlaps_m2, row.gaps_m2 or 0.0))
    return Survey(
        release.id, len(drawn.codes), worst.gaps, worst.overlaps, len(moved), release.own_tolerance_m,
        tuple(made), time.perf_counter() - began,
    )  # fmt: skip


def mended_within_m(release: Release) -> float:
    """Say how wide a gap or overlap may be to be drawing and not ground: two drawings, each off by the tolerance."""
    return max(2 * release.tolerance_m, release.own_tolerance_m or 0.0)


def _drawn(session: Session, release: Release) -> _Drawn:
    frame = outlines(session, release.id)
    codes = frame["code"].tolist()
    lives: list[tuple[date | None, date | None]] = [(None, None)] * len(codes)
    if release.temporal:
        known = {
            row.code: (row.valid_from, row.valid_to)
            for row in session.execute(
                select(Area.code, Area.valid_from, Area.valid_to).where(Area.code.in_(codes))
            )
        }
        lives = [known[code] for code in codes]
    return _Drawn(codes, np.asarray(frame.geometry.array, dtype=object), lives)


def _topology_rows(release: Release, drawn: _Drawn, faults: Faults) -> list[ReleaseTopology]:
    """Measure gaps and overlaps: of all areas together, or of those alive in each span of days."""
    if not release.temporal:
        return [_topology_row(release, None, None, len(drawn.codes), faults)]
    changes = sorted({day for life in drawn.lives for day in life if day is not None})
    rows = []
    for start, end in zip([None, *changes], [*changes, None], strict=True):
        alive = drawn.alive_on(start)
        found = find_faults(drawn.shapes[alive])
        rows.append(_topology_row(release, start, end, int(alive.sum()), found))
    return rows


def _topology_row(
    release: Release, start: date | None, end: date | None, areas: int, faults: Faults
) -> ReleaseTopology:
    covers = AREA_TYPES[release.area_type].covers_land
    return ReleaseTopology(
        release_id=release.id, from_day=start, to_day=end, areas=areas, faulty=int(faults.is_faulty.sum()),
        gaps=len(faults.gaps) if covers else None,
        gaps_m2=float(faults.gap_m2.sum()) if covers else None,
        overlaps=len(faults.pair_a), overlaps_m2=float(faults.overlap_m2.sum()),
    )  # fmt: skip


def measure_tolerance(session: Session, release: Release) -> None:
    """Measure a stored release's own tolerance against the districts; leave it open where nothing can tell it.

    The measure is the finest layer of districts nearest in date; for a layer of over 5,000 areas every
    fifth of them. Source: METHODS.md 1.3.
    """
    release.own_tolerance_m = release.sliver_p99_m = release.measured_against = None
    near = session.execute(
        named_sql(__file__, "district_layer_near"),
        {"release_id": release.id, "day": release.published_on, "demo": release.demo},
    ).one_or_none()
    # A layer of districts that is as fine is the measure itself; two such would only measure each other.
    if near is None or (release.area_type == "lad" and release.tolerance_m <= near.tolerance_m):
        return
    districts = np.asarray(outlines(session, near.id).geometry.array, dtype=object)
    drawn = _drawn(session, release)
    if len(drawn.codes) > MANY_AREAS:
        districts = districts[::EVERY_NTH_DISTRICT]
    found = measure_slivers(drawn.shapes[drawn.alive_on(near.published_on)], districts)
    if found is not None:
        release.sliver_p99_m = found.p99_m
        release.own_tolerance_m = found.tolerance_m(release.tolerance_m)
        release.measured_against = near.id


def _store_levels(
    session: Session, release: Release, codes: Sequence[str], cover: Cover, tell: _Told
) -> list[tuple[float, int]]:
    """Simplify a mended release and store each level as it is made; none where an edge does not match."""
    if not cover.is_matched:
        return []
    made = []
    for level in simplify_to_levels(cover, finer_than_m=release.tolerance_m):
        session.add(
            ReleaseLevel(
                release_id=release.id, tolerance_m=level.tolerance_m, areas=len(codes),
                corners=level.corners, held=level.held,
            )
        )  # fmt: skip
        session.flush()
        copy_binary(
            session,
            BoundaryLevel.__tablename__,
            {"release_id": "text", "tolerance_m": "float8", "code": "text", "geom_wgs84": "bytea"},
            _level_rows(release.id, codes, level),
        )
        made.append((level.tolerance_m, level.corners))
        tell.level(level.tolerance_m)
    return made


def _level_rows(
    release_id: str, codes: Sequence[str], level: Level
) -> Iterator[tuple[object, ...]]:
    areas = level.areas.copy()
    single = shapely.get_type_id(areas) == shapely.GeometryType.POLYGON
    areas[single] = as_multipolygons(areas[single])
    bytes_of = shapely.to_wkb(shapely.set_srid(to_wgs84(areas), WGS84), include_srid=True)
    for code, shape in zip(codes, bytes_of, strict=True):
        yield release_id, level.tolerance_m, code, shape
