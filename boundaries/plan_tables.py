"""The tables of what is planned: a plan, and the areas that it makes of others on a day to come."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Plan(Base):
    """One plan that somebody added by hand, such as the order for a county's reorganisation."""

    __tablename__ = "plans"

    slug: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text, comment="who says so, and where")
    demo: Mapped[bool] = mapped_column(server_default="false")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class PlannedArea(Base):
    """An area that a plan makes of others; its row in `areas` is kept equal to it."""

    __tablename__ = "planned_areas"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    plan: Mapped[str] = mapped_column(ForeignKey("plans.slug", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    made_of: Mapped[list[str]] = mapped_column(
        ARRAY(Text), comment="codes of the areas that end when it begins"
    )

    __table_args__ = (CheckConstraint("valid_from < valid_to", name="life"),)
