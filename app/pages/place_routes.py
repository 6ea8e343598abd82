"""The pages of one place: a passing view of some councils, or a saved partnership; and its maps."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from app.dependencies import ReadSession, today
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.findings.queries import require_loaded
from app.findings.sketch import draw_place
from app.pages import queries
from app.pages.folium_view import map_file, map_page
from app.pages.place_view import place_view
from app.pages.rendering import new_nonce, page
from app.priorities.methods.rules import read_rule_text
from boundaries.errors import Fault, Invalid
from maps.folium_map import page_policy
from maps.leaflet import map_geojson

router = APIRouter(include_in_schema=False)

GEOJSON = "application/geo+json"
MAP_TOLERANCE_M = 10.0
_YEAR = re.compile(r"\d{4}-\d{2}", re.ASCII)
_MOST_COUNCILS = 60

Slug = Annotated[str, Path(max_length=120)]
Councils = Annotated[list[str] | None, Query(max_length=_MOST_COUNCILS)]


class NoCouncils(Invalid):
    """A view needs at least one council: tick one on the start page, or search for it."""

    slug = "no-councils"
    title = "No council was chosen"


class Choices:
    """What the address asks for beside the place: index, rule, year and stage of the money."""

    def __init__(
        self,
        index: Annotated[str | None, Query(max_length=60)] = None,
        worst: Annotated[int | None, Query(ge=1, le=100)] = None,
        rule: Annotated[str | None, Query()] = None,
        year: Annotated[str, Query(max_length=7)] = "",
        stage: Literal["planned", "awarded", "paid"] = "awarded",
    ) -> None:
        if year and not _YEAR.fullmatch(year):
            fault = Fault("a financial year is written 2018-19", pointer="/year", value=year)
            raise Invalid(f"a financial year is written 2018-19, not {year!r}", [fault])
        self.index = index or None
        self.worst = worst
        self.rule = rule.strip() if rule else ""
        self.year = year or None
        self.stage = stage


Chosen = Annotated[Choices, Depends(Choices)]


def find(
    session: Session, slug: str | None, councils: list[str] | None, chosen: Choices
) -> Findings:
    """Answer for the place that the address names.

    Raises UnknownPartnership, UnknownArea with what is spelt alike, NoCouncils, PlaceNotLoaded,
    UnknownIndex, InvalidRule.
    """
    named = [part.strip() for word in councils or [] for part in word.split(",") if part.strip()]
    if slug is None and not named:
        raise NoCouncils("choose at least one council", [Fault("name one", pointer="/councils")])
    ground = find_ground(session, slug=slug, councils=named, day=today())
    require_loaded(session, ground)
    rule = read_rule_text(chosen.rule) if chosen.rule else None
    if rule is not None and not isinstance(rule, dict):
        raise Invalid("a rule is a JSON object", [Fault("a JSON object", pointer="/rule")])
    asked = read_asked(
        session, ground, index_id=chosen.index, worst=None if rule else chosen.worst, rule=rule,
        year=chosen.year, stage=chosen.stage,
    )  # fmt: skip
    return gather(session, ground, asked, today())


def _place_page(
    request: Request, session: Session, findings: Findings, template: str, *, with_money: bool, ending: str = ""
) -> HTMLResponse:  # fmt: skip
    view = place_view(session, findings, with_money=with_money, page=ending)
    partnerships = queries.partnerships_of(session, findings.ground.codes)
    others = [one for one in partnerships if one.slug != findings.ground.slug]
    return page(request, template, place=view, others=others, part=ending)


@router.get("/view", response_class=HTMLResponse)
def view_page(
    request: Request, session: ReadSession, chosen: Chosen, councils: Councils = None
) -> HTMLResponse:
    """Some councils together, by a rule that stands in the address; nothing is saved."""
    found = find(session, None, councils, chosen)
    return _place_page(request, session, found, "place.html", with_money=True)


@router.get("/partnerships/{slug}", response_class=HTMLResponse)
def partnership_page(
    request: Request, session: ReadSession, slug: Slug, chosen: Chosen
) -> HTMLResponse:
    """A saved partnership: how it lies to its councils, its priorities and the money going in."""
    found = find(session, slug, None, chosen)
    return _place_page(request, session, found, "place.html", with_money=True)


@router.get("/partnerships/{slug}/priorities", response_class=HTMLResponse)
def priorities_page(
    request: Request, session: ReadSession, slug: Slug, chosen: Chosen
) -> HTMLResponse:
    """A partnership's priority neighbourhoods and small areas, with rule, margins and the newer index."""
    found = find(session, slug, None, chosen)
    return _place_page(
        request, session, found, "priorities.html", with_money=False, ending="/priorities"
    )


@router.get("/partnerships/{slug}/resources", response_class=HTMLResponse)
def resources_page(
    request: Request, session: ReadSession, slug: Slug, chosen: Chosen
) -> HTMLResponse:
    """The money going into a partnership, by bucket, neighbourhood, grade and line."""
    found = find(session, slug, None, chosen)
    return _place_page(
        request, session, found, "resources.html", with_money=True, ending="/resources"
    )


def _map_data(session: Session, findings: Findings, money: str) -> Response:
    layers = draw_place(session, findings, with_money=money != "no")
    return Response(map_geojson(layers, tolerance_m=MAP_TOLERANCE_M), media_type=GEOJSON)


Money = Literal["yes", "no"]


@router.get("/view/map.geojson", response_class=Response)
def view_map_data(
    session: ReadSession, chosen: Chosen, councils: Councils = None, money: Money = "yes"
) -> Response:
    """The shapes that Leaflet draws, in longitude and latitude, with every look and word ready."""
    return _map_data(session, find(session, None, councils, chosen), money)


@router.get("/partnerships/{slug}/map.geojson", response_class=Response)
def partnership_map_data(
    session: ReadSession, slug: Slug, chosen: Chosen, money: Money = "yes"
) -> Response:
    """The shapes that Leaflet draws, in longitude and latitude, with every look and word ready."""
    return _map_data(session, find(session, slug, None, chosen), money)


def _folium_page(session: Session, findings: Findings) -> HTMLResponse:
    nonce = new_nonce()
    written = map_page(session, findings, nonce)
    # A new nonce each time: an answer that was stored would run under an old one.
    headers = {"Content-Security-Policy": page_policy(nonce), "Cache-Control": "no-store"}
    return HTMLResponse(written, headers=headers)


def _folium_file(session: Session, findings: Findings) -> Response:
    name = re.sub(
        r"[^a-z0-9]+", "-", (findings.ground.slug or "-".join(findings.ground.codes)).lower()
    )
    headers = {"Content-Disposition": f'attachment; filename="bounds-{name[:80].strip("-")}.html"'}
    return HTMLResponse(map_file(session, findings), headers=headers)


@router.get("/view/map", response_class=HTMLResponse)
def view_map_page(session: ReadSession, chosen: Chosen, councils: Councils = None) -> HTMLResponse:
    """Some councils together on a Folium map of local files."""
    return _folium_page(session, find(session, None, councils, chosen))


@router.get("/partnerships/{slug}/map", response_class=HTMLResponse)
def partnership_map_page(session: ReadSession, slug: Slug, chosen: Chosen) -> HTMLResponse:
    """A partnership on a Folium map of local files."""
    return _folium_page(session, find(session, slug, None, chosen))


@router.get("/view/map.html", response_class=Response)
def view_map_file(session: ReadSession, chosen: Chosen, councils: Councils = None) -> Response:
    """The same map as one file that opens without a network."""
    return _folium_file(session, find(session, None, councils, chosen))


@router.get("/partnerships/{slug}/map.html", response_class=Response)
def partnership_map_file(session: ReadSession, slug: Slug, chosen: Chosen) -> Response:
    """The same map as one file that opens without a network."""
    return _folium_file(session, find(session, slug, None, chosen))
