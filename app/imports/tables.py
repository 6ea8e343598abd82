"""Imports that were begun over HTTP: what was sent, how far each is, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class ImportRun(Base):
    """One file brought in, or rehearsed; a row that says `running` is alive only while `alive_at` goes on."""

    __tablename__ = "import_runs"

    id: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="random: who knows it may ask after it"
    )
    kind: Mapped[str] = mapped_column(Text)
    partnership_slug: Mapped[str | None] = mapped_column(Text)
    token_id: Mapped[int] = mapped_column(BigInteger, comment="who began it")
    given: Mapped[dict[str, Any]] = mapped_column(JSONB)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger)
    stores: Mapped[bool] = mapped_column(Boolean, comment="false: a rehearsal")
    status: Mapped[str] = mapped_column(Text, server_default="running")
    step: Mapped[str] = mapped_column(Text, server_default="waiting")
    rows_done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rows_total: Mapped[int | None] = mapped_column(BigInteger, comment="null: not counted yet")
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    cancel_asked: Mapped[bool] = mapped_column(Boolean, server_default="false")
    begun_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    alive_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        server_default=func.now(),
        comment="when its service was last heard of",
    )
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(
            "status IN ('running', 'done', 'refused', 'interrupted')", name="status"
        ),
        Index("ix_import_runs_begun_at_id", "begun_at", "id"),
        # The same file for the same partnership is brought in once at a time.
        Index(
            "one_running_import", "kind", "sha256", text("coalesce(partnership_slug, '')"), "stores",
            unique=True, postgresql_where=text("status = 'running'"),
        ),
    )  # fmt: skip
