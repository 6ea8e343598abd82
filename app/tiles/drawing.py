"""Draws one vector tile in the database, from the stored level that suits its scale; keeps nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.tiles.methods.tile_grid import BUFFER_SHARE, level_for, steps_across, tile_box
from app.tiles.queries import COUNCILS, MEASURE, TileLayer
from boundaries.crs import BNG, WEB_MERCATOR, box_in_metres
from boundaries.database import named_sql

#: from here on tiles carry code and name; below them the class alone decides their bytes, and a click
#: on the map is answered by the look-up of a point
NAMED_FROM = 9


def draw_tile(session: Session, layer: TileLayer, z: int, y: int, x: int) -> bytes:
    """Draw a tile as a Mapbox Vector Tile; empty (no bytes) where no area lies in it.

    z, y, x : level, row and column that `tile_grid.is_tile` has taken
    """
    box = box_in_metres(tile_box(z, y, x))
    if box is None:
        return b""
    west, south, east, north = box
    extent = steps_across(z)
    body = session.scalar(
        named_sql(__file__, "tile"),
        {
            "release_id": layer.release_id, "layer": layer.collection, "z": z, "y": y, "x": x,
            "level_m": level_for(z, layer.levels_m),
            "codes": None if layer.codes is None else list(layer.codes),
            "west": west, "south": south, "east": east, "north": north, "grid": BNG,
            "mercator": WEB_MERCATOR, "extent": extent, "buffer": round(extent * BUFFER_SHARE),
            "named": is_named(layer, z),
            "index_id": None if layer.classes else layer.index_id, "measure": MEASURE,
            "class_codes": list(layer.classes), "classes": list(layer.classes.values()),
        },
    )  # fmt: skip
    return bytes(body or b"")


def is_named(layer: TileLayer, z: int) -> bool:
    """Say whether tiles of a level carry codes and names: always where there are few areas or no classes."""
    is_classed = layer.index_id is not None or layer.indicator_id is not None
    return not is_classed or layer.collection == COUNCILS or z >= NAMED_FROM
