"""Reads about tokens; never gives a token back, because only its hash is stored."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.tables import Token

Role = Literal["editor", "administrator"]


class Actor(NamedTuple):
    """Whoever holds a token: its role and, for an editor of one partnership, that slug."""

    token_id: int
    role: str
    partnership_slug: str | None

    def __str__(self) -> str:
        return f"token {self.token_id}"

    @property
    def is_administrator(self) -> bool:
        """True for the role that may do everything."""
        return self.role == "administrator"

    def may_edit(self, slug: str) -> bool:
        """True when this actor may change the partnership `slug`."""
        return self.is_administrator or self.partnership_slug in (None, slug)


class TokenRow(NamedTuple):
    """One line of `bounds token list`."""

    id: int
    role: str
    partnership_slug: str | None
    created_at: datetime
    revoked_at: datetime | None


def hash_token(secret: str) -> str:
    """The sha256 of a token in hexadecimal. A token has 256 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def find_actor(session: Session, secret: str) -> Actor | None:
    """Who holds this token; None when it does not exist or was revoked."""
    row = session.execute(
        select(Token.id, Token.role, Token.partnership_slug).where(
            Token.sha256 == hash_token(secret), Token.revoked_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else Actor(row.id, row.role, row.partnership_slug)


def list_tokens(session: Session) -> list[TokenRow]:
    """Every token ever made, oldest first, the revoked ones with the time of it."""
    rows = session.execute(
        select(
            Token.id, Token.role, Token.partnership_slug, Token.created_at, Token.revoked_at
        ).order_by(Token.id)
    )
    return [TokenRow(*row) for row in rows]
