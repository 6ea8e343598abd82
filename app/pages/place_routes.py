"""The pages of one place: a passing view of some councils, or a saved partnership; and its maps."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from app.dependencies import ReadSession
from app.findings.asking import Asked, Councils, Slug, file_name, find_place
from app.findings.gather import Findings
from app.findings.map_file import make_map_file
from app.findings.sketch import draw_place
from app.pages import queries
from app.pages.folium_view import map_page
from app.pages.place_view import place_view
from app.pages.rendering import new_nonce, page
from maps.folium_map import page_policy
from maps.leaflet import map_geojson

router = APIRouter(include_in_schema=False)

GEOJSON = "application/geo+json"
MAP_TOLERANCE_M = 10.0


def _place_page(
    request: Request, session: Session, findings: Findings, template: str, *, with_money: bool, ending: str = ""
) -> HTMLResponse:  # fmt: skip
    view = place_view(session, findings, with_money=with_money, page=ending)
    partnerships = queries.partnerships_of(session, findings.ground.codes)
    others = [one for one in partnerships if one.slug != findings.ground.slug]
    return page(request, template, place=view, others=others, part=ending)


@router.get("/view", response_class=HTMLResponse)
def view_page(
    request: Request, session: ReadSession, asked: Asked, councils: Councils = None
) -> HTMLResponse:
    """Some councils together, by a rule that stands in the address; nothing is saved."""
    found = find_place(session, None, councils, asked)
    return _place_page(request, session, found, "place.html", with_money=True)


@router.get("/partnerships/{slug}", response_class=HTMLResponse)
def partnership_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked
) -> HTMLResponse:
    """A saved partnership: how it lies to its councils, its priorities and the money going in."""
    found = find_place(session, slug, None, asked)
    return _place_page(request, session, found, "place.html", with_money=True)


@router.get("/partnerships/{slug}/priorities", response_class=HTMLResponse)
def priorities_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked
) -> HTMLResponse:
    """A partnership's priority neighbourhoods and small areas, with rule, margins and the newer index."""
    found = find_place(session, slug, None, asked)
    return _place_page(
        request, session, found, "priorities.html", with_money=False, ending="/priorities"
    )


@router.get("/partnerships/{slug}/resources", response_class=HTMLResponse)
def resources_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked
) -> HTMLResponse:
    """The money going into a partnership, by bucket, neighbourhood, grade and line."""
    found = find_place(session, slug, None, asked)
    return _place_page(
        request, session, found, "resources.html", with_money=True, ending="/resources"
    )


def _map_data(session: Session, findings: Findings, money: str) -> Response:
    layers = draw_place(session, findings, with_money=money != "no")
    return Response(map_geojson(layers, tolerance_m=MAP_TOLERANCE_M), media_type=GEOJSON)


Money = Literal["yes", "no"]


@router.get("/view/map.geojson", response_class=Response)
def view_map_data(
    session: ReadSession, asked: Asked, councils: Councils = None, money: Money = "yes"
) -> Response:
    """The shapes that Leaflet draws, in longitude and latitude, with every look and word ready."""
    return _map_data(session, find_place(session, None, councils, asked), money)


@router.get("/partnerships/{slug}/map.geojson", response_class=Response)
def partnership_map_data(
    session: ReadSession, slug: Slug, asked: Asked, money: Money = "yes"
) -> Response:
    """The shapes that Leaflet draws, in longitude and latitude, with every look and word ready."""
    return _map_data(session, find_place(session, slug, None, asked), money)


def _folium_page(session: Session, findings: Findings) -> HTMLResponse:
    nonce = new_nonce()
    written = map_page(session, findings, nonce)
    # A new nonce each time: an answer that was stored would run under an old one.
    headers = {"Content-Security-Policy": page_policy(nonce), "Cache-Control": "no-store"}
    return HTMLResponse(written, headers=headers)


def _folium_file(session: Session, findings: Findings) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="bounds-{file_name(findings, "html")}"'
    }
    return HTMLResponse(make_map_file(session, findings), headers=headers)


@router.get("/view/map", response_class=HTMLResponse)
def view_map_page(session: ReadSession, asked: Asked, councils: Councils = None) -> HTMLResponse:
    """Some councils together on a Folium map of local files."""
    return _folium_page(session, find_place(session, None, councils, asked))


@router.get("/partnerships/{slug}/map", response_class=HTMLResponse)
def partnership_map_page(session: ReadSession, slug: Slug, asked: Asked) -> HTMLResponse:
    """A partnership on a Folium map of local files."""
    return _folium_page(session, find_place(session, slug, None, asked))


@router.get("/view/map.html", response_class=Response)
def view_map_file(session: ReadSession, asked: Asked, councils: Councils = None) -> Response:
    """The same map as one file that opens without a network."""
    return _folium_file(session, find_place(session, None, councils, asked))


@router.get("/partnerships/{slug}/map.html", response_class=Response)
def partnership_map_file(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """The same map as one file that opens without a network."""
    return _folium_file(session, find_place(session, slug, None, asked))
