"""What importing keeps beside the lines: how a partnership's files are read, and weights stated for a line."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Numeric, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class ResourceMapping(Base):
    """How one kind of file of a partnership is read: its titles, and what a person said its words mean."""

    __tablename__ = "resource_mappings"

    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    columns: Mapped[dict[str, str]] = mapped_column(
        JSONB, comment="our column to the file's title, or =words that every row says"
    )
    places: Mapped[dict[str, str]] = mapped_column(
        JSONB, comment="words to the code, postcode or neighbourhood that a person confirmed"
    )
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
    made_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class LineWeight(Base):
    """A weight that a source states for an area in the place of one line: for estimates on the basis given."""

    __tablename__ = "resource_line_weights"

    line_id: Mapped[str] = mapped_column(
        ForeignKey("resource_lines.id", ondelete="CASCADE"), primary_key=True
    )
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)
    weight: Mapped[Decimal] = mapped_column(Numeric)

    __table_args__ = (CheckConstraint("weight >= 0", name="weight"),)
