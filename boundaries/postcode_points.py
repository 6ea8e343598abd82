"""Reads current postcodes as arrays, with their small areas and the people that each stands for.

A postcode's people are those of its small area, shared evenly among the area's current postcodes.
Where nobody knows the people, nothing is made up: the weight is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.crs import BNG
from boundaries.database import named_sql, read_arrays
from boundaries.sources.lookups import SET_2011, SET_2021_FROM
from boundaries.tables import Release, Weight

Box = tuple[float, float, float, float]
LSOA_2011, LSOA_2021 = "lsoa-2011", "lsoa-2021"
# Beyond this many small areas the whole table of people is read: one scan instead of many look-ups.
MANY_AREAS = 5000
_BLANK = -1
_INTEGER, _CODE = (">i4",), ("u1", 9)


@dataclass(frozen=True)
class PostcodePoints:
    """Current postcodes: metres east and north, and the number of their small area in each set (-1: none).

    people : the people that each stands for by either set; NaN where not known.
    is_listed : it is one of those that the reader listed.
    """

    easting: NDArray[np.float64]
    northing: NDArray[np.float64]
    small_area: dict[str, NDArray[np.int64]]
    people: dict[str, NDArray[np.float64]]
    is_listed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.easting)


def set_of_release(release: Release) -> str | None:
    """Name the set of small areas that a release draws and postcodes know by code; None for any other layer."""
    return set_drawn(release.area_type, release.published_on)


def set_drawn(area_type: str, published_on: date) -> str | None:
    """Name the set of small areas that a layer of a type and day draws; None where postcodes hold no code of it."""
    if area_type != "lsoa" or published_on < SET_2011[0]:
        return None
    return LSOA_2011 if published_on < SET_2021_FROM else LSOA_2021


def read_postcode_points(
    session: Session, box: Box | None = None, *, demo: bool = False, listed: Sequence[str] = ()
) -> PostcodePoints:
    """Read the current postcodes in a box (metres), each small area that has one there whole; None: all of them.

    listed : postcodes to mark, written as they are stored.
    """
    west, south, east, north = box or (0.0, 0.0, 1.0, 1.0)
    easting, northing, lsoa11, lsoa21, is_listed = read_arrays(
        session,
        named_sql(__file__, "postcode_points"),
        {"demo": demo, "everywhere": box is None, "west": west, "south": south, "east": east,
         "north": north, "grid": BNG, "listed": list(listed)},
        (_INTEGER, _INTEGER, _CODE, _CODE, _INTEGER),
    )  # fmt: skip
    small_area = {LSOA_2011: code_numbers(lsoa11), LSOA_2021: code_numbers(lsoa21)}
    people = {
        area_set: _people_of(session, area_set, numbers, demo=demo)
        for area_set, numbers in small_area.items()
    }
    return PostcodePoints(
        easting.astype(float), northing.astype(float), small_area, people, is_listed == 1
    )


def code_numbers(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Read the digits of nine-character codes given as bytes (n, 9); -1 for what is no such code."""
    if not len(letters):
        return np.zeros(0, dtype=np.int64)
    numbers = np.zeros(len(letters), dtype=np.int64)
    strange = np.zeros(len(letters), dtype=bool)
    for column in range(1, letters.shape[1]):
        digit = letters[:, column] - np.uint8(
            ord("0")
        )  # what comes before 0 wraps round to a large one
        strange |= digit > 9
        numbers = numbers * 10 + digit
    return np.where(strange, _BLANK, numbers)


def numbers_of(codes: Any) -> NDArray[np.int64]:
    """Read the digits of codes given as texts; -1 for what is no code of nine characters."""
    if not len(codes):
        return np.zeros(0, dtype=np.int64)
    padded = np.array([code[:9].encode("ascii", "replace").ljust(9) for code in codes], dtype="S9")
    return code_numbers(padded.view(np.uint8).reshape(len(padded), 9))


def _people_of(
    session: Session, area_set: str, numbers: NDArray[np.int64], *, demo: bool
) -> NDArray[np.float64]:
    """Share the people of small areas among their postcodes; NaN where the people are not known."""
    distinct, at, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    query = select(Weight.code, Weight.value).where(
        Weight.measure == "people", Weight.area_set == area_set,
        Weight.code.like("X%") if demo else Weight.code.not_like("X%"),
    )  # fmt: skip
    if len(distinct) <= MANY_AREAS:
        letter = "X01" if demo else "E01"
        query = query.where(
            Weight.code.in_([f"{letter}{n % 10**6:06d}" for n in distinct if n >= 0])
        )
    rows = session.execute(query).all()
    known = pd.Series([row[1] for row in rows], index=numbers_of([row[0] for row in rows]))
    people = known.reindex(distinct).to_numpy(float)
    return (people / counts)[at]


def postcodes_by_code(
    points: PostcodePoints, area_set: str, codes: Any
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair postcodes with the small areas they are listed in: positions of postcodes, positions of codes."""
    at = pd.Index(numbers_of(codes)).get_indexer(pd.Index(points.small_area[area_set]))
    listed = np.flatnonzero((at >= 0) & (points.small_area[area_set] >= 0))
    return listed, at[listed]


def postcodes_by_point(
    easting: NDArray[np.float64], northing: NDArray[np.float64], outlines: Any
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair points with the outlines that cover them: positions of points, positions of outlines.

    A point on the border of two lies in both, as in layers that overlap.
    """
    shapes = np.asarray(outlines, dtype=object)
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapely.points(easting, northing))
    area, point = tree.query(shapes, predicate="covers")
    return point, area
