"""Tables of what was measured and made of a release's borders: faults, mended areas, levels, sheets for maps."""

from __future__ import annotations

from datetime import date

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.box_type import Box
from boundaries.crs import WEB_MERCATOR, WGS84
from boundaries.database import Base


class ReleaseTopology(Base):
    """Gaps and overlaps of one release; of a temporal set, one row for each span of days."""

    __tablename__ = "release_topology"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), index=True
    )
    from_day: Mapped[date | None] = mapped_column(
        comment="first day of the span that a temporal set is judged for; null: since ever"
    )
    to_day: Mapped[date | None] = mapped_column(comment="first day after it; null: no end")
    areas: Mapped[int]
    faulty: Mapped[int] = mapped_column(
        comment="areas with an edge that does not match its neighbour's"
    )
    gaps: Mapped[int | None] = mapped_column(
        comment="holes over 1 m² between areas; null: the type does not cover the land"
    )
    gaps_m2: Mapped[float | None]
    overlaps: Mapped[int] = mapped_column(comment="pairs that share over 1 m²")
    overlaps_m2: Mapped[float]


class MendedArea(Base):
    """What one area gained and lost where the borders of its release were made to match for the levels."""

    __tablename__ = "mended_areas"

    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    taken_m2: Mapped[float] = mapped_column(comment="gained by the mending")
    given_m2: Mapped[float] = mapped_column(comment="lost by the mending")


class ReleaseLevel(Base):
    """One level that a release is simplified to: how many areas and corners, and how many areas are finer."""

    __tablename__ = "release_levels"

    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True
    )
    tolerance_m: Mapped[float] = mapped_column(primary_key=True)
    areas: Mapped[int]
    corners: Mapped[int]
    held: Mapped[int] = mapped_column(
        comment="areas drawn finer than the tolerance, because they are small"
    )


class BoundaryLevel(Base):
    """One area's outline at one level, in degrees."""

    __tablename__ = "boundary_levels"

    release_id: Mapped[str] = mapped_column(Text, primary_key=True)
    tolerance_m: Mapped[float] = mapped_column(
        primary_key=True, comment="square root of the area of the corners that were dropped"
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    geom_wgs84: Mapped[object] = mapped_column(
        Geometry("MULTIPOLYGON", srid=WGS84, spatial_index=False)
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["release_id", "tolerance_m"],
            ["release_levels.release_id", "release_levels.tolerance_m"],
            ondelete="CASCADE",
        ),
    )


class MapSheet(Base):
    """One level of a release (0: as published), laid out for maps; `made_of` names what it follows from."""

    __tablename__ = "map_sheets"

    id: Mapped[int] = mapped_column(
        Identity(), primary_key=True, comment="its boxes lie this many strips further east"
    )
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    tolerance_m: Mapped[float]
    made_of: Mapped[str] = mapped_column(
        Text, comment="digest of all that the outlines follow from"
    )

    __table_args__ = (UniqueConstraint("release_id", "tolerance_m"),)


class MapShape(Base):
    """One area's outline on one sheet, in metres of the map."""

    __tablename__ = "map_shapes"

    sheet: Mapped[int] = mapped_column(
        ForeignKey("map_sheets.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    reach: Mapped[object] = mapped_column(
        Box, comment="of the outline, in metres of the map, carried into the strip of its sheet"
    )
    geom: Mapped[object] = mapped_column(
        Geometry("MULTIPOLYGON", srid=WEB_MERCATOR, spatial_index=False)
    )

    __table_args__ = (Index("ix_map_shapes_reach", "reach", postgresql_using="gist"),)
