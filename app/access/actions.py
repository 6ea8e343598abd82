"""Making and revoking tokens; the caller owns the transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor, Role, hash_token
from app.access.tables import Token
from boundaries.errors import Conflict, Fault, Invalid, NotFound


class UnknownToken(NotFound):
    """No token has this number; `bounds token list` shows those that exist."""

    slug = "unknown-token"
    title = "No such token"


class TokenNotPossible(Invalid):
    """The role is unknown, or an administrator was to be tied to one partnership."""

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


def create_token(
    session: Session, role: Role | str, partnership_slug: str | None, actor: Actor | str
) -> NewToken:
    """Make a token and store its hash.

    An editor's token is for one partnership, or for all when `partnership_slug` is None.
    The partnership need not exist yet. Raises TokenNotPossible.
    """
    if role not in {"editor", "administrator"}:
        raise TokenNotPossible(
            f"the role {role!r} is not one of editor, administrator",
            [Fault("must be editor or administrator", column="role", value=role)],
        )
    if role == "administrator" and partnership_slug is not None:
        raise TokenNotPossible("an administrator may change every partnership: leave it out")
    secret = f"bounds_{token_urlsafe(32)}"
    token = Token(role=role, partnership_slug=partnership_slug, sha256=hash_token(secret))
    session.add(token)
    session.flush()
    detail: dict[str, object] = {"role": role, "partnership": partnership_slug}
    record(session, actor, "create", f"token:{token.id}", detail)
    return NewToken(token.id, secret)


def revoke_token(session: Session, token_id: int, actor: Actor | str) -> None:
    """Stop a token from working, at once and for good. Raises UnknownToken, AlreadyRevoked."""
    token = session.get(Token, token_id, with_for_update=True)
    if token is None:
        raise UnknownToken(f"there is no token {token_id}")
    if token.revoked_at is not None:
        raise AlreadyRevoked(f"token {token_id} was revoked on {token.revoked_at:%Y-%m-%d}")
    token.revoked_at = datetime.now(UTC)
    record(session, actor, "revoke", f"token:{token_id}", {})
