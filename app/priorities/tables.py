"""Designations: which small areas a rule selected, kept as they were on the day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Designation(Base):
    """One run of one rule for one partnership; never changed once saved."""

    __tablename__ = "designations"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    index_id: Mapped[str] = mapped_column(Text)
    rule: Mapped[dict[str, object]] = mapped_column(JSONB)
    inputs: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    result: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
