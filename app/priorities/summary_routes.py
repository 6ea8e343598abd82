"""HTTP face of what an index says of larger areas: districts and others as published, or any place."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Paging, ReadSession
from app.exports import csv
from app.indicators.queries import get_index
from app.indicators.summaries import list_summaries
from app.priorities.routes import Areas, Partnership
from app.priorities.summaries import refuse_two_questions, summarise_place
from app.priorities.worst_tenth import Places, ranked_places, worst_tenth_sheet

router = APIRouter(tags=["indices"])

DEFAULT_TYPE = "lad"
IndexId = Annotated[str, Path(max_length=60)]
Of = Annotated[Places, Query(description="councils, or partnerships")]


@router.get("/indices/{index_id}/summaries")
def summaries(
    request: Request, session: ReadSession, page: Paging, day: AsAt,
    index_id: IndexId,
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


@router.get("/indices/{index_id}/worst-tenth")
def worst_tenth(
    request: Request, session: ReadSession, page: Paging, day: AsAt, index_id: IndexId, of: Of = "councils"
) -> dict[str, Any]:  # fmt: skip
    """Councils or partnerships by their share of small areas in the most deprived tenth, the highest first."""
    index = get_index(session, index_id)
    key = page.after_key(int)
    rows = ranked_places(session, index, of, day)
    begun = 0 if key is None else max(0, int(key[0]))
    shown = rows[begun : begun + page.limit]
    last = [begun + len(shown)] if begun + len(shown) < len(rows) else None
    told = {
        "index": index.id,
        "title": index.title,
        "release": index.release_id,
        "attribution": index.attribution,
    }
    return {**page.answer(request, shown, len(rows), last), **told, "of": of, "as_at": day}


@router.get("/indices/{index_id}/worst-tenth.csv", response_class=Response)
def worst_tenth_table(
    session: ReadSession, day: AsAt, index_id: IndexId, of: Of = "councils"
) -> Response:
    """All of them as CSV, each row with the index that it is by."""
    written = csv.write_csv(worst_tenth_sheet(session, index_id, of, day))
    headers = {"Content-Disposition": f'attachment; filename="{of}-worst-tenth.csv"'}
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)
