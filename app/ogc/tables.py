"""Finished features: their text by set and key, and the outlines of what no release draws."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import DateTime, ForeignKey, Identity, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.box_type import Box
from boundaries.crs import BNG, WGS84
from boundaries.database import Base


class FeatureSet(Base):
    """One release, or one kind of record, whose features are finished; `made_of` names what they follow from."""

    __tablename__ = "feature_sets"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    release_id: Mapped[str | None] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), index=True
    )
    made_of: Mapped[str] = mapped_column(Text, comment="digest of all that the features say")
    features: Mapped[int]
    strip: Mapped[int] = mapped_column(
        Identity(), comment="its features' boxes lie this many strips further east"
    )
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class FeatureText(Base):
    """One feature as GeoJSON text (CRS84), stored uncompressed in a table of its own so that a page is read fast."""

    __tablename__ = "feature_texts"

    set_id: Mapped[str] = mapped_column(
        ForeignKey("feature_sets.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    written: Mapped[str] = mapped_column(Text)
    reach: Mapped[Any | None] = mapped_column(
        Box, comment="of an area's outline, in degrees, carried into the strip of its set"
    )

    __table_args__ = (Index("ix_feature_texts_reach", "reach", postgresql_using="gist"),)


class KeptFeature(Base):
    """One partnership, neighbourhood, designated area or line of money as a feature: outline and properties."""

    __tablename__ = "kept_features"

    set_id: Mapped[str] = mapped_column(
        ForeignKey("feature_sets.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    properties: Mapped[dict[str, object]] = mapped_column(JSONB)
    geom: Mapped[object | None] = mapped_column(Geometry("GEOMETRY", srid=BNG, spatial_index=False))
    geom_wgs84: Mapped[object | None] = mapped_column(
        Geometry("GEOMETRY", srid=WGS84, spatial_index=False)
    )

    __table_args__ = (Index("ix_kept_features_geom", "geom", postgresql_using="gist"),)


class GeographyFacts(Base):
    """What is known of all served releases in sum, at one count of changes of the geography."""

    __tablename__ = "geography_facts"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    mark: Mapped[str] = mapped_column(Text, comment="how often the geography had changed")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="JSON")
    kept_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
