"""Measures what the areas of two layers share: ground, postcodes, people and relation; keeps nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from boundaries.crs import BNG
from boundaries.database import named_sql
from boundaries.methods.relations import (
    COVERS,
    EQUALS,
    OVERLAPS,
    TOUCHES,
    WITHIN,
    Related,
    relate,
)
from boundaries.methods.shared_postcodes import Membership, shared_postcodes
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

MIRRORED = {EQUALS: EQUALS, COVERS: WITHIN, WITHIN: COVERS, OVERLAPS: OVERLAPS, TOUCHES: TOUCHES}
MEASURES = (
    "overlap_m2", "share_of_a", "share_of_b", "postcodes", "postcode_share_of_a",
    "postcode_share_of_b", "people_share_of_a", "people_share_of_b",
)  # fmt: skip
# Ground wider than this holds a good part of England: all postcodes are read in one scan.
WIDE_M = 150_000.0
# The people that the shares of people are made of: in both areas, and in each.
PEOPLE = ("people", "people_of_a", "people_of_b")
COLUMNS = ("code_a", "code_b", *MEASURES, "relation")


@dataclass(frozen=True)
class Layer:
    """A release with the codes and outlines (BNG) of its areas, all of them or those near something."""

    release: Release
    codes: NDArray[np.object_]
    shapes: NDArray[np.object_]

    @property
    def box(self) -> Box:
        """Give the box around its outlines."""
        west, south, east, north = shapely.total_bounds(self.shapes)
        return float(west), float(south), float(east), float(north)


def read_layer(
    session: Session,
    release: Release,
    box: Box | None = None,
    *,
    codes: Sequence[str] | None = None,
) -> Layer:
    """Read a release's outlines in order of code: those whose boxes meet a box, those named, or all.

    By the driver itself, in binary: a quarter of the time that rows of text take.
    """
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "psycopg 3 is the only driver"
    west, south, east, north = box or (0.0, 0.0, 0.0, 0.0)
    statement = named_sql(__file__, "layer_outlines").compile(dialect=session.connection().dialect)
    with driver.cursor(binary=True) as cursor:
        cursor.execute(
            str(statement).encode(),
            {"release_id": release.id, "everywhere": box is None, "west": west, "south": south,
             "east": east, "north": north, "grid": BNG,
             "codes": None if codes is None else list(codes)},
        )  # fmt: skip
        rows = cursor.fetchall()
    named = np.array([row[0] for row in rows], dtype=object)
    return Layer(release, named, np.array(shapely.from_wkb([row[1] for row in rows]), dtype=object))


def is_smaller(one: Release, other: Release) -> bool:
    """Say which of two releases is taken for the one of the smaller areas: it has more, or the lower id."""
    return (-one.features_stored, one.id) <= (-other.features_stored, other.id)


def default_tolerance(one: Release, other: Release) -> float:
    """Give how far two drawings of one border may lie apart: the errors of both layers add."""
    return one.tolerance_m + other.tolerance_m


def measure_layers(
    session: Session,
    a: Layer,
    b: Layer,
    tolerance_m: float,
    *,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
    relate_with: Callable[..., Related] = relate,
    with_people: bool = False,
) -> pd.DataFrame:
    """Measure every pair of areas of two layers that meet; `relate_with` relates their outlines.

    Returns columns code_a, code_b, overlap_m2, share_of_a, share_of_b (of the area), postcodes,
    postcode_share_of_a/b, people_share_of_a/b (NaN: not known) and relation (of a to b), in order of
    code_a and code_b. A pair that only touches has overlap_m2 0. with_people : the columns of PEOPLE too.
    """
    if not is_smaller(a.release, b.release):
        turned = measure_layers(
            session, b, a, tolerance_m, threads=threads, progress=progress, relate_with=relate_with,
            with_people=with_people,
        )  # fmt: skip
        return _turned(turned)
    found = relate_with(a.shapes, b.shapes, tolerance_m, threads=threads, progress=progress)
    points = _points_of(session, a, b)
    is_ground = found.overlap_m2 > 0
    at_a, at_b = found.a[is_ground], found.b[is_ground]
    in_a, in_b = _members(points, a, b, (at_a, at_b, found.relation[is_ground]))
    counted = shared_postcodes(in_a, in_b, _people(points, a, b), at_a, at_b)
    table = np.full((len(found.a), len(MEASURES)), np.nan)
    table[:, 0] = found.overlap_m2
    table[:, 1] = np.minimum(found.overlap_m2 / shapely.area(a.shapes)[found.a], 1.0)
    table[:, 2] = np.minimum(found.overlap_m2 / shapely.area(b.shapes)[found.b], 1.0)
    table[is_ground, 3:] = np.column_stack(counted[: len(MEASURES) - 3])
    frame = pd.DataFrame(table, columns=list(MEASURES))
    frame.insert(0, "code_a", a.codes[found.a])
    frame.insert(1, "code_b", b.codes[found.b])
    if with_people:
        for name in PEOPLE:
            frame.loc[is_ground, name] = getattr(counted, name)
    return frame.assign(relation=found.relation.astype(object))


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    """Write pairs the other way round."""
    swapped = {
        name: (name[:-1] + "b" if name.endswith("a") else name[:-1] + "a")
        for name in frame.columns
        if name.endswith(("_a", "_b"))
    }
    turned = frame.rename(columns=swapped)[[*COLUMNS, *(set(PEOPLE) & set(frame.columns))]]
    turned["relation"] = turned["relation"].map(MIRRORED)
    return turned.sort_values(["code_a", "code_b"], ignore_index=True)


def _points_of(session: Session, a: Layer, b: Layer) -> PostcodePoints:
    """Read the postcodes that can lie in areas of both layers' ground."""
    demo = a.release.demo
    drawn = [layer.box for layer in (a, b) if len(layer.codes)]
    if not drawn:
        return read_postcode_points(session, (0.0, 0.0, 0.0, 0.0), demo=demo)
    west, south = np.min([box[:2] for box in drawn], axis=0)
    east, north = np.max([box[2:] for box in drawn], axis=0)
    is_wide = max(east - west, north - south) > WIDE_M
    return read_postcode_points(session, None if is_wide else (west, south, east, north), demo=demo)


def _people(points: PostcodePoints, a: Layer, b: Layer) -> NDArray[np.float64]:
    """Give the people of each postcode by the set of small areas that either layer draws, else by that of 2011."""
    first = set_of_release(a.release) or set_of_release(b.release) or LSOA_2011
    second = LSOA_2011 if first == LSOA_2021 else LSOA_2021
    own = points.people[first]
    return points.people[second] if len(own) and np.isnan(own).all() else own


def _members(
    points: PostcodePoints, a: Layer, b: Layer, pairs: tuple[Any, Any, Any]
) -> tuple[Membership, Membership]:
    """Say which postcodes lie in which areas of both layers.

    In small areas as they are listed. In the areas of the other layer, those of a small area that lies
    within one go with it whatever their points say (a generalised coast leaves some in the sea); those
    of a small area that is cut by their points. In two layers without small areas by their points.
    """
    set_a, set_b = set_of_release(a.release), set_of_release(b.release)
    in_a = None if set_a is None else _by_code(points, set_a, a)
    in_b = None if set_b is None else _by_code(points, set_b, b)
    at_a, at_b, relation = pairs
    if in_a is None and in_b is None:
        return _by_point(points, a), _by_point(points, b)
    if in_a is None:
        assert in_b is not None, "one of them was listed"
        mirrored = np.array([MIRRORED[one] for one in relation], dtype=object)
        in_a = _through(points, in_b, a, (at_b, at_a, mirrored))
    if in_b is None:
        in_b = _through(points, in_a, b, (at_a, at_b, relation))
    return in_a, in_b


def _by_code(points: PostcodePoints, area_set: str, layer: Layer) -> Membership:
    return Membership(*postcodes_by_code(points, area_set, layer.codes), len(layer.codes))


def _by_point(points: PostcodePoints, layer: Layer) -> Membership:
    found = postcodes_by_point(points.easting, points.northing, layer.shapes)
    return Membership(*found, len(layer.codes))


def _through(
    points: PostcodePoints, small: Membership, other: Layer, pairs: tuple[Any, Any, Any]
) -> Membership:
    """Carry postcodes from small areas to the areas of the other layer that these meet."""
    at_small, at_other, relation = pairs
    whole = np.isin(relation, (WITHIN, EQUALS))
    is_placed = np.zeros(small.areas, dtype=bool)
    is_placed[at_small[whole]] = True
    # A sliver of an area that lies within another holds nobody; one of an area that lies in none may.
    cut = ~whole & ~((relation == TOUCHES) & is_placed[at_small])
    pair, postcode = _spread_over(small, at_small)
    is_in = whole[pair]
    asked = np.flatnonzero(cut[pair])
    shapes = other.shapes[at_other]
    shapely.prepare(shapes[cut])
    is_in[asked] = shapely.intersects_xy(
        shapes[pair[asked]], points.easting[postcode[asked]], points.northing[postcode[asked]]
    )
    return Membership(postcode[is_in], at_other[pair[is_in]], len(other.codes))


def _spread_over(small: Membership, at_small: NDArray[np.intp]) -> tuple[Any, Any]:
    """Pair each (pair of areas) with the postcodes of its small area: positions of pairs and of postcodes."""
    order = np.argsort(small.area, kind="stable")
    counts = np.bincount(small.area, minlength=small.areas)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    many = counts[at_small]
    nth = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    pair = np.repeat(np.arange(len(at_small)), many)
    return pair, small.postcode[order[np.repeat(starts[at_small], many) + nth]]
