"""The tables of shares: ground said once and what of each area lies in it, and what areas of two layers share."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.crs import BNG
from boundaries.database import Base


class Footprint(Base):
    """Some ground, said as codes with a date, as an outline or as postcodes; the same ground is one row."""

    __tablename__ = "footprints"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    as_at: Mapped[date | None] = mapped_column(comment="the day that the codes are said for")
    codes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    geom: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=BNG, spatial_index=False)
    )
    postcodes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    digest: Mapped[str] = mapped_column(Text, unique=True, comment="sha256 of the ground as said")
    demo: Mapped[bool]

    __table_args__ = (
        CheckConstraint("kind IN ('codes', 'outline', 'postcodes')", name="kind"),
        CheckConstraint(
            "(kind = 'codes') = (codes IS NOT NULL AND as_at IS NOT NULL)"
            " AND (kind = 'outline') = (geom IS NOT NULL)"
            " AND (kind = 'postcodes') = (postcodes IS NOT NULL)",
            name="said_one_way",
        ),
        Index("ix_footprints_geom", "geom", postgresql_using="gist"),
    )


class FootprintTable(Base):
    """Says that the shares of one release's areas in a footprint were computed, and when."""

    __tablename__ = "footprint_tables"

    footprint_id: Mapped[int] = mapped_column(
        ForeignKey("footprints.id", ondelete="CASCADE"), primary_key=True
    )
    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    tolerance_m: Mapped[float] = mapped_column(comment="slivers thinner than this have no core")
    areas: Mapped[int] = mapped_column(comment="areas that meet the footprint")
    computed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class FootprintShare(Base):
    """How much of one area lies in a footprint; a share that cannot be known is null, never 0."""

    __tablename__ = "footprint_shares"

    footprint_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    release_id: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    overlap_m2: Mapped[float | None] = mapped_column(comment="null: a list of postcodes has no m²")
    area_share: Mapped[float | None] = mapped_column(comment="share of the area, 0 to 1")
    core_share: Mapped[float | None] = mapped_column(comment="the same without slivers")
    postcode_share: Mapped[float | None] = mapped_column(comment="of its current postcodes")
    people_share: Mapped[float | None] = mapped_column(comment="of its people")

    __table_args__ = (
        ForeignKeyConstraint(
            ["footprint_id", "release_id"],
            ["footprint_tables.footprint_id", "footprint_tables.release_id"],
            ondelete="CASCADE",
        ),
        Index("ix_footprint_shares_code", "code"),
    )


class OverlapTable(Base):
    """Says that the overlaps of two releases were computed whole, or that they are wanted again."""

    __tablename__ = "overlap_tables"

    release_a: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True
    )
    release_b: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[str] = mapped_column(Text)
    tolerance_m: Mapped[float] = mapped_column(comment="what is thinner than this is a sliver")
    pairs: Mapped[int]
    seconds: Mapped[float] = mapped_column(comment="how long the computing took")
    computed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        # `stale`: wanted, and not to be read before it is computed anew.
        CheckConstraint("state IN ('current', 'stale')", name="state"),
        CheckConstraint('release_a < release_b COLLATE "C"', name="each_pair_once"),
    )


class Overlap(Base):
    """What two areas of two releases share, and how they lie to each other; shares are 0 to 1."""

    __tablename__ = "overlaps"

    release_a: Mapped[str] = mapped_column(Text, primary_key=True)
    release_b: Mapped[str] = mapped_column(Text, primary_key=True)
    code_a: Mapped[str] = mapped_column(Text, primary_key=True)
    code_b: Mapped[str] = mapped_column(Text, primary_key=True)
    overlap_m2: Mapped[float]
    share_of_a: Mapped[float]
    share_of_b: Mapped[float]
    postcodes: Mapped[int | None] = mapped_column(comment="current postcodes in both areas")
    postcode_share_of_a: Mapped[float | None]
    postcode_share_of_b: Mapped[float | None]
    people_share_of_a: Mapped[float | None]
    people_share_of_b: Mapped[float | None]
    relation: Mapped[str] = mapped_column(Text, comment="of a to b")

    __table_args__ = (
        ForeignKeyConstraint(
            ["release_a", "release_b"],
            ["overlap_tables.release_a", "overlap_tables.release_b"],
            ondelete="CASCADE",
        ),
        CheckConstraint(
            "relation IN ('equals', 'covers', 'within', 'overlaps', 'touches')", name="relation"
        ),
        Index("ix_overlaps_code_b", "release_a", "release_b", "code_b"),
    )
