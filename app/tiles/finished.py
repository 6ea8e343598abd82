"""Gives a finished tile: as it is kept, or drawn now and kept; and the low levels that a national map opens on.

What asks for a tile, and in what coding, is the route's.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

from isal import igzip
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.dependencies import Gate
from app.sessions import reading
from app.tiles.drawing import draw_tile
from app.tiles.methods.tile_grid import tiles_over
from app.tiles.queries import KeptLayers, Shown, TileLayer, asked_layer, served_releases
from app.tiles.stored import TileStore
from boundaries.crs import ENGLAND_LON_LAT

# A map asks for twenty together: a few are answered at once, the others wait, and hold neither a
# thread nor a connection that another page could use.
AT_ONCE, WAITING, PATIENCE_S = 4, 400, 15.0
#: bytes of a tile, before it is compressed, from which on few bytes are worth more than quick ones
LARGE_TILE = 100_000
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
    """Draw a tile and gzip it."""
    return compress_tile(draw_tile(session, layer, z, y, x))


def compress_tile(drawn: bytes) -> bytes:
    """Gzip a tile, the same way whoever drew it.

    Measured on tiles of levels 7 to 12: a tenth to a twentieth of the time of zlib's level 6, for 4 to 7 % more bytes.
    The few large ones, which a map of all England opens on, are worth zlib's level 4: 5 % fewer bytes for 4 ms.
    """
    if len(drawn) >= LARGE_TILE:
        return gzip.compress(drawn, 4, mtime=0)
    return bytes(igzip.compress(drawn, 1, mtime=0))


def opening_tiles() -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Name the tiles over England that a national map opens on, by collection and place."""
    for collection, z in OPENED_ON:
        for y, x in tiles_over(z, ENGLAND_LON_LAT):
            yield collection, (z, y, x)


def tile_gate(state: Any) -> Gate:
    """Give the service's gate for tiles that are drawn."""
    if not hasattr(state, "tile_gate"):
        state.tile_gate = Gate(AT_ONCE, WAITING, PATIENCE_S)
    gate: Gate = state.tile_gate
    return gate


def kept_layers(state: Any) -> KeptLayers:
    """Give the layers that the service asked for last."""
    if not hasattr(state, "tile_layers"):
        state.tile_layers = KeptLayers()
    kept: KeptLayers = state.tile_layers
    return kept


def served_now(state: Any) -> set[str]:
    """Name the releases that are served now."""
    with reading(state.engine, state.settings.statement_timeout_s) as session:
        return served_releases(session)


def tile_store(state: Any) -> TileStore:
    """Give the service's store of finished tiles."""
    if not hasattr(state, "tile_store"):
        state.tile_store = TileStore(state.settings.data_dir / "tiles")
    store: TileStore = state.tile_store
    return store
