"""Targets: what a partnership promised, each with the series that it is judged by."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Target(Base):
    """One target of a partnership's own; the national ones of 2001 are a file beside the code."""

    __tablename__ = "targets"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(Text)
    theme: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text, comment="who is judged: each district, or the whole")
    indicator_id: Mapped[str | None] = mapped_column(Text, comment="null: no series is held")
    measure: Mapped[str] = mapped_column(Text, comment="what the figures are of, in words")
    unit: Mapped[str] = mapped_column(Text)
    higher_is_worse: Mapped[bool]
    threshold: Mapped[float | None]
    reduction_share: Mapped[float | None]
    tail_share: Mapped[float] = mapped_column(server_default="0.2")
    baseline_period: Mapped[str] = mapped_column(Text)
    baseline_value: Mapped[float | None]
    due_period: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text, server_default="linear")
    milestones: Mapped[list[list[object]]] = mapped_column(
        JSONB, comment="period and figure of each, the first first"
    )
    source: Mapped[str | None] = mapped_column(Text, comment="where it was promised")
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("kind IN ('level', 'floor', 'ratio', 'tail-gap')", name="kind"),
        CheckConstraint("scope IN ('districts', 'whole')", name="scope"),
        CheckConstraint("path IN ('linear', 'stepped')", name="path"),
        CheckConstraint("(threshold IS NULL) <> (reduction_share IS NULL)", name="one_aim"),
    )


class PlannedAction(Base):
    """One thing that a partnership agreed to do: by whom, where, until when, and for which targets."""

    __tablename__ = "planned_actions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(Text)
    theme: Mapped[str | None] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text, comment="an organisation or a role, never a person")
    neighbourhoods: Mapped[list[str]] = mapped_column(
        ARRAY(Text), comment="slugs; none: the whole partnership"
    )
    targets: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="ids of what it serves")
    programmes: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="ids of what pays for it")
    starts_on: Mapped[date | None]
    due_on: Mapped[date]
    status: Mapped[str] = mapped_column(Text, server_default="planned")
    note: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("status IN ('planned', 'under way', 'done', 'dropped')", name="status"),
        CheckConstraint("starts_on <= due_on", name="in_time"),
    )
