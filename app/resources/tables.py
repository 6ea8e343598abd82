"""The ledger's tables: files, their lines, what was refused, and envelopes that are not lines."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.crs import BNG
from boundaries.database import Base


class ResourceFile(Base):
    """One file of money: its rows are stored or listed, never lost."""

    __tablename__ = "resource_files"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    source_file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(
        Text, comment="360giving, towns-fund, pride-in-place, plain, demo"
    )
    partnership_slug: Mapped[str | None] = mapped_column(Text)
    rows_in: Mapped[int]
    rows_stored: Mapped[int]
    rows_refused: Mapped[int]
    demo: Mapped[bool] = mapped_column(server_default="false")
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (CheckConstraint("rows_in = rows_stored + rows_refused", name="nothing_lost"),)


class ResourceLine(Base):
    """One line of money, as finely placed as its source says and no finer."""

    __tablename__ = "resource_lines"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int]
    identifier: Mapped[str] = mapped_column(Text, index=True)
    title: Mapped[str] = mapped_column(Text)
    funder: Mapped[str] = mapped_column(Text)
    programme: Mapped[str | None] = mapped_column(Text)
    theme: Mapped[str | None] = mapped_column(Text)
    recipient: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    awarded_on: Mapped[date | None]
    financial_year: Mapped[str | None] = mapped_column(Text, comment="2018-19, April to March")
    place_kind: Mapped[str] = mapped_column(Text)
    place_text: Mapped[str | None] = mapped_column(Text, comment="as the source words it")
    place_code: Mapped[str | None] = mapped_column(Text, index=True)
    place_type: Mapped[str | None] = mapped_column(Text)
    place_name: Mapped[str | None] = mapped_column(Text)
    place_postcode: Mapped[str | None] = mapped_column(Text, index=True)
    place_geom: Mapped[object | None] = mapped_column(
        Geometry("POINT", srid=BNG, spatial_index=False)
    )
    partnership_slug: Mapped[str | None] = mapped_column(
        Text, comment="for money given to a whole partnership"
    )
    grade: Mapped[str] = mapped_column(Text)
    recipient_postcode: Mapped[str | None] = mapped_column(Text)
    recipient_lad: Mapped[str | None] = mapped_column(Text, index=True)
    demo: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        CheckConstraint("grade IN ('A', 'B', 'C', 'D', 'E', 'F', 'G')", name="grade"),
        CheckConstraint("stage IN ('planned', 'awarded', 'paid')", name="stage"),
        Index("ix_resource_lines_place_geom", "place_geom", postgresql_using="gist"),
        Index("ix_resource_lines_grade", "grade"),
    )


class ResourceRefusal(Base):
    """One row of a file that was not stored, and the rule that says why."""

    __tablename__ = "resource_refusals"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int]
    column: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)


class Envelope(Base):
    """A programme's allocation to a place: lines draw on it, it is never a line itself."""

    __tablename__ = "envelopes"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    file_id: Mapped[str] = mapped_column(
        ForeignKey("resource_files.id", ondelete="CASCADE"), index=True
    )
    programme: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    funder: Mapped[str] = mapped_column(Text)
    lad_code: Mapped[str | None] = mapped_column(Text, index=True)
    area_code: Mapped[str | None] = mapped_column(Text)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    period: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(server_default="false")
