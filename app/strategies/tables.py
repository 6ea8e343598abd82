"""What a partnership promised, means to do and wrote as its strategy, and what an assessor noted of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
    lines: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default="{}", comment="ids of lines of money that pay for it"
    )
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


class WrittenStrategy(Base):
    """One version of a partnership's strategy: a draft until it is published, and then never changed."""

    __tablename__ = "written_strategies"

    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="vision, objectives, learning, plans"
    )
    reason: Mapped[str] = mapped_column(Text, comment="why this version was written")
    published_on: Mapped[date | None] = mapped_column(comment="null: a draft")
    sign_offs: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, server_default="[]", comment="member organisations and days, no person's name"
    )
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (CheckConstraint("version > 0", name="version"),)


class AssessorNote(Base):
    """What an assessor wrote beside one criterion of accreditation; the last word of one post, no person."""

    __tablename__ = "assessor_notes"

    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), primary_key=True
    )
    criterion: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, comment="the assessor's post, never a name")
    noted_on: Mapped[date]
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
