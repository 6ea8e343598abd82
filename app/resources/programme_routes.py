"""HTTP face of what stands beside the ledger: programmes, mainstream budgets, sums by recipient, services."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from app.areas.routes import read_box
from app.dependencies import AsAt, Page, Paging, ReadSession, content_etag
from app.partnerships.queries import get_partnership
from app.resources import beside_queries, programme_queries
from app.resources.beside_queries import FARTHEST_M, ServicesAsked, check_services
from app.resources.methods.dates import is_financial_year
from boundaries.errors import Fault, Invalid

router = APIRouter(tags=["resources"])
Area = Annotated[str | None, Query(max_length=40, description="code of an area")]


@router.get("/programmes")
def list_programmes(
    request: Request, session: ReadSession, page: Paging,
    district: Annotated[str | None, Query(max_length=20, description="code of a district")] = None,
    partnership: Annotated[str | None, Query(max_length=120, description="whose own they are")] = None,
) -> dict[str, Any]:  # fmt: skip
    """Programmes: funder, period, eligible areas, allocations by year and what part of the whole is known.

    An allocation is an envelope, which lines draw on; planned, awarded, paid and estimated are never added.
    """
    after = page.after_key(str)
    if partnership is not None:
        get_partnership(session, partnership)
    found, total = programme_queries.list_programmes(
        session, districts=None if district is None else [district], partnership=partnership,
        after=after[0] if after else None, limit=page.limit + 1,
    )  # fmt: skip
    shown = found[: page.limit]
    last = (shown[-1]["id"],) if len(found) > page.limit else None
    return page.answer(request, shown, total, last)


@router.get("/programmes/{programme_id}", response_class=Response)
def one_programme(
    session: ReadSession, programme_id: Annotated[str, Path(max_length=220)]
) -> Response:
    """One programme: eligible areas, every allocation with its basis and source, and sums by year."""
    body = orjson.dumps(programme_queries.show_programme(session, programme_id))
    return Response(body, media_type="application/json", headers={"ETag": content_etag(body)})


@router.get("/budgets")
def list_budgets(
    request: Request, session: ReadSession, page: Paging, area: Area = None,
    year: Annotated[str | None, Query(max_length=20, description="financial year, e.g. 2018-19")] = None,
) -> dict[str, Any]:  # fmt: skip
    """Mainstream budgets: a line for each authority, year and part.

    Counties, districts and fire authorities spend on the same ground: lines of several levels are never added.
    """
    if year is not None and not is_financial_year(year):
        raise Invalid(
            "year: a financial year such as 2018-19",
            [Fault("a financial year such as 2018-19", pointer="/year", value=year[:20])],
        )
    after = page.after_key(int)
    found, total = beside_queries.list_budgets(
        session, area=area, year=year, after=after[0] if after else None, limit=page.limit + 1
    )
    shown = found[: page.limit]
    last = (shown[-1]["id"],) if len(found) > page.limit else None
    sources = beside_queries.sources_of(session, [each["dataset"] for each in shown])
    return page.answer(request, shown, total, last) | {"sources": sources}


@router.get("/recipient-sums")
def list_recipient_sums(
    request: Request, session: ReadSession, page: Paging, area: Area = None
) -> dict[str, Any]:
    """Grants added up by funder, year and the recipient's district and ward: grade F, beside the ledger, in no total.

    Where the money was spent is not stated, and the same grants may stand among the lines.
    """
    after = page.after_key(int)
    found, total = beside_queries.list_recipient_sums(
        session, area=area, after=after[0] if after else None, limit=page.limit + 1
    )
    shown = found[: page.limit]
    last = (shown[-1]["id"],) if len(found) > page.limit else None
    sources = beside_queries.sources_of(session, ["grantnav-2018"] if shown else [])
    return page.answer(request, shown, total, last) | {"sources": sources}


def _asked(
    kind: Annotated[
        str | None, Query(max_length=40, description="school, pharmacy, library, …")
    ] = None,
    within: Annotated[str | None, Query(max_length=40, description="code of an area")] = None,
    bbox: Annotated[str | None, Query(max_length=120, description="west,south,east,north")] = None,
    near: Annotated[str | None, Query(max_length=60, description="longitude,latitude")] = None,
    within_m: Annotated[
        float | None,
        Query(gt=0, le=FARTHEST_M, allow_inf_nan=False, description="metres from near"),
    ] = None,
) -> ServicesAsked:
    """Read which services are asked for. Raises Invalid."""
    return check_services(ServicesAsked(kind, within, read_box(bbox), _read_point(near), within_m))


def _read_point(written: str | None) -> tuple[float, float] | None:
    if written is None:
        return None
    try:
        lon, lat = (float(part) for part in written.split(","))
    except ValueError:
        lon = lat = 999.0
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid(
            "near is longitude,latitude in degrees",
            [Fault("two numbers", "/near", value=written[:60])],
        )
    return lon, lat


Asked = Annotated[ServicesAsked, Depends(_asked)]


def _services(
    request: Request, session: ReadSession, page: Page, asked: ServicesAsked, day: AsAt
) -> dict[str, Any]:
    key = page.after_key(float, str)
    found, total = beside_queries.list_services(
        session,
        asked,
        day,
        after=(float(key[0]), str(key[1])) if key else None,
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    last = None
    if len(found) > page.limit:
        last = (float(shown[-1].get("exact_m", 0.0)), shown[-1]["id"])
    for each in shown:
        each.pop("exact_m", None)
    sources = beside_queries.sources_of(session, [each["dataset"] for each in shown])
    return page.answer(request, shown, total, last) | {"sources": sources}


@router.get("/services")
def list_services(
    request: Request, session: ReadSession, page: Paging, asked: Asked, day: AsAt
) -> dict[str, Any]:
    """Places that give a service, by kind, area, box or distance (nearest first), each with its source and coverage."""
    return _services(request, session, page, asked, day)


@router.get("/services.geojson", response_class=Response)
def services_geojson(
    request: Request, session: ReadSession, page: Paging, asked: Asked, day: AsAt
) -> Response:
    """The same as GeoJSON in WGS84; a service without a point has no geometry."""
    body = _services(request, session, page, asked, day)
    features = [
        {
            "type": "Feature",
            "id": each["id"],
            "geometry": None
            if each["lon"] is None
            else {"type": "Point", "coordinates": [each["lon"], each["lat"]]},
            "properties": {
                key: value for key, value in each.items() if key not in ("lon", "lat", "id")
            },
        }
        for each in body.pop("items")
    ]
    collection = {"type": "FeatureCollection", "features": features, **body}
    return Response(orjson.dumps(collection), media_type="application/geo+json")
