"""Answers a block of rows by postcode, point, code or name; every row has an answer and says how it came about."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.lookup.postcode_spelling import candidates, is_whole
from app.lookup.queries import OFFICIAL, codes_of_rows, names_of_rows, postcodes_of_rows
from boundaries.crs import points_to_bng
from boundaries.gss import is_gss_code
from boundaries.methods.atlas_rows import NOWHERE, areas_of_points
from boundaries.point_lookup import DayLayer, Gazetteer, day_number, layers_of_day
from boundaries.queries import plain_name
from boundaries.sources.postcodes import tidy_postcode

FOUND, BLANK, OUTSIDE = "found", "blank", "outside England, or outside what is loaded here"
# The box of England in degrees, to tell swapped coordinates from far ones.
_ENGLAND = (-7.0, 2.5, 49.5, 56.0)
_NUMBER = re.compile(r"[-+]?(\d+(,\d{3})*|)(\.\d*)?([eE][-+]?\d{1,3})?", re.ASCII)
Answer = tuple[list[str], str]


class Resolver(Protocol):
    """Answers blocks of places; `titles` name the cells that it gives for each."""

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
        self.reaches = {
            demo: gazetteer.reaches([layer for layer in layers if layer.demo is demo])
            for demo in (False, True)
        }
        self.layers: list[DayLayer] = layers
        self.titles = [f"{kind}_{what}" for kind in types for what in ("code", "name")]

    def find(
        self, x: NDArray[np.float64], y: NDArray[np.float64], demo: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Positions in the atlas, points by types (NOWHERE: nothing there), and which only lie nearest."""
        found = np.full((len(x), len(self.types)), NOWHERE, dtype=np.int64)
        is_gap = np.zeros(found.shape, dtype=bool)
        numbers = self.number_of[demo]
        if len(x) and numbers:
            areas, gaps = areas_of_points(self.gazetteer.atlas, x, y, self.day, self.reaches[demo])
            for k, kind in enumerate(self.types):
                if kind in numbers:
                    found[:, k] = areas[:, numbers[kind]]
                    is_gap[:, k] = gaps[:, numbers[kind]]
        return found, is_gap

    def cells(self, row: NDArray[np.int64]) -> list[str]:
        """Write one point's codes and names; nothing where nothing is."""
        codes, names = self.gazetteer.codes, self.gazetteer.names
        written: list[str] = []
        for at in row.tolist():
            written += ["", ""] if at == NOWHERE else [codes[at], names[at]]
        return written


class Postcodes:
    """Answers postcodes; the directory's district and small area are believed before the outline."""

    def __init__(self, session: Session, grounds: Grounds) -> None:
        self._session, self._grounds = session, grounds
        self.titles = ["postcode_as_listed", "easting", "northing", *grounds.titles]

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        tidy = [tidy_postcode(place[0]) if len(place[0]) <= 12 else "" for place in places]
        rows = postcodes_of_rows(self._session, {one for one in tidy if is_whole(one)})
        # Neighbours behind one another: what is read of the atlas for one is at hand for the next.
        known = sorted(rows.values(), key=lambda row: (row.easting // 20_000, row.northing))
        spot = {row.postcode: k for k, row in enumerate(known)}
        cells: list[list[str]] = [[]] * len(known)
        for demo in (False, True):
            which = [k for k, row in enumerate(known) if row.demo is demo]
            x = np.array([known[k].easting for k in which], dtype=np.float64)
            y = np.array([known[k].northing for k in which], dtype=np.float64)
            found, _ = self._grounds.find(x, y, demo)
            for k, areas in zip(which, found, strict=True):
                cells[k] = self._official(known[k], self._grounds.cells(areas), demo)
        meant = self._meant({one for one in tidy if one not in spot})
        nothing = [""] * len(self.titles)
        for place, one in zip(places, tidy, strict=True):
            if one in spot:
                k = spot[one]
                listed = known[k]
                status = FOUND if listed.status == "current" else f"found: {listed.status}"
                yield (
                    [listed.postcode, str(listed.easting), str(listed.northing), *cells[k]],
                    status,
                )
            elif not place[0]:
                yield nothing, BLANK
            else:
                told = "unknown postcode" if is_whole(one) else "not a postcode"
                yield nothing, f"{told}; perhaps {meant[one]} is meant" if one in meant else told

    def _official(self, row: object, cells: list[str], demo: bool) -> list[str]:
        for kind, column in OFFICIAL.items():
            code = getattr(row, column)
            if kind in self._grounds.types and code:
                at = 2 * self._grounds.types.index(kind)
                layer = self._grounds.number_of[demo].get(kind)
                if cells[at] != code and layer is not None:
                    name = self._grounds.gazetteer.name_of(layer, code, self._grounds.day)
                    if name is not None:
                        cells[at], cells[at + 1] = code, name
        return cells

    def _meant(self, unknown: set[str]) -> dict[str, str]:
        perhaps = {one: candidates(one) for one in unknown if one}
        every = {each for found in perhaps.values() for each in found}
        here = postcodes_of_rows(self._session, every) if every else {}
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
        for k, place in enumerate(places):
            if (found[k] != NOWHERE).any():
                near = [
                    kind for kind, gap in zip(self._grounds.types, is_gap[k], strict=True) if gap
                ]
                told = f"found: nearest, in a gap, for {', '.join(near)}" if near else FOUND
                yield self._grounds.cells(found[k]), told
            else:
                yield nothing, self._why_not(place, numbers[k])

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
        if not numbers.any():
            return f"{OUTSIDE}; 0, 0 is what stands where nothing is known"
        first, second = numbers.tolist()
        told = self._not_degrees(first, second) if self._by_degrees else ""
        if not told:
            hint = self._swapped(first, second)
            told = f"{OUTSIDE}; {hint}" if hint else OUTSIDE
        return told

    def _not_degrees(self, lon: float, lat: float) -> str:
        if abs(lon) <= 180 and abs(lat) <= 90:
            return ""
        metres = abs(lon) > 360
        return "not degrees; these look like metres" if metres else "not a longitude and a latitude"

    def _swapped(self, first: float, second: float) -> str:
        if self._by_degrees:
            west, east, south, north = _ENGLAND
            is_swapped = west <= second <= east and south <= first <= north
            return "longitude and latitude look swapped" if is_swapped else ""
        swapped, _ = self._grounds.find(np.array([second]), np.array([first]), False)
        return "easting and northing look swapped" if (swapped != NOWHERE).any() else ""


def _number(cell: str) -> float:
    text = cell.strip()
    if not any(c.isdigit() for c in text) or not _NUMBER.fullmatch(text):
        return math.nan
    return float(text.replace(",", ""))


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

    def answer(self, places: Sequence[tuple[str, ...]]) -> Iterator[Answer]:
        found = codes_of_rows(self._session, {place[0] for place in places if place[0]}, self._day)
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
