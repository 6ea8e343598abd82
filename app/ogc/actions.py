"""Finishes features: writes the text of each once, in the database, when its release or record has changed."""

from __future__ import annotations

from datetime import date

import numpy as np
import orjson
import shapely
from sqlalchemy import delete, func, insert, literal, null, select, text, update
from sqlalchemy.orm import Session

from app.logs import get_logger
from app.ogc.crs_names import CRS84
from app.ogc.statements.area_layers import PROPERTIES, made_of, release_source
from app.ogc.statements.collections import Source
from app.ogc.statements.finished import STRIP_DEGREES
from app.ogc.statements.kept_layers import KINDS, kept_source, state_of
from app.ogc.statements.kept_rows import Row
from app.ogc.statements.writing import feature_text
from app.ogc.tables import FeatureSet, FeatureText
from boundaries.crs import BNG, WGS84, to_wgs84
from boundaries.database import copy_rows

log = get_logger(__name__)


def finish(session: Session, set_id: str, day: date) -> int:
    """Finish a release's features, or those of one kind of record; how many there are.

    Does nothing where they are finished and true. Waits for another that is finishing the same.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:said, 0))"), {"said": f"ogc|{set_id}"}
    )
    is_kept = set_id in KINDS
    wanted = state_of(session, set_id, day) if is_kept else made_of(session, set_id)
    stored = session.get(FeatureSet, set_id)
    if wanted is None:
        return 0
    if stored is not None and stored.made_of == wanted:
        return stored.features
    session.execute(delete(FeatureSet).where(FeatureSet.id == set_id))
    strip = session.scalar(
        insert(FeatureSet)
        .values(id=set_id, release_id=None if is_kept else set_id, made_of=wanted, features=0)
        .returning(FeatureSet.strip)
    )
    if is_kept:
        _keep(session, set_id, KINDS[set_id].rows(session, day))
        source, names = kept_source(set_id), list(KINDS[set_id].properties)
    else:
        source, names = release_source(session, set_id), list(PROPERTIES)
    made = _write(session, set_id, source, names, None if is_kept else strip)
    session.execute(update(FeatureSet).where(FeatureSet.id == set_id).values(features=made))
    log.info("features finished", extra={"set": set_id, "features": made})
    return made


def _write(
    session: Session, set_id: str, source: Source, names: list[str], strip: int | None
) -> int:
    """Write each feature's text, and (of areas) where it lies, in the strip of its set."""
    shape, east = source.geom_wgs84, (strip or 0) * STRIP_DEGREES
    corners = [
        func.point(across(shape) + east, along(shape))
        for across, along in ((func.ST_XMin, func.ST_YMin), (func.ST_XMax, func.ST_YMax))
    ]
    reach = null() if strip is None else func.box(*corners)
    query = (
        select(literal(set_id), source.key, feature_text(source, names, CRS84), reach)
        .select_from(source.table)
        .where(*source.where)
        .order_by(source.key)
    )
    session.execute(insert(FeatureText).from_select(["set_id", "key", "written", "reach"], query))
    count = select(func.count()).select_from(FeatureText).where(FeatureText.set_id == set_id)
    return int(session.scalar(count) or 0)


def _keep(session: Session, set_id: str, rows: list[Row]) -> None:
    """Store records with their shapes in metres and in degrees."""
    shapes = np.array([row.shape for row in rows], dtype=object)
    metres = shapely.to_wkb(shapely.set_srid(shapes, BNG), hex=True, include_srid=True)
    degrees = shapely.to_wkb(shapely.set_srid(to_wgs84(shapes), WGS84), hex=True, include_srid=True)
    copy_rows(
        session, "kept_features", ("set_id", "key", "properties", "geom", "geom_wgs84"),
        (
            (set_id, row.key, orjson.dumps(row.properties).decode(), metre, degree)
            for row, metre, degree in zip(rows, metres, degrees, strict=True)
        ),
    )  # fmt: skip
