"""Writes finished tiles into one file, a PMTiles archive (version 3): maps read it in pieces from any storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from pmtiles.reader import Reader
from pmtiles.tile import Compression, MagicNumberNotFound, SpecVersionUnsupported, TileType
from pmtiles.writer import Writer
from sqlalchemy import Engine

from app.tiles.baking import BakedTile, Baking, NothingToDraw, on_curve, plan_baking
from app.tiles.drawing import NAMED_FROM, is_named
from app.tiles.finished import tile_store
from app.tiles.queries import Shown, TileLayer
from boundaries.crs import Bounds

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

    Raises NothingToDraw, ChangedMeanwhile.
    """
    layer = baking.layer
    levels = [z for z, _, _ in baking.places]
    fields = {"code": "GSS code", "name": "name"}
    if layer.index_id is not None or layer.indicator_id is not None:
        if not all(is_named(layer, z) for z in levels):
            fields = {name: f"{said}, from level {NAMED_FROM}" for name, said in fields.items()}
        fields["class"] = "1 the most deprived, or the worst, to 5"
    title = f"{layer.collection} ({layer.release_id})"
    words = tile_words(layer.collection, title, layer.attribution, fields, baking.places)
    return write_tiles(baking, path, baking.bounds, {**words, "version": layer.stamp}, told)


def tile_words(
    layer: str, title: str, attribution: str, fields: Mapping[str, str],
    places: Sequence[tuple[int, int, int]],
) -> dict[str, Any]:  # fmt: skip
    """Say what an archive of one layer holds, by the names of TileJSON."""
    levels = [z for z, _, _ in places]
    described = {"id": layer, "fields": fields, "minzoom": min(levels), "maxzoom": max(levels)}
    return {
        "name": title, "attribution": attribution, "type": "overlay", "format": "pbf",
        "vector_layers": [described],
    }  # fmt: skip


def write_tiles(
    tiles: Iterable[BakedTile], path: Path, bounds: Bounds, words: Mapping[str, Any],
    told: Callable[[str], None] = lambda _words: None,
) -> int:  # fmt: skip
    """Write tiles, in the order of an archive, as one file, whole or not at all; how many there are.

    Tiles wait on disk until the list of all of them is written before them, so memory stays flat.

    Raises NothingToDraw.
    """
    half = path.with_name(f"{path.name}.part")
    made = 0
    try:
        with half.open("wb") as file, ExitStack() as undone:
            writer = Writer(file)
            undone.callback(writer.tile_f.close)
            for tile in tiles:
                writer.write_tile(on_curve(tile.z, tile.y, tile.x), tile.body)
                made += 1
                if made % TOLD_EVERY == 0:
                    told(f"{words['name']}: {made:,} tiles, at level {tile.z}")
            if not made:
                raise NothingToDraw(f"{words['name']} draws nothing")
            west, south, east, north = bounds
            header = {
                "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
                "min_lon_e7": round(west * 1e7), "min_lat_e7": round(south * 1e7),
                "max_lon_e7": round(east * 1e7), "max_lat_e7": round(north * 1e7),
            }  # fmt: skip
            writer.finalize(header, dict(words))
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return made


def kept_stamp(path: Path) -> str | None:
    """Read what an archive was drawn from; None where there is none, or it cannot be read."""
    try:
        with path.open("rb") as file:

            def read(offset: int, length: int) -> bytes:
                file.seek(offset)
                return file.read(length)

            stamp: str | None = Reader(read).metadata().get("version")
            return stamp
    except (OSError, ValueError, IndexError, EOFError, MagicNumberNotFound, SpecVersionUnsupported):
        return None


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
