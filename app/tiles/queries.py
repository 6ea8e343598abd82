"""What a collection's tiles are drawn from: release, levels, areas of the day, and the index that classes them."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow, get_index
from app.indicators.rows import IndicatorRow
from app.indicators.values import get_indicator, indicator_frame, why_not_mapped
from app.indicators.worst_tenth import ranked_councils
from app.latest import Latest
from app.sessions import moment_of
from app.tiles.methods.bands import council_band, fifths
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.map_sheets import AS_PUBLISHED, levels_of, sheets_of
from boundaries.queries import DrawnBy, LayerMissing, layer_on, layer_within
from boundaries.tables import Area, Boundary, Release

MEASURE = "imd"
# Classed by the share of their small areas in the most deprived tenth.
COUNCILS = "lad"
MOST_LAYERS = 64
#: raised whenever the same layer is drawn otherwise, so that no tile is kept from before
DRAWN_AS = 3


class UnknownCollection(NotFound):
    """There is no collection of that name, or nothing is loaded that draws it."""

    slug = "unknown-collection"
    title = "No such collection"


class CannotClass(Invalid):
    """An index, indicator or release does not class or draw the areas of this collection."""

    slug = "cannot-class"
    title = "The index does not class these areas"


@dataclass(frozen=True)
class Shown:
    """What tiles are asked to show: a collection on a day, classed by an index or an indicator, or one release."""

    collection: str
    day: date
    index: str | None = None
    indicator: str | None = None
    release: str | None = None


@dataclass(frozen=True)
class TileLayer:
    """All that a collection's tiles follow from; `stamp` names it, and changes with any of it.

    codes : the areas alive on the day, where a release draws others beside them; else None
    classes : class by code, where they are counted (councils) or an indicator's; an index's ranks class small
    areas in the database
    sheets : where the outlines are laid out for maps, by level; empty where they are not, and tiles cost more
    missing : areas of the type alive on the day that the release does not draw, where the day chose it
    """

    collection: str
    release_id: str
    attribution: str
    levels_m: tuple[float, ...]
    index_id: str | None
    indicator_id: str | None
    stamp: str
    codes: tuple[str, ...] | None = field(repr=False)
    classes: dict[str, int] = field(repr=False)
    sheets: dict[float, int] = field(repr=False)
    missing: int = 0

    def sheet_of(self, level_m: float | None) -> int | None:
        """Name the sheet that shows a level, None for the outlines as published; None where it is not laid out."""
        return self.sheets.get(AS_PUBLISHED if level_m is None else level_m)

    @property
    def is_plain(self) -> bool:
        """Say whether all areas of the release are shown, and no classes."""
        return self.codes is None and self.index_id is None and self.indicator_id is None

    @property
    def folder(self) -> str:
        """The stored tiles' place: one for each release and index, so that a newer stamp drops the older."""
        span = "" if self.codes is None else "@" + _digest(self.codes)[:12]
        return f"{self.release_id}{span}+{self.index_id or self.indicator_id or 'plain'}"


class KeptLayers:
    """The layers asked for last, by the moment of the database; councils are counted by one at a time.

    A map asks for a dozen tiles together: after a write each of them would count all councils anew. Who
    waits holds a connection, and there are no more of those than tiles drawn at once.
    """

    def __init__(self) -> None:
        self.latest: Latest[TileLayer] = Latest(MOST_LAYERS)
        self.counting = threading.Lock()


def asked_layer(session: Session, kept: KeptLayers, asked: Shown) -> TileLayer:
    """Find what tiles are drawn from.

    A served release is a collection too, by its id: all that it draws; of a set of many years, what lives on the day.
    An index or indicator draws its own set of areas, whatever the day. Kept for as long as the database shows
    exactly the same data, which its own snapshot tells.

    Raises UnknownCollection, UnknownIndex, UnknownIndicator and CannotClass.
    """
    if sum(one is not None for one in (asked.index, asked.indicator, asked.release)) > 1:
        detail = "ask for one of index, indicator and release"
        raise Invalid(detail, [Fault(detail, pointer="/index")])
    key = (session.get_bind().engine.url, moment_of(session), asked)
    counts = asked.index is not None and asked.collection.startswith(COUNCILS)
    with kept.counting if counts else nullcontext():
        return kept.latest.get(key, lambda: _find(session, asked))


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


def _find(session: Session, asked: Shown) -> TileLayer:
    own = None if asked.collection in AREA_TYPES else session.get(Release, asked.collection)
    if own is not None and own.state == "served":
        asked = replace(asked, collection=own.area_type)
        if asked.index is None and asked.indicator is None and asked.release is None:
            asked = replace(asked, release=own.id)
    collection, day = asked.collection, asked.day
    index = None if asked.index is None else get_index(session, asked.index)
    indicator = None if asked.indicator is None else get_indicator(session, asked.indicator)
    drawn = _drawn(session, asked, index, indicator)
    if own is not None and drawn.id != own.id:
        detail = f"{own.id[:60]} is not what is drawn: that is {drawn.id}"
        raise CannotClass(detail, [Fault(detail, value=own.id[:60])])
    release = session.get_one(Release, drawn.id)
    levels = levels_of(session, drawn.id)
    is_within = own is None and release.area_type != collection
    is_of_day = asked.index is None and asked.indicator is None and asked.release is None
    codes = None
    if drawn.temporal or is_within:
        codes = _alive(session, drawn, day, collection if is_within else None)
    elif is_of_day and not drawn.is_exact:
        # The nearest layer may draw areas that have ended or not begun: features of that day lack them, too.
        alive = _alive(session, drawn, day, None)
        codes = None if len(alive) == _drawn_in_all(session, drawn) else alive
    classes = {}
    if index is not None and collection == COUNCILS:
        ranked = ranked_councils(session, day, index.id)
        shares = {one.code: one.found.get(index.id) for one in ranked}
        classes = {code: council_band(*share) for code, share in shares.items() if share}
    elif indicator is not None:
        found = fifths(indicator_frame(session, indicator.id))
        classes = dict(zip(found.index, found.tolist(), strict=True))
    by = index or indicator
    written = [
        DRAWN_AS, collection, release.id, release.sha256, release.loaded_at, release.features_stored,
        [tuple(level) for level in levels], codes, sorted(classes.items()),
        None if by is None else [by.id, by.loaded_at],
        None if index is None else [index.areas_total, index.areas_held],
    ]  # fmt: skip
    return TileLayer(
        collection, release.id, release.attribution, tuple(level[0] for level in levels),
        None if index is None else index.id, None if indicator is None else indicator.id,
        _digest(written), codes, classes, sheets_of(session, release, levels),
        drawn.missing if is_of_day and not is_within else 0,
    )  # fmt: skip


def _drawn(
    session: Session, asked: Shown, index: IndexRow | None, indicator: IndicatorRow | None
) -> DrawnBy:
    collection = asked.collection
    if asked.release is not None:
        why = f"no release {asked.release[:60]!r} that is served draws {collection[:20]}"
        return _one_release(session, collection, asked.release, "release", asked.release, why)
    if indicator is not None:
        if indicator.confidential or indicator.partnership_slug is not None:
            detail = f"{indicator.id} belongs to a partnership, and is told on its pages alone"
            raise CannotClass(detail, [Fault(detail, pointer="/indicator", value=indicator.id)])
        why = why_not_mapped(indicator) or f"{indicator.id} has values of {indicator.area_set}"
        return _one_release(
            session, collection, indicator.release_id, "indicator", indicator.id, why
        )
    if index is not None and collection != COUNCILS:
        held = session.get(Release, index.release_id) if index.release_id else None
        speaks = f"{index.id} ranks {index.area_set}" + (
            "" if held else ", whose outlines are not loaded"
        )
        why = f"an index classes its own small areas, and councils ({COUNCILS}); {speaks}"
        return _one_release(session, collection, index.release_id, "index", index.id, why)
    for demo in (False, True):  # invented ground is drawn where nothing real is loaded
        for choose in (layer_on, layer_within):
            try:
                return choose(session, collection, asked.day, demo=demo)
            except LayerMissing:
                continue
    known = ", ".join(sorted(AREA_TYPES))
    raise UnknownCollection(
        f"nothing is loaded that draws a collection {collection[:60]!r}; types of area are {known},"
        " and a served release is one by its id"
    )


def _one_release(
    session: Session, collection: str, release_id: str | None, name: str, value: str, why: str
) -> DrawnBy:
    """Take the one release that is named, whatever the day; `why` says what is wrong where it cannot be."""
    release = session.get(Release, release_id) if release_id else None
    if release is None or release.state != "served" or release.area_type != collection:
        raise CannotClass(
            why, [Fault("does not go with this collection", pointer=f"/{name}", value=value[:60])]
        )
    return DrawnBy(
        release.id, release.published_on, release.quality, release.tolerance_m, release.partial,
        release.temporal, release.attribution, 0, True,
    )  # fmt: skip


def _alive(session: Session, drawn: DrawnBy, day: date, area_type: str | None) -> tuple[str, ...]:
    """List what a release draws of a day; of one type, where it draws more."""
    return tuple(
        session.scalars(
            select(Boundary.code)
            .join(Area, Area.code == Boundary.code)
            .where(
                Boundary.release_id == drawn.id,
                or_(Area.valid_from.is_(None), Area.valid_from <= day),
                or_(Area.valid_to.is_(None), Area.valid_to > day),
                true() if area_type is None else Area.type == area_type,
            )
            .order_by(Boundary.code)
        )
    )


def _drawn_in_all(session: Session, drawn: DrawnBy) -> int:
    query = select(func.count()).select_from(Boundary).where(Boundary.release_id == drawn.id)
    return int(session.scalar(query) or 0)


def _digest(written: object) -> str:
    return hashlib.sha256(json.dumps(written, default=str).encode()).hexdigest()[:32]
