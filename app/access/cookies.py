"""What a request says of the browser behind it: its cookie, the word in its forms, and the page it came from.

A cookie alone reads; it never changes anything. A change needs the form's word too, and comes from a page of
this service: another site's page can send neither.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.access.browsers import LONGEST, find_browser, form_word, is_form_word
from app.access.queries import Actor
from app.problems import NotAllowed
from boundaries.errors import Fault

FORM_FIELD = "form_word"
CSRF_HEADER = "x-csrf-token"
MAX_SECRET = 200


class ForeignForm(NotAllowed):
    """The form is not from a page of this service, or from before you signed in: open the page again and send it."""

    slug = "foreign-form"
    title = "That form is not from here"


def _is_https(request: Request) -> bool:
    return str(request.app.state.settings.base_url).startswith("https://")


def _cookie_name(request: Request) -> str:
    # The prefix makes browsers refuse one set for a wider domain, or without https.
    return "__Host-bounds" if _is_https(request) else "bounds"


def browser_secret(request: Request) -> str:
    """What the browser's cookie holds; empty where it has none."""
    return request.cookies.get(_cookie_name(request), "")[:MAX_SECRET]


def page_actor(request: Request, session: Session) -> Actor | None:
    """Who is signed in with this browser, for a page that shows more to them; None for everybody else.

    A page that differs by it must not be kept or cached: send `Cache-Control: private, no-store`.
    """
    secret = browser_secret(request)
    return find_browser(session, secret) if secret else None


def csrf_token(request: Request) -> str:
    """The word for the field `form_word` of every form and the header X-CSRF-Token; empty without a cookie."""
    secret = browser_secret(request)
    return form_word(secret) if secret else ""


def require_own_page(request: Request) -> None:
    """Check that a page of this service sent the request. Raises ForeignForm (403).

    Browsers name the page in `Origin` with every form; what comes without it comes from no browser.
    """
    origin = request.headers.get("origin", "")
    own = urlsplit(request.app.state.settings.base_url)
    try:
        named = urlsplit(origin)
    except ValueError:
        named = urlsplit("")
    is_own = bool(named.netloc) and (
        (named.scheme, named.netloc) == (own.scheme, own.netloc)
        or (named.netloc == request.headers.get("host", "") and named.scheme == own.scheme)
    )
    if not is_own:
        raise ForeignForm(
            "this was not sent from a page of this service",
            [Fault("the header Origin must name this service", "/origin", value=origin[:80])],
        )


def require_form_word(request: Request, given: str) -> None:
    """Check a form's word and where it came from. Raises ForeignForm (403)."""
    require_own_page(request)
    secret = browser_secret(request)
    if not (secret and is_form_word(secret, given)):
        raise ForeignForm("the form is of another session: open the page again and send it anew")


def actor_by_cookie(request: Request, session: Session) -> Actor | None:
    """Who is signed in, for a change sent by a script of our pages with the header X-CSRF-Token; else None.

    Raises ForeignForm where the word is wrong or the page is not ours.
    """
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        return None  # a cookie comes along with anything; alone it changes nothing
    actor = page_actor(request, session)
    if actor is not None:
        require_form_word(request, given)
    return actor


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Hand the browser its secret: out of reach of scripts, and sent to this service's own pages alone."""
    response.set_cookie(
        _cookie_name(request), secret, max_age=int(LONGEST.total_seconds()), path="/",
        secure=_is_https(request), httponly=True, samesite="strict",
    )  # fmt: skip


def clear_cookie(request: Request, response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(
        _cookie_name(request), path="/", secure=_is_https(request), httponly=True, samesite="strict"
    )
