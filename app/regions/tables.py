"""What was told of a region today, so that a process that has just begun need not work it out again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class RegionAnswer(Base):
    """The newest answer of a region and a stage; worked out, and worth nothing once its mark is another."""

    __tablename__ = "region_answers"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    stage: Mapped[str] = mapped_column(Text, primary_key=True)
    mark: Mapped[str] = mapped_column(
        Text, comment="digest of the day, of all inputs and of all partnerships"
    )
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="JSON")
    kept_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
