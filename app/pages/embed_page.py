"""Pieces of pages for other sites' pages: a map or figures with title, sources and a way back; no form, no script.

These alone may stand in a frame of another site: nothing on them can be pressed but links.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.findings.asking import Asked, Slug, find_place
from app.findings.words import count, day, square_km
from app.neighbourhoods.queries import get_version
from app.pages.area_view import area_view
from app.pages.kept import kept_text
from app.pages.place_view import EMBEDDED, place_view
from app.pages.profile_page import IndexId
from app.pages.profile_view import ProfileView, profile_view
from app.pages.rendering import PAGE_HEADERS, fill
from app.pages.routes import Code
from app.profiles.profile import neighbourhood_profile, partnership_profile
from boundaries.footprints import read_ground

router = APIRouter(include_in_schema=False, dependencies=[Heavy])

# No script and no form, so that nothing can be pressed by mistake in somebody else's frame.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)
HEADERS = {**PAGE_HEADERS, "Content-Security-Policy": POLICY}
Show = Annotated[Literal["map", "figures"], Query(description="what stands in the frame")]


@dataclass(frozen=True)
class Piece:
    """What stands in the frame: a title, a sentence, a map with its key or figures, whose it is, the whole page.

    figures : name, value, what stands beside it. page : path of the page that this is a piece of. details_id :
    what the picture calls the place of its figures: here the line that leads to them.
    """

    title: str
    sentence: str
    key: Markup
    picture: Markup | None
    figures: list[tuple[str, str, str]]
    attribution: str
    page: str
    demo: bool
    details_id: str


def _framed(
    request: Request, session: Session, show: str, make_piece: Callable[[], Piece]
) -> HTMLResponse:
    def make() -> str:
        return fill(request, "embed.html", piece=make_piece(), show=show)

    return HTMLResponse(kept_text(request, session, make), headers=HEADERS)


def _of_place(
    session: Session, slug: str, asked: Asked, ending: str, *, with_money: bool
) -> Piece:  # fmt: skip
    findings = find_place(session, slug, None, asked)
    view = place_view(session, findings, with_money=with_money, page=EMBEDDED)
    credits = dict.fromkeys(line for credit in view.credits for line in credit.attributions)
    title = f"{'Resources going into' if with_money else 'Priority neighbourhoods of'} {view.name}"
    return Piece(
        title, view.finding, view.drawn.key, view.drawn.picture,
        [(fact.name, fact.value, fact.beside) for fact in view.facts], " ".join(credits),
        view.links.to(ending), view.demo, view.table_id,
    )  # fmt: skip


@router.get("/embed/partnerships/{slug}/priorities", response_class=HTMLResponse)
def priorities(
    request: Request, session: ReadSession, slug: Slug, asked: Asked, show: Show = "map"
) -> HTMLResponse:
    """A partnership's priority neighbourhoods, by the rule in the address."""
    return _framed(
        request, session, show,
        lambda: _of_place(session, slug, asked, "/priorities", with_money=False),
    )  # fmt: skip


@router.get("/embed/partnerships/{slug}/resources", response_class=HTMLResponse)
def resources(
    request: Request, session: ReadSession, slug: Slug, asked: Asked, show: Show = "map"
) -> HTMLResponse:
    """The money going into a partnership, by the rule, year and stage in the address."""
    return _framed(
        request, session, show,
        lambda: _of_place(session, slug, asked, "/resources", with_money=True),
    )  # fmt: skip


@router.get("/embed/partnerships/{slug}/profile", response_class=HTMLResponse)
def partnership(
    request: Request, session: ReadSession, slug: Slug, on: AsAt, index: IndexId = None, show: Show = "map"
) -> HTMLResponse:  # fmt: skip
    """A partnership by deprivation."""

    def make() -> Piece:
        return _of_profile(
            profile_view(
                session, partnership_profile(session, slug, index or None, on), None, _asked(index)
            )
        )

    return _framed(request, session, show, make)


@router.get("/embed/neighbourhoods/{slug}", response_class=HTMLResponse)
def neighbourhood(
    request: Request, session: ReadSession, slug: Slug, on: AsAt, index: IndexId = None, show: Show = "map"
) -> HTMLResponse:  # fmt: skip
    """A neighbourhood as its newest version has it."""

    def make() -> Piece:
        made = neighbourhood_profile(session, slug, index or None, on)
        ground = read_ground(session, get_version(session, slug).footprint_id)
        return _of_profile(profile_view(session, made, ground, _asked(index)))

    return _framed(request, session, show, make)


def _asked(index: str | None) -> dict[str, str]:
    return {"index": index} if index else {}


def _of_profile(view: ProfileView) -> Piece:
    body = view.body
    # The editions before and after stand on its page alone.
    own = [one["attribution"] for one in view.sources if one["index"] == body["index"]["id"]]
    credits = dict.fromkeys(line for line in (*view.attribution.split(" · "), *own) if line)
    return Piece(
        body["title"], body["sentences"][0]["text"] if body["sentences"] else "", view.key, view.picture,
        view.facts, " ".join(credits), view.page_address, body["index"]["demo"], view.table_id,
    )  # fmt: skip


@router.get("/embed/areas/{code}", response_class=HTMLResponse)
def area(
    request: Request, session: ReadSession, code: Code, on: AsAt, show: Show = "map"
) -> HTMLResponse:
    """One area among its neighbours, as it is today or on a day asked for."""
    asked = on if "as_at" in request.query_params else None

    def make() -> Piece:
        view = area_view(session, code, on, asked)
        it = view.area
        since = (
            f"since {day(it['valid_from'])}"
            if it["valid_from"]
            else "since before the records begin"
        )
        ending = f"?as_at={asked}" if asked else ""
        return Piece(
            it["name"], f"{it['name']} ({it['code']}): {it['type_name']}, {it['status']}, {since}.", Markup(""),
            view.picture,
            [
                ("People", count(it["population"]), ""), ("Area", square_km(it["area_m2"]), ""),
                ("Status", it["status"], ""),
            ],
            it["source"]["attribution"] if it["source"] else "", f"/areas/{it['code']}{ending}", it["demo"],
            "figures",
        )  # fmt: skip

    return _framed(request, session, show, make)
