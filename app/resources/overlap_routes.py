"""HTTP face of programmes and partnerships on the same ground."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.exports import csv
from app.exports.sheets import Kind, Sheet
from app.resources.programme_overlaps import programme_overlaps

router = APIRouter(tags=["resources"])
COLUMNS: tuple[tuple[str, Kind], ...] = (
    *((f"{one}_{what}", "text") for one in ("a", "b") for what in ("kind", "id", "title")),
    ("people", "whole"), ("at_most", "truth"), ("share_of_a", "number"), ("share_of_b", "number"),
    ("jaccard", "number"), ("same_ground", "truth"), ("same_theme", "truth"), ("same_years", "truth"),
    ("sentence", "text"),
)  # fmt: skip


def asked_for(
    session: ReadSession, day: AsAt,
    partnership: Annotated[str | None, Query(max_length=120, description="slug")] = None,
    within: Annotated[str | None, Query(max_length=40, description="code of a district, instead")] = None,
    theme: Annotated[str | None, Query(max_length=120, description="only programmes of this theme")] = None,
) -> Callable[[], dict[str, Any]]:  # fmt: skip
    """Read what the address asks for; it is worked out when called, so a wrong parameter beside it comes first."""
    return partial(
        programme_overlaps, session, partnership=partnership, within=within, theme=theme, day=day
    )


Asked = Annotated[Callable[[], dict[str, Any]], Depends(asked_for)]


@router.get("/overlaps/programmes", dependencies=[Heavy])
def overlaps(request: Request, page: Paging, find: Asked) -> dict[str, Any]:
    """Pairs of programmes and partnerships that stand on the same ground in a place, the most alike first.

    Each says what share of either's people the other reaches too, whether the themes and the years are the same, and
    so whether two cover the same ground for the same theme. What is not stated is null, never "no".
    """
    after = page.after_key(int)
    body = find()
    items = list(enumerate(body.pop("items")))
    left = [one for one in items if after is None or one[0] > after[0]]
    shown = left[: page.limit]
    last = (shown[-1][0],) if len(left) > len(shown) else None
    return body | page.answer(request, [one[1] for one in shown], len(items), last)


@router.get("/overlaps/programmes.csv", response_class=Response, dependencies=[Heavy])
def overlap_table(find: Asked) -> Response:
    """Every pair as CSV; empty where it is not stated."""
    rows = [
        row | {f"{one}_{what}": words for one in ("a", "b") for what, words in row[one].items()}
        for row in find()["items"]
    ]
    written = csv.write_csv(Sheet("pairs", "Programmes on the same ground", COLUMNS, rows))
    headers = {"Content-Disposition": 'attachment; filename="programmes-on-the-same-ground.csv"'}
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)
