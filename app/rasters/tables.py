"""Rasters, their bands, and what each band is over the areas of a release and over footprints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class Raster(Base):
    """One grid: what its cells say, where they lie, whose it is, and which stored file holds it."""

    __tablename__ = "rasters"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    nature: Mapped[str] = mapped_column(
        Text, comment="extensive: cells are counts and are added; intensive: levels, and averaged"
    )
    nodata_means: Mapped[str] = mapped_column(
        Text, comment="of a cell without value: nobody is 0, unknown is no value"
    )
    system: Mapped[str] = mapped_column(Text, comment="what its edges are measured in")
    columns: Mapped[int]
    rows: Mapped[int]
    west: Mapped[float]
    north: Mapped[float]
    cell_width: Mapped[float]
    cell_height: Mapped[float]
    publisher: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    coverage: Mapped[str | None] = mapped_column(Text, comment="what part it holds; null: all")
    demo: Mapped[bool]
    dataset_id: Mapped[str] = mapped_column(Text, index=True, comment="upload: a user's own file")
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, comment="of the file as it was given")
    stored_file: Mapped[str] = mapped_column(Text, comment="its name in the folder of rasters")
    stored_sha256: Mapped[str] = mapped_column(Text)
    stored_bytes: Mapped[int] = mapped_column(BigInteger)
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("nature IN ('extensive', 'intensive')", name="nature"),
        CheckConstraint("nodata_means IN ('nobody', 'unknown')", name="nodata_means"),
        CheckConstraint("system IN ('bng', 'lon-lat')", name="system"),
        CheckConstraint(
            "columns > 0 AND rows > 0 AND cell_width > 0 AND cell_height > 0", name="cells"
        ),
    )


class RasterBand(Base):
    """One layer of a raster's cells, a year or a substance, with what its cells hold in all."""

    __tablename__ = "raster_bands"

    raster_id: Mapped[str] = mapped_column(
        ForeignKey("rasters.id", ondelete="CASCADE"), primary_key=True
    )
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(Text)
    cells_with_value: Mapped[int] = mapped_column(BigInteger)
    cells_without: Mapped[int] = mapped_column(BigInteger)
    lowest: Mapped[float | None]
    highest: Mapped[float | None]
    total: Mapped[float] = mapped_column(comment="of all cells with a value")
    breaks: Mapped[list[float]] = mapped_column(
        ARRAY(DOUBLE_PRECISION),
        comment="upper ends of the classes that it is drawn in but the last",
    )


class RasterZoneTable(Base):
    """Says that a band was computed over the areas of one release, and what of it lies in none."""

    __tablename__ = "raster_zone_tables"

    raster_id: Mapped[str] = mapped_column(Text, primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    areas: Mapped[int] = mapped_column(comment="that the grid reaches")
    areas_without: Mapped[int] = mapped_column(comment="of these, those where no cell has a value")
    inside: Mapped[float] = mapped_column(comment="sum of value times ground, over all areas")
    outside: Mapped[float] = mapped_column(comment="the same of the cells' ground in no area")
    computed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["raster_id", "band"],
            ["raster_bands.raster_id", "raster_bands.band"],
            ondelete="CASCADE",
        ),
    )


class RasterValue(Base):
    """What a band is over one area: the sum of counts or the mean of levels; null where no cell has a value."""

    __tablename__ = "raster_values"

    raster_id: Mapped[str] = mapped_column(Text, primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    release_id: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float | None]
    share_with_value: Mapped[float] = mapped_column(comment="of the area's ground, 0 to 1")

    __table_args__ = (
        ForeignKeyConstraint(
            ["raster_id", "band", "release_id"],
            [
                "raster_zone_tables.raster_id",
                "raster_zone_tables.band",
                "raster_zone_tables.release_id",
            ],
            ondelete="CASCADE",
        ),
        CheckConstraint("share_with_value > 0 OR value IS NULL", name="known"),
        Index("ix_raster_values_code", "code"),
    )


class RasterFootprintValue(Base):
    """What a band is over a footprint, computed once; null where no cell there has a value."""

    __tablename__ = "raster_footprint_values"

    raster_id: Mapped[str] = mapped_column(Text, primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    footprint_id: Mapped[int] = mapped_column(
        ForeignKey("footprints.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[float | None]
    share_with_value: Mapped[float] = mapped_column(comment="of the footprint's ground, 0 to 1")

    __table_args__ = (
        ForeignKeyConstraint(
            ["raster_id", "band"],
            ["raster_bands.raster_id", "raster_bands.band"],
            ondelete="CASCADE",
        ),
        CheckConstraint("share_with_value > 0 OR value IS NULL", name="known"),
    )
