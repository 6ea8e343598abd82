"""The page of a partnership's ground, and the shapes that its map draws."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.findings.asking import Slug
from app.pages.ground_view import ground_layers, ground_view
from app.pages.kept import kept_text
from app.pages.map_answers import map_answer
from app.pages.missing_view import or_missing
from app.pages.rendering import fill, written_page
from app.partnerships.misaligned import misaligned_ground
from app.partnerships.queries import ground_of_partnership
from maps.layers import Layer

router = APIRouter(include_in_schema=False)
MAP_TOLERANCE_M = 10.0


@router.get("/partnerships/{slug}/ground", response_class=HTMLResponse, dependencies=[Heavy])
def ground_page(request: Request, session: ReadSession, slug: Slug, day: AsAt) -> HTMLResponse:
    """A partnership's ground: where it does not match, its parishes, its neighbours, who else stands on it.

    The rule and the money that the other pages ask for stay in its address, for the way back.
    """

    def make() -> str:
        query = f"?{request.url.query}" if request.url.query else ""
        on_day = f"?as_at={day}" if "as_at" in request.query_params else ""
        return fill(
            request, "ground.html", view=ground_view(session, slug, day), query=query, on_day=on_day
        )

    told = or_missing(request, session, slug, "Ground", make)
    return written_page(request, kept_text(request, session, told))


@router.get(
    "/partnerships/{slug}/ground/map.geojson", response_class=Response, dependencies=[Heavy]
)
@router.get(
    "/partnerships/{slug}/ground/map.topojson", response_class=Response, dependencies=[Heavy]
)
def ground_map_data(request: Request, session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The shapes that Leaflet draws on that page."""

    def draw() -> list[Layer]:
        ground = ground_of_partnership(session, slug, day)
        found = misaligned_ground(session, ground, day)
        return ground_layers(session, ground, found, day) if found.pieces else []

    return map_answer(request, draw, MAP_TOLERANCE_M, keep=session)
