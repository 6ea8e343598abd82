"""Draws the ground of a neighbourhood; of a list of postcodes it can only draw where these are near."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import shapely
from sqlalchemy.orm import Session

from app.exports.geojson import write_collection
from app.neighbourhoods.figures import choose_set
from app.neighbourhoods.methods.inhabited import inhabited_cells
from app.neighbourhoods.queries import Neighbourhood, Version, read_outlines
from app.neighbourhoods.schemas import version_line
from boundaries.crs import to_wgs84
from boundaries.footprints import Ground, footprint_shares, outline_of_codes, read_ground
from boundaries.postcode_points import read_postcode_points
from boundaries.postcode_shares import box_of, place_postcodes
from maps.geojson import geometry_texts

NEAR_POSTCODES = "approximate: the ground within 50 m of its postcodes that is nearest to them"
OWN_OUTLINE, OF_AREAS = "as drawn", "the outlines of its areas joined"


def shape_of(session: Session, footprint_id: int) -> tuple[shapely.Geometry, str]:
    """Give the outline of stored ground (BNG) and how it was come by; empty where no postcode is current.

    Raises UnknownFootprint, LayerMissing.
    """
    ground = read_ground(session, footprint_id)
    if ground.outline is not None:
        return ground.outline, OWN_OUTLINE
    if ground.kind == "codes":
        assert ground.as_at is not None, "the kind was checked"
        joined, _ = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)
        return joined, OF_AREAS
    return _near_postcodes(session, ground, footprint_id), NEAR_POSTCODES


def _near_postcodes(session: Session, ground: Ground, footprint_id: int) -> shapely.Geometry:
    release, _ = choose_set(session, None, demo=ground.demo)
    shares = footprint_shares(session, footprint_id, release.id)
    codes, shapes = read_outlines(session, release.id, list(shares["code"]))
    if not len(codes):
        return shapely.multipolygons([])
    points = read_postcode_points(
        session, box_of(shapes), demo=ground.demo, listed=ground.postcodes
    )
    postcode, area = place_postcodes(points, release, codes, shapes)
    cells = inhabited_cells(points.easting[postcode], points.northing[postcode], area, shapes)
    mine = np.unique(cells.of[points.is_listed[postcode]])
    return shapely.union_all(cells.ground[mine])


def as_geojson(session: Session, row: Neighbourhood, version: Version, *, in_metres: bool) -> bytes:
    """Write a version of a neighbourhood as a collection of one feature."""
    shape, drawn = shape_of(session, version.footprint_id)
    placed = np.array([shape], dtype=object)
    text = geometry_texts(placed, 2) if in_metres else geometry_texts(to_wgs84(placed))
    about: dict[str, Any] = {
        "slug": row.slug, "name": row.name, "partnership": row.partnership_slug, "kind": row.kind,
        "drawn": drawn, **version_line(version),
    }  # fmt: skip
    feature = {
        "type": "Feature", "id": row.slug, "geometry": orjson.Fragment(text[0]), "properties": about,
    }  # fmt: skip
    title = {"title": row.name, "drawn": drawn}
    return write_collection(orjson.dumps(feature).decode(), title, in_metres=in_metres)
