"""Carries published outlines to metres and degrees and judges them, block by block; mends and stores none.

PROJ, GEOS and the writing of bytes all work outside Python's lock: two blocks are in hand while the
server stores the one before. That is why an outline is judged here and not after all were moved.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.crs import BNG, WGS84, flattened, to_bng, to_wgs84
from boundaries.methods.validity import MULTIPOLYGON, POLYGON, as_multipolygons

OUTLINES_A_BLOCK = 1_000
IN_HAND = 8

# EWKB in metres and in degrees, and square metres.
Written = tuple[bytes, bytes, float]


class _Block(NamedTuple):
    moved: NDArray[np.object_]
    is_valid: NDArray[np.bool_]
    was_valid: NDArray[np.bool_]
    sound: NDArray[np.bool_]
    written: list[Written]


class Carried:
    """A layer's outlines as published and, once `sound_rows` is through, in metres with what is wrong with them.

    moved: in metres, not mended; is_valid, was_valid: valid in metres, valid as published; sound: an
    area that is both and wanted, which can be stored as it is. The first blocks are begun at once.
    """

    def __init__(
        self, published: NDArray[np.object_], wanted: NDArray[np.bool_], *, in_metres: bool
    ) -> None:
        self.moved = np.empty(len(published), dtype=object)
        self.is_valid, self.was_valid, self.sound = np.zeros((3, len(published)), dtype=bool)
        self._published, self._wanted, self._in_metres = published, wanted, in_metres
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count())
        starts = range(0, len(published), OUTLINES_A_BLOCK)
        self._parts = iter([slice(start, start + OUTLINES_A_BLOCK) for start in starts])
        self._in_hand: deque[tuple[slice, Future[_Block]]] = deque()
        for part in itertools.islice(self._parts, IN_HAND):
            self._begin(part)

    def _begin(self, part: slice) -> None:
        work = self._threads.submit(self._carry, part)
        self._in_hand.append((part, work))

    def sound_rows(
        self, codes: Sequence[str], names: Sequence[str]
    ) -> Iterator[tuple[str, str, bytes, bytes, float]]:
        """Carry all outlines, and give code, name, both EWKB and square metres of each that is sound, in order."""
        with self._threads:
            while self._in_hand:
                part, work = self._in_hand.popleft()
                block = work.result()
                for following in itertools.islice(self._parts, 1):
                    self._begin(following)
                self.moved[part] = block.moved
                self.is_valid[part], self.was_valid[part] = block.is_valid, block.was_valid
                self.sound[part] = block.sound
                positions = (part.start + np.flatnonzero(block.sound)).tolist()
                for at, written in zip(positions, block.written, strict=True):
                    yield (codes[at], names[at], *written)

    def _carry(self, part: slice) -> _Block:
        published = self._published[part]
        moved = flattened(published) if self._in_metres else to_bng(published)
        is_valid = judge(moved)
        was_valid = is_valid if self._in_metres else judge(published)
        is_area = np.isin(shapely.get_type_id(moved), (POLYGON, MULTIPOLYGON))
        sound = self._wanted[part] & is_valid & was_valid & is_area & ~shapely.is_empty(moved)
        metres = several(moved[sound])
        degrees = to_wgs84(metres) if self._in_metres else several(flattened(published[sound]))
        return _Block(moved, is_valid, was_valid, sound, list(written_as(metres, degrees)))


def judge(outlines: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say which outlines are valid."""
    with np.errstate(invalid="ignore"):  # a NaN among the coordinates is told by the repair
        return np.asarray(shapely.is_valid(outlines))


def several(outlines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Write each Polygon as a MultiPolygon of one part, and leave the MultiPolygons."""
    made = outlines.copy()
    single = shapely.get_type_id(made) == POLYGON
    made[single] = as_multipolygons(made[single])
    return made


def written_as(metres: NDArray[np.object_], degrees: NDArray[np.object_]) -> Iterator[Written]:
    """Write outlines as EWKB in metres and in degrees, with their square metres."""
    yield from zip(
        shapely.to_wkb(shapely.set_srid(metres, BNG), include_srid=True),
        shapely.to_wkb(shapely.set_srid(degrees, WGS84), include_srid=True),
        shapely.area(metres).tolist(),
        strict=True,
    )
