"""Indicators, their periods and their values: a row an area and period, suppressed and missing apart from zero."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Identity, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Indicator(Base):
    """What one indicator is, of which areas, whose it is and on which terms."""

    __tablename__ = "indicators"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Identity(), unique=True)
    title: Mapped[str] = mapped_column(Text)
    definition: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    direction: Mapped[str] = mapped_column(Text)
    nature: Mapped[str] = mapped_column(Text)
    denominator: Mapped[str | None] = mapped_column(
        Text, comment="what it is a share of: an indicator's id, or words"
    )
    area_type: Mapped[str] = mapped_column(Text)
    area_set: Mapped[str] = mapped_column(Text, comment="lsoa-2021, wd-2017, lad-2021 …")
    release_id: Mapped[str] = mapped_column(
        Text, comment="the release that draws its areas; empty where none does"
    )
    publisher: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    coverage: Mapped[str | None] = mapped_column(Text, comment="what part it holds; null: all")
    partnership_slug: Mapped[str | None] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), comment="null: published data"
    )
    confidential: Mapped[bool]
    partial: Mapped[bool]
    demo: Mapped[bool]
    dataset_id: Mapped[str] = mapped_column(Text, index=True, comment="upload: a file of a user's")
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    rows_in: Mapped[int]
    rows_stored: Mapped[int]
    rows_refused: Mapped[int]
    rows_elsewhere: Mapped[int]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint(
            "direction IN ('higher-is-worse', 'lower-is-worse', 'neither')", name="direction"
        ),
        CheckConstraint("nature IN ('extensive', 'intensive')", name="nature"),
        CheckConstraint(
            "rows_in = rows_stored + rows_refused + rows_elsewhere", name="nothing_lost"
        ),
    )


class IndicatorPeriod(Base):
    """One period of an indicator: what is held of it, and whether it only repeats an earlier one."""

    __tablename__ = "indicator_periods"

    number: Mapped[int] = mapped_column(
        ForeignKey("indicators.number", ondelete="CASCADE"), primary_key=True
    )
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    values_held: Mapped[int]
    suppressed: Mapped[int]
    missing: Mapped[int]
    ranked: Mapped[int] = mapped_column(comment="areas that have a rank: N")
    rank_basis: Mapped[str | None] = mapped_column(
        Text, comment="published or computed; null: no ranks"
    )
    lowest: Mapped[float | None]
    highest: Mapped[float | None]
    carried_from: Mapped[str | None] = mapped_column(
        Text, comment="the earlier period that all of it repeats: no measurement of its own"
    )
    repeated_share: Mapped[float | None] = mapped_column(
        comment="of the areas with a value, how many have that of the period before"
    )

    __table_args__ = (
        CheckConstraint("rank_basis IN ('published', 'computed')", name="rank_basis"),
    )


class IndicatorValue(Base):
    """The value of one area in one period; where there is none, why."""

    __tablename__ = "indicator_values"

    # No foreign key: a trigger of the database takes values away with their indicator (migration 0019).
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float | None]
    rank: Mapped[int | None] = mapped_column(comment="1 = worst; ties take the lowest")
    state: Mapped[str] = mapped_column(Text)
    carried_from: Mapped[str | None] = mapped_column(
        Text, comment="the earlier period that it repeats"
    )

    __table_args__ = (
        CheckConstraint("state IN ('value', 'suppressed', 'missing')", name="state"),
        CheckConstraint("(state = 'value') = (value IS NOT NULL)", name="known"),
    )
