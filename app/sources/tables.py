"""What was fetched from publishers and what was loaded from which bytes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from boundaries.database import Base


class DatasetFetch(Base):
    """One download that succeeded; the newest row of a dataset holds the checksum that is trusted."""

    __tablename__ = "dataset_fetches"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(Text, index=True)
    address: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    fetched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class DatasetLoad(Base):
    """The last load of a dataset: from which bytes, and where each of its rows went."""

    __tablename__ = "dataset_loads"

    dataset_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, comment="of the file, or of the files read together")
    rows_in: Mapped[int]
    rows_stored: Mapped[int]
    rows_refused: Mapped[int]
    rows_elsewhere: Mapped[int] = mapped_column(comment="read, and left out as not of this place")
    partial: Mapped[bool] = mapped_column(comment="true: loaded for some places only")
    seconds: Mapped[float]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint(
            "rows_in = rows_stored + rows_refused + rows_elsewhere", name="nothing_lost"
        ),
    )


class DatasetFinding(Base):
    """One row of a dataset that was refused or read otherwise than written, with the rule it broke."""

    __tablename__ = "dataset_findings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(
        ForeignKey("dataset_loads.dataset_id", ondelete="CASCADE"), index=True
    )
    row: Mapped[int | None] = mapped_column(comment="position in the file, from 1")
    code: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
