"""Draws the districts of days to come: the last published outlines, those of a planned area joined into one.

Marked approximate: what will be published on the day may differ, and where the published outlines of
neighbours do not meet, slivers along the old borders stay inside the joined one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.crs import BNG
from boundaries.importing import ReleaseSpec, store_release
from boundaries.plan_tables import Plan, PlannedArea
from boundaries.queries import DrawnBy, LayerMissing, layer_on, outlines
from boundaries.releases import remove_release
from boundaries.tables import Area, Release
from boundaries.topology import survey_release

RESOLUTION = "planned"
# A hole of less than this in a joined outline is a sliver between neighbours, not another district.
LEAST_HOLE_M2 = 10_000.0


def last_published(session: Session, *, demo: bool) -> tuple[str, date] | None:
    """Name the newest published layer of districts that is served and its day; None where none is here."""
    row = session.execute(
        select(Release.id, Release.published_on)
        .where(
            Release.area_type == "lad", Release.state == "served", Release.demo.is_(demo),
            Release.resolution != RESOLUTION, Release.temporal.is_(False),
        )
        .order_by(Release.published_on.desc(), Release.id)
        .limit(1)
    ).one_or_none()  # fmt: skip
    return None if row is None else (row[0], row[1])


def draw_plans(session: Session, *, demo: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Draw every day on which planned areas begin or end, anew.

    Returns the ids of the releases made, and the planned areas that are not drawn because an outline
    of theirs is not here.
    """
    for release in session.scalars(
        select(Release).where(
            Release.area_type == "lad", Release.resolution == RESOLUTION, Release.demo.is_(demo)
        )
    ).all():
        release.state = "withdrawn"
        session.flush()
        remove_release(session, release.id)
    planned = session.scalars(
        select(PlannedArea).join(Plan).where(Plan.demo.is_(demo)).order_by(PlannedArea.code)
    ).all()
    days = {row.valid_from for row in planned} | {row.valid_to for row in planned if row.valid_to}
    if not days:
        return (), ()
    try:
        base = layer_on(session, "lad", min(days) - timedelta(days=1), demo=demo)
    except LayerMissing:
        return (), tuple(row.code for row in planned)
    drawn = outlines(session, base.id)
    made: list[str] = []
    undrawn: set[str] = set()
    for day in sorted(days):
        frame, lacking = _districts_of(session, drawn, planned, day, demo=demo)
        undrawn.update(lacking)
        if len(frame):
            made.append(_store(session, base, frame, day, demo=demo))
    return tuple(made), tuple(sorted(undrawn))


def _districts_of(
    session: Session,
    drawn: gpd.GeoDataFrame,
    planned: Sequence[PlannedArea],
    day: date,
    *,
    demo: bool,
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Give the outlines of the districts alive on a day; and the planned ones among them that cannot be drawn."""
    alive = set(
        session.scalars(
            select(Area.code).where(
                Area.type == "lad", Area.demo.is_(demo),
                Area.valid_from.is_(None) | (Area.valid_from <= day),
                Area.valid_to.is_(None) | (Area.valid_to > day),
            )
        )
    )  # fmt: skip
    shapes = dict(zip(drawn["code"], drawn.geometry, strict=True))
    names = dict(zip(drawn["code"], drawn["name"], strict=True))
    rows = [(code, names[code], shapes[code]) for code in sorted(alive & shapes.keys())]
    lacking = []
    for row in planned:
        if row.code not in alive:
            continue
        if any(code not in shapes for code in row.made_of):
            lacking.append(row.code)
            continue
        rows.append((row.code, row.name, join_outlines([shapes[code] for code in row.made_of])))
    frame = gpd.GeoDataFrame(
        {"code": [row[0] for row in rows], "name": [row[1] for row in rows]},
        geometry=[row[2] for row in rows], crs=BNG,
    )  # fmt: skip
    return frame.assign(position=np.arange(1, len(frame) + 1)), lacking


def join_outlines(shapes: list[shapely.Geometry]) -> shapely.MultiPolygon:
    """Join outlines into one, without the slivers that neighbours which do not quite meet would leave as holes."""
    joined = shapely.union_all(np.array(shapes, dtype=object))
    parts = []
    for part in shapely.get_parts(joined):
        if part.geom_type != "Polygon":
            continue
        holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= LEAST_HOLE_M2]
        parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.multipolygons(parts)


def _store(
    session: Session, base: DrawnBy, frame: gpd.GeoDataFrame, day: date, *, demo: bool
) -> str:
    release_id = f"lad-{day:%Y-%m-%d}-planned" + ("-demo" if demo else "")
    digest = hashlib.sha256("\n".join([base.id, str(day), *frame["code"]]).encode())
    origin = session.get(Release, base.id)
    assert origin is not None, "it was chosen among the releases"
    spec = ReleaseSpec(
        id=release_id, area_type="lad", title=f"Districts as planned for {day:%-d %B %Y}", published_on=day,
        resolution=RESOLUTION, tolerance_m=base.tolerance_m, quality="approximate",
        publisher=origin.publisher, licence=origin.licence, attribution=origin.attribution,
        source_file=f"{base.id}, joined", sha256=digest.hexdigest(), partial=base.partial, demo=demo,
    )  # fmt: skip
    store_release(session, spec, frame, features_in=len(frame), force=True)
    survey_release(session, session.get_one(Release, release_id))
    return release_id
