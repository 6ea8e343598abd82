"""Statements of use as somebody wrote and signed them; their figures are worked out until they are signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class StatementOfUse(Base):
    """What is said of one programme's use in one year; signed, it is frozen, and a revision follows it."""

    __tablename__ = "statements_of_use"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE")
    )
    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id"), index=True)
    financial_year: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    words: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="what people wrote, by section")
    sign_off: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="roles and organisations, no person's name"
    )
    signed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    figures: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="the statement as it was signed; never changed"
    )

    __table_args__ = (
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("(signed_at IS NULL) = (figures IS NULL)", name="frozen"),
        UniqueConstraint(
            "partnership_slug", "programme_id", "financial_year", "revision",
            name="uq_statements_of_use_revision",
        ),
    )  # fmt: skip
