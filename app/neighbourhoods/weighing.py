"""Weighs small areas by what of each lies in some ground, three ways; counts no people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.neighbourhoods.methods.inhabited import (
    Cells,
    inhabited_cells,
    listed_share,
    shares_of_cells,
)
from app.neighbourhoods.queries import read_outlines
from boundaries.footprints import (
    Ground,
    footprint_shares,
    outline_of_codes,
    shares_of_ground,
)
from boundaries.methods.ground import Measure, ground_shares
from boundaries.postcode_points import read_postcode_points
from boundaries.postcode_shares import box_of, place_postcodes
from boundaries.tables import Release

COLUMNS = ("best_fit", "people_share", "postcode_share", "postcodes")
# Beyond so many cut areas the pieces of ground would take seconds: postcodes are counted plainly.
MOST_CUT_AREAS = 2_000
# An outline that was measured under limits against the areas is overlaid with few pieces of them
# here: starting a process of its own takes longer than that.
FEW_CUT_AREAS, FEW_VERTICES = 100, 5_000


def weigh_ground(
    session: Session,
    ground: Ground,
    release: Release,
    *,
    footprint_id: int | None = None,
    measure: Measure = ground_shares,
) -> pd.DataFrame:
    """Weigh each small area of a release that has something in some ground.

    Parameters
    ----------
    footprint_id : of the ground, where it is stored: its shares are then read, or kept.
    measure : overlays the outline; somebody's own is overlaid under limits.

    Returns
    -------
    Index code, in order; columns best_fit (1 where the centre of the area's people lies in the
    ground, else 0), people_share (of the ground near its postcodes; of its plain ground where it has
    none), postcode_share (of its current postcodes; NaN where it has none), all 0 to 1, and postcodes
    (current ones of a cut area; 0 for a whole one). An area wholly in weighs 1 three times.

    Notes
    -----
    What is thinner than the tolerances of the outline and the layer, and holds no postcode, is a
    sliver and has no row. For a list of postcodes the centre lies in it where the area's nearest
    postcode to the centre is listed.
    """
    if footprint_id is None:
        shares = shares_of_ground(session, ground, release.id, measure=measure)
    else:
        shares = footprint_shares(session, footprint_id, release.id, measure=measure)
    shares = shares.set_index("code")
    has_some = shares["postcode_share"].gt(0) | shares["core_share"].gt(0)
    shares = shares[has_some]
    by_postcodes = shares["postcode_share"].notna()
    whole = shares["area_share"].ge(1).where(~by_postcodes, shares["postcode_share"].ge(1))
    whole &= shares["area_share"].isna() | shares["core_share"].ge(1)
    found = pd.DataFrame(1.0, index=shares.index, columns=list(COLUMNS))
    found["postcodes"] = 0.0
    cut = shares.index[~whole]
    if len(cut):
        found.loc[cut, list(COLUMNS)] = _weigh_cut_areas(
            session, ground, release, shares.loc[cut], measure
        )
    return found


def _weigh_cut_areas(
    session: Session, ground: Ground, release: Release, shares: pd.DataFrame, measure: Measure
) -> NDArray[np.float64]:
    codes, shapes = read_outlines(session, release.id, list(shares.index))
    points = read_postcode_points(
        session, box_of(shapes), demo=ground.demo, listed=ground.postcodes
    )
    postcode, area = place_postcodes(points, release, codes, shapes)
    easting, northing = points.easting[postcode], points.northing[postcode]
    is_listed = points.is_listed[postcode]
    outline = None
    if ground.kind != "postcodes":
        outline = _outline(session, ground)
    ordered = shares.reindex(codes)
    best_fit = _best_fit(easting, northing, area, is_listed, shapes, outline)
    plain = ordered["postcode_share"].fillna(ordered["area_share"]).to_numpy(dtype=np.float64)
    people = plain
    if len(codes) <= MOST_CUT_AREAS and len(area):
        cells = inhabited_cells(easting, northing, area, shapes)
        inside = (
            listed_share(cells, is_listed)
            if outline is None
            else _cells_inside(cells, outline, measure)
        )
        shared = shares_of_cells(cells, inside, len(codes))
        people = np.where(np.isnan(shared), plain, shared)
    table = np.column_stack(
        [
            best_fit,
            people,
            ordered["postcode_share"].to_numpy(dtype=np.float64),
            np.bincount(area, minlength=len(codes)),
        ]
    )
    return table[pd.Index(codes).get_indexer(shares.index)]


def _outline(session: Session, ground: Ground) -> shapely.MultiPolygon:
    if ground.outline is not None:
        return ground.outline
    assert ground.as_at is not None, "the kind was checked"
    return outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)[0]


def _cells_inside(
    cells: Cells, outline: shapely.MultiPolygon, measure: Measure
) -> NDArray[np.float64]:
    """Give the share of each piece of inhabited ground that lies in an outline."""
    inside = np.zeros(len(cells.ground))
    few_areas = len(np.unique(cells.area)) <= FEW_CUT_AREAS
    if few_areas and shapely.get_num_coordinates(outline) <= FEW_VERTICES:
        measure = ground_shares
    drawn = np.flatnonzero(shapely.area(cells.ground) > 0)
    measured = measure(outline, cells.ground[drawn], 1.0)
    inside[drawn[measured.area]] = measured.area_share
    return inside


def _best_fit(
    easting: NDArray[np.float64],
    northing: NDArray[np.float64],
    area: NDArray[np.intp],
    is_listed: NDArray[np.bool_],
    shapes: NDArray[np.object_],
    outline: shapely.MultiPolygon | None,
) -> NDArray[np.float64]:
    """Say of each area whether the centre of its people lies in the ground: 1 or 0."""
    count = np.bincount(area, minlength=len(shapes))
    with np.errstate(invalid="ignore"):
        east = np.bincount(area, easting, minlength=len(shapes)) / count
        north = np.bincount(area, northing, minlength=len(shapes)) / count
    nobody = count == 0
    if nobody.any():
        middle = shapely.point_on_surface(shapes[nobody])
        east[nobody], north[nobody] = shapely.get_x(middle), shapely.get_y(middle)
    if outline is not None:
        shapely.prepare(outline)
        return np.asarray(shapely.intersects_xy(outline, east, north), dtype=np.float64)
    away = np.hypot(easting - east[area], northing - north[area])
    # Nearest first; of several at one distance a listed one, so that order does not matter.
    order = np.lexsort((~is_listed, away, area))
    found = np.zeros(len(shapes))
    first = np.unique(area[order], return_index=True)
    found[first[0]] = is_listed[order][first[1]]
    return found
