"""A profile as map layers: its small areas, those around, and a neighbourhood's own outline.

The page, its paper and its picture draw these same layers, so that no two pictures of a place differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.findings.queries import outline_frame, read_outlines
from app.findings.sketch import join
from app.findings.words import count, percent2
from app.profiles.profile import Profile
from boundaries.crs import to_wgs84
from boundaries.footprints import Ground, outline_of_codes
from boundaries.queries import LayerMissing, releases_of
from maps.layers import Layer, deprivation_layer, neighbourhood_layer, veiled_layer

TABLE_CAPTION = "Small areas, greatest need first"
FIELDS = (
    ("rank_words", "National rank"),
    ("people", "People here"),
    ("share_words", "Share of its people here"),
)
BEYOND, LEAST_BEYOND_M = 0.6, 2_000.0


def profile_layers(
    session: Session, made: Profile, ground: Ground | None, *, beyond_m: float = LEAST_BEYOND_M
) -> list[Layer]:
    """Draw the small areas, those around, and a neighbourhood's own outline; rows are those of the table.

    beyond_m : how far the ground around reaches at least; a paper shows more of it than a page.
    """
    body, rows = made.body, made.areas
    release = body["index"]["release"]
    drawn = read_outlines(session, release, codes=[row["code"] for row in rows]).set_index("code")
    at = drawn.reindex([row["code"] for row in rows])
    total = body["index"]["areas_total"]
    frame = outline_frame(
        [row["code"] for row in rows], [row["name"] for row in rows], at.geometry.array, at["geom_wgs84"].array
    ).assign(
        decile=pd.array([row["decile"] for row in rows], dtype="Int64"),
        people=pd.array([row["people"] for row in rows], dtype="Int64"),
        rank_words=[None if row["rank"] is None else f"{count(row['rank'])} of {count(total)}" for row in rows],
        share_words=[percent2(row["share"]) for row in rows],
    )  # fmt: skip
    credit = made.ground.areas.index.attribution
    layers = [deprivation_layer(frame, name=TABLE_CAPTION, fields=FIELDS, attribution=credit)]
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    beyond = max(BEYOND * max(east - west, north - south), beyond_m)
    box = (west - beyond, south - beyond, east + beyond, north + beyond)
    around = read_outlines(session, release, box=box)
    around = around[~around["code"].isin(frame["code"])]
    if len(around):
        line = " ".join(one.attribution for one in releases_of(session, [release]))
        layers.append(
            veiled_layer(
                around.assign(decile=_deciles(made, around["code"])),
                name="Areas around",
                attribution=line,
            )
        )
    if ground is not None:
        layers.append(
            neighbourhood_layer(_own_outline(session, made, ground, frame), name=body["title"])
        )
    return layers


def _deciles(made: Profile, codes: pd.Series) -> pd.Series:
    """Give the national decile of areas that are none of the profile's own; missing where there is no rank."""
    areas = made.ground.areas
    if "imd" not in areas.ranks:
        return pd.Series(pd.NA, index=codes.index, dtype="Int64")
    ranks = areas.ranks["imd"].reindex(codes).set_axis(codes.index)
    return np.ceil(10 * ranks / areas.index.areas_total).astype("Int64")


def _own_outline(session: Session, made: Profile, ground: Ground, frame: Any) -> Any:
    """Give the neighbourhood's outline: as drawn, of its codes, or of the small areas that postcodes lie in."""
    outline: Any = ground.outline
    if outline is None and ground.codes and ground.as_at is not None:
        try:
            outline, _ = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)
        except LayerMissing:
            outline = None
    if outline is None:
        outline = join(frame.geometry)
    shapes = [outline]
    # Nothing here stands on a row of the table, so its code is none of theirs.
    return outline_frame(["outline"], [made.body["title"]], shapes, to_wgs84(_as_array(shapes)))


def _as_array(shapes: list[Any]) -> Any:
    held = np.empty(len(shapes), dtype=object)
    held[:] = [shapely.force_2d(shape) for shape in shapes]
    return held
