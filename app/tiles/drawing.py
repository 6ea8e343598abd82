"""Draws one vector tile in the database, from the stored level that suits its scale; keeps nothing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from app.finished_reads import FinishedReads
from app.tiles.methods.tile_grid import level_for, steps_across, tile_box, tile_paper
from app.tiles.queries import COUNCILS, MEASURE, TileLayer
from boundaries.crs import BNG, WEB_MERCATOR, box_in_metres
from boundaries.database import named_sql
from boundaries.map_sheets import STRIP_M

#: from here on tiles carry code and name; below them the class alone decides their bytes, and a click
#: on the map is answered by the look-up of a point
NAMED_FROM = 9
#: up to here most of a tile's level is read whole: it stands together, and by its boxes as many pages of the
#: outlines as published would be read beside it
AFAR_TO = 7
# So little more than the tile that no rounding leaves a border out; what is beyond it is cut off.
_MORE_DEGREES = 1e-6
_PARAMETER = re.compile(r":([a-z_]+)")


def draw_tile(session: Session, layer: TileLayer, z: int, y: int, x: int) -> bytes:
    """Draw a tile as a Mapbox Vector Tile; empty (no bytes) where no area lies in it.

    z, y, x : level, row and column that `tile_grid.is_tile` has taken
    """
    sheet = layer.sheet_of(level_for(z, layer.levels_m))
    placed = _placed(layer, sheet, z, y, x)
    if sheet is not None and layer.is_plain:
        statement, names = _by_place()
        # The driver's own cursor: SQLAlchemy's costs as much as a deep tile does.
        driver = session.connection().connection.driver_connection
        assert isinstance(driver, psycopg.Connection), "psycopg 3 is the only driver"
        # Closed, a cursor lets go of what the database sent: megabytes.
        with psycopg.RawCursor(driver) as cursor:
            cursor.execute(statement, [placed[name] for name in names], binary=True)
            row = cursor.fetchone()
            return b"" if row is None else bytes(row[0])
    box = box_in_metres(tile_box(z, y, x)) if sheet is None else (None, None, None, None)
    if box is None:
        return b""
    west, south, east, north = box
    least_lon, least_lat, most_lon, most_lat = tile_box(z, y, x)
    level_m = level_for(z, layer.levels_m)
    body = session.scalar(
        named_sql(__file__, "tile"),
        {
            **placed, "release_id": layer.release_id, "level_m": level_m,
            "codes": None if layer.codes is None else "\x1f".join(layer.codes),
            "west": west, "south": south, "east": east, "north": north, "grid": BNG,
            "named": is_named(layer, z), "from_afar": z <= AFAR_TO and level_m is not None,
            "min_lon": least_lon - _MORE_DEGREES, "min_lat": least_lat - _MORE_DEGREES,
            "max_lon": most_lon + _MORE_DEGREES, "max_lat": most_lat + _MORE_DEGREES,
            "index_id": None if layer.classes else layer.index_id, "measure": MEASURE,
            "class_codes": list(layer.classes), "classes": list(layer.classes.values()),
        },
    )  # fmt: skip
    return bytes(body or b"")


async def draw_quickly(
    reads: FinishedReads, layer: TileLayer, z: int, y: int, x: int
) -> bytes | None:
    """Draw the same tile straight over the database's protocol; None where `draw_tile` is to: not laid out, or classed.

    What a sheet shows never changes: a layer that was found a moment ago is drawn as it was.
    """
    sheet = layer.sheet_of(level_for(z, layer.levels_m))
    if sheet is None or not layer.is_plain:
        return None
    statement, names = _by_place()
    placed = _placed(layer, sheet, z, y, x)
    given = [str(placed[name]).encode() for name in names]
    found = await reads.fetch(statement, given, in_bytes=True)
    return found.get_value(0, 0) or b"" if found.ntuples else None


def is_named(layer: TileLayer, z: int) -> bool:
    """Say whether tiles of a level carry codes and names: always where there are few areas or no classes."""
    is_classed = layer.index_id is not None or layer.indicator_id is not None
    return not is_classed or layer.collection == COUNCILS or z >= NAMED_FROM


def _placed(layer: TileLayer, sheet: int | None, z: int, y: int, x: int) -> dict[str, Any]:
    paper = tile_paper(z, y, x)
    return {
        "sheet": sheet, "layer": layer.collection, "mercator": WEB_MERCATOR, "strip_m": STRIP_M,
        "box_west": paper.west, "box_south": paper.south, "box_east": paper.east,
        "box_north": paper.north, "steps": paper.steps_a_metre, "right": paper.right,
        "down": paper.down, "extent": steps_across(z),
    }  # fmt: skip


@cache
def _by_place() -> tuple[bytes, list[str]]:
    """Read sheet_tile.sql with its parameters by place: `$1` for the first that it names, and their names in order."""
    lines = (Path(__file__).parent / "sql" / "sheet_tile.sql").read_text("utf-8").splitlines()
    written = "\n".join(line for line in lines if not line.startswith("--"))
    names = list(dict.fromkeys(_PARAMETER.findall(written)))
    return _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", written).encode(), names
