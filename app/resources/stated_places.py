"""Relates every place that some lines state to a partnership, each place once however many lines state it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import read_counts, release_of_set
from app.resources.joining import joined_by_hash
from app.resources.kept_places import kept_relations
from app.resources.methods.relate import PlacesRead, read_places, relate_lines
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


class Stated(NamedTuple):
    """The places that a stage's lines state, with what is known of where they lie.

    places : PLACE_COLUMNS, of points and postcodes the small area told. pieces, children : as
    `methods.relate.relate_lines` takes them.
    """

    places: pd.DataFrame
    pieces: pd.DataFrame
    children: pd.DataFrame


def read_stated(session: Session, parameters: dict[str, Any], found: GroundFound) -> Stated:
    """Read every place that a stage's lines state, and what each that touches some ground is made of."""
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
    return Stated(places, pieces, read_children(session, places))


def _relate(session: Session, parameters: dict[str, Any], found: GroundFound) -> pd.DataFrame:
    stated = read_stated(session, parameters, found)
    held = spots_held(session, stated.places, found) if found.ground.parts else None
    relations = relate_stated(stated, found, parameters["slug"], held)
    return relations.assign(small_area=_small_areas(stated.places, stated.pieces, found))


def relate_stated(
    stated: Stated, found: GroundFound, slug: str | None, held: Sequence[tuple[int, ...] | None] | None = None
) -> pd.DataFrame:  # fmt: skip
    """Relate places to some ground, RELATION_COLUMNS, line_id being the place_key.

    stated : read for this ground or for a larger one. held : for each place the neighbourhoods that
    hold it by itself (`spots_held`), where some hold a part of a small area.
    """
    return relate_lines(
        _as_lines(stated, held), stated.pieces, stated.children, found.ground, slug=slug
    )


def _as_lines(stated: Stated, held: Sequence[tuple[int, ...] | None] | None = None) -> pd.DataFrame:
    lines = stated.places.rename(columns={"place_key": "line_id"})
    if held is not None:
        lines["held_by"] = held
    return lines


def places_of(stated: Stated) -> PlacesRead:
    """Give the places as they are related to several grounds, read once."""
    return read_places(_as_lines(stated), stated.pieces, stated.children)


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
