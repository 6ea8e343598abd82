"""Who may write, and what was written by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Token(Base):
    """A write token: only its hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    partnership_slug: Mapped[str | None] = mapped_column(Text, comment="null: every partnership")
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="null: made before tokens expired"
    )
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (CheckConstraint("role IN ('editor', 'administrator')", name="role"),)


class BrowserSession(Base):
    """A browser that signed in with a token: worth what the token is worth, and for a while only."""

    __tablename__ = "browser_sessions"

    sha256: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="hash of what the cookie holds"
    )
    token_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("tokens.id", ondelete="CASCADE"),
        index=True,
        comment="whose rights it has",
    )
    begun_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AuditEvent(Base):
    """One write, recorded in the transaction that made it."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, index=True)
    detail: Mapped[dict[str, object]] = mapped_column(JSONB)


class SentOnce(Base):
    """A POST sent under an Idempotency-Key: that it is under way, or what it was answered, for a day."""

    __tablename__ = "sent_once"

    token_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    run: Mapped[str] = mapped_column(
        Text, comment="random: a try that was given up cannot store after another has begun"
    )
    asked: Mapped[str] = mapped_column(Text, comment="digest of method, path and query")
    body_sha256: Mapped[str | None] = mapped_column(Text, comment="null: not answered yet")
    is_stored: Mapped[bool] = mapped_column(
        server_default="false", comment="set in the transaction of the write itself"
    )
    status: Mapped[int | None] = mapped_column(comment="null: not answered yet")
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(
        comment="null: not answered yet, or too long to keep"
    )
    begun_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), index=True
    )
