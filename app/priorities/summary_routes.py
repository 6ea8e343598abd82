"""HTTP face of what an index says of larger areas: districts and others as published, or any place."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from app.dependencies import AsAt, Paging, ReadSession
from app.indicators.summaries import list_summaries
from app.priorities.routes import Areas, Partnership
from app.priorities.summaries import refuse_two_questions, summarise_place

router = APIRouter(tags=["indices"])

DEFAULT_TYPE = "lad"


@router.get("/indices/{index_id}/summaries")
def summaries(
    request: Request, session: ReadSession, page: Paging, day: AsAt,
    index_id: Annotated[str, Path(max_length=60)],
    area_type: Annotated[
        str | None, Query(max_length=40, description="lad (default), rgn, icb, lrf, … of the index's own day")
    ] = None,
    partnership: Partnership = None, areas: Areas = None,
    measure: Annotated[str, Query(max_length=60, description="imd or a domain")] = "imd",
) -> dict[str, Any]:  # fmt: skip
    """Average rank, average score, share in the worst tenth, extent and local concentration.

    For every area of a type, or for one place (`partnership` or `areas`). `basis` says which figures are
    computed here and which are as published; `cannot_tell` gives the reason for each that is null.
    """
    refuse_two_questions(area_type, partnership, areas)
    if partnership is not None or areas is not None:
        rows = [summarise_place(session, day, index_id, areas, partnership, measure)]
    else:
        rows = list_summaries(session, index_id, area_type or DEFAULT_TYPE, measure)
    key = page.after_key(str)
    left = [row for row in rows if key is None or str(row["code"]) > key[0]]
    shown = left[: page.limit]
    last = [str(shown[-1]["code"])] if len(left) > len(shown) else None
    answer = page.answer(request, shown, len(rows), last)
    return {**answer, "index": index_id, "measure": measure}
