"""Answers a block of rows by postcode, point, code or name; every row has an answer and says how it came about."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.lookup.answers import AT_NOTHING, OUTSIDE, outside_note
from app.lookup.postcode_spelling import candidates, is_whole
from app.lookup.queries import OFFICIAL, codes_of_rows, names_of_rows, postcodes_of_rows
from boundaries.crs import points_to_bng
from boundaries.gss import is_gss_code
from boundaries.methods.atlas_points import NOWHERE
from boundaries.methods.atlas_rows import DayRows
from boundaries.point_lookup import Gazetteer, day_number, layers_of_day
from boundaries.queries import plain_name
from boundaries.sources.postcodes import tidy_postcode

FOUND, BLANK = "found", "blank"
_NUMBER = re.compile(r"[-+]?(\d+(,\d{3})*|)(\.\d*)?([eE][-+]?\d{1,3})?", re.ASCII)
Answer = tuple[list[str], str]


class Resolver(Protocol):
    """Answers blocks of places, several threads at once; `titles` name the cells that it gives for each."""

    titles: list[str]

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        """Give for each place, in order, its cells and its status."""


def resolver_for(
    session: Session,
    way: str,
    types: tuple[str, ...],
    day: date,
    open_atlas: Callable[[], Gazetteer],
) -> Resolver:
    """Make what answers one way of saying a place."""
    if way == "code":
        return Codes(session, day)
    if way == "name":
        return Names(session, day)
    grounds = Grounds(session, open_atlas(), types, day)
    if way == "postcode":
        return Postcodes(session, grounds)
    return Points(grounds, by_degrees=way == "lonlat")


def is_data(cell: str) -> bool:
    """Say whether a column's title is a number, a code or a postcode, which no title is."""
    text = cell.strip()
    looks_numeric = bool(text) and bool(_NUMBER.fullmatch(text)) and any(c.isdigit() for c in text)
    is_coordinate = looks_numeric and ("." in text or len(text) > 4)
    return (
        is_coordinate
        or is_gss_code(text.upper())
        or (len(text) < 10 and is_whole(tidy_postcode(text)))
    )


class Grounds:
    """The areas of points, of the types wanted, by an atlas."""

    def __init__(
        self, session: Session, gazetteer: Gazetteer, types: tuple[str, ...], day: date
    ) -> None:
        self.gazetteer = gazetteer
        self.day = day_number(day)
        layers = [layer for layer in layers_of_day(session, day) if layer.type in types]
        numbers = {release: number for number, release in enumerate(gazetteer.releases)}
        self.types = types
        self.number_of: dict[bool, dict[str, int]] = {
            demo: {
                layer.type: numbers[layer.release]
                for layer in layers
                if layer.demo is demo and layer.release in numbers
            }
            for demo in (False, True)
        }
        self._rows = {
            demo: DayRows(
                gazetteer.atlas,
                self.day,
                gazetteer.reaches([layer for layer in layers if layer.demo is demo]),
            )
            for demo in (False, True)
            if self.number_of[demo]
        }
        # NOWHERE is the last: nothing is written for it.
        self._words = [np.append(each, "") for each in (gazetteer.codes, gazetteer.names)]
        self.titles = [f"{kind}_{what}" for kind in types for what in ("code", "name")]

    def find(
        self, x: NDArray[np.float64], y: NDArray[np.float64], demo: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Positions in the atlas, points by types (NOWHERE: nothing there), and which only lie nearest."""
        found = np.full((len(x), len(self.types)), NOWHERE, dtype=np.int64)
        is_gap = np.zeros(found.shape, dtype=bool)
        numbers = self.number_of[demo]
        if len(x) and numbers:
            areas, gaps = self._rows[demo].find(x, y)
            for k, kind in enumerate(self.types):
                if kind in numbers:
                    found[:, k] = areas[:, numbers[kind]]
                    is_gap[:, k] = gaps[:, numbers[kind]]
        return found, is_gap

    def cells(self, found: NDArray[np.int64]) -> NDArray[np.object_]:
        """Write the codes and names of points' areas, side by side; nothing where nothing is."""
        written = np.empty((len(found), 2 * len(self.types)), dtype=object)
        for k, words in enumerate(self._words):
            written[:, k::2] = words[found]
        return written


class Postcodes:
    """Answers postcodes; the directory's district and small area are believed before the outline."""

    def __init__(self, session: Session, grounds: Grounds) -> None:
        self._session, self._grounds = session, grounds
        self._asking = Lock()  # a session is one thread's at a time
        self.titles = ["postcode_as_listed", "easting", "northing", *grounds.titles]

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        tidy = [tidy_postcode(place[0]) if len(place[0]) <= 12 else "" for place in places]
        whole = {one for one in set(tidy) if is_whole(one)}
        with self._asking:
            known = postcodes_of_rows(self._session, whole)
        listed: dict[str, Answer] = {}
        for (postcode, status, x, y, *_), areas in zip(known, self._cells(known), strict=True):
            told = FOUND if status == "current" else f"found: {status}"
            listed[postcode] = [postcode, str(x), str(y), *areas], told
        meant = self._meant({one for one in tidy if one not in listed})
        nothing = [""] * len(self.titles)
        for place, one in zip(places, tidy, strict=True):
            if one in listed:
                yield listed[one]
            elif not place[0]:
                yield nothing, BLANK
            else:
                told = "unknown postcode" if one in whole else "not a postcode"
                yield nothing, f"{told}; perhaps {meant[one]} is meant" if one in meant else told

    def _cells(self, known: Sequence[Any]) -> list[list[str]]:
        """Write the areas of postcodes, in their order."""
        found = np.full((len(known), len(self._grounds.types)), NOWHERE, dtype=np.int64)
        if not known:
            return []
        columns = dict(zip(known[0]._fields, zip(*known, strict=True), strict=True))
        is_demo = np.array(columns["demo"], dtype=bool)
        x = np.array(columns["easting"], dtype=np.float64)
        y = np.array(columns["northing"], dtype=np.float64)
        for demo in (False, True):
            those = is_demo == demo
            found[those], _ = self._grounds.find(x[those], y[those], demo)
        cells = self._grounds.cells(found)
        for kind, column in OFFICIAL.items():
            if kind in self._grounds.types:
                official = np.array(columns[column], dtype=object)
                self._follow_directory(cells, kind, official, is_demo)
        return cells.tolist()

    def _follow_directory(
        self, cells: NDArray[np.object_], kind: str, official: NDArray[np.object_],
        is_demo: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        at = 2 * self._grounds.types.index(kind)
        for k in np.flatnonzero((official != cells[:, at]) & official.astype(bool)):
            layer = self._grounds.number_of[bool(is_demo[k])].get(kind)
            if layer is not None:
                name = self._grounds.gazetteer.name_of(layer, official[k], self._grounds.day)
                if name is not None:
                    cells[k, at : at + 2] = official[k], name

    def _meant(self, unknown: set[str]) -> dict[str, str]:
        perhaps = {one: candidates(one) for one in unknown if one}
        every = {each for found in perhaps.values() for each in found}
        with self._asking:
            here = {row.postcode for row in postcodes_of_rows(self._session, every)}
        return {
            one: " or ".join(each for each in found if each in here)
            for one, found in perhaps.items()
            if any(each in here for each in found)
        }


class Points:
    """Answers points in degrees or metres."""

    def __init__(self, grounds: Grounds, *, by_degrees: bool) -> None:
        self._grounds, self._by_degrees = grounds, by_degrees
        self.titles = list(grounds.titles)

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        numbers = np.array(
            [[_number(cell) for cell in place] for place in places], dtype=np.float64
        ).reshape(-1, 2)
        x, y = self._metres(numbers)
        usable = np.isfinite(x) & np.isfinite(y)
        found = np.full((len(places), len(self._grounds.types)), NOWHERE, dtype=np.int64)
        is_gap = np.zeros(found.shape, dtype=bool)
        for demo in (False, True):
            ask = np.flatnonzero(usable & (found == NOWHERE).all(axis=1))
            found[ask], is_gap[ask] = self._grounds.find(x[ask], y[ask], demo)
        nothing = [""] * len(self.titles)
        is_found = np.asarray((found != NOWHERE).any(axis=1)).tolist()
        is_near = np.asarray(is_gap.any(axis=1)).tolist()
        for k, cells in enumerate(self._grounds.cells(found).tolist()):
            if not is_found[k]:
                yield nothing, self._why_not(places[k], numbers[k])
            elif not is_near[k]:
                yield cells, FOUND
            else:
                near = [self._grounds.types[at] for at in np.flatnonzero(is_gap[k])]
                yield cells, f"found: nearest, in a gap, for {', '.join(near)}"

    def _metres(
        self, numbers: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not self._by_degrees:
            return numbers[:, 0], numbers[:, 1]
        metres = np.full(numbers.shape, np.nan)
        lon, lat = numbers[:, 0], numbers[:, 1]
        near = (np.abs(lon) <= 15) & (lat >= 45) & (lat <= 65)
        if near.any():
            metres[near] = points_to_bng(numbers[near])
        return metres[:, 0], metres[:, 1]

    def _why_not(self, place: tuple[str, ...], numbers: NDArray[np.float64]) -> str:
        if not any(place):
            return BLANK
        if not np.isfinite(numbers).all():
            return "not two finite numbers"
        first, second = numbers.tolist()
        if self._by_degrees:
            return self._not_degrees(first, second) or outside_note(first, second)
        if not numbers.any():
            return f"{OUTSIDE}; {AT_NOTHING}"
        swapped, _ = self._grounds.find(np.array([second]), np.array([first]), False)
        is_swapped = (swapped != NOWHERE).any()
        return f"{OUTSIDE}; easting and northing look swapped" if is_swapped else OUTSIDE

    def _not_degrees(self, lon: float, lat: float) -> str:
        if abs(lon) <= 180 and abs(lat) <= 90:
            return ""
        metres = abs(lon) > 360
        return "not degrees; these look like metres" if metres else "not a longitude and a latitude"


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell.strip()):
        return math.nan
    try:
        return float(cell.replace(",", ""))
    except ValueError:  # a sign, a point or an exponent without a digit
        return math.nan


class Codes:
    """Answers area codes of any scheme: what each is, and what followed one that ended."""

    def __init__(self, session: Session, day: date) -> None:
        self.titles = [
            "area_code",
            "area_type",
            "area_name",
            "area_valid_from",
            "area_valid_to",
            "followed_by",
        ]
        self._session, self._day = session, day
        self._asking = Lock()

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        given = {place[0] for place in places if place[0]}
        with self._asking:
            found = codes_of_rows(self._session, given, self._day)
        nothing = [""] * len(self.titles)
        for (code,) in places:
            if not code:
                yield nothing, BLANK
            elif code in found:
                yield found[code]
            else:
                yield nothing, "unknown code"


class Names:
    """Answers names of areas: present, former, or spelt a little otherwise; one that several bear is not decided."""

    def __init__(self, session: Session, day: date) -> None:
        self.titles = ["area_code", "area_type", "area_name"]
        self._index = names_of_rows(session, day)
        self._kept: dict[str, Answer] = {}

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        nothing = [""] * len(self.titles)
        for (name,) in places:
            plain = plain_name(name)
            if not plain:
                yield nothing, BLANK
                continue
            if plain not in self._kept and len(self._kept) < 100_000:
                self._kept[plain] = self._index.answer_row(name)
            yield self._kept.get(plain) or self._index.answer_row(name)
