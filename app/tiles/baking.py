"""Finishes all tiles of a collection between two levels, several at once, and hands them on in order.

The same tiles, to the byte, as the route gives: drawn and compressed by the same code, found in the
same store. What is kept already is not drawn again, so that work that was stopped is taken up where it ended.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from pmtiles.tile import zxy_to_tileid
from sqlalchemy import Engine

from app.sessions import reading
from app.tiles.finished import compressed_tile
from app.tiles.methods.tile_grid import tiles_of_boxes
from app.tiles.queries import (
    KeptLayers,
    Shown,
    TileLayer,
    asked_layer,
    layer_boxes,
    served_releases,
)
from app.tiles.stored import TileStore
from boundaries.errors import Conflict, Refused

#: what a map of a small area or of England shows; deeper tiles are drawn in milliseconds
FIRST_LEVEL, LAST_LEVEL = 5, 12
#: tiles that one look at the database draws: so few that work is shared out evenly, so many that opening a
#: connection (as dear as ten deep tiles) does not tell; by the level up to which it holds
_TOGETHER = ((9, 16), (10, 64), (99, 256))
_LIMIT_S = 120.0
#: compressed, no tile; such are not handed on
EMPTY_BYTES = 20


class ChangedMeanwhile(Conflict):
    """What the tiles are drawn from changed while they were drawn; ask again."""

    slug = "changed-meanwhile"
    title = "The data changed meanwhile"


class NothingToDraw(Refused):
    """No tile of those levels holds anything: there is no such archive."""

    slug = "nothing-to-draw"
    title = "There is nothing to draw"


class BakedTile(NamedTuple):
    """A finished tile: level, row, column, and its gzipped bytes."""

    z: int
    y: int
    x: int
    body: bytes


@dataclass(frozen=True)
class Baking:
    """Tiles to be finished: from which layer, of which levels, in order of the file that holds them all.

    store : where finished ones are found; is_kept : whether new ones are kept there
    """

    engine: Engine
    asked: Shown
    layer: TileLayer
    places: Sequence[tuple[int, int, int]]
    bounds: tuple[float, float, float, float]
    store: TileStore | None
    is_kept: bool

    def __iter__(self) -> Iterator[BakedTile]:
        """Draw them, as many at once as there are processors; those that hold nothing are left out.

        Raises ChangedMeanwhile.
        """
        waiting: deque[Future[list[BakedTile]]] = deque()
        at_once = os.cpu_count() or 1
        with ThreadPoolExecutor(at_once, thread_name_prefix="baking") as threads:
            try:
                for some in _shared_out(self.places):
                    waiting.append(threads.submit(self._draw, some))
                    if len(waiting) > 2 * at_once:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            finally:  # also where nobody takes more
                for one in waiting:
                    one.cancel()

    def _draw(self, places: Sequence[tuple[int, int, int]]) -> list[BakedTile]:
        layer, store = self.layer, self.store
        found = [None if store is None else store.find(layer, *place) for place in places]
        if None in found:
            with reading(self.engine, _LIMIT_S) as session:
                own = asked_layer(session, KeptLayers(), self.asked)
                if own.stamp != layer.stamp:
                    raise ChangedMeanwhile(
                        f"{self.asked.collection} is drawn from other data than a moment ago"
                    )
                for n, place in enumerate(places):
                    if found[n] is not None:
                        continue
                    body = found[n] = compressed_tile(session, layer, *place)
                    if store is not None and self.is_kept:
                        store.keep(layer, *place, body, lambda: served_releases(session))
        return [
            BakedTile(*place, body)
            for place, body in zip(places, found, strict=True)
            if body is not None and len(body) > EMPTY_BYTES
        ]


def _shared_out(
    places: Sequence[tuple[int, int, int]],
) -> Iterator[Sequence[tuple[int, int, int]]]:
    first = 0
    while first < len(places):
        many = next(many for level, many in _TOGETHER if places[first][0] <= level)
        yield places[first : first + many]
        first += many


def plan_baking(
    engine: Engine, asked: Shown, levels: tuple[int, int] = (FIRST_LEVEL, LAST_LEVEL),
    store: TileStore | None = None, *, is_kept: bool = False,
) -> Baking:  # fmt: skip
    """Find what tiles are drawn from and where there are any. Raises as `asked_layer`, and NothingToDraw."""
    with reading(engine, _LIMIT_S) as session:
        layer = asked_layer(session, KeptLayers(), asked)
        boxes = layer_boxes(session, layer)
    places = [
        (z, y, x) for z in range(levels[0], levels[1] + 1) for y, x in tiles_of_boxes(boxes, z)
    ]
    places.sort(key=lambda place: on_curve(*place))
    if not places:
        raise NothingToDraw(f"{asked.collection} draws nothing")
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    bounds = (float(west), float(south), float(east), float(north))
    return Baking(engine, asked, layer, places, bounds, store, is_kept)


def on_curve(z: int, y: int, x: int) -> int:
    """Give a tile's number in an archive: by level, along a curve that keeps neighbours together."""
    return int(zxy_to_tileid(z, x, y))
