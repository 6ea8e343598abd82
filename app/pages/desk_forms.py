"""What an editor's pages have in common: who is signed in, a form's fields read and checked, faults told by field."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from app.access.browsers import keep_open
from app.access.cookies import (
    FORM_FIELD,
    browser_secret,
    csrf_token,
    page_actor,
    require_form_word,
)
from app.access.queries import Actor
from app.dependencies import WriteSession
from app.pages.rendering import PRIVATE, page
from app.problems import NotSignedIn, status_of
from boundaries.errors import BoundsError, Fault

MAX_FIELDS = 4000


class SignInFirst(NotSignedIn):
    """This page is for editors: sign in with your token at /sign-in, then come back to it."""

    slug = "sign-in-first"
    title = "Sign in first"


def desk_actor(request: Request, session: WriteSession) -> Actor:
    """Who is signed in with this browser; keeps the session open. Raises SignInFirst (401)."""
    actor = page_actor(request, session)
    if actor is None:
        raise SignInFirst("sign in with a token at /sign-in first")
    keep_open(session, browser_secret(request))
    return actor


DeskActor = Annotated[Actor, Depends(desk_actor)]


def to_sign_in(request: Request) -> Response:
    """Send who is not signed in to do it, and back to this page afterwards."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(asked[:500])}", 303, PRIVATE)


def own_path(given: str) -> str:
    """Give an address of this service to go on to; the desk for anything that leads, or might lead, elsewhere."""
    is_own = given.startswith("/") and not given.startswith(("//", "/\\"))
    is_plain = given.isascii() and given.isprintable() and "\\" not in given and len(given) <= 500
    return given if is_own and is_plain else "/desk"


async def sent_form(request: Request) -> AsyncIterator[FormData]:
    """Read a form and check that it is one of ours. Raises ForeignForm (403)."""
    async with request.form(max_files=1, max_fields=MAX_FIELDS) as form:
        given = form.get(FORM_FIELD)
        require_form_word(request, given if isinstance(given, str) else "")
        yield form


SentForm = Annotated[FormData, Depends(sent_form)]


def text_of(form: FormData, name: str) -> str:
    """Give one field's text without the spaces around it; empty where it was not sent."""
    given = form.get(name)
    return "" if given is None or isinstance(given, UploadFile) else given.strip()


def lines_of(form: FormData, name: str) -> list[str]:
    """Give a field's lines, or the values of a field sent several times, without empty ones."""
    given = [each for each in form.getlist(name) if isinstance(each, str)]
    return [line.strip() for each in given for line in each.splitlines() if line.strip()]


def desk_page(
    request: Request, template: str, actor: Actor | None, *, status: int = 200, **values: Any
) -> HTMLResponse:  # fmt: skip
    """Answer with a page of the desk: kept by nobody, its forms with this browser's word."""
    answer = page(
        request, template, headers=PRIVATE, actor=actor, form_word=csrf_token(request), **values
    )
    answer.status_code = status
    return answer


def faults_by_field(problem: BoundsError | None) -> dict[str, list[str]]:
    """Give a problem's faults by the field they are of: the pointer's first step; "" for those of the whole."""
    found: dict[str, list[str]] = {}
    if problem is None:
        return found
    for fault in problem.faults or [Fault(problem.detail)]:
        field = fault.pointer.strip("/").split("/")[0] or (fault.column or "")
        # The field stands beside it already.
        found.setdefault(field, []).append(fault.detail.removeprefix(f"{field}: "))
    return found


def status_for(problem: BoundsError | None) -> int:
    """The status of a form shown again: that of its problem."""
    return 200 if problem is None else status_of(problem)


def values_of(form: FormData, names: Mapping[str, str]) -> dict[str, str]:
    """Give what was typed into the fields of a form, to show it again; those not sent as given here."""
    return {
        name: text_of(form, name) if name in form else otherwise
        for name, otherwise in names.items()
    }
