"""HTTP face of what an index says of a neighbourhood: its small areas by best fit, national ranks kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.dependencies import Heavy, ReadSession
from app.indicators.queries import DEFAULT_INDEX, get_index
from app.indicators.summaries import COMPUTED, summarise
from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import get_neighbourhood
from app.neighbourhoods.routes import Slug

router = APIRouter(tags=["neighbourhoods"])
NO_CENTRE = "No small area has its centre of people inside: the neighbourhood is smaller than one."


@router.get("/neighbourhoods/{slug}/summaries", dependencies=[Heavy])
def summaries(
    session: ReadSession, slug: Slug,
    index: Annotated[str, Query(max_length=60, description="index id")] = DEFAULT_INDEX,
    measure: Annotated[str, Query(max_length=60, description="imd or a domain")] = "imd",
) -> dict[str, Any]:  # fmt: skip
    """Average rank and score, share in the worst tenth, extent and local concentration of a neighbourhood.

    Over the small areas of the index's set whose centre of people lies inside; `areas_listed` names them.
    """
    row = get_neighbourhood(session, slug)
    weights = weights_of(session, row.footprint_id, get_index(session, index).area_set)
    codes = sorted(str(code) for code in weights.index[weights["best_fit"].eq(1)])
    made = summarise(session, index, codes, measure)
    return {
        "slug": row.slug, "name": row.name, "version": row.version, "index": index, **made.as_plain(),
        "basis": {name: COMPUTED for name, value in made.figures.items() if value is not None},
        "areas_listed": codes, "notes": [] if codes else [NO_CENTRE],
    }  # fmt: skip
