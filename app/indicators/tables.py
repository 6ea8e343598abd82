"""Indices of deprivation as published: one row an area and measure, missing kept missing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
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

    __table_args__ = (
        # With the scores, for where a level stands among them; by rank the rows are in no order on their pages.
        Index(
            "ix_index_values_measure", "index_id", "measure", "rank", postgresql_include=["score"]
        ),
    )


class IndexSummary(Base):
    """What a publisher says of one district (or board, or forum) on one measure: figures and their ranks.

    Null where the publication has no such figure of the measure.
    """

    __tablename__ = "index_summaries"

    index_id: Mapped[str] = mapped_column(Text, primary_key=True)
    area_type: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    average_rank: Mapped[float | None]
    rank_of_average_rank: Mapped[int | None]
    average_score: Mapped[float | None]
    rank_of_average_score: Mapped[int | None]
    proportion_worst_10: Mapped[float | None]
    rank_of_proportion_worst_10: Mapped[int | None]
    extent: Mapped[float | None]
    rank_of_extent: Mapped[int | None]
    local_concentration: Mapped[float | None]
    rank_of_local_concentration: Mapped[int | None]
    scale: Mapped[float | None]
    rank_of_scale: Mapped[int | None]
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)


class OwnIndex(Base):
    """An index of a partnership's own: weights over the measures of a published one, computed when asked."""

    __tablename__ = "own_indices"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    index_id: Mapped[str] = mapped_column(Text, comment="whose areas, N and measures it uses")
    recipe: Mapped[dict[str, object]] = mapped_column(
        JSONB, comment="weights and standardisation by measure"
    )
    partnership_slug: Mapped[str] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), index=True
    )
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
