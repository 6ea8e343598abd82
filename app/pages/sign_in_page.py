"""Signing a browser in with a token and out again: a form, a cookie, nothing a script needs."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.access.browsers import begin, end
from app.access.cookies import (
    browser_secret,
    clear_cookie,
    page_actor,
    require_own_page,
    set_cookie,
)
from app.access.queries import why_refused
from app.access.shared_tries import SharedTries
from app.dependencies import ReadSession, WriteSession
from app.pages.desk_forms import SentForm, desk_page, own_path
from app.pages.rendering import PRIVATE
from app.problems import TooManyRequests

router = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(max_length=500)]
MAX_TOKEN = 200


def _tries(request: Request) -> SharedTries:
    state = request.app.state
    if not hasattr(state, "sign_in_tries"):
        state.sign_in_tries = SharedTries(state.settings.data_dir)
    kept: SharedTries = state.sign_in_tries
    return kept


@router.get("/sign-in", response_class=HTMLResponse)
def sign_in_page(request: Request, session: ReadSession, next: Next = "/desk") -> HTMLResponse:
    """The form that takes a token."""
    actor = page_actor(request, session)
    return desk_page(request, "sign_in.html", actor, next_page=own_path(next), refused=None)


@router.post("/sign-in", response_class=Response, dependencies=[Depends(require_own_page)])
def sign_in(
    request: Request, session: WriteSession,
    token: Annotated[str, Form(max_length=MAX_TOKEN)] = "",
    next: Annotated[str, Form(max_length=500)] = "/desk",
) -> Response:  # fmt: skip
    """Hand the browser a cookie for a token that works. Raises TooManyRequests, ForeignForm."""
    # There is no cookie yet, so no word in the form: the page that it comes from must do.
    address = request.client.host if request.client else "unknown"
    tries, now = _tries(request), time.monotonic()
    wait_s = tries.wait_s(address, now)
    if wait_s > 0:
        raise TooManyRequests(
            f"too many tokens that do not work came from this address: try again in {int(wait_s) + 1} seconds"
        )
    secret = token.strip()
    begun = begin(session, secret)
    if begun is None:
        tries.failed(address, now)
        return desk_page(
            request, "sign_in.html", None, status=401, next_page=own_path(next),
            refused=why_refused(session, secret) if secret else "no token was given",
        )  # fmt: skip
    answer = RedirectResponse(own_path(next), 303, PRIVATE)
    set_cookie(request, answer, begun.secret)
    return answer


@router.post("/sign-out", response_class=Response)
def sign_out(request: Request, session: WriteSession, _form: SentForm) -> Response:
    """End the browser's session, in the database and in the browser."""
    actor = page_actor(request, session)
    if actor is not None:
        end(session, browser_secret(request), actor)
    answer = RedirectResponse("/sign-in", 303, PRIVATE)
    clear_cookie(request, answer)
    return answer
