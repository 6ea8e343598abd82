"""Gives a finished tile: as it is kept, or drawn now and kept; and the low levels that a national map opens on.

What asks for a tile, and in what coding, is the route's.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.sessions import reading
from app.tiles.drawing import draw_tile
from app.tiles.methods.tile_grid import tiles_over
from app.tiles.queries import KeptLayers, Shown, TileLayer, asked_layer, served_releases
from app.tiles.stored import TileStore
from boundaries.crs import ENGLAND_LON_LAT

#: what a national map asks for first, by collection: its councils from afar, small areas as soon as they are drawn
OPENED_ON = (("lad", 5), ("lad", 6), ("lsoa", 6))


def finished_tile(
    state: Any, asked: Shown, place: tuple[int, int, int], engine: Engine | None = None
) -> bytes:
    """Give a tile, gzipped, by level, row and column; raises as `asked_layer`.

    state : the service's, with its engine and settings
    engine : the database to read; None: the service's own
    """
    z, y, x = place
    limit_s = state.settings.statement_timeout_s
    store = tile_store(state)
    with reading(engine or state.engine, limit_s) as session:
        # In one moment of the database: what is kept is filed under what that moment shows.
        layer = asked_layer(session, kept_layers(state), asked)
        found = store.find(layer, z, y, x)
        if found is None:
            found = compressed_tile(session, layer, z, y, x)
            store.keep(layer, z, y, x, found, lambda: served_releases(session))
    return found


def compressed_tile(session: Session, layer: TileLayer, z: int, y: int, x: int) -> bytes:
    """Draw a tile and gzip it: the one place where a tile's bytes are made."""
    return gzip.compress(draw_tile(session, layer, z, y, x), 6, mtime=0)


def opening_tiles() -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Name the tiles over England that a national map opens on, by collection and place."""
    for collection, z in OPENED_ON:
        for y, x in tiles_over(z, ENGLAND_LON_LAT):
            yield collection, (z, y, x)


def kept_layers(state: Any) -> KeptLayers:
    """Give the layers that the service asked for last."""
    if not hasattr(state, "tile_layers"):
        state.tile_layers = KeptLayers()
    kept: KeptLayers = state.tile_layers
    return kept


def tile_store(state: Any) -> TileStore:
    """Give the service's store of finished tiles."""
    if not hasattr(state, "tile_store"):
        state.tile_store = TileStore(state.settings.data_dir / "tiles")
    store: TileStore = state.tile_store
    return store
