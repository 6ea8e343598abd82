"""HTTP face of what grids are over a neighbourhood's own outline."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.dependencies import Heavy, ReadSession
from app.neighbourhoods.queries import get_neighbourhood
from app.neighbourhoods.routes import Slug
from app.rasters.zones import figures_of_footprint
from boundaries.footprints import read_ground

router = APIRouter(tags=["neighbourhoods"])
NO_GROUND = "A list of postcodes has no outline, so no grid can be summed over it."


@router.get("/neighbourhoods/{slug}/rasters", dependencies=[Heavy])
def rasters(session: ReadSession, slug: Slug) -> dict[str, Any]:
    """Every grid that reaches a neighbourhood, band by band: counts summed, levels averaged, by exact shares of cells.

    `share_with_value` says of how much of its ground the value speaks; null, with a note, where it has none.
    """
    row = get_neighbourhood(session, slug)
    is_list = read_ground(session, row.footprint_id).kind == "postcodes"
    return {
        "slug": row.slug, "name": row.name, "version": row.version,
        "rasters": figures_of_footprint(session, row.footprint_id), "notes": [NO_GROUND] if is_list else [],
    }  # fmt: skip
