"""HTTP face of access to services."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.dependencies import Heavy, Paging, ReadSession
from app.resources.access import (
    CATCHMENTS,
    DEFAULT_M,
    FARTHEST_M,
    NOTE,
    AccessAsked,
    access_to,
    origins_of_place,
)

router = APIRouter(tags=["resources"])


@router.get("/services/access", dependencies=[Heavy])
def access(
    request: Request, session: ReadSession, page: Paging,
    kind: Annotated[str, Query(max_length=40, description="pharmacy, school, library, …")],
    area_type: Annotated[str, Query(max_length=20, description="lsoa: by small area")] = "lsoa",
    within: Annotated[str | None, Query(max_length=40, description="code of an area")] = None,
    partnership: Annotated[str | None, Query(max_length=120, description="slug, instead of within")] = None,
    neighbourhood: Annotated[
        str | None, Query(max_length=120, description="slug, instead of within: by its postcodes")
    ] = None,
    distance_m: Annotated[
        float, Query(gt=0, le=FARTHEST_M, allow_inf_nan=False, description="how far counts as near, metres")
    ] = DEFAULT_M,
    catchments: Annotated[
        bool, Query(description="also services per 1,000 people by floating catchments")
    ] = False,
) -> dict[str, Any]:  # fmt: skip
    """How near people are to a kind of service: the nearest, how many within a distance, the share who live beyond it.

    Each row is a small area (of an estate: a postcode) with its people; the farthest from a service come first.
    """
    origins = origins_of_place(
        session, within=within, partnership=partnership, neighbourhood=neighbourhood, area_type=area_type
    )  # fmt: skip
    found = access_to(session, origins, AccessAsked(kind, distance_m, catchments))
    rows = sorted(found.rows, key=_key)
    after = page.after_key(float, str)
    left = [row for row in rows if after is None or _key(row) > after]
    shown = left[: page.limit]
    last = _key(shown[-1]) if len(left) > len(shown) else None
    return {
        **page.answer(request, shown, len(rows), last),
        "place": {"within": within, "partnership": partnership, "neighbourhood": neighbourhood},
        "summary": found.summary, "sources": found.sources, "distance": "straight line", "note": NOTE,
        **({"catchments": CATCHMENTS} if catchments else {}),
    }  # fmt: skip


def _key(row: dict[str, Any]) -> tuple[float, str]:
    nearest = row["nearest"]
    return (-1e9 if nearest is None else -nearest["distance_m"], row["code"])
