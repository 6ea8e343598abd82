"""HTTP face of programmes and partnerships on the same ground."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.resources.programme_overlaps import programme_overlaps

router = APIRouter(tags=["resources"])


@router.get("/overlaps/programmes", dependencies=[Heavy])
def overlaps(
    request: Request, session: ReadSession, page: Paging, day: AsAt,
    partnership: Annotated[str | None, Query(max_length=120, description="slug")] = None,
    within: Annotated[str | None, Query(max_length=40, description="code of a district, instead")] = None,
    theme: Annotated[str | None, Query(max_length=120, description="only programmes of this theme")] = None,
) -> dict[str, Any]:  # fmt: skip
    """Pairs of programmes and partnerships that stand on the same ground in a place, the most alike first.

    Each says what share of either's people the other reaches too, whether the themes and the years are the same, and
    so whether two cover the same ground for the same theme. What is not stated is null, never "no".
    """
    body = programme_overlaps(session, partnership=partnership, within=within, theme=theme, day=day)
    after = page.after_key(int)
    items = list(enumerate(body.pop("items")))
    left = [one for one in items if after is None or one[0] > after[0]]
    shown = left[: page.limit]
    last = (shown[-1][0],) if len(left) > len(shown) else None
    return body | page.answer(request, [one[1] for one in shown], len(items), last)
