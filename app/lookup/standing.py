"""What a server process keeps ready for looking up: the atlas and the layers of a day, never older than the data.

Every answer asks the database which moment it is; where that differs from the one of the last answer,
the count of changes of the geography is read, and where that differs, all is made anew. While an
atlas is being made (seconds, after a release was loaded), the database itself answers. A postcode's
answer is kept as it was sent: it follows from the directory's row, which is read each time, and from
the geography.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Engine

from app.dependencies import today
from app.finished_reads import FinishedReads
from app.logs import get_logger
from app.lookup.answers import POSTCODE_COLUMNS, Place, near_border_m, point_body, postcode_body
from app.lookup.queries import districts_of_part, look_up_place, look_up_postcode
from app.lookup.written import AreaTexts, DrawnLayer, drawn_layer
from app.sessions import MOMENT, AskedTogether, moment_of, reading
from app.settings import Settings
from boundaries import deadlines
from boundaries.methods.atlas_points import Answer, Question, answer
from boundaries.point_lookup import (
    DayLayer,
    Gazetteer,
    atlas_folder,
    day_number,
    geography_version,
    layers_of_day,
    open_gazetteer,
)
from boundaries.sources.postcodes import tidy_postcode

log = get_logger(__name__)

DAYS_KEPT = 64
# How long the first answer after a change waits for the atlas before it asks the database.
PATIENCE_S = 0.3
BUILD_TIMEOUT_S = 300
# Of those who are answered together most ask again together, within this time.
PAUSE_S = 0.002
# Of postcodes, each some 3 kB: the memory of one server process.
MOST_FINISHED = 20_000
_NO_POSTCODE = ""
_COLUMNS = (*POSTCODE_COLUMNS, "demo")
# One row at least: the moment alone where none of the postcodes is here.
_POSTCODES = f"""
SELECT {MOMENT}, p.postcode, json_build_array({", ".join(f"p.{name}" for name in _COLUMNS)})::text
FROM (SELECT 1) AS one
LEFT JOIN postcodes AS p ON p.postcode = ANY(CAST($1 AS text[]))
""".encode()  # noqa: S608  of our own words alone
Row = bytes  # of the directory of postcodes: a JSON array in the order of _COLUMNS


@dataclass(frozen=True, eq=False)
class DayView:
    """The layers that draw a day, by their number in the atlas, for the real country and the invented one."""

    layers: dict[int, DrawnLayer]
    texts: AreaTexts
    reaches: dict[bool, NDArray[np.float64]]
    near_border_m: NDArray[np.float64]
    number: int

    def reach(self, demo: bool, types: tuple[str, ...]) -> NDArray[np.float64]:
        """Say how far each layer's gaps are bridged; NaN for layers of types that are not asked for."""
        reaches = self.reaches[demo]
        if not types:
            return reaches
        wanted = np.full(len(reaches), np.nan)
        for number, layer in self.layers.items():
            if layer.type in types:
                wanted[number] = reaches[number]
        return wanted


class _Point(NamedTuple):
    """One point to look at, with what it is looked up in; whoever asks for the same waits for one answer."""

    gazetteer: Gazetteer
    view: DayView
    easting: float
    northing: float
    demo: bool
    types: tuple[str, ...]
    with_sides: bool

    def question(self) -> Question:
        """Say it in the atlas's terms."""
        view = self.view
        return Question(
            self.easting, self.northing, view.number, view.reach(self.demo, self.types),
            view.near_border_m if self.with_sides else None,
        )  # fmt: skip


async def _look(points: list[_Point]) -> dict[_Point, Answer]:
    """Look at points together: one look at many costs little more than one at a single point."""
    told: dict[_Point, Answer] = {}
    for gazetteer in {point.gazetteer for point in points}:
        mine = [point for point in points if point.gazetteer is gazetteer]
        told |= zip(mine, answer(gazetteer.atlas, [each.question() for each in mine]), strict=True)
    return told


class Standing:
    """One process's atlas and layers; `close` ends its connections."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._folder: Path = atlas_folder(settings.data_dir)
        self._timeout_s = settings.statement_timeout_s
        self._reads = FinishedReads(engine, settings.statement_timeout_s)
        self._asked = AskedTogether(self._read, PAUSE_S)
        self._looked = AskedTogether(_look)
        self._moment = ""
        self._version: tuple[int, int] = (-1, -1)
        self._texts: AreaTexts | None = None
        self._failed: tuple[int, int] | None = None
        self._making: asyncio.Future[None] | None = None
        self._days: OrderedDict[date, DayView] = OrderedDict()
        # By the view, which is another one after the geography changed.
        self._finished: dict[tuple[DayView, Row, tuple[str, ...]], bytes] = {}

    async def close(self) -> None:
        """Close the connections."""
        self._reads.close()

    async def point(self, place: Place, types: tuple[str, ...], day: date) -> bytes:
        """Answer what lies at a point, as JSON."""
        at, _ = await self._asked.fetch(_NO_POSTCODE)
        seen = await self._view(at, day)
        if seen is None:
            return orjson.dumps(await asyncio.to_thread(self._point_by_database, place, types, day))
        gazetteer, view = seen
        for demo in sorted(view.reaches):
            point = _Point(gazetteer, view, place.easting, place.northing, demo, types, False)
            told = (await self._looked.fetch(point))[point]
            if told.hits:
                return view.texts.point(view.layers, place, told)
        return orjson.dumps(point_body(place, []))

    async def postcode(self, written: str, types: tuple[str, ...], day: date) -> bytes:
        """Answer where a postcode is, as JSON. Raises UnknownPostcode."""
        tidy = tidy_postcode(written)
        at, rows = await self._asked.fetch(tidy)
        if tidy not in rows:
            return orjson.dumps(await asyncio.to_thread(self._part, written))
        found = rows[tidy]
        seen = await self._view(at, day)
        if seen is None:
            return orjson.dumps(
                await asyncio.to_thread(self._postcode_by_database, written, types, day)
            )
        gazetteer, view = seen
        key = view, found, types
        kept = self._finished.get(key)
        if kept is None:
            kept = await self._write_postcode(gazetteer, view, found, types)
            if len(self._finished) >= MOST_FINISHED:
                self._finished.clear()
            self._finished[key] = kept
        return kept

    async def _write_postcode(
        self, gazetteer: Gazetteer, view: DayView, found: Row, types: tuple[str, ...]
    ) -> bytes:
        row = dict(zip(_COLUMNS, orjson.loads(found), strict=True))
        if row["demo"] not in view.reaches:
            return orjson.dumps(postcode_body(row, []))
        point = _Point(
            gazetteer, view, float(row["easting"]), float(row["northing"]), row["demo"], types, True
        )
        told = (await self._looked.fetch(point))[point]
        return view.texts.postcode(view.layers, row, told, view.number)

    async def _read(self, postcodes: list[str]) -> tuple[str, dict[str, Row]]:
        """Read the moment of the database, and of some postcodes those that are here, by their spelling."""
        # No postcode holds another sign, so that none has to be escaped either.
        plain = [one for one in postcodes if one.isascii() and one.replace(" ", "").isalnum()]
        asked = "{" + ",".join(f'"{one}"' for one in plain) + "}"
        found = await self._reads.fetch(_POSTCODES, [asked.encode()])
        rows: dict[str, Row] = {}
        for number in range(found.ntuples):
            postcode, row = found.get_value(number, 1), found.get_value(number, 2)
            if postcode is not None and row is not None:
                rows[postcode.decode()] = row
        return (found.get_value(0, 0) or b"").decode(), rows

    def _point_by_database(self, place: Place, types: tuple[str, ...], day: date) -> dict[str, Any]:
        with reading(self._engine, self._timeout_s) as session:
            return look_up_place(session, place, types, day)

    def _postcode_by_database(
        self, written: str, types: tuple[str, ...], day: date
    ) -> dict[str, Any]:
        with reading(self._engine, self._timeout_s) as session:
            return look_up_postcode(session, written, types, day)

    def _part(self, written: str) -> dict[str, Any]:
        with reading(self._engine, self._timeout_s) as session:
            return districts_of_part(session, written)

    async def _view(self, at: str, day: date) -> tuple[Gazetteer, DayView] | None:
        """Give what is ready for a moment of the database; None while the database has to answer itself."""
        if at != self._moment:
            await asyncio.to_thread(self._look_again)
        if self._texts is None and self._failed != self._version:
            if self._making is None or self._making.done():
                self._making = asyncio.ensure_future(asyncio.to_thread(self._make))
            await asyncio.wait([self._making], timeout=PATIENCE_S)
        texts = self._texts
        if texts is None:
            return None
        view = self._days.get(day)
        if view is None:
            view = await asyncio.to_thread(self._view_day, texts, day)
            if texts is self._texts:
                self._days[day] = view
                while len(self._days) > DAYS_KEPT:
                    self._days.popitem(last=False)
        return texts.gazetteer, view

    def _look_again(self) -> None:
        with reading(self._engine, self._timeout_s) as session:
            at, version = moment_of(session), geography_version(session)
        if version != self._version:
            self._version, self._texts, self._days = version, None, OrderedDict()
            self._finished = {}
        self._moment = at

    def _make(self) -> None:
        try:
            with deadlines.unhurried(), reading(self._engine, BUILD_TIMEOUT_S) as session:
                version = geography_version(session)
                made = open_gazetteer(session, self._folder, today())
        except OSError as error:
            log.warning("no atlas could be made: the database answers", extra={"why": str(error)})
            self._failed = self._version
            return
        if version == self._version:
            self._texts = AreaTexts(made)

    def _view_day(self, texts: AreaTexts, day: date) -> DayView:
        with reading(self._engine, self._timeout_s) as session:
            return view_of_day(texts, layers_of_day(session, day), day)


def view_of_day(texts: AreaTexts, layers: list[DayLayer], day: date) -> DayView:
    """Number the layers of a day as an atlas does; what it does not hold is left out."""
    gazetteer = texts.gazetteer
    numbers = {release: number for number, release in enumerate(gazetteer.releases)}
    known = {numbers[layer.release]: layer for layer in layers if layer.release in numbers}
    worlds = {
        demo: gazetteer.reaches([one for one in layers if one.demo is demo])
        for demo in {layer.demo for layer in layers}
    }
    near = np.zeros(len(gazetteer.releases))
    for number, layer in known.items():
        near[number] = near_border_m(layer)
    drawn = {number: drawn_layer(layer) for number, layer in known.items()}
    return DayView(drawn, texts, worlds, near, day_number(day))
