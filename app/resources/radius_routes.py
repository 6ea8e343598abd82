"""HTTP face of the money near a point."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.partnerships.queries import get_partnership
from app.resources.partnership_money import LedgerAsked
from app.resources.radius import find_spot, line_items, partnership_radius, radius_body, read_radii

router = APIRouter(tags=["resources"])


def _asked(
    stage: Annotated[
        str, Query(max_length=20, description="planned, awarded or paid; never added")
    ] = "awarded",
    year: Annotated[str | None, Query(max_length=20, description="financial year, e.g. 2018-19")] = None,
) -> LedgerAsked:  # fmt: skip
    return LedgerAsked(year=year, stage=stage)


@router.get("/partnerships/{slug}/ledger/radius", dependencies=[Heavy])
def ledger_by_radius(
    request: Request, session: ReadSession, page: Paging, day: AsAt,
    slug: Annotated[str, Path(max_length=120)], asked: Annotated[LedgerAsked, Depends(_asked)],
    lon: Annotated[float | None, Query(ge=-180, le=180, allow_inf_nan=False)] = None,
    lat: Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)] = None,
    postcode: Annotated[str | None, Query(max_length=20, description="instead of lon and lat")] = None,
    within_m: Annotated[
        str | None, Query(max_length=400, description="metres, commas between; default 500,1000,2000,5000")
    ] = None,
) -> dict[str, Any]:  # fmt: skip
    """A partnership's file by distance from a point: each line whole within, estimated, beyond or not placed.

    `radii` sums to the file for every radius; `items` are the lines within the largest, nearest circle first.
    """
    get_partnership(session, slug)  # what does not exist is said before what is asked of it
    spot = find_spot(session, lon=lon, lat=lat, postcode=postcode)
    money = partnership_radius(session, slug, spot, read_radii(within_m), asked, day)
    after = page.after_key(float, int, str)
    every = line_items(money)
    left = [one for one in every if after is None or _key(one) > after]
    shown = left[: page.limit]
    last = _key(shown[-1]) if len(left) > len(shown) else None
    return radius_body(money) | page.answer(request, shown, len(every), last)


def _key(item: dict[str, Any]) -> tuple[float, int, str]:
    return item["counts_from_m"], -item["amount_pence"], item["id"]
