"""Reads about tokens and the audit trail; never gives a token back, because only its hash is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from app.access.tables import AuditEvent, Token
from app.access.walls import let_in

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
    """One line of `bounds token list`; `state` is `works`, `expired` or `revoked` by the database's clock."""

    id: int
    role: str
    partnership_slug: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    state: str
    last_write_at: datetime | None


class AuditRow(NamedTuple):
    """One write as the audit trail holds it."""

    id: int
    at: datetime
    actor: str
    verb: str
    subject: str
    detail: dict[str, object]


def hash_token(secret: str) -> str:
    """The sha256 of a token in hexadecimal. A token has 256 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def is_expired() -> ColumnElement[bool]:
    """True of a token whose time is over, by the database's clock."""
    return func.coalesce(Token.expires_at <= func.now(), False)


def known(session: Session, actor: Actor) -> Actor:
    """Let the rest of this transaction see what is private to the actor's partnerships."""
    let_in(session, None if actor.is_administrator else actor.partnership_slug)
    return actor


def find_actor(session: Session, secret: str) -> Actor | None:
    """Who holds this token; None when it does not exist, has expired or was revoked."""
    row = session.execute(
        select(Token.id, Token.role, Token.partnership_slug).where(
            Token.sha256 == hash_token(secret), Token.revoked_at.is_(None), ~is_expired()
        )
    ).one_or_none()
    return None if row is None else known(session, Actor(row.id, row.role, row.partnership_slug))


def actor_of_token(session: Session, token_id: int) -> Actor | None:
    """Who holds the token of this number; None when it has expired or was revoked since."""
    row = session.execute(
        select(Token.id, Token.role, Token.partnership_slug).where(
            Token.id == token_id, Token.revoked_at.is_(None), ~is_expired()
        )
    ).one_or_none()
    return None if row is None else known(session, Actor(row.id, row.role, row.partnership_slug))


def why_refused(session: Session, secret: str) -> str:
    """Say what became of a token that `find_actor` refuses: who sends it holds it, and may know."""
    row = session.execute(
        select(Token.expires_at, Token.revoked_at).where(Token.sha256 == hash_token(secret))
    ).one_or_none()
    if row is not None and row.revoked_at is not None:
        return f"that token was revoked on {row.revoked_at:%Y-%m-%d}"
    if row is not None and row.expires_at is not None:
        return f"that token expired on {row.expires_at:%Y-%m-%d}"
    return "that token is not known"


def list_tokens(session: Session) -> list[TokenRow]:
    """Every token ever made, oldest first, with whether it works still and when it last wrote."""
    wrote = (
        select(AuditEvent.actor, func.max(AuditEvent.at).label("last_at"))
        .where(AuditEvent.verb.not_in(("sign in", "sign out")))
        .group_by(AuditEvent.actor)
        .subquery()
    )
    state = case(
        (Token.revoked_at.is_not(None), "revoked"), (is_expired(), "expired"), else_="works"
    )
    rows = session.execute(
        select(
            Token.id, Token.role, Token.partnership_slug, Token.created_at, Token.expires_at,
            Token.revoked_at, state, wrote.c.last_at,
        )
        .outerjoin(wrote, wrote.c.actor == literal("token ") + cast(Token.id, Text))
        .order_by(Token.id)
    )  # fmt: skip
    return [TokenRow(*row) for row in rows]


def list_events(
    session: Session, *, subject: str | None = None, among: tuple[str, str] | None = None,
    verbs: Sequence[str] | None = None, before: int | None = None, limit: int,
) -> tuple[list[AuditRow], int]:  # fmt: skip
    """List what was written, newest first, from before one number; with how many there are in all.

    `subject` is one thing (`partnership:exe-valley`) or, without a colon, a kind (`partnership`). among : a kind
    of many written at once (`neighbourhoods`) and the one whose name they must hold. verbs : only these of what
    was done.
    """
    asked: list[ColumnElement[bool]] = []
    if subject is not None:
        kind = AuditEvent.subject.startswith(f"{subject}:", autoescape=True)
        one = AuditEvent.subject == subject if ":" in subject else kind
        asked = [one] if among is None else [or_(one, _among(*among))]
    if verbs is not None:
        asked.append(AuditEvent.verb.in_(list(verbs)))
    total = session.scalar(select(func.count()).select_from(AuditEvent).where(*asked)) or 0
    if before is not None:
        asked.append(AuditEvent.id < before)
    rows = session.execute(
        select(
            AuditEvent.id, AuditEvent.at, AuditEvent.actor, AuditEvent.verb, AuditEvent.subject,
            AuditEvent.detail,
        )
        .where(*asked)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [AuditRow(*row) for row in rows], int(total)


def _among(kind: str, name: str) -> ColumnElement[bool]:
    """Hold for events of many records at once that made or changed the one of this name."""
    lists = [AuditEvent.detail[did].contains([name]) for did in ("made", "changed")]
    return and_(AuditEvent.subject.startswith(f"{kind}:", autoescape=True), or_(*lists))
