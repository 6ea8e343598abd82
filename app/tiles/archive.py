"""Writes finished tiles into one file, a PMTiles archive (version 3): maps read it in pieces from any storage."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer
from sqlalchemy import Engine

from app.tiles.baking import Baking, NothingToDraw, on_curve, plan_baking
from app.tiles.drawing import is_named
from app.tiles.finished import tile_store
from app.tiles.queries import Shown, TileLayer

ENDING = ".pmtiles"
MEDIA_TYPE = "application/vnd.pmtiles"
#: so often it is told how many tiles are done
TOLD_EVERY = 500
# One archive at a time: each takes all processors.
_MAKING = Lock()


def write_archive(
    baking: Baking, path: Path, told: Callable[[str], None] = lambda _words: None
) -> int:
    """Write the tiles of a collection as one file, whole or not at all; how many there are.

    Tiles wait on disk until the list of all of them is written before them, so memory stays flat.

    Raises NothingToDraw, ChangedMeanwhile.
    """
    half = path.with_name(f"{path.name}.part")
    made = 0
    try:
        with half.open("wb") as file, ExitStack() as undone:
            writer = Writer(file)
            undone.callback(writer.tile_f.close)
            for tile in baking:
                writer.write_tile(on_curve(tile.z, tile.y, tile.x), tile.body)
                made += 1
                if made % TOLD_EVERY == 0:
                    told(f"{baking.asked.collection}: {made:,} tiles, at level {tile.z}")
            if not made:
                raise NothingToDraw(f"{baking.asked.collection} draws nothing")
            west, south, east, north = baking.bounds
            header = {
                "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
                "min_lon_e7": round(west * 1e7), "min_lat_e7": round(south * 1e7),
                "max_lon_e7": round(east * 1e7), "max_lat_e7": round(north * 1e7),
            }  # fmt: skip
            writer.finalize(header, archive_words(baking))
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return made


def archive_words(baking: Baking) -> dict[str, Any]:
    """Say what the archive holds, by the names of TileJSON."""
    layer = baking.layer
    levels = [z for z, _, _ in baking.places]
    fields = {"code": "GSS code", "name": "name"}
    if layer.index_id is not None or layer.indicator_id is not None:
        fields["class"] = "1 the most deprived, or the worst, to 5"
        if not all(is_named(layer, z) for z in levels):
            fields |= {"code": "GSS code, from level 9", "name": "name, from level 9"}
    return {
        "name": f"{baking.asked.collection} ({layer.release_id})", "attribution": layer.attribution, "type": "overlay",
        "format": "pbf", "version": layer.stamp,
        "vector_layers": [
            {"id": layer.collection, "fields": fields, "minzoom": min(levels), "maxzoom": max(levels)}
        ],
    }  # fmt: skip


class FinishedArchive(NamedTuple):
    """A kept archive: where it is, and what it was drawn from."""

    path: Path
    layer: TileLayer


def finished_archive(state: Any, asked: Shown, engine: Engine | None = None) -> FinishedArchive:
    """Give the file of all tiles, kept beside them: made by the first that asks, while others wait.

    Raises as `plan_baking`, and ChangedMeanwhile.
    """
    store = tile_store(state)
    baking = plan_baking(engine or state.engine, asked, store=store, is_kept=True)
    path = store.archive(baking.layer, f"all{ENDING}")
    if not path.is_file():
        with _MAKING:
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_archive(baking, path)
    return FinishedArchive(path, baking.layer)
