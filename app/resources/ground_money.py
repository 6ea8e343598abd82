"""The money in any ground: an estate of postcodes, an outline, a grown neighbourhood; located and estimated apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import GroundFigures
from app.neighbourhoods.queries import postcodes_of_areas, release_of_set
from app.resources.access import origins_of_ground
from app.resources.methods.ground_lines import GroundMoney, place_lines
from app.resources.methods.ledger import STAGES
from app.resources.methods.relate import Ground as CodedGround
from app.resources.queries import GroundFound, read_pieces
from boundaries.database import named_sql
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, outline_of_codes

NOTE = (
    "Lines that state a point, postcode, estate, small area, ward or parish; wider money is nobody's estate's. "
    "Located lies wholly inside; estimated has most of its people inside and counts whole."
)


def money_in_ground(
    session: Session,
    ground: Ground,
    figures: GroundFigures,
    *,
    partnership_slug: str | None = None,
    stage: str = "awarded",
    year: str | None = None,
) -> GroundMoney:
    """Sum the lines of money in some ground, by what its figures weigh. Raises Invalid for an unknown stage."""
    if stage not in STAGES:
        detail = f"stage: one of {', '.join(STAGES)}"
        raise Invalid(detail, [Fault(detail, pointer="/stage", value=stage[:40])])
    weights = figures.weights
    codes = [str(code) for code in weights.index]
    release = release_of_set(session, figures.area_set, demo=ground.demo)
    estates = _estates(session, ground, figures, stage, partnership_slug)
    result = session.execute(
        named_sql(__file__, "ground_lines"),
        {"stage": stage, "demo": ground.demo, "slug": partnership_slug, "codes": codes,
         "postcodes": list(ground.postcodes), "estates": list(estates),
         "area_set": figures.area_set, "release_id": release.id},
    )  # fmt: skip
    lines = pd.DataFrame(result.all(), columns=list(result.keys()))
    spots = lines[lines["place_kind"].isin(("point", "postcode"))]
    inside = _inside(session, ground, figures, spots)
    stated = lines.loc[lines["place_kind"] == "area", "place_code"]
    found = GroundFound(CodedGround(codes, {}, ()), figures.area_set, (), None)
    return place_lines(
        lines, inside, read_pieces(session, stated, found), dict(weights["people_share"]),
        estates=estates, stage=stage, year=year,
    )  # fmt: skip


def _estates(
    session: Session, ground: Ground, figures: GroundFigures, stage: str, slug: str | None
) -> dict[int, float]:
    """Give each estate that lines are stated for and that has postcodes in the ground with their share."""
    asked = {"stage": stage, "demo": ground.demo}
    if not session.scalar(named_sql(__file__, "estates_stated"), asked):
        return {}
    homes = origins_of_ground(session, ground, figures=figures)
    rows = session.execute(
        named_sql(__file__, "estates_in_ground"),
        asked | {"slug": slug, "postcodes": homes.codes},
    )
    return {row.footprint_id: row.share for row in rows}


def _inside(
    session: Session, ground: Ground, figures: GroundFigures, spots: pd.DataFrame
) -> set[str]:
    """Say which points and postcodes lie in the ground: of a whole area all, of a cut one by where they are."""
    weights = figures.weights
    whole = set(weights.index[weights["people_share"].ge(1) & weights["best_fit"].ge(1)])
    is_in = spots["small_area"].isin(whole).to_numpy(dtype=bool)
    cut = spots[~is_in]
    if cut.empty:
        return set(spots.loc[is_in, "id"])
    within = holds_spots(session, ground, figures.area_set, cut)
    return set(spots.loc[is_in, "id"]) | set(cut.loc[within, "id"])


def holds_spots(
    session: Session, ground: Ground, area_set: str, spots: pd.DataFrame
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say of points and postcodes in small areas that some ground cuts whether each lies in the ground.

    spots : place_kind, place_postcode, small_area, easting, northing. A point in a list of postcodes lies
    where the nearest postcode of its small area does.
    """
    if ground.kind == "postcodes":
        return _listed(session, ground, area_set, spots)
    outline: Any = ground.outline
    if outline is None:
        assert ground.as_at is not None, "ground of codes has a day"
        outline = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)[0]
    east, north = spots["easting"].to_numpy(float), spots["northing"].to_numpy(float)
    within: np.ndarray[Any, np.dtype[np.bool_]] = shapely.intersects_xy(outline, east, north)
    return within


def _listed(
    session: Session, ground: Ground, area_set: str, spots: pd.DataFrame
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say which spots are listed: by their postcode, or a point by the nearest one of its small area."""
    postcodes = postcodes_of_areas(session, sorted(set(spots["small_area"].dropna())), area_set)
    listed = postcodes.index.isin(ground.postcodes)
    found = spots["place_postcode"].isin(ground.postcodes).to_numpy(dtype=bool)
    for place in np.flatnonzero((spots["place_kind"] == "point").to_numpy()):
        spot = spots.iloc[place]
        own = (postcodes["code"] == spot["small_area"]).to_numpy()
        if own.any():
            away = np.hypot(
                postcodes["easting"][own] - spot["easting"],
                postcodes["northing"][own] - spot["northing"],
            )
            found[place] = bool(listed[own][int(np.argmin(away))])
    return found
