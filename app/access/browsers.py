"""Browsers that sign in with a token: begun, found again by their cookie, ended; the cookie's secret is never stored.

A session is worth exactly its token, and ends with it: idle for IDLE, IDLE or not after LONGEST, when the
token is revoked or expires, or when somebody signs out.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from secrets import token_urlsafe
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor, find_actor, hash_token, is_expired, known
from app.access.tables import BrowserSession, Token

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
# Written down at most this often: reading a page is no reason to write a row each time.
_SEEN_EVERY = timedelta(minutes=1)


class NewBrowser(NamedTuple):
    """A session just begun; `secret` goes into the cookie and nowhere else."""

    secret: str
    actor: Actor


def begin(session: Session, token_secret: str) -> NewBrowser | None:
    """Sign a browser in with a token; None when the token does not work. Clears away what has ended."""
    actor = find_actor(session, token_secret)
    if actor is None:
        return None
    session.execute(delete(BrowserSession).where(~_is_open()))
    secret = token_urlsafe(32)
    session.add(BrowserSession(sha256=hash_token(secret), token_id=actor.token_id))
    session.flush()
    record(session, actor, "sign in", f"token:{actor.token_id}", {})
    return NewBrowser(secret, actor)


def find_browser(session: Session, secret: str) -> Actor | None:
    """Who is signed in with this cookie; None when it is unknown, its time is over, or its token is no more."""
    row = session.execute(
        select(Token.id, Token.role, Token.partnership_slug)
        .join(BrowserSession, BrowserSession.token_id == Token.id)
        .where(
            BrowserSession.sha256 == hash_token(secret),
            _is_open(),
            Token.revoked_at.is_(None),
            ~is_expired(),
        )
    ).one_or_none()
    return None if row is None else known(session, Actor(row.id, row.role, row.partnership_slug))


def keep_open(session: Session, secret: str) -> None:
    """Note that the browser is in use, at most once a minute; the session must be one that writes."""
    session.execute(
        update(BrowserSession)
        .where(
            BrowserSession.sha256 == hash_token(secret),
            BrowserSession.seen_at < func.now() - _SEEN_EVERY,
        )
        .values(seen_at=func.now())
    )


def end(session: Session, secret: str, actor: Actor) -> None:
    """Sign the browser out: its cookie is worth nothing from now on."""
    session.execute(delete(BrowserSession).where(BrowserSession.sha256 == hash_token(secret)))
    record(session, actor, "sign out", f"token:{actor.token_id}", {})


def form_word(secret: str) -> str:
    """Make the word that every form of this browser carries: known to who holds the cookie, and gives it not away."""
    return hmac.new(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()


def is_form_word(secret: str, given: str) -> bool:
    """Say whether a form carries the word of this browser."""
    return hmac.compare_digest(form_word(secret).encode(), given.encode("utf-8", "replace"))


def _is_open() -> ColumnElement[bool]:
    return (BrowserSession.seen_at > func.now() - IDLE) & (
        BrowserSession.begun_at > func.now() - LONGEST
    )
