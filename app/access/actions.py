"""Making and revoking tokens; the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor, Role, hash_token
from app.access.tables import Token
from boundaries.errors import Conflict, Fault, Invalid, NotFound

DEFAULT_DAYS = 365
MAX_DAYS = 3650


class UnknownToken(NotFound):
    """No token has this number; `bounds token list` shows those that exist."""

    slug = "unknown-token"
    title = "No such token"


class TokenNotPossible(Invalid):
    """The role is unknown, the days are too many, or an administrator was to be tied to one partnership."""

    slug = "token-not-possible"
    title = "That token cannot be made"


class AlreadyRevoked(Conflict):
    """The token was revoked before; nothing was changed."""

    slug = "token-already-revoked"
    title = "Already revoked"


class NewToken(NamedTuple):
    """A token just made; `secret` is shown once and cannot be had again."""

    id: int
    secret: str
    expires_at: datetime


def create_token(
    session: Session,
    role: Role | str,
    partnership_slug: str | None,
    actor: Actor | str,
    expires_in_days: int = DEFAULT_DAYS,
) -> NewToken:
    """Make a token and store its hash; it stops working after so many days by the database's clock.

    An editor's token is for one partnership, or for all when `partnership_slug` is None.
    The partnership need not exist yet. Raises TokenNotPossible.
    """
    faults = _token_faults(role, partnership_slug, expires_in_days)
    if faults:
        raise TokenNotPossible("; ".join(fault.detail for fault in faults), faults)
    secret = f"bounds_{token_urlsafe(32)}"
    token = Token(
        role=role,
        partnership_slug=partnership_slug,
        sha256=hash_token(secret),
        expires_at=func.now() + timedelta(days=expires_in_days),
    )
    session.add(token)
    session.flush()
    detail: dict[str, object] = {
        "role": role,
        "partnership": partnership_slug,
        "expires_in_days": expires_in_days,
    }
    record(session, actor, "create", f"token:{token.id}", detail)
    assert token.expires_at is not None, "just set"
    return NewToken(token.id, secret, token.expires_at)


def _token_faults(role: str, partnership_slug: str | None, expires_in_days: int) -> list[Fault]:
    faults = []
    if role not in {"editor", "administrator"}:
        detail = f"the role {role!r} is not one of editor, administrator"
        faults.append(Fault(detail, column="role", value=role))
    if role == "administrator" and partnership_slug is not None:
        detail = "an administrator may change every partnership: leave it out"
        faults.append(Fault(detail, column="partnership", value=partnership_slug))
    if not 1 <= expires_in_days <= MAX_DAYS:
        detail = f"a token works for 1 to {MAX_DAYS} days"
        faults.append(Fault(detail, column="days", value=str(expires_in_days)))
    return faults


def revoke_token(session: Session, token_id: int, actor: Actor | str) -> None:
    """Stop a token from working, at once and for good. Raises UnknownToken, AlreadyRevoked."""
    token = session.get(Token, token_id, with_for_update=True)
    if token is None:
        raise UnknownToken(f"there is no token {token_id}")
    if token.revoked_at is not None:
        raise AlreadyRevoked(f"token {token_id} was revoked on {token.revoked_at:%Y-%m-%d}")
    _revoke(session, token, actor, {})


def revoke_tokens_of(session: Session, partnership_slug: str, actor: Actor | str) -> list[int]:
    """Revoke every token that is for this one partnership alone, as when it is removed; give their numbers.

    A token knows its partnership by slug. Another partnership made later under the same slug is
    somebody else's, and the editors of the old one must not find its door open.
    """
    tokens = session.scalars(
        select(Token)
        .where(Token.partnership_slug == partnership_slug, Token.revoked_at.is_(None))
        .order_by(Token.id)
        .with_for_update()
    ).all()
    for token in tokens:
        _revoke(session, token, actor, {"because": f"partnership:{partnership_slug} was removed"})
    return [token.id for token in tokens]


def _revoke(
    session: Session, token: Token, actor: Actor | str, detail: Mapping[str, object]
) -> None:
    token.revoked_at = func.now()
    record(session, actor, "revoke", f"token:{token.id}", detail)
