"""Indices of deprivation as published: one row an area and measure, missing kept missing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class DeprivationIndex(Base):
    """One edition of an index: which set of small areas it speaks of and how many there are in all."""

    __tablename__ = "indices"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    area_set: Mapped[str] = mapped_column(Text, comment="lsoa-2011 or lsoa-2021")
    release_id: Mapped[str] = mapped_column(Text, comment="the release that draws its areas")
    areas_total: Mapped[int] = mapped_column(
        comment="N of the publication, whatever is loaded here"
    )
    published_on: Mapped[date]
    partial: Mapped[bool]
    demo: Mapped[bool]
    publisher: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    rows_in: Mapped[int]
    rows_stored: Mapped[int]
    rows_refused: Mapped[int]
    rows_elsewhere: Mapped[int]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint(
            "rows_in = rows_stored + rows_refused + rows_elsewhere", name="nothing_lost"
        ),
    )


class IndexValue(Base):
    """A small area's published score, rank (1 = most deprived) and decile on one measure."""

    __tablename__ = "index_values"

    index_id: Mapped[str] = mapped_column(
        ForeignKey("indices.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[float | None]
    rank: Mapped[int | None]
    decile: Mapped[int | None]

    __table_args__ = (Index("ix_index_values_measure", "index_id", "measure", "rank"),)
