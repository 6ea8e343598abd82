"""Partnerships: who they are and the ground they stand on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, DateTime, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.crs import BNG
from boundaries.database import Base


class Partnership(Base):
    """A partnership made of authorities, or with an outline of its own, or both."""

    __tablename__ = "partnerships"

    slug: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    authorities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    geom: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=BNG, spatial_index=False)
    )
    members: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    lead: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    demo: Mapped[bool] = mapped_column(server_default="false")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("valid_from < valid_to", name="life"),
        CheckConstraint("cardinality(authorities) > 0 OR geom IS NOT NULL", name="some_ground"),
    )
