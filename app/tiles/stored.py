"""Finished tiles on disk: deleting the folder changes speed and nothing else.

A tile's place is named by the stamp of all that it follows from, so that none is ever older than the
data; a newer stamp of the same release and index drops the older, and so does taking a release back.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from app.logs import get_logger
from app.tiles.queries import TileLayer

log = get_logger(__name__)

#: deeper tiles are small, many and drawn in milliseconds: they are not kept
KEPT_TO = 12
#: all tiles together; beyond it nothing more is kept
MOST_BYTES = 2_000_000_000


class TileStore:
    """Gzipped tiles by layer and place; safe among threads and processes."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._kept_bytes = 0
        self._made: set[Path] = set()
        self._lock = threading.Lock()

    def find(self, layer: TileLayer, z: int, y: int, x: int) -> bytes | None:
        """Read a finished tile; None where it was not kept or cannot be read."""
        try:
            return self._place(layer, z, y, x).read_bytes() if z <= KEPT_TO else None
        except OSError:
            return None

    def keep(
        self, layer: TileLayer, z: int, y: int, x: int, body: bytes, served: Callable[[], set[str]]
    ) -> None:
        """Keep a finished tile, whole or not at all; a full or closed disk is noted and costs speed alone.

        served : names the releases that are served; asked when a layer keeps its first tile
        """
        if z > KEPT_TO:
            return
        place = self._place(layer, z, y, x)
        try:
            self._begin(layer, served)
            with self._lock:
                if self._kept_bytes + len(body) > self._most_bytes:
                    return
                self._kept_bytes += len(body)
            place.parent.mkdir(parents=True, exist_ok=True)
            half = place.with_name(f"{place.name}.{os.getpid()}.{threading.get_ident()}.part")
            half.write_bytes(body)
            half.replace(place)
        except OSError as problem:
            log.warning("a tile was not kept", extra={"reason": type(problem).__name__})

    def _begin(self, layer: TileLayer, served: Callable[[], set[str]]) -> None:
        own = self.folder_of(layer)
        with self._lock:
            if own in self._made and own.is_dir():
                return
            self._made.add(own)
        own.mkdir(parents=True, exist_ok=True)
        here = served()
        for kept in self._folder.iterdir():
            release_id = kept.name.partition("+")[0].partition("@")[0]
            if release_id not in here:
                shutil.rmtree(kept, ignore_errors=True)
        for older in own.parent.iterdir():
            if older != own:
                shutil.rmtree(older, ignore_errors=True)
        kept_bytes = sum(each.stat().st_size for each in self._folder.rglob("*") if each.is_file())
        with self._lock:
            self._kept_bytes = kept_bytes

    def archive(self, layer: TileLayer, name: str) -> Path:
        """Name the place of a file of all tiles, beside the tiles themselves: it goes when they go."""
        return self.folder_of(layer) / name

    def folder_of(self, layer: TileLayer) -> Path:
        """Name the folder of a layer's tiles: level, row, then column with the ending .mvt.gz."""
        return self._folder / layer.folder / layer.stamp

    def _place(self, layer: TileLayer, z: int, y: int, x: int) -> Path:
        return self.folder_of(layer) / str(z) / str(y) / f"{x}.mvt.gz"
