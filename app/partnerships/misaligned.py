"""Where a partnership's outline and councils part ways, on the map and in a table: ground, people, width."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.partnerships.alignment import DEFAULT_TOLERANCE_M
from app.partnerships.queries import Ground
from app.partnerships.tiers import authority_layer
from boundaries.crs import BNG, to_wgs84
from boundaries.methods.misalignment import MisalignedPiece, misaligned_pieces
from boundaries.methods.verdict import judge_outline
from boundaries.postcode_points import LSOA_2011, postcodes_by_point, read_postcode_points
from boundaries.queries import DrawnBy, layer_on

MOST_PIECES = 200
KIND_WORDS = {
    "missing": "left out of the partnership",
    "sticks-out": "taken in by the partnership",
    "outside": "in no council",
}


@dataclass(frozen=True)
class MisalignedGround:
    """The pieces of one partnership, the largest first, with whose outlines they were measured against.

    people : of each piece; None where its postcodes are not loaded. in_all : pieces found, of which at
    most MOST_PIECES are kept.
    """

    pieces: list[MisalignedPiece]
    people: list[int | None]
    in_all: int
    tolerance_m: float
    layer: DrawnBy | None

    def rows(self) -> list[dict[str, Any]]:
        """Write the pieces as the table and the file show them."""
        return [
            {
                "code": f"piece-{n}", "number": n, "kind": piece.kind, "authority": piece.code or None,
                "authority_name": piece.name or None, "area_m2": round(piece.area_m2),
                "people": people, "mean_width_m": round(piece.width_m, 1), "decides": piece.decides,
                "kind_words": KIND_WORDS[piece.kind],
                "name": f"{piece.name or 'Ground'}: {KIND_WORDS[piece.kind]}",
            }
            for n, (piece, people) in enumerate(zip(self.pieces, self.people, strict=True), start=1)
        ]  # fmt: skip

    def frame(self) -> gpd.GeoDataFrame:
        """Give the rows with their shapes: geometry (BNG) and geom_wgs84."""
        shapes = np.array([piece.polygon for piece in self.pieces], dtype=object)
        rows = self.rows()
        frame = gpd.GeoDataFrame(rows, geometry=list(shapes), crs=BNG)
        return frame.assign(
            geom_wgs84=gpd.GeoSeries(list(to_wgs84(shapes)), index=frame.index),
            klass=frame["kind"], label=[str(row["number"]) for row in rows],
            people=pd.array([row["people"] for row in rows], dtype="Int64"),
            ground_words=[f"{row['area_m2'] / 1e6:,.3f} km²" for row in rows],
            width_words=[f"{row['mean_width_m']:,.0f} m" for row in rows],
        )  # fmt: skip


def misaligned_ground(session: Session, ground: Ground, day: date) -> MisalignedGround:
    """Find where a partnership's own outline and the councils of a day part ways; councils by code never do."""
    if ground.outline_wkb is None:
        return MisalignedGround([], [], 0, DEFAULT_TOLERANCE_M, None)
    outline = shapely.from_wkb(ground.outline_wkb)
    drawn = layer_on(session, "lad", day, demo=ground.demo)
    layer = authority_layer(session, day, outline.bounds, demo=ground.demo)
    found = judge_outline(
        outline, layer, tolerance_m=DEFAULT_TOLERANCE_M, layer_tolerance_m=drawn.tolerance_m
    )
    every = misaligned_pieces(outline, layer, found)
    pieces = every[:MOST_PIECES]
    people = _people(session, pieces, demo=ground.demo)
    return MisalignedGround(pieces, people, len(every), found.effective_tolerance_m, drawn)


def _people(session: Session, pieces: list[MisalignedPiece], *, demo: bool) -> list[int | None]:
    """Add up the people of the postcodes in each piece; a piece without a postcode holds nobody that is known of."""
    if not pieces:
        return []
    shapes = np.array([piece.polygon for piece in pieces], dtype=object)
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    points = read_postcode_points(session, (west, south, east, north), demo=demo)
    if not len(points):
        return [None] * len(pieces)
    point, piece = postcodes_by_point(points.easting, points.northing, shapes)
    weight = points.people[LSOA_2011][point]
    lived = np.bincount(piece, np.nan_to_num(weight), minlength=len(pieces))
    lost = np.bincount(piece, np.isnan(weight), minlength=len(pieces)) > 0
    return [None if unknown else round(float(n)) for n, unknown in zip(lived, lost, strict=True)]


def say_misaligned(name: str, found: MisalignedGround) -> str:
    """Say in a sentence how much ground parts ways, and whose the largest piece is."""
    if found.layer is None:
        return f"{name} is made of whole councils, so no ground sticks out or is missing."
    if not found.pieces:
        return f"No ground wider than {found.tolerance_m:.0f} m sticks out of {name} or is missing from it."
    rows = found.rows()
    first = rows[0]
    ground = sum(row["area_m2"] for row in rows) / 1e6
    number = "One piece" if len(rows) == 1 else f"{found.in_all} pieces"
    verb = "lies" if len(rows) == 1 else "lie"
    whose = f"{first['name']} ({first['area_m2'] / 1e6:,.2f} km²)"
    return (
        f"{number} of ground, {ground:,.2f} km² in all, {verb} on one side of the border of {name} and "
        f"on the other of the councils' it follows; the largest: {whose}."
    )
