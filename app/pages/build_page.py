"""The page that builds a neighbourhood of small areas: choose, count, check, save; works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.access.cookies import page_actor, require_form_word
from app.access.queries import Actor
from app.dependencies import AsAt, Heavy, ReadSession, WriteSession, today
from app.findings.asking import Slug
from app.neighbourhoods.actions import (
    change_neighbourhood,
    create_neighbourhood,
    lock_neighbourhood,
)
from app.neighbourhoods.choosing import choosable_areas
from app.neighbourhoods.saying import first_day, say_codes
from app.pages.build_file import (
    MOST_LIST_BYTES,
    MOST_OUTLINE_BYTES,
    OUTLINE_ENDINGS,
    build_form,
    read_entered,
)
from app.pages.build_view import (
    BuildView,
    build_view,
    choice_layers,
    count_view,
    require_choosable,
)
from app.pages.chosen_areas import LONGEST, pack, unpack
from app.pages.desk_forms import desk_page, lines_of, text_of, values_of
from app.pages.map_answers import map_answer
from app.pages.missing_view import missing_text
from app.pages.rendering import PRIVATE, page, written_page
from app.problems import NotAllowed, NotSignedIn, Stale, status_of
from boundaries.errors import BoundsError, Fault, Invalid, NotFound

router = APIRouter(include_in_schema=False)
MAP_TOLERANCE_M = 10.0
_FIELDS = {"name": "", "reason": "", "version_of": "", "list": ""}
Chosen = Annotated[str, Query(max_length=LONGEST)]


@dataclass(frozen=True)
class _Outcome:
    """What the form sent comes to: areas, entries left out, and why it was not done, where it was not."""

    codes: tuple[str, ...]
    left_out: tuple[Fault, ...] = ()
    problem: BoundsError | None = None


def _address(slug: str, codes: tuple[str, ...]) -> str:
    return f"/partnerships/{slug}/build" + (f"?chosen={pack(codes)}" if codes else "")


def _shown(
    request: Request, actor: Actor | None, view: BuildView, typed: dict[str, str], outcome: _Outcome
) -> HTMLResponse:
    problem = outcome.problem
    return desk_page(
        request, "build.html", actor, status=200 if problem is None else status_of(problem), view=view,
        typed=typed, left_out=outcome.left_out, problem=problem, endings=",".join(OUTLINE_ENDINGS),
        most_list=MOST_LIST_BYTES, most_outlines=MOST_OUTLINE_BYTES,
    )  # fmt: skip


@router.get("/partnerships/{slug}/build", response_class=HTMLResponse, dependencies=[Heavy])
def build_page(request: Request, session: ReadSession, slug: Slug, chosen: Chosen = "") -> Response:
    """A partnership's small areas to choose from; the choice stands in the address."""
    codes = tuple(unpack(chosen))
    try:
        view = build_view(session, slug, codes, today())
    except NotFound as error:
        told = missing_text(request, session, slug, "Building a neighbourhood", error)
        if told is None:
            raise
        return written_page(request, told)
    return _shown(request, page_actor(request, session), view, dict(_FIELDS), _Outcome(codes))


@router.get("/partnerships/{slug}/build/count", response_class=HTMLResponse, dependencies=[Heavy])
def build_count(
    request: Request, session: ReadSession, day: AsAt, slug: Slug, chosen: Chosen = ""
) -> HTMLResponse:
    """What a choice comes to, as a piece of the page; a script asks for it after each choice."""
    codes, among = unpack(chosen), choosable_areas(session, slug)
    require_choosable(among, codes)
    return page(
        request, "build_count.html", count=count_view(session, slug, among, codes, day), slug=slug
    )


@router.get("/partnerships/{slug}/build/map.geojson", response_class=Response, dependencies=[Heavy])
@router.get(
    "/partnerships/{slug}/build/map.topojson", response_class=Response, dependencies=[Heavy]
)
def build_map(request: Request, session: ReadSession, slug: Slug, chosen: Chosen = "") -> Response:
    """The shapes that Leaflet draws of a choice."""
    codes, among = unpack(chosen), choosable_areas(session, slug)
    require_choosable(among, codes)
    return map_answer(
        request, lambda: choice_layers(session, among, codes), MAP_TOLERANCE_M, keep=None
    )


@router.post("/partnerships/{slug}/build", response_class=Response, dependencies=[Heavy])
def send_build(
    request: Request, session: WriteSession, slug: Slug,
    form: Annotated[FormData, Depends(build_form)],
) -> Response:  # fmt: skip
    """Take boxes, a list or a file; show what they come to, or keep it as a neighbourhood. Raises ForeignForm."""
    actor = page_actor(request, session)
    is_saving = text_of(form, "do") == "save"
    if is_saving and actor is not None:  # without a cookie there is no word, and nothing is kept
        require_form_word(request, text_of(form, "form_word"))
    ticked = tuple(dict.fromkeys(lines_of(form, "area")))
    among = choosable_areas(session, slug)
    require_choosable(among, ticked)
    try:
        entered = read_entered(session, form, among)
        outcome = _Outcome(tuple(sorted({*ticked, *entered.codes})), entered.left_out)
    except BoundsError as problem:
        outcome = _Outcome(tuple(sorted(ticked)), problem=problem)
    if outcome.problem is None and not outcome.left_out:
        if not is_saving:
            return RedirectResponse(_address(slug, outcome.codes), 303, PRIVATE)
        try:
            with session.begin_nested():  # what a refusal has half done is undone
                kept = _keep(session, actor, slug, outcome.codes, form, among.area_set)
            return RedirectResponse(f"/neighbourhoods/{kept}", 303, PRIVATE)
        except BoundsError as problem:
            outcome = _Outcome(outcome.codes, problem=problem)
    view = build_view(session, slug, outcome.codes, today())
    return _shown(request, actor, view, values_of(form, _FIELDS), outcome)


def _keep(
    session: Session, actor: Actor | None, slug: str, codes: tuple[str, ...], form: FormData, area_set: str
) -> str:  # fmt: skip
    """Keep the choice as a new neighbourhood, or a new version of one as it was read; gives its slug."""
    if actor is None:
        raise NotSignedIn("sign in first; the choice stays in this page's address")
    if not actor.may_edit(slug):
        raise NotAllowed("your token is not of this partnership")
    if not codes:
        raise Invalid("choose at least one area", [Fault("nothing is chosen", pointer="/chosen")])
    said, reason = say_codes(session, codes, first_day(area_set)), text_of(form, "reason")
    older, _, revision = text_of(form, "version_of").partition("@")
    if not older:
        made = create_neighbourhood(
            session, actor, said, reason=reason, name=text_of(form, "name") or None, partnership_slug=slug
        )  # fmt: skip
        return made.slug
    row = lock_neighbourhood(session, older)
    if row.partnership_slug != slug:
        raise Invalid(
            "that neighbourhood is of another partnership", [Fault("of another", "/version_of")]
        )
    if str(row.revision) != revision:
        raise Stale(
            f"somebody has changed {row.name!r} since you opened this page: look at it at /neighbourhoods/{older}, "
            "then choose it again here"
        )
    return change_neighbourhood(session, actor, older, said=said, reason=reason).slug
