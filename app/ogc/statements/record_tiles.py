"""Tiles of records: partnerships, neighbourhoods, designated areas and lines of money, as the statement draws them.

Records are few and lie over one another, so no border between them has to stay shut: PostGIS cuts and
cleans each by itself. What a record says is what its collection's columns say, no more.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.ogc.statements.collections import Collection
from app.tiles.baking import FIRST_LEVEL, LAST_LEVEL, BakedTile, on_curve
from app.tiles.methods.tile_grid import tile_box, tiles_of_boxes
from boundaries.crs import BNG, WEB_MERCATOR, Bounds, box_in_metres

_STEPS, _BUFFER = 4096, 64


@dataclass(frozen=True)
class RecordTiles:
    """The tiles of one kind of record, in the order of an archive."""

    session: Session
    collection: Collection
    places: list[tuple[int, int, int]]
    bounds: Bounds

    def __iter__(self) -> Iterator[BakedTile]:
        for z, y, x in self.places:
            body = self._draw(z, y, x)
            if body:
                yield BakedTile(z, y, x, gzip.compress(body, 6, mtime=0))

    def _draw(self, z: int, y: int, x: int) -> bytes:
        box = box_in_metres(tile_box(z, y, x))
        if box is None:
            return b""
        source = self.collection.source
        shape = func.ST_AsMVTGeom(
            func.ST_Transform(source.geom_wgs84, WEB_MERCATOR), func.ST_TileEnvelope(z, x, y), _STEPS, _BUFFER, True
        )  # fmt: skip
        said = [column.label(name) for name, column in source.columns.items()]
        shown = (
            select(*said, shape.label("geom"))
            .select_from(source.table)
            .where(*source.where, source.geom.op("&&")(func.ST_MakeEnvelope(*box, BNG)))
            .order_by(source.key)
            .subquery("shown")
        )
        drawn = func.ST_AsMVT(literal_column("shown"), self.collection.about.id, _STEPS, "geom")
        return bytes(self.session.scalar(select(drawn).select_from(shown)) or b"")


def record_tiles(session: Session, collection: Collection) -> RecordTiles | None:
    """Find where a kind of record has any shape; None where nothing has one."""
    source = collection.source
    shape = source.geom_wgs84
    query = (
        select(func.ST_XMin(shape), func.ST_YMin(shape), func.ST_XMax(shape), func.ST_YMax(shape))
        .select_from(source.table)
        .where(*source.where, shape.is_not(None))
    )
    rows = [tuple(row) for row in session.execute(query)]
    if not rows:
        return None
    boxes = np.array(rows, dtype=float)
    levels = range(FIRST_LEVEL, LAST_LEVEL + 1)
    places = [(z, y, x) for z in levels for y, x in tiles_of_boxes(boxes, z)]
    places.sort(key=lambda place: on_curve(*place))
    west, south = (float(edge) for edge in boxes[:, :2].min(axis=0))
    east, north = (float(edge) for edge in boxes[:, 2:].max(axis=0))
    return RecordTiles(session, collection, places, (west, south, east, north))
