"""The pages of profiles: a neighbourhood's own page, and the profile of a partnership."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession, today
from app.findings.asking import Slug
from app.findings.profile_sketch import profile_layers
from app.findings.words import day as day_words
from app.neighbourhoods.queries import get_version, list_versions
from app.pages.estate_view import EstateView, estate_view
from app.pages.kept import kept_text
from app.pages.map_answers import map_answer
from app.pages.missing_view import or_missing
from app.pages.profile_view import ProfileView, profile_view
from app.pages.rendering import fill, written_page
from app.pages.share import Share, share_of
from app.profiles.indicator_themes import read_ids
from app.profiles.profile import Profile, neighbourhood_profile, partnership_profile
from app.strategies.plan_queries import action_body, list_actions, names_of_links
from boundaries.footprints import Ground, read_ground
from maps.layers import Layer

router = APIRouter(include_in_schema=False)
MAP_TOLERANCE_M = 5.0

IndexId = Annotated[str | None, Query(max_length=60)]
Indicators = Annotated[str, Query(max_length=1000)]
Version = Annotated[int | None, Query(ge=1, le=10**6)]


def _query(index: str | None, version: int | None = None) -> dict[str, str]:
    asked = {"index": index} if index else {}
    return asked | ({"version": str(version)} if version is not None else {})


@router.get("/partnerships/{slug}/profile", response_class=HTMLResponse, dependencies=[Heavy])
def partnership_page(
    request: Request, session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None,
    indicators: Indicators = "",
) -> HTMLResponse:  # fmt: skip
    """A partnership by theme, with its comparators, trend and drivers; every number with its receipt."""

    def make() -> str:
        made = partnership_profile(session, slug, index or None, day, read_ids(indicators))
        view = profile_view(session, made, None, _query(index))
        # The rule that the other pages ask for stays in the address, for the way back.
        back = f"?{request.url.query}" if request.url.query else ""
        return fill(
            request,
            "profile.html",
            view=view,
            estate=None,
            versions=[],
            row=None,
            query=back,
            actions=[],
            names={},
            passed_on=_share(request, view),
        )

    return written_page(
        request, kept_text(request, session, or_missing(request, session, slug, "Profile", make))
    )


@router.get("/neighbourhoods/{slug}", response_class=HTMLResponse, dependencies=[Heavy])
def neighbourhood_page(
    request: Request, session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None,
    version: Version = None, indicators: Indicators = "",
) -> HTMLResponse:  # fmt: skip
    """A neighbourhood: what it is like, how it moved, what goes in, which small areas it is made of."""

    def make() -> str:
        made, ground = _neighbourhood(session, slug, day, index, version, indicators)
        kept = get_version(session, slug, version)
        view = profile_view(session, made, ground, _query(index, version))
        actions = [action_body(row, day) for row in list_actions(session, neighbourhood=slug)]
        return fill(
            request, "profile.html", view=view, estate=_estate(session, slug, made, ground, kept.footprint_id),
            versions=list_versions(session, slug), row=kept, query="", actions=actions,
            names=names_of_links(session, actions), passed_on=_share(request, view),
        )  # fmt: skip

    return written_page(request, kept_text(request, session, make))


def _share(request: Request, view: ProfileView) -> Share:
    body = view.body
    said = " ".join(one["text"] for one in body["sentences"][:2])
    rests_on = f"{body['index']['title']}, as of {day_words(date.fromisoformat(body['as_at']))}"
    return share_of(
        request.app.state.settings.base_url, view.page_address, body["title"], said, rests_on,
        embed=f"/embed{view.page_address}",
    )  # fmt: skip


def _estate(
    session: Session, slug: str, made: Profile, ground: Ground, footprint_id: int
) -> EstateView:
    return estate_view(
        session, ground, footprint_id, slug=slug, area_set=made.body["index"]["area_set"],
        partnership_slug=made.body["partnership"], day=today(),
    )  # fmt: skip


def _neighbourhood(
    session: Session,
    slug: str,
    day: AsAt,
    index: str | None,
    version: int | None,
    indicators: str = "",
) -> tuple[Profile, Ground]:
    made = neighbourhood_profile(session, slug, index or None, day, version, read_ids(indicators))
    kept = get_version(session, slug, version)
    return made, read_ground(session, kept.footprint_id)


@router.get(
    "/partnerships/{slug}/profile/map.geojson", response_class=Response, dependencies=[Heavy]
)
@router.get(
    "/partnerships/{slug}/profile/map.topojson", response_class=Response, dependencies=[Heavy]
)
def partnership_map(
    request: Request, session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None
) -> Response:
    """The shapes that Leaflet draws on a partnership's profile."""

    def draw() -> list[Layer]:
        made = partnership_profile(session, slug, index or None, day)
        return profile_layers(session, made, None)

    return map_answer(request, draw, MAP_TOLERANCE_M, keep=session)


@router.get(
    "/neighbourhoods/{slug}/profile/map.geojson", response_class=Response, dependencies=[Heavy]
)
@router.get(
    "/neighbourhoods/{slug}/profile/map.topojson", response_class=Response, dependencies=[Heavy]
)
def neighbourhood_map(
    request: Request, session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None,
    version: Version = None,
) -> Response:  # fmt: skip
    """The shapes that Leaflet draws on a neighbourhood's page."""

    def draw() -> list[Layer]:
        made, ground = _neighbourhood(session, slug, day, index, version)
        return profile_layers(session, made, ground)

    return map_answer(request, draw, MAP_TOLERANCE_M, keep=session)
