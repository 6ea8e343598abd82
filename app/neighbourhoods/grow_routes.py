"""HTTP face of growing: neighbourhoods of a size from what a rule selects, or a whole place divided."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Response

from app.dependencies import Editor, Heavy, ReadSession, WriteSession, today
from app.neighbourhoods.actions import keep_grown
from app.neighbourhoods.growing import grow_asked
from app.neighbourhoods.schemas import GrowAndKeep, GrowAnywhere, as_line
from app.priorities.queries import find_partnership_place, find_place
from boundaries.errors import Fault, Invalid

router = APIRouter(tags=["neighbourhoods"])


@router.post("/neighbourhoods/grow", dependencies=[Heavy])
def grow_anywhere(session: ReadSession, asked: GrowAnywhere) -> Response:
    """Grow neighbourhoods to a size in households or people; nothing is kept.

    From the small areas that a rule (or `worst`, default 10) selects, or with `whole` by dividing the
    place. Each is in one piece; each selected area is in exactly one; those outside the size are in
    `summary.outside_band`, each with the reason and, where there is one, the area that would help.
    """
    if (asked.partnership is None) == (asked.areas is None):
        detail = "give either partnership or areas"
        raise Invalid(detail, [Fault(detail, pointer="/partnership")])
    if asked.partnership is not None:
        place = find_partnership_place(session, asked.partnership)
    else:
        place = find_place(session, asked.areas or [], asked.as_at or today())
    found = grow_asked(session, place, asked)
    return Response(orjson.dumps(found.as_plain()), media_type="application/json")


@router.post("/partnerships/{slug}/neighbourhoods", status_code=201, dependencies=[Heavy])
def grow_and_keep(
    session: WriteSession,
    actor: Editor,
    slug: Annotated[str, Path(max_length=120)],
    asked: GrowAndKeep,
) -> Response:
    """Grow the neighbourhoods of a partnership and keep them all, named until somebody names them."""
    found = grow_asked(session, find_partnership_place(session, slug), asked)
    items = [as_line(row) for row in keep_grown(session, actor, found, reason=asked.reason)]
    body = {
        "items": items,
        "total": len(items),
        "next": None,
        "summary": found.as_plain()["summary"],
    }
    return Response(orjson.dumps(body), 201, media_type="application/json")
