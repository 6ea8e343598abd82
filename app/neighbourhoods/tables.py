"""Neighbourhoods and their versions: each version is some ground, kept for good with its reason and author."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Neighbourhood(Base):
    """A neighbourhood or estate under an address of its own; its ground stands in its versions."""

    __tablename__ = "neighbourhoods"

    slug: Mapped[str] = mapped_column(Text, primary_key=True)
    partnership_slug: Mapped[str | None] = mapped_column(
        ForeignKey("partnerships.slug", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    named_by: Mapped[str] = mapped_column(Text, comment="whose name it is")
    kind: Mapped[str] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(server_default="false")
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("kind IN ('estate', 'grown', 'drawn', 'listed')", name="kind"),
        CheckConstraint(
            "named_by IN ('person', 'ward', 'parish', 'built-up area', 'codes')", name="named_by"
        ),
    )


class NeighbourhoodVersion(Base):
    """One state of a neighbourhood's ground; never changed once made."""

    __tablename__ = "neighbourhood_versions"

    slug: Mapped[str] = mapped_column(
        ForeignKey("neighbourhoods.slug", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    footprint_id: Mapped[int] = mapped_column(ForeignKey("footprints.id"), index=True)
    block_codes: Mapped[list[str] | None] = mapped_column(
        ARRAY(Text), comment="small areas it is made of; null where it is postcodes or an outline"
    )
    area_set: Mapped[str | None] = mapped_column(Text, comment="of the small areas")
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    inputs: Mapped[dict[str, object]] = mapped_column(
        JSONB, comment="what the figures of that day rested on"
    )
    figures: Mapped[dict[str, object]] = mapped_column(JSONB, comment="as they were that day")

    __table_args__ = (
        CheckConstraint("version > 0", name="counted_from_1"),
        CheckConstraint("block_codes IS NULL OR area_set IS NOT NULL", name="blocks_of_a_set"),
    )
