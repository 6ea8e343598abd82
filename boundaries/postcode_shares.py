"""Counts the postcodes of areas, and the people they stand for, that lie in some ground; not known is NaN, never 0."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from boundaries.postcode_points import (
    LSOA_2011,
    LSOA_2021,
    Box,
    PostcodePoints,
    postcodes_by_code,
    postcodes_by_point,
    read_postcode_points,
    set_of_release,
)
from boundaries.tables import Release


def count_postcodes(
    session: Session, release: Release, outline: shapely.MultiPolygon, codes: NDArray[np.object_],
    shapes: NDArray[np.object_], is_exact: NDArray[np.bool_], *, demo: bool,
) -> NDArray[np.float64]:  # fmt: skip
    """Give the shares of areas' postcodes and people that lie in an outline, all of those that are exactly in it."""
    if not len(codes):
        return np.zeros((0, 2))
    points = read_postcode_points(session, box_of(shapes), demo=demo)
    postcode, area = place_postcodes(points, release, codes, shapes)
    shapely.prepare(outline)
    is_in = shapely.intersects_xy(outline, points.easting[postcode], points.northing[postcode])
    weight = people_weights(points, release)[postcode]
    return postcode_ratios(area, is_in | is_exact[area], weight, len(codes))


def box_of(shapes: NDArray[np.object_]) -> Box:
    """Give the box around some shapes."""
    west, south, east, north = shapely.total_bounds(shapes)
    return float(west), float(south), float(east), float(north)


def place_postcodes(
    points: PostcodePoints,
    release: Release,
    codes: NDArray[np.object_],
    shapes: NDArray[np.object_],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair postcodes with areas of a release: by their listed small area where it draws those, else by point."""
    area_set = set_of_release(release)
    if area_set is not None:
        return postcodes_by_code(points, area_set, codes)
    return postcodes_by_point(points.easting, points.northing, shapes)


def people_weights(points: PostcodePoints, release: Release) -> NDArray[np.float64]:
    """Give the people of each postcode by the set that a release draws, else by that of 2011, the official one."""
    first = set_of_release(release) or LSOA_2011
    second = LSOA_2011 if first == LSOA_2021 else LSOA_2021
    own = points.people[first]
    return points.people[second] if len(own) and np.isnan(own).all() else own


def postcode_ratios(
    area: NDArray[np.intp], is_in: NDArray[np.bool_], weight: NDArray[np.float64], areas: int
) -> NDArray[np.float64]:
    """Divide postcodes and people inside by all of them, area by area; NaN where there are none or none known."""
    known = ~np.isnan(weight)
    table = np.full((areas, 2), np.nan)
    for column, counted in enumerate((np.ones(len(area)), np.where(known, weight, 0.0))):
        every = np.bincount(area, counted, minlength=areas)
        inside = np.bincount(area[is_in], counted[is_in], minlength=areas)
        some = every > 0
        table[some, column] = np.minimum(inside[some] / every[some], 1.0)
    return table
