"""The pages of one place: a passing view of some councils, or a saved partnership; and its maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from app.dependencies import ReadSession
from app.findings.asking import Asked, Councils, Neighbourhoods, Slug, file_name, find_place
from app.findings.gather import Findings
from app.findings.map_file import make_map_file
from app.findings.sketch import draw_place
from app.findings.words import day, index_words
from app.pages import queries
from app.pages.folium_view import map_page
from app.pages.kept import kept_text
from app.pages.map_answers import map_answer
from app.pages.missing_view import missing_text, or_missing
from app.pages.need_view import need_view
from app.pages.place_view import place_view
from app.pages.rendering import fill, new_nonce, written_page
from app.pages.share import share_of
from app.pages.standing_view import standing_of
from app.settings import Settings
from boundaries.errors import Conflict, NotFound

router = APIRouter(include_in_schema=False)

MAP_TOLERANCE_M = 10.0


@dataclass(frozen=True)
class _Leaf:
    """One page of a place: its name, template, the ending of its address, whether its map shows money.

    seed : shakes the rule where the address asks for no seed; an empty one in the address does not.
    """

    name: str
    template: str
    ending: str = ""
    with_money: bool = True
    seed: str | None = None


_OVERVIEW = _Leaf("Overview", "place.html")
_PRIORITIES = _Leaf("Priorities", "priorities.html", "/priorities", with_money=False, seed="1")
_RESOURCES = _Leaf("Resources", "resources.html", "/resources")


def _place_page(
    request: Request, session: Session, leaf: _Leaf, find: Callable[[], Findings], slug: str | None = None
) -> HTMLResponse:  # fmt: skip
    settings: Settings = request.app.state.settings

    def make() -> str:
        findings = find()
        view = place_view(session, findings, with_money=leaf.with_money, page=leaf.ending)
        partnerships = queries.partnerships_of(session, findings.ground.codes)
        return fill(
            request, leaf.template, place=view, part=leaf.ending,
            need=need_view(findings) if leaf is _RESOURCES else None,
            standing=standing_of(session, slug, findings.day) if slug and leaf is _OVERVIEW else None,
            others=[one for one in partnerships if one.slug != findings.ground.slug],
            page_address=settings.base_url + view.links.to(leaf.ending),
            passed_on=share_of(
                settings.base_url, view.links.to(leaf.ending), view.name, view.finding,
                f"{index_words(findings)}, as of {day(findings.day)}",
                embed=view.links.embed("/resources" if leaf is _RESOURCES else "/priorities"),
            ),
        )  # fmt: skip

    told = make if slug is None else or_missing(request, session, slug, leaf.name, make)
    return written_page(request, kept_text(request, session, told))


@router.get("/view", response_class=HTMLResponse)
def view_page(
    request: Request, session: ReadSession, asked: Asked, councils: Councils = None
) -> HTMLResponse:
    """Some councils together, by a rule that stands in the address; nothing is saved."""
    return _place_page(
        request, session, _OVERVIEW, lambda: find_place(session, None, councils, asked)
    )


@router.get("/partnerships/{slug}", response_class=HTMLResponse)
def partnership_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked
) -> HTMLResponse:
    """A saved partnership: how it lies to its councils, its priorities and the money going in."""
    return _place_page(
        request, session, _OVERVIEW, lambda: find_place(session, slug, None, asked), slug
    )


@router.get("/partnerships/{slug}/priorities", response_class=HTMLResponse)
def priorities_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked
) -> HTMLResponse:
    """A partnership's priority neighbourhoods and small areas, with rule, margins and the newer index."""
    return _place_page(
        request,
        session,
        _PRIORITIES,
        lambda: find_place(session, slug, None, asked, seed=_PRIORITIES.seed),
        slug,
    )


@router.get("/partnerships/{slug}/resources", response_class=HTMLResponse)
def resources_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked,
    neighbourhoods: Neighbourhoods = "priorities",
) -> HTMLResponse:  # fmt: skip
    """The money going into a partnership, by bucket, neighbourhood, grade and line."""
    return _place_page(
        request,
        session,
        _RESOURCES,
        lambda: find_place(session, slug, None, asked, neighbourhoods=neighbourhoods),
        slug,
    )


def _map_data(
    request: Request, session: Session, money: str, find: Callable[[], Findings]
) -> Response:
    return map_answer(
        request, lambda: draw_place(session, find(), with_money=money != "no"), MAP_TOLERANCE_M, keep=session
    )  # fmt: skip


Money = Literal["yes", "no"]


@router.get("/view/map.geojson", response_class=Response)
@router.get("/view/map.topojson", response_class=Response)
def view_map_data(
    request: Request, session: ReadSession, asked: Asked, councils: Councils = None, money: Money = "yes"
) -> Response:  # fmt: skip
    """The shapes that Leaflet draws, in longitude and latitude, with every look and word ready."""
    return _map_data(request, session, money, lambda: find_place(session, None, councils, asked))


@router.get("/partnerships/{slug}/map.geojson", response_class=Response)
@router.get("/partnerships/{slug}/map.topojson", response_class=Response)
def partnership_map_data(
    request: Request, session: ReadSession, slug: Slug, asked: Asked, money: Money = "yes",
    neighbourhoods: Neighbourhoods = "priorities",
) -> Response:  # fmt: skip
    """The shapes that Leaflet draws, in longitude and latitude, with every look and word ready."""
    return _map_data(
        request, session, money,
        lambda: find_place(session, slug, None, asked, neighbourhoods=neighbourhoods),
    )  # fmt: skip


def _folium_page(session: Session, findings: Findings) -> HTMLResponse:
    nonce = new_nonce()
    written = map_page(session, findings, nonce)
    # A new nonce each time: an answer that was stored would run under an old one.
    from maps.folium_map import page_policy  # at first use: it would slow every start

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
def partnership_map_page(
    request: Request, session: ReadSession, slug: Slug, asked: Asked
) -> HTMLResponse:
    """A partnership on a Folium map of local files."""
    try:
        return _folium_page(session, find_place(session, slug, None, asked))
    except (NotFound, Conflict) as error:
        told = missing_text(request, session, slug, "Map", error)
        if told is None:
            raise
        return written_page(request, told)


@router.get("/view/map.html", response_class=Response)
def view_map_file(session: ReadSession, asked: Asked, councils: Councils = None) -> Response:
    """The same map as one file that opens without a network."""
    return _folium_file(session, find_place(session, None, councils, asked))


@router.get("/partnerships/{slug}/map.html", response_class=Response)
def partnership_map_file(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """The same map as one file that opens without a network."""
    return _folium_file(session, find_place(session, slug, None, asked))
