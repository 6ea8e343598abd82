"""What a collection's tiles are drawn from: release, levels, areas of the day, and the index that classes them."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow, get_index
from app.indicators.worst_tenth import ranked_councils
from app.latest import Latest
from app.lookup.queries import moment
from app.tiles.methods.bands import council_band
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.level_tables import ReleaseLevel
from boundaries.queries import DrawnBy, LayerMissing, layer_on
from boundaries.tables import Area, Boundary, Release

MEASURE = "imd"
# Classed by the share of their small areas in the most deprived tenth.
COUNCILS = "lad"
MOST_LAYERS = 64


class UnknownCollection(NotFound):
    """There is no collection of that name, or nothing is loaded that draws it."""

    slug = "unknown-collection"
    title = "No such collection"


class CannotClass(Invalid):
    """An index does not class the areas of this collection."""

    slug = "cannot-class"
    title = "The index does not class these areas"


@dataclass(frozen=True)
class TileLayer:
    """All that a collection's tiles follow from; `stamp` names it, and changes with any of it.

    codes : the areas alive on the day, where a release holds areas of many years; else None
    classes : class by code, where they are counted (councils); ranks class small areas in the database
    """

    collection: str
    release_id: str
    attribution: str
    levels_m: tuple[float, ...]
    index_id: str | None
    stamp: str
    codes: tuple[str, ...] | None = field(repr=False)
    classes: dict[str, int] = field(repr=False)

    @property
    def folder(self) -> str:
        """The stored tiles' place: one for each release and index, so that a newer stamp drops the older."""
        span = "" if self.codes is None else "@" + _digest(self.codes)[:12]
        return f"{self.release_id}{span}+{self.index_id or 'plain'}"


class KeptLayers:
    """The layers asked for last, by the moment of the database; councils are counted by one at a time.

    A map asks for a dozen tiles together: after a write each of them would count all councils anew. Who
    waits holds a connection, and there are no more of those than tiles drawn at once.
    """

    def __init__(self) -> None:
        self.latest: Latest[TileLayer] = Latest(MOST_LAYERS)
        self.counting = threading.Lock()


def asked_layer(
    session: Session, kept: KeptLayers, collection: str, day: date, index_id: str | None
) -> TileLayer:
    """Find what a collection is drawn from on a day, classed by an index or not.

    An index draws its own set of small areas, whatever the day. Kept for as long as the database shows
    exactly the same data, which its own snapshot tells.

    Raises UnknownCollection, UnknownIndex and CannotClass.
    """
    key = (session.get_bind().engine.url, moment(session), collection, day, index_id)
    counts = index_id is not None and collection == COUNCILS
    with kept.counting if counts else nullcontext():
        return kept.latest.get(key, lambda: _find(session, collection, day, index_id))


def layer_boxes(session: Session, layer: TileLayer) -> NDArray[np.float64]:
    """Read the boxes of a layer's areas: west, south, east and north in degrees, a row each."""
    box = Boundary.geom_wgs84
    query = select(
        func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box)
    ).where(Boundary.release_id == layer.release_id)
    if layer.codes is not None:
        query = query.where(Boundary.code.in_(layer.codes))
    return np.array([tuple(row) for row in session.execute(query)], dtype=float).reshape(-1, 4)


def served_releases(session: Session) -> set[str]:
    """Name the releases that are served."""
    return set(session.scalars(select(Release.id).where(Release.state == "served")))


def _find(session: Session, collection: str, day: date, index_id: str | None) -> TileLayer:
    index = None if index_id is None else get_index(session, index_id)
    drawn = _drawn(session, collection, day, index)
    release = session.get_one(Release, drawn.id)
    levels = session.execute(
        select(ReleaseLevel.tolerance_m, ReleaseLevel.corners)
        .where(ReleaseLevel.release_id == drawn.id)
        .order_by(ReleaseLevel.tolerance_m)
    ).all()
    codes = _alive(session, drawn, day) if drawn.temporal else None
    classes = {}
    if index is not None and collection == COUNCILS:
        ranked = ranked_councils(session, day, index.id)
        shares = {one.code: one.found.get(index.id) for one in ranked}
        classes = {code: council_band(*share) for code, share in shares.items() if share}
    written = [
        collection, release.id, release.sha256, release.loaded_at, release.features_stored,
        [tuple(level) for level in levels], codes, sorted(classes.items()),
        None if index is None else [index.id, index.loaded_at, index.areas_total, index.areas_held],
    ]  # fmt: skip
    return TileLayer(
        collection, release.id, release.attribution, tuple(level[0] for level in levels),
        None if index is None else index.id, _digest(written), codes, classes,
    )  # fmt: skip


def _drawn(session: Session, collection: str, day: date, index: IndexRow | None) -> DrawnBy:
    if index is not None and collection != COUNCILS:
        return _drawn_for_index(session, collection, index)
    try:
        try:
            return layer_on(session, collection, day)
        except LayerMissing:
            # Invented ground is drawn where nothing real is loaded.
            return layer_on(session, collection, day, demo=True)
    except LayerMissing:
        known = ", ".join(sorted(AREA_TYPES))
        raise UnknownCollection(
            f"nothing is loaded that draws a collection {collection[:40]!r}; types of area are {known}"
        ) from None


def _drawn_for_index(session: Session, collection: str, index: IndexRow) -> DrawnBy:
    """Take the release that an index names, whatever the day; its areas are the index's own set."""
    release = session.get(Release, index.release_id) if index.release_id else None
    if release is None or release.state != "served" or release.area_type != collection:
        speaks = f"{index.id} ranks {index.area_set}" + (
            "" if release else ", whose outlines are not loaded"
        )
        raise CannotClass(
            f"an index classes its own small areas, and councils ({COUNCILS}); {speaks}",
            [Fault("does not class this collection", pointer="/index", value=index.id)],
        )
    return DrawnBy(
        release.id, release.published_on, release.quality, release.tolerance_m, release.partial,
        release.temporal, release.attribution, 0, True,
    )  # fmt: skip


def _alive(session: Session, drawn: DrawnBy, day: date) -> tuple[str, ...]:
    return tuple(
        session.scalars(
            select(Boundary.code)
            .join(Area, Area.code == Boundary.code)
            .where(
                Boundary.release_id == drawn.id,
                or_(Area.valid_from.is_(None), Area.valid_from <= day),
                or_(Area.valid_to.is_(None), Area.valid_to > day),
            )
            .order_by(Boundary.code)
        )
    )


def _digest(written: object) -> str:
    return hashlib.sha256(json.dumps(written, default=str).encode()).hexdigest()[:32]
