"""Each map as a picture to take away: SVG and PNG of the same drawing, with finding, key and sources on it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.areas.queries import full_area
from app.dependencies import AsAt, Heavy, ReadSession, today
from app.exports.pictures import Picture
from app.findings.asking import Asked, Asking, Councils, Slug, find_place
from app.findings.picture import NOTICE, place_picture, profile_picture
from app.findings.words import listed
from app.neighbourhoods.queries import get_version
from app.pages.area_view import area_layers
from app.pages.kept import kept_text
from app.pages.profile_page import IndexId, Version
from app.pages.routes import Code
from app.profiles.profile import neighbourhood_profile, partnership_profile
from boundaries.errors import NotFound
from boundaries.footprints import read_ground
from maps.picture_file import LEAST_WIDTH, MOST_WIDTH, USUAL_WIDTH, picture_svg

router = APIRouter(include_in_schema=False)

Ending = Literal["svg", "png"]
Width = Annotated[int, Query(ge=LEAST_WIDTH, le=MOST_WIDTH, description="pixels across, of a PNG")]


class NoOutline(NotFound):
    """No release that is loaded draws this area, so there is no picture of it."""

    slug = "no-outline"
    title = "No outline is loaded"


def _place(
    request: Request, session: Session, slug: str | None, councils: list[str] | None, asked: Asking,
    ending: Ending, width: int, *, with_money: bool,
) -> Response:  # fmt: skip
    name = slug or "view"

    def make() -> str:
        return place_picture(
            session, find_place(session, slug, councils, asked), with_money=with_money
        )

    drawn = kept_text(request, session, make)
    what = "resources" if with_money else "priorities"
    return Picture(drawn, f"{name}-{what}").answer(ending, width)


@router.get("/partnerships/{slug}/map.{ending}", response_class=Response, dependencies=[Heavy])
def partnership_picture(
    request: Request, session: ReadSession, slug: Slug, ending: Ending, asked: Asked, width: Width = USUAL_WIDTH
) -> Response:  # fmt: skip
    """A partnership's priority areas as a picture."""
    return _place(request, session, slug, None, asked, ending, width, with_money=False)


@router.get(
    "/partnerships/{slug}/priorities/map.{ending}", response_class=Response, dependencies=[Heavy]
)
def priorities_picture(
    request: Request, session: ReadSession, slug: Slug, ending: Ending, asked: Asked, width: Width = USUAL_WIDTH
) -> Response:  # fmt: skip
    """The same, beside the page of priorities."""
    return _place(request, session, slug, None, asked, ending, width, with_money=False)


@router.get(
    "/partnerships/{slug}/resources/map.{ending}", response_class=Response, dependencies=[Heavy]
)
def resources_picture(
    request: Request, session: ReadSession, slug: Slug, ending: Ending, asked: Asked, width: Width = USUAL_WIDTH
) -> Response:  # fmt: skip
    """The same with the money that is located and estimated in its neighbourhoods."""
    return _place(request, session, slug, None, asked, ending, width, with_money=True)


@router.get("/view/map.{ending}", response_class=Response, dependencies=[Heavy])
def view_picture(
    request: Request, session: ReadSession, ending: Ending, asked: Asked, councils: Councils = None,
    width: Width = USUAL_WIDTH,
) -> Response:  # fmt: skip
    """Some councils together as a picture."""
    return _place(request, session, None, councils, asked, ending, width, with_money=False)


@router.get(
    "/partnerships/{slug}/profile/map.{ending}", response_class=Response, dependencies=[Heavy]
)
def partnership_profile_picture(
    request: Request, session: ReadSession, slug: Slug, ending: Ending, day: AsAt, index: IndexId = None,
    width: Width = USUAL_WIDTH,
) -> Response:  # fmt: skip
    """Every small area of a partnership by national rank, as a picture."""

    def make() -> str:
        return profile_picture(
            session, partnership_profile(session, slug, index or None, day), None
        )

    return Picture(kept_text(request, session, make), f"{slug}-profile").answer(ending, width)


@router.get("/neighbourhoods/{slug}/map.{ending}", response_class=Response, dependencies=[Heavy])
def neighbourhood_picture(
    request: Request, session: ReadSession, slug: Slug, ending: Ending, day: AsAt, index: IndexId = None,
    version: Version = None, width: Width = USUAL_WIDTH,
) -> Response:  # fmt: skip
    """A neighbourhood among what lies around it, as a picture."""

    def make() -> str:
        made = neighbourhood_profile(session, slug, index or None, day, version)
        ground = read_ground(session, get_version(session, slug, version).footprint_id)
        return profile_picture(session, made, ground)

    return Picture(kept_text(request, session, make), slug).answer(ending, width)


@router.get("/areas/{code}/map.{ending}", response_class=Response, dependencies=[Heavy])
def area_picture(
    request: Request, session: ReadSession, code: Code, ending: Ending, day: AsAt, width: Width = USUAL_WIDTH
) -> Response:  # fmt: skip
    """One area among its neighbours, as a picture. Raises UnknownArea, NotOnThatDay and NoOutline."""
    asked = day if "as_at" in request.query_params else None

    def make() -> str:
        body = full_area(session, code, asked, day if asked else today())
        drawn = area_layers(session, body, day)
        if drawn is None:
            raise NoOutline(f"no release that is loaded draws {body['name']} ({body['code']})")
        below = f"As {body['source']['edition']} draws it." if body["source"] else ""
        touched = f"It touches {listed(drawn.neighbours)}." if drawn.neighbours else ""
        return picture_svg(
            drawn.layers, title=f"{body['name']} ({body['code']})", finding=touched, below=below,
            extent=drawn.extent, notice=NOTICE if body["demo"] else "",
        )  # fmt: skip

    return Picture(kept_text(request, session, make), code).answer(ending, width)
