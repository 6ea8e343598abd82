"""Relates every place that some lines state to a partnership, each place once however many lines state it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import read_counts, release_of_set
from app.resources.joining import joined_by_hash
from app.resources.kept_places import kept_relations
from app.resources.methods.relate import relate_lines
from app.resources.methods.spots import areas_of_points
from app.resources.queries import GroundFound, read_children, read_pieces
from app.resources.saved_neighbourhoods import spots_held
from boundaries.database import named_sql
from boundaries.gss import is_demo_code
from boundaries.queries import LayerMissing

PLACE_COLUMNS = (
    "place_key", "place_kind", "place_code", "place_type", "partnership_slug", "footprint_id",
    "easting", "northing", "small_area", "recipient_here",
)  # fmt: skip


def relate_places(session: Session, parameters: dict[str, Any], found: GroundFound) -> pd.DataFrame:
    """Relate the places of one stage's lines to a partnership.

    parameters : as stated_places.sql takes them (`queries.ledger_parameters`)

    Returns RELATION_COLUMNS of `methods.relate`, line_id being the place_key, and small_area: the one of
    the ground that holds the place wholly, or None. Recipients' offices elsewhere have no row. The frame is
    kept while the data stays as it is (`kept_relations`): nobody changes it.
    """
    return kept_relations(session, parameters, found, lambda: _relate(session, parameters, found))


def _relate(session: Session, parameters: dict[str, Any], found: GroundFound) -> pd.DataFrame:
    with joined_by_hash(session):
        rows = session.execute(named_sql(__file__, "stated_places"), parameters).all()
    places = pd.DataFrame([tuple(row) for row in rows], columns=list(PLACE_COLUMNS), dtype=object)
    is_point = (places["place_kind"] == "point").to_numpy(dtype=bool)
    if is_point.any():
        spots = places.loc[is_point, ["easting", "northing"]].to_numpy(dtype=float)
        places.loc[is_point, "small_area"] = find_spots(session, spots, found)
    pieces = read_pieces(session, _codes(places), found)
    estates = places.loc[places["place_kind"] == "estate", "footprint_id"]
    if estates.notna().any():
        pieces = pd.concat(
            [pieces, estate_pieces(session, sorted({*estates.dropna()}), found)], ignore_index=True
        )
    lines = places.rename(columns={"place_key": "line_id"})
    if found.ground.parts:
        lines["held_by"] = spots_held(session, places, found)
    children = read_children(session, lines)
    relations = relate_lines(lines, pieces, children, found.ground, slug=parameters["slug"])
    return relations.assign(small_area=_small_areas(places, pieces, found))


def _small_areas(
    places: pd.DataFrame, pieces: pd.DataFrame, found: GroundFound
) -> NDArray[np.object_]:
    """Name the one small area of the ground that holds a place wholly; None where there is none such."""
    made_of = pieces.groupby("place")["code"].agg(["nunique", "first"])
    alone = dict(made_of.loc[made_of["nunique"] == 1, "first"])
    spots = places["small_area"].where(places["place_kind"].isin(["point", "postcode"]))
    whole = spots.where(spots.notna(), places["place_code"].map(alone))
    return np.array([code if code in found.ground.areas else None for code in whole], dtype=object)


def _codes(places: pd.DataFrame) -> list[str | None]:
    return list(places.loc[places["place_kind"] != "estate", "place_code"])


def find_spots(
    session: Session, points: np.ndarray[Any, np.dtype[np.float64]], found: GroundFound
) -> list[str | None]:
    """Name the small area of each point (easting, northing): '' = none of those here; None = no outline is loaded."""
    demo = any(is_demo_code(code) for code in found.ground.areas)
    try:
        release = release_of_set(session, found.area_set, demo=demo)
    except LayerMissing:
        return [None] * len(points)
    rows = session.execute(
        named_sql(__file__, "near_areas"),
        {"release_id": release.id, "ground": sorted(found.ground.areas)},
    ).all()
    outlines: Sequence[shapely.Geometry] = list(shapely.from_wkb([bytes(row[1]) for row in rows]))
    return [str(code) for code in areas_of_points([row[0] for row in rows], outlines, points)]


def estate_pieces(session: Session, footprints: Sequence[int], found: GroundFound) -> pd.DataFrame:
    """Say which small areas each estate lies in, and how many of its people and postcodes in each."""
    parts = []
    for number in footprints:
        weights = weights_of(session, int(number), found.area_set)
        counts, _ = read_counts(session, list(weights.index), found.area_set, ("people",))
        people = counts["people"].reindex(weights.index).astype("Float64") * weights["people_share"]
        parts.append(
            pd.DataFrame(
                {
                    "place": f"footprint:{number}", "code": weights.index, "people": people.to_numpy(),
                    "postcodes": weights["postcodes"].to_numpy(),
                }
            ).astype(object)
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
