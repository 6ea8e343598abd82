"""Writes ground as rows of a record: a code or a postcode each, or an outline piece by piece; reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely

from app.records.methods.columns import CODE, OUTLINE, POSTCODE
from app.records.papers import in_pieces
from boundaries.footprints import Ground


def ground_rows(ground: Ground) -> Iterator[dict[str, Any]]:
    """Write ground as rows: kind, as_at, piece, value; an outline is GeoJSON in metres."""
    if ground.outline is not None:
        kind, values = OUTLINE, outline_pieces(ground.outline)
    elif ground.postcodes:
        kind, values = POSTCODE, sorted(ground.postcodes)
    else:
        kind, values = CODE, sorted(ground.codes)
    for piece, value in enumerate(values, start=1):
        day = ground.as_at if ground.codes else None
        yield {"kind": kind, "as_at": day, "piece": piece, "value": value}


def outline_pieces(outline: shapely.Geometry) -> list[str]:
    """Write an outline as GeoJSON in metres of the National Grid, in pieces that fit a cell.

    Numbers are the shortest that read back the same, rings begin and turn in one way. No piece begins or
    ends with a blank, for GeoJSON as it is written here has none.
    """
    return in_pieces(shapely.geometry.mapping(shapely.normalize(outline)))
